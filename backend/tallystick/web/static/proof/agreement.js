// The agreement and its conditions: from ABI words to values, to the JSON of the API, and to the
// EIP-712 digest.
import { addressOf, bigOf, bytesOf, hexOf, joined, keccak, keccakText, refuse, word } from "./bytes.js";

const AGREEMENT = [
  ["address", "borrower"],
  ["address", "lender"],
  ["address", "token"],
  ["uint96", "principal"],
  ["uint96", "installment"],
  ["uint96", "quantum"],
  ["uint64", "annualRate"],
  ["uint64", "penaltyRate"],
  ["uint64", "prepaymentFee"],
  ["uint16", "graceDays"],
  ["uint16", "penaltyCapDays"],
  ["uint8", "amortization"],
  ["uint8", "interestMethod"],
  ["uint8", "dayCount"],
  ["uint8", "prepayment"],
  ["uint8", "waterfall"],
  ["uint8", "frequency"],
  ["uint16", "every"],
  ["uint16", "count"],
  ["uint16", "gracePrincipal"],
  ["uint16", "graceInterest"],
  ["uint32", "startDate"],
  ["uint32", "firstDueDate"],
  ["uint8", "dueDay"],
  ["address", "rows"],
  ["bytes32", "amends"],
];
const CONDITIONS = [
  ["bytes32", "documentHash"],
  ["uint256", "borrowerNonce"],
  ["uint256", "lenderNonce"],
  ["uint256", "guarantorNonce"],
  ["uint40", "deadline"],
  ["uint16", "defaultDays"],
  ["uint16", "accelerationDays"],
  ["uint16", "writeOffDays"],
  ["address", "guarantor"],
  ["uint96", "guaranteed"],
  ["uint16", "guaranteeDays"],
  ["address", "collateralToken"],
  ["uint96", "collateral"],
  ["uint96", "collateralPrice"],
  ["uint96", "collateralFloor"],
  ["uint16", "auctionDays"],
  ["uint8", "transfer"],
  ["bytes32", "transferees"],
  ["address", "gate"],
  ["bytes32", "borrowerKind"],
  ["bytes32", "lenderKind"],
];
const LABELS = {
  amortization: ["level", "equal_principal", "interest_only", "bullet", "custom"],
  interestMethod: ["declining", "flat"],
  dayCount: ["thirty_360", "actual_365", "actual_360"],
  prepayment: ["shorter_term", "lower_installment"],
  waterfall: ["penalty_interest_principal", "interest_principal_penalty", "penalty_principal_interest"],
  frequency: ["days", "weeks", "months"],
  transfer: ["free", "consent", "listed"],
};
const CUSTOM = 4;
const DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const listed = (members) => members.map((member) => member.join(" ")).join(",");
const snake = (name) => name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());
const [HASH, ADDRESS] = [/^0x[0-9a-f]{64}$/, /^0x[0-9a-fA-F]{40}$/];
const tuple = (members) => `(${members.map(([kind]) => kind).join(",")})`;
const CONDITIONS_TYPE = `Conditions(${listed(CONDITIONS)})`;
const AGREEMENT_TYPE = `Agreement(${listed(AGREEMENT)},Conditions conditions)${CONDITIONS_TYPE}`;
const AGREEMENT_SIZE = 32 * (AGREEMENT.length + 1);
const AMENDMENT_TYPE =
  "Amendment(Agreement agreement,bytes32 termsBefore,uint8 statusBefore,uint96 waivedPenalty,uint96 waivedInterest," +
  `uint96 waivedPrincipal,bool capitalise,uint8 watchRows,uint8 reason,bytes32 planHash)${AGREEMENT_TYPE}`;
const AMENDMENT_SIZE = 32 * 9;
const CONSENTS = "(bytes,bytes,bytes,bytes,bytes)";
export const AMENDMENT = "(bytes32,uint8,uint96,uint96,uint96,bool,uint8,uint8,bytes32)";

// Of an agreement, whose last word is the hash of its conditions, and of these, as events carry them.
export const TUPLES = `${tuple([...AGREEMENT, ["bytes32"]])},${tuple(CONDITIONS)}`;
export const SIZE = AGREEMENT_SIZE + 32 * CONDITIONS.length;
const ORIGINATE = `originate(${TUPLES},${CONSENTS})`;
const AMEND = `amend(${tuple([...AGREEMENT, ["bytes32"]])},${TUPLES},${AMENDMENT},${CONSENTS})`;

// Amounts, rates and nonces as BigInt, the rest as numbers; addresses and hashes as text. `plan` is
// to be read from the code of `rows`.
export function agreementOf(data) {
  const conditions = data.subarray(AGREEMENT_SIZE, SIZE);
  const hash = keccak(joined(keccakText(CONDITIONS_TYPE), conditions));
  if (hexOf(hash) !== hexOf(data.subarray(AGREEMENT_SIZE - 32, AGREEMENT_SIZE))) {
    refuse("the conditions are not those of the agreement");
  }
  return { ...values(AGREEMENT, data), conditions: values(CONDITIONS, conditions), plan: [] };
}

function values(members, data) {
  const found = {};
  members.forEach(([kind, name], place) => {
    const bytes = data.subarray(32 * place, 32 * place + 32);
    if (kind === "address") found[name] = addressOf(bytes.subarray(12));
    else if (kind === "bytes32") found[name] = hexOf(bytes);
    else found[name] = asText(kind) ? bigOf(bytes) : Number(bigOf(bytes));
    if (LABELS[name] && !LABELS[name][found[name]]) refuse(`there is no such ${name}`);
  });
  return found;
}

// The balances that the code of custom rows lists: a zero byte, then 12 bytes for each row.
export function planOf(code, count) {
  if (code.length !== 1 + 12 * count || code[0] !== 0) refuse("the custom rows are not as many as the agreement has");
  return Array.from({ length: count }, (_, row) => bigOf(code.subarray(1 + 12 * row, 13 + 12 * row)));
}

export function agreementJson(terms) {
  const json = { ...jsonOf(AGREEMENT, terms), conditions: jsonOf(CONDITIONS, terms.conditions) };
  return terms.amortization === CUSTOM ? { ...json, plan: terms.plan.map(String) } : json;
}

function jsonOf(members, given) {
  return Object.fromEntries(
    members.map(([kind, name]) => {
      const value = LABELS[name]?.[given[name]] ?? given[name];
      return [snake(name), asText(kind) ? String(value) : value];
    }),
  );
}

// The inverse of agreementOf and agreementJson: the words that are signed, of terms in the API's JSON.
export function wordsOf(json) {
  const conditions = encoded(CONDITIONS, json.conditions);
  const hash = keccak(joined(keccakText(CONDITIONS_TYPE), conditions));
  return joined(encoded(AGREEMENT, json), hash, conditions);
}

function encoded(members, given) {
  return joined(
    ...members.map(([kind, name]) => {
      const [key, value] = [snake(name), given[snake(name)]];
      if (kind === "bytes32" && HASH.test(value)) return bytesOf(value);
      if (kind === "address" && ADDRESS.test(value)) return word(BigInt(value));
      const number = LABELS[name] ? LABELS[name].indexOf(value) : /^\d+$/.test(value) ? BigInt(value) : -1;
      const fits = kind.startsWith("uint") && number >= 0 && BigInt(number) < 1n << BigInt(kind.slice(4));
      return fits ? word(number) : refuse(`${key} is none: ${value}`);
    }),
  );
}

export function digest(data, chainId, book) {
  return typed(structHash(data), chainId, book);
}

// What was signed for new terms, of the data of the event that tells them.
export function amendmentDigest(data, chainId, book) {
  const amendment = data.subarray(SIZE, SIZE + AMENDMENT_SIZE);
  return typed(keccak(joined(keccakText(AMENDMENT_TYPE), structHash(data), amendment)), chainId, book);
}

// Whether calldata puts the terms in an event's data into force by a call of the book itself.
export function putsIntoForce(calldata, data, amends) {
  const [text, before, after] = amends ? [AMEND, AGREEMENT_SIZE, AMENDMENT_SIZE] : [ORIGINATE, 0, 0];
  const given = calldata.subarray(4 + before, 4 + before + SIZE + after);
  return hexOf(calldata.subarray(0, 4)) === hexOf(keccakText(text)).slice(0, 10) && hexOf(given) === hexOf(data.subarray(0, SIZE + after));
}

const structHash = (data) => keccak(joined(keccakText(AGREEMENT_TYPE), data.subarray(0, AGREEMENT_SIZE)));

function typed(struct, chainId, book) {
  const domain = keccak(
    joined(keccakText(DOMAIN), keccakText("Tallystick"), keccakText("1"), word(chainId), word(BigInt(book))),
  );
  return hexOf(keccak(joined(bytesOf("0x1901"), domain, struct)));
}

function asText(kind) {
  return ["uint96", "uint64", "uint256"].includes(kind);
}
