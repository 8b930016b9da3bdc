// What a loan owes and how a payment changes it, as docs/ledger.md defines it.
import { refuse } from "./bytes.js";
import { accruedUnpaid, divided, dueDay, max, min, openRows, startDay, upwards } from "./rows.js";

const SCALE = 1_000_000_000n;
const [PENALTY_LAST, PRINCIPAL_FIRST] = [1, 2];
const LOWER_INSTALLMENT = 1;
export const [ACTIVE, CLOSED, DEFAULTED, WRITTEN_OFF] = ["active", "closed", "defaulted", "written_off"];
export const STATUSES = [null, ACTIVE, CLOSED, DEFAULTED, WRITTEN_OFF];

const CLEAN = { late: false, points: 0n, paid: 0n, day: 0 };
const PLAIN = { deferred: 0n, installment: 0n };
const FLAGS = { accelerated: false, manual: false, assigned: false, amended: false };

export function open(terms) {
  const watch = { watchLeft: 0, watchRows: 0 };
  return { balance: terms.principal, rowPaid: 0n, row: 0, accruedTo: 0, status: ACTIVE, ...CLEAN, ...PLAIN, ...FLAGS, ...watch };
}

const isOpen = (state) => state.status !== CLOSED;
const graceDays = (terms, state) => (state.accelerated ? 0 : terms.graceDays);

// What is owed on a day, by component, with the penalty points up to it.
export function standing(terms, state, day) {
  let { points } = state;
  let [interest, principal, accrued, ahead, oldest] = [0n, 0n, 0n, 0n, null];
  for (const row of openRows(terms, state)) {
    if (row.due > day) {
      [accrued, ahead] = [accruedUnpaid(terms, state, row, day), row.balance];
      break;
    }
    const begin = row.due + graceDays(terms, state);
    const late = Math.min(day, begin + terms.penaltyCapDays) - Math.max(begin, state.day);
    points += row.unpaid * BigInt(Math.max(0, late));
    interest += row.unpaidInterest;
    principal += row.unpaidPrincipal;
    if (row.unpaid > 0n) oldest ??= row;
  }
  const total = terms.quantum * divided(points * terms.penaltyRate, 365n * SCALE * terms.quantum);
  const since = oldest && (state.accelerated ? dueDay(terms, oldest.row) : oldest.due);
  return {
    points,
    penalty: max(0n, total - state.paid),
    interest,
    principal,
    accrued,
    ahead,
    outstanding: principal + ahead,
    daysPastDue: oldest ? day - since : 0,
    row: oldest?.row,
  };
}

export function outstanding(terms, state, day) {
  return isOpen(state) ? standing(terms, state, day).outstanding : 0n;
}

export function checkDay(terms, state, day) {
  if (!isOpen(state)) refuse("something happened to a loan that is closed");
  const since = openRows(terms, state).next().value.since;
  if (day < Math.max(since, state.day)) refuse("an event dated before what is already settled");
}

// The state after a payment, and how it was applied; amount null collects what is due, and without
// `ahead` nothing is taken that is not due.
export function pay(terms, state, day, amount, ahead = true) {
  checkDay(terms, state, day);
  const owed = standing(terms, state, day);
  const split = { penalty: 0n, interest: 0n, fee: 0n, principal: 0n };
  const after = { ...state };
  const last = terms.waterfall === PENALTY_LAST;
  let left = amount ?? owed.penalty + owed.interest + owed.principal;
  const takePenalty = () => {
    split.penalty = min(left, owed.penalty);
    left -= split.penalty;
  };
  if (!last) takePenalty();
  left = payDueRows(terms, after, day, left, split, last ? owed.penalty : 0n);
  if (last) takePenalty();
  if (left > 0n && ahead && amount !== null && after.balance > 0n) payAhead(terms, after, day, left, split);
  if (split.penalty + split.interest + split.principal === 0n) refuse("a payment of nothing");
  finish(terms, state, after, day, owed, split);
  watch(terms, state, after, day);
  return [after, split];
}

function payDueRows(terms, after, day, left, split, held) {
  for (const row of openRows(terms, { ...after })) {
    if (row.due > day) break;
    const all = left >= row.unpaid;
    const first = terms.waterfall === PRINCIPAL_FIRST ? min(left, row.unpaidPrincipal) : min(left, row.unpaidInterest);
    const rest = (all ? row.unpaid : left) - first;
    const [principal, interest] = terms.waterfall === PRINCIPAL_FIRST ? [first, rest] : [rest, first];
    split.interest += interest;
    split.principal += principal;
    left -= first + rest;
    if (!all || (row.principal === row.balance && left < held)) {
      after.rowPaid += first + rest;
      break;
    }
    after.deferred = row.free ? row.interest - row.paid : 0n;
    Object.assign(after, { balance: row.balance - row.principal, rowPaid: 0n, row: row.row + 1, accruedTo: 0 });
  }
  return left;
}

function payAhead(terms, after, day, left, split) {
  const row = openRows(terms, after).next().value;
  const accrued = accruedUnpaid(terms, after, row, day);
  const prepaid = left > accrued ? min(((left - accrued) * SCALE) / (SCALE + terms.prepaymentFee), after.balance) : 0n;
  if (prepaid > 0n) {
    split.interest += accrued;
    split.principal += prepaid;
    split.fee = upwards(prepaid * terms.prepaymentFee, SCALE);
    const before = after.balance;
    Object.assign(after, { balance: before - prepaid, rowPaid: 0n, deferred: 0n, accruedTo: day - startDay(terms) });
    if (after.balance > 0n) lower(terms, after, before);
  } else if (terms.waterfall !== PRINCIPAL_FIRST) {
    split.interest += min(left, accrued);
    after.rowPaid += min(left, accrued);
  }
}

function lower(terms, after, before) {
  if (terms.prepayment !== LOWER_INSTALLMENT || terms.installment === 0n) return;
  const now = (after.installment || terms.installment) * after.balance;
  after.installment = max(1n, terms.quantum * divided(now, before * terms.quantum));
}

export function close(state) {
  return { ...state, ...CLEAN, ...PLAIN, balance: 0n, rowPaid: 0n, status: CLOSED };
}

// Whether the loan is clean, cured or closed after a payment.
function finish(terms, before, after, day, owed, split) {
  if (after.balance === 0n) {
    Object.assign(after, close(after));
    return;
  }
  const rows = [...openRows(terms, after)];
  const isLate = split.penalty < owed.penalty || rows.some((row) => beyondGrace(terms, after, row, day));
  const carried = { late: true, points: owed.points, paid: before.paid + split.penalty, day };
  Object.assign(after, isLate ? carried : CLEAN);
  const cured = after.status === DEFAULTED && !after.accelerated && !isLate && rows[0].due >= day;
  if (cured) after.status = ACTIVE;
}

const beyondGrace = (terms, state, row, day) => row.unpaid > 0n && day > row.due + graceDays(terms, state);

// Counts the rows that a payment closed.
function watch(terms, before, after, day) {
  if (before.watchLeft === 0 || before.accelerated) return;
  const due = [...openRows(terms, before)].filter((row) => row.unpaid > 0n && row.due <= day);
  const late = (row) => beyondGrace(terms, before, row, day);
  for (const row of due.filter((row) => row.row < after.row)) {
    after.watchLeft = late(row) ? after.watchRows : after.watchLeft - 1;
    if (after.watchLeft === 0) break;
  }
  if (after.status === CLOSED && !before.late && !due.some(late)) after.watchLeft = 0;
  if (after.watchLeft === 0) after.watchRows = 0;
}
