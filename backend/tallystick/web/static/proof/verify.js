// Checks a proof against trusted block hashes, without any node. The same as `tallystick verify`.
import { agreementJson, agreementOf, digest, planOf } from "./agreement.js";
import { bytesOf, hexOf, joined, refuse, word } from "./bytes.js";
import { eventsOf } from "./events.js";
import { fold } from "./fold.js";
import { stated, storage } from "./stored.js";
import { Witness } from "./witness.js";

export { Refused } from "./bytes.js";

const FORMAT = "tallystick-proof-2";
const HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"; // EIP-2935
const HISTORY_WINDOW = 8191;
const NOBODY = "0x" + "00".repeat(20);
const HASH = /^0x[0-9a-f]{64}$/;
const MEMBERS = [
  "agreement",
  "amendments",
  "block",
  "book",
  "chain_id",
  "events",
  "format",
  "loan_id",
  "state",
  "steps",
  "witness",
];

// Returns what is proven; throws Refused.
export function verify(proof, trusted) {
  checkForm(proof);
  const witness = new Witness(proof.witness);
  if (!trusted.includes(proof.block.hash)) refuse(`this block hash must be trusted: ${proof.block.hash}`);
  const block = witness.header(proof.block.hash, "the trusted block");
  const reached = walk(witness, block, proof.steps, trusted);
  const events = eventsIn(witness, reached, proof).map((event) => withTerms(witness, block, event));
  checkTerms(events, proof);
  const loan = fold(events, proof.loan_id);
  const { stored, codeHash } = storage(witness, block, proof, guarantorsOf(events), loan);
  same(stated(loan), stored, "the events do not add up to the book's storage: some are missing", "events");
  same(proof.state, stored, "the stated state is not the one in the book's storage", "state");
  same(proof.events, events.map(claim), "the stated events are not those in the receipts", "events");
  const { number, hash, timestamp } = block;
  same(proof.block, { number, hash, timestamp }, "number or time of the trusted block are others");
  const { terms, state, holder, digest: inForce, escrow } = loan;
  return { block, original: events[0].agreement, terms, inForce, state, holder, escrow, events, codeHash };
}

function checkForm(proof) {
  const proper =
    proof !== null &&
    typeof proof === "object" &&
    JSON.stringify(Object.keys(proof).sort()) === JSON.stringify(MEMBERS) &&
    proof.format === FORMAT &&
    Number.isSafeInteger(proof.chain_id) &&
    /^0x[0-9a-fA-F]{40}$/.test(proof.book) &&
    HASH.test(proof.loan_id) &&
    HASH.test(proof.block?.hash) &&
    [proof.amendments, proof.events, proof.steps, proof.witness].every(Array.isArray);
  if (!proper) refuse("not a proof of this format");
}

// The event with the terms that it publishes; custom rows are the code of a contract.
function withTerms(witness, block, event) {
  if (event.name !== "Originated" && event.name !== "Amended") return event;
  const agreement = agreementOf(event.data);
  if (agreement.rows !== NOBODY) {
    const code = witness.code(block.stateRoot, bytesOf(agreement.rows.toLowerCase()), "the custom rows");
    agreement.plan = planOf(code, agreement.count);
  }
  return { ...event, agreement };
}

function checkTerms(events, proof) {
  const [first, ...amendments] = events.filter(({ agreement }) => agreement);
  if (first?.name !== "Originated") refuse("the event that recorded the loan is missing");
  if (digest(first.data, proof.chain_id, proof.book) !== proof.loan_id) {
    refuse("the published terms are not those of this loan, book and chain", "terms");
  }
  for (const { data, values } of amendments) {
    if (digest(data, proof.chain_id, proof.book) !== values.terms_after) {
      refuse("an amendment's terms are not those that were signed");
    }
  }
  same(proof.agreement, agreementJson(first.agreement), "the stated terms are not the published ones", "terms");
  const others = amendments.map(({ agreement }) => agreementJson(agreement));
  same(proof.amendments, others, "the stated amendments are not the published ones", "terms");
}

function guarantorsOf(events) {
  const named = events.flatMap(({ agreement }) => (agreement ? [agreement.conditions.guarantor] : []));
  return [...new Set(named)].filter((account) => account !== NOBODY).sort();
}

// Every block that the steps reach, by number.
function walk(witness, first, steps, trusted) {
  const reached = new Map([[first.number, first]]);
  for (const step of steps) {
    if (JSON.stringify(Object.keys(step).sort()) !== '["block","by","hash","of"]') refuse("a step has other members");
    const follows = step.by === "trusted" ? trusted.includes(step.hash) && step.of === null : leads(witness, reached, step);
    if (!follows) refuse(`the hash of block ${step.block} does not follow, or must be trusted: ${step.hash}`);
    const header = witness.header(step.hash, `block ${step.block}`);
    if (header.number !== step.block) refuse(`the header given for block ${step.block} is that of another`);
    reached.set(header.number, header);
  }
  return reached;
}

function leads(witness, reached, step) {
  const origin = reached.get(step.of) ?? refuse(`block ${step.of} was not reached before`);
  const distance = origin.number - step.block;
  if (step.by === "parent" && distance === 1) return origin.parent === step.hash;
  if (step.by !== "history" || !(distance >= 1 && distance <= HISTORY_WINDOW)) return false;
  const { storageRoot } = witness.account(origin.stateRoot, bytesOf(HISTORY), "the history");
  const held = witness.word(storageRoot, word(step.block % HISTORY_WINDOW), `the history at block ${origin.number}`);
  return hexOf(word(held)) === step.hash;
}

// Every event of the loan in the receipts that the proof names, in chain order.
function eventsIn(witness, reached, proof) {
  const places = new Map(proof.events.map((e) => [`${e.block}/${e.transaction_index}`, [e.block, e.transaction_index]]));
  const ordered = [...places.values()].sort(([b, i], [c, j]) => b - c || i - j);
  return ordered.flatMap(([number, index]) => {
    const header = reached.get(number) ?? refuse(`nothing leads from the trusted block to block ${number}`);
    const what = `receipt ${index} of block ${number}`;
    const encoded = witness.lookup(header.receiptsRoot, receiptKey(index), what);
    if (!encoded.length) refuse(`there is no ${what}`);
    return eventsOf(encoded, proof.book.toLowerCase(), proof.loan_id).map((event) => ({
      ...event,
      block: number,
      index,
      timestamp: header.timestamp,
    }));
  });
}

// RLP of a transaction's index.
function receiptKey(index) {
  if (!Number.isSafeInteger(index) || index < 0) refuse("a transaction index is none");
  if (index === 0) return bytesOf("0x80");
  const digits = index.toString(16);
  const bytes = bytesOf("0x" + digits.padStart(digits.length + (digits.length % 2), "0"));
  return index < 0x80 ? bytes : joined(Uint8Array.of(0x80 + bytes.length), bytes);
}

function claim({ block, index, place, timestamp, name, values }) {
  return { block, transaction_index: index, log: place, timestamp, name, values };
}

function same(given, proven, otherwise, about) {
  if (canonical(given) !== canonical(proven)) refuse(otherwise, about);
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}
