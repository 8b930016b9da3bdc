// Holds what the service says of a loan against what is proven: every difference by name.
import { agreementJson } from "../proof/agreement.js";
import { outstanding } from "../proof/ledger.js";

const PARTS = ["penalty", "interest", "fee", "principal"];
const snake = (name) => name.replace(/(?!^)[A-Z]/g, (letter) => "_" + letter).toLowerCase();

// What the service should say, in the words of GET /v1/loans/{id}; `today` is the day it counts with.
export function expectedLoan(found, proof, today) {
  const { original, terms, state, holder, inForce, escrow, events } = found;
  const paid = paidIn(events);
  return {
    loan_id: proof.loan_id,
    chain_id: proof.chain_id,
    book: proof.book,
    borrower: terms.borrower,
    lender: original.lender,
    holder,
    principal: String(original.principal),
    outstanding: String(outstanding(terms, state, Date.parse(today) / 86_400_000)),
    status: state.status,
    accelerated: state.accelerated,
    autopay: !state.manual,
    terms: inForce,
    paid,
    escrow: escrow.amount ? String(escrow.amount) : null,
    agreement: agreementJson(terms),
  };
}

export function paidIn(events) {
  const sums = Object.fromEntries(
    PARTS.map((part) => [part, events.reduce((sum, { name, values }) => sum + (name === "Paid" ? BigInt(values[part]) : 0n), 0n)]),
  );
  const total = Object.values(sums).reduce((one, other) => one + other);
  return Object.fromEntries(Object.entries({ ...sums, total }).map(([part, amount]) => [part, String(amount)]));
}

// The same members of what it does say.
export function toldLoan(loan) {
  const plain = { ...loan, escrow: loan.escrow?.amount ?? null };
  if (plain.status === "overdue") plain.status = "active"; // on chain it is active still
  const { plan, ...agreement } = loan.agreement;
  plain.agreement = plan?.length ? { ...agreement, plan } : agreement;
  return plain;
}

export function expectedEvents(found) {
  return found.events.map(({ name, block, values }) => ({ type: snake(name), block, details: values }));
}

export function toldEvents({ data }, expected) {
  return data.map(({ type, chain, details }, place) => ({
    type,
    block: chain.block_number,
    details: Object.fromEntries(Object.keys(expected[place]?.details ?? details).map((name) => [name, details[name]])),
  }));
}

// Paths of the members of `expected` that `told` says otherwise, with both.
export function differences(told, expected, path = "") {
  if (expected === null || typeof expected !== "object") {
    return String(told) === String(expected) ? [] : [{ what: path, told: brief(told), proven: brief(expected) }];
  }
  if (Array.isArray(expected) && told?.length !== expected.length) {
    return [{ what: `${path} (number)`, told: brief(told?.length), proven: String(expected.length) }];
  }
  return Object.keys(expected).flatMap((name) => differences(told?.[name], expected[name], path ? `${path}.${name}` : name));
}

const brief = (value) => String(value ?? "–").slice(0, 80);

export function count(expected) {
  if (expected === null || typeof expected !== "object") return 1;
  return Object.values(expected).reduce((sum, one) => sum + count(one), 0);
}
