// The agreement: from ABI words to values, to the JSON of the API, and to its EIP-712 digest.
import { addressOf, bigOf, bytesOf, hexOf, joined, keccak, keccakText, refuse, word } from "./bytes.js";

const MEMBERS = [
  ["address", "borrower"],
  ["address", "lender"],
  ["address", "token"],
  ["uint96", "principal"],
  ["uint96", "installment"],
  ["uint96", "quantum"],
  ["uint64", "annualRate"],
  ["uint64", "penaltyRate"],
  ["uint16", "graceDays"],
  ["uint16", "penaltyCapDays"],
  ["uint8", "amortization"],
  ["uint8", "frequency"],
  ["uint16", "every"],
  ["uint16", "count"],
  ["uint32", "startDate"],
  ["uint32", "firstDueDate"],
  ["uint8", "dueDay"],
  ["bytes32", "documentHash"],
  ["uint256", "borrowerNonce"],
  ["uint256", "lenderNonce"],
  ["uint40", "deadline"],
];
const LABELS = {
  amortization: ["level", "equal_principal", "interest_only", "bullet"],
  frequency: ["days", "weeks", "months"],
};
const DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const TYPE = `Agreement(${MEMBERS.map((member) => member.join(" ")).join(",")})`;

export const TUPLE = `(${MEMBERS.map(([kind]) => kind).join(",")})`;
export const SIZE = 32 * MEMBERS.length;

// Amounts, rates and nonces as BigInt, the rest as numbers; addresses and hashes as text.
export function agreementOf(data) {
  const terms = {};
  MEMBERS.forEach(([kind, name], place) => {
    const bytes = data.subarray(32 * place, 32 * place + 32);
    if (kind === "address") terms[name] = addressOf(bytes.subarray(12));
    else if (kind === "bytes32") terms[name] = hexOf(bytes);
    else terms[name] = asText(kind) ? bigOf(bytes) : Number(bigOf(bytes));
  });
  for (const [name, labels] of Object.entries(LABELS)) {
    if (!labels[terms[name]]) refuse(`there is no such ${name}`);
  }
  return terms;
}

export function agreementJson(terms) {
  const json = {};
  for (const [kind, name] of MEMBERS) {
    const value = LABELS[name]?.[terms[name]] ?? terms[name];
    json[name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase())] = asText(kind) ? String(value) : value;
  }
  return json;
}

export function digest(data, chainId, book) {
  const struct = keccak(joined(keccakText(TYPE), data.subarray(0, SIZE)));
  const domain = keccak(
    joined(
      keccakText(DOMAIN),
      keccakText("Tallystick"),
      keccakText("1"),
      word(chainId),
      word(BigInt(book)),
    ),
  );
  return hexOf(keccak(joined(bytesOf("0x1901"), domain, struct)));
}

function asText(kind) {
  return ["uint96", "uint64", "uint256"].includes(kind);
}
