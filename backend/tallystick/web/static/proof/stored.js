// Where the book keeps a loan in its storage, and what a proof says of it.
import { addressOf, bytesOf, hexOf, joined, keccak, refuse, word } from "./bytes.js";
import { STATUSES } from "./ledger.js";

// Mappings by loan id that fill one word each, with their slots, and what else is kept of a loan.
const SLOTS = { debt: 0, penalty: 1, carry: 2, terms: 5, holder: 6, escrow: 8 };
const GUARANTEES = 7;
const DEBT = {
  balance: 96,
  row_paid: 96,
  row: 16,
  accrued_to: 16,
  status: 3,
  late: 1,
  carried: 1,
  accelerated: 1,
  manual: 1,
  assigned: 1,
  amended: 1,
  watch_left: 8,
  watch_rows: 8,
};
// Above them: the seat among the lender's buyers in which the claim's holder stands, 0 for the loan's own word.
const SEAT_AT = 249n;
const PENALTY = { penalty_points: 128, penalty_paid: 104, penalty_day: 24 };
const CARRY = { deferred: 96, installment: 96 };
const ESCROW = { token: 160, amount: 96 };
const GUARANTEE = { drawn: 96, recourse: 96 };

// What the book's storage holds of the loan, as the proof must state it.
export function storage(witness, block, proof, guarantors, loan) {
  const { storageRoot, codeHash } = witness.account(block.stateRoot, bytesOf(proof.book.toLowerCase()), "the book");
  const inner = (slot) => joined(bytesOf(proof.loan_id), word(slot));
  const words = {};
  for (const [name, slot] of Object.entries(SLOTS)) {
    words[name] = witness.word(storageRoot, keccak(inner(slot)), `the loan's ${name}`);
  }
  words.holder = seated(words, loan, (key) => witness.word(storageRoot, key, "the seat of the holder"));
  const outer = keccak(inner(GUARANTEES));
  const guarantees = guarantors.flatMap((guarantor) => {
    const key = keccak(joined(word(BigInt(guarantor)), outer));
    const value = witness.word(storageRoot, key, "a guarantor's word");
    return value ? [{ guarantor, ...asText(unpack(value, GUARANTEE)) }] : [];
  });
  return { codeHash, stored: readable(words, guarantees) };
}

// The word that tells the holder of an assigned claim: claims that a lender sells to one buyer share a seat.
function seated(words, { terms, holder }, read) {
  const seat = words.debt >> SEAT_AT;
  if (!seat) return words.holder;
  if (seat !== 1n + (BigInt(holder) % 127n)) refuse("the book's storage holds no such state of the loan");
  const buyers = keccak(joined(word(BigInt(terms.lender)), word(seat)));
  return read(keccak(joined(buyers, word(SLOTS.holder))));
}

function readable(words, guarantees) {
  const debt = unpack(words.debt, DEBT);
  const escrow = unpack(words.escrow, ESCROW);
  const penalty = unpack(words.penalty, PENALTY);
  const flags = Object.keys(DEBT).filter((name) => DEBT[name] === 1);
  const small = ["row", "accrued_to", "watch_left", "watch_rows"];
  return {
    ...asText(debt),
    ...Object.fromEntries(small.map((name) => [name, Number(debt[name])])),
    ...Object.fromEntries(flags.map((name) => [name, debt[name] === 1n])),
    status: STATUSES[Number(debt.status)] ?? refuse("the book's storage knows no such loan"),
    ...asText(penalty),
    penalty_day: Number(penalty.penalty_day),
    ...asText(unpack(words.carry, CARRY)),
    terms: debt.amended ? hexOf(word(words.terms)) : null,
    holder: debt.assigned ? addressOf(word(words.holder).subarray(12)) : null,
    escrow_token: addressOf(word(escrow.token).subarray(12)),
    escrow_amount: String(escrow.amount),
    guarantees,
  };
}

// Members of a word, from the low bits on.
function unpack(value, sizes) {
  const members = {};
  for (const [name, size] of Object.entries(sizes)) {
    members[name] = value & ((1n << BigInt(size)) - 1n);
    value >>= BigInt(size);
  }
  return members;
}

const asText = (members) => Object.fromEntries(Object.entries(members).map(([name, value]) => [name, String(value)]));

// The same of a folded loan.
export function stated({ state, digest: terms, holder, escrow, guarantees }) {
  const kept = [...guarantees].filter(([, { drawn, recourse }]) => drawn || recourse).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    status: state.status,
    balance: String(state.balance),
    row_paid: String(state.rowPaid),
    row: state.row,
    accrued_to: state.accruedTo,
    late: state.late,
    carried: state.deferred > 0n || state.installment > 0n,
    accelerated: state.accelerated,
    manual: state.manual,
    assigned: state.assigned,
    amended: state.amended,
    watch_left: state.watchLeft,
    watch_rows: state.watchRows,
    penalty_points: String(state.points),
    penalty_paid: String(state.paid),
    penalty_day: state.day,
    deferred: String(state.deferred),
    installment: String(state.installment),
    terms: state.amended ? terms : null,
    holder: state.assigned ? holder : null,
    escrow_token: escrow.token,
    escrow_amount: String(escrow.amount),
    guarantees: kept.map(([guarantor, paid]) => ({ guarantor, ...asText(paid) })),
  };
}
