// From a loan's events to its state, each recomputed and compared.
import { refuse } from "./bytes.js";
import { CLOSED, DEFAULTED, open, outstanding, pay, standing } from "./ledger.js";
import { accelerate, amend, collateralPrice, declareDefault, isFairSale, settle, writeOff } from "./servicing.js";

const NOBODY = "0x" + "00".repeat(20);
const PARTS = ["penalty", "interest", "fee", "principal"];
const dayOf = ({ timestamp }) => Math.floor(timestamp / 86_400);

// `events` name their agreement where they publish one. Returns the terms in force, the state and
// what else the book stores.
export function fold(events, loanId) {
  const [first, ...rest] = events;
  if (first?.name !== "Originated") refuse("the event that recorded the loan is missing");
  const loan = {
    id: loanId,
    terms: first.agreement,
    state: open(first.agreement),
    digest: loanId,
    holder: first.values.lender,
    guarantees: new Map(),
    escrow: { token: NOBODY, amount: 0n },
    awaited: new Map(), // events that must follow the last payment, with what they must say
  };
  for (const event of rest) {
    const step = STEPS[event.name] ?? refuse("the loan was recorded twice");
    if (loan.awaited.size && !PASSING.includes(event.name) && !loan.awaited.has(event.name)) {
      refuse("an event is missing that follows from a payment");
    }
    step(loan, event);
    loan.awaited.delete(event.name);
    if (event.name === "Paid") follow(loan, event);
  }
  if (loan.awaited.size) refuse("an event is missing that follows from a payment");
  return loan;
}

const PASSING = ["PaidThrough", "Credited", "CollectFailed"];
const nothing = () => {};
const STEPS = {
  Paid: paid,
  PaidThrough: nothing,
  Credited: nothing,
  CollectFailed: nothing,
  Closed: told,
  Cured: told,
  Restored: told,
  Settled: (loan, { values }) => sameWaived(told(loan, { name: "Settled" }), values),
  AutopaySet: (loan, { values }) => {
    loan.state.manual = !values.on;
  },
  Amended: amended,
  Defaulted: (loan, event) => {
    const [state, days] = declareDefault(loan.terms, loan.state, dayOf(event));
    same(days, event.values.days_past_due, "days past due");
    loan.state = state;
  },
  Accelerated: (loan, event) => {
    loan.state = accelerate(loan.terms, loan.state, dayOf(event));
    same(loan.state.balance, event.values.principal, "principal that fell due");
    same(loan.state.deferred, event.values.interest, "interest that fell due");
  },
  WrittenOff: (loan, event) => {
    const [state, left] = writeOff(loan.terms, loan.state, dayOf(event));
    same(left, event.values.outstanding, "outstanding principal");
    loan.state = state;
  },
  Assigned: (loan, { values }) => {
    same(loan.holder, values.from, "holder of the claim");
    loan.holder = values.to;
    loan.state.assigned = true;
  },
  RecourseRecorded: (loan, { values }) => {
    const expected = told(loan, { name: "RecourseRecorded" });
    same(expected.guarantor, values.guarantor, "guarantor");
    same(expected.recourse, values.recourse, "recourse");
  },
  RecourseRepaid: (loan, { values }) => {
    const paidBefore = guaranteeOf(loan, values.guarantor);
    const recourse = paidBefore.recourse - BigInt(values.amount);
    if (recourse < 0n) refuse("more recourse was repaid than there is");
    loan.guarantees.set(values.guarantor, { ...paidBefore, recourse });
  },
  CollateralAdded: (loan, { values }) => {
    if (loan.escrow.amount && loan.escrow.token !== values.token) refuse("collateral of two tokens");
    loan.escrow = { token: values.token, amount: loan.escrow.amount + BigInt(values.amount) };
  },
  CollateralSold: sold,
  CollateralReleased: (loan, { values }) => {
    same(loan.escrow.token, values.token, "token of the collateral");
    same(loan.escrow.amount, values.amount, "collateral that was left");
    loan.escrow = { token: NOBODY, amount: 0n };
  },
};

function told(loan, { name }) {
  return loan.awaited.has(name) ? loan.awaited.get(name) : refuse(`${name} follows from nothing`);
}

function paid(loan, event) {
  const { values } = event;
  const day = dayOf(event);
  const before = loan.state;
  const total = PARTS.reduce((sum, part) => sum + BigInt(values[part]), 0n);
  loan.before = before;
  if (values.source === "settlement") {
    const [state, split, waived] = settle(loan.terms, before, day, total);
    loan.awaited.set("Settled", waived);
    loan.state = state;
    compare(split, waived.principal, values);
    return;
  }
  secure(loan, event, total);
  if (values.source === "collected" && before.manual) refuse("a collection while autopay was off");
  const amount = values.source === "collected" ? null : total;
  const [state, split] = pay(loan.terms, before, day, amount, values.source === "paid");
  loan.state = state;
  compare(split, outstanding(loan.terms, state, day), values);
}

function compare(split, left, values) {
  for (const part of PARTS) same(split[part], values[part], `${part} of a payment`);
  same(left, values.outstanding, "outstanding principal");
}

// What must be so for a guarantor or a buyer of collateral to pay.
function secure(loan, event, total) {
  const { terms, state } = loan;
  const { guarantor, guaranteed, guaranteeDays } = terms.conditions;
  if (event.values.source === "guarantor") {
    const owed = standing(terms, state, dayOf(event));
    if (guaranteeDays === 0 || owed.daysPastDue < guaranteeDays) refuse("a guarantor paid too early");
    const paidBefore = guaranteeOf(loan, guarantor);
    const now = { drawn: paidBefore.drawn + total, recourse: paidBefore.recourse + total };
    if (now.drawn > guaranteed) refuse("a guarantor paid more than agreed");
    loan.guarantees.set(guarantor, now);
    loan.awaited.set("RecourseRecorded", { guarantor, recourse: now.recourse });
  } else if (event.values.source === "collateral") {
    if (!state.accelerated) refuse("collateral was sold before its time");
    const { penalty, interest, principal } = standing(terms, state, dayOf(event));
    const price = collateralPrice(terms, state, event.timestamp);
    loan.awaited.set("CollateralSold", { price, due: penalty + interest + principal, total });
  }
}

const guaranteeOf = (loan, guarantor) => loan.guarantees.get(guarantor) ?? { drawn: 0n, recourse: 0n };

// Notes what events must tell of what a payment changed.
function follow(loan) {
  const { before, state } = loan;
  if (state.status === CLOSED) loan.awaited.set("Closed", null);
  else if (before.status === DEFAULTED && state.status !== DEFAULTED) loan.awaited.set("Cured", null);
  if (before.watchRows !== state.watchRows) loan.awaited.set("Restored", null);
}

function sold(loan, { values }) {
  const { price, due, total } = told(loan, { name: "CollateralSold" });
  const amount = BigInt(values.amount);
  same(total, values.price, "price of the collateral");
  same(loan.escrow.token, values.token, "token of the collateral");
  if (amount > loan.escrow.amount) refuse("more collateral was sold than there was");
  if (!isFairSale(loan.terms, price, due, amount, total)) refuse("collateral was sold at another price");
  loan.escrow = { ...loan.escrow, amount: loan.escrow.amount - amount };
}

function amended(loan, event) {
  const { agreement, values } = event;
  same(loan.digest, values.amendment_terms_before, "terms before an amendment");
  same(loan.id, agreement.amends, "loan that was amended");
  same(loan.holder, agreement.lender, "holder of the claim");
  const [state, waived] = amend(loan.terms, loan.state, dayOf(event), agreement, {
    statusBefore: values.amendment_status_before,
    waivedPenalty: BigInt(values.amendment_waived_penalty),
    waivedInterest: BigInt(values.amendment_waived_interest),
    waivedPrincipal: BigInt(values.amendment_waived_principal),
    capitalise: values.amendment_capitalise,
    watchRows: Number(values.amendment_watch_rows),
  });
  sameWaived(waived, values);
  same(state.balance, values.balance, "principal under new terms");
  same(state.deferred, values.deferred, "deferred interest under new terms");
  Object.assign(loan, { terms: agreement, state, digest: values.terms_after });
}

function sameWaived(waived, values) {
  for (const [part, amount] of Object.entries(waived)) same(amount, values[`waived_${part}`], `forgiven ${part}`);
}

function same(expected, actual, what) {
  if (String(expected) !== String(actual)) refuse(`${what}: ${actual} instead of ${expected}`);
}
