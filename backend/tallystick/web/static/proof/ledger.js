// The ledger's mathematics, as docs/ledger.md defines it: amounts BigInt in base units, days numbers.
import { refuse } from "./bytes.js";

const SCALE = 1_000_000_000n;
const [LEVEL, EQUAL_PRINCIPAL] = [0, 1];
const MONTHS = 2;
export const ACTIVE = "active";
export const CLOSED = "closed";

const min = (a, b) => (a < b ? a : b);
const max = (a, b) => (a > b ? a : b);
const ymd = (value) => ({ y: Math.floor(value / 10_000), m: Math.floor(value / 100) % 100, d: value % 100 });
const dayOf = (y, m, d) => Date.UTC(y, m - 1, d) / 86_400_000;
const monthLength = (y, m) => new Date(Date.UTC(y, m, 0)).getUTCDate();

function roundQ(numerator, denominator, quantum) {
  const unit = denominator * quantum;
  const quotient = numerator / unit;
  const twice = 2n * (numerator - quotient * unit);
  return quantum * (twice > unit || (twice === unit && quotient % 2n) ? quotient + 1n : quotient);
}

const ceilQ = (numerator, denominator, quantum) =>
  quantum * ((numerator + denominator * quantum - 1n) / (denominator * quantum));

function dueDay(terms, row) {
  const { y, m, d } = ymd(terms.firstDueDate);
  const steps = row * terms.every;
  if (terms.frequency !== MONTHS) return dayOf(y, m, d) + steps * (terms.frequency ? 7 : 1);
  const months = 12 * y + m - 1 + steps;
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1];
  return dayOf(year, month, Math.min(terms.dueDay, monthLength(year, month)));
}

function beginDay(terms, row) {
  if (row > 0) return dueDay(terms, row - 1);
  const { y, m, d } = ymd(terms.startDate);
  return dayOf(y, m, d);
}

function yearFraction(terms, row) {
  if (terms.frequency !== MONTHS) return [dueDay(terms, row) - beginDay(terms, row), 365];
  const [start, first] = [ymd(terms.startDate), ymd(terms.firstDueDate)];
  const months = 12 * (first.y - start.y) + first.m - start.m;
  const anchor = Math.min(terms.dueDay, monthLength(start.y, start.m));
  if (row > 0 || (months === terms.every && start.d === anchor)) return [30 * terms.every, 360];
  return [Math.max(0, 30 * months + Math.min(first.d, 30) - Math.min(start.d, 30)), 360];
}

function rowInterest(terms, row, balance, since) {
  const [years, base] = yearFraction(terms, row);
  let [numerator, denominator] = [balance * terms.annualRate * BigInt(years), SCALE * BigInt(base)];
  if (since !== null) {
    const due = dueDay(terms, row);
    numerator *= BigInt(due - since);
    denominator *= BigInt(due - beginDay(terms, row));
  }
  return roundQ(numerator, denominator, terms.quantum);
}

function rowPrincipal(terms, row, balance, interest) {
  if (row === terms.count - 1) return balance;
  if (terms.amortization === LEVEL) return min(max(terms.installment - interest, 0n), balance);
  return terms.amortization === EQUAL_PRINCIPAL ? min(terms.installment, balance) : 0n;
}

// The rows still to be paid, oldest first.
function* openRows(terms, state) {
  let { balance, rowPaid: paid } = state;
  let shifted = state.accruedTo ? beginDay(terms, 0) + state.accruedTo : null;
  let since = shifted ?? beginDay(terms, state.row);
  for (let row = state.row; row < terms.count; row++) {
    const due = dueDay(terms, row);
    const interest = rowInterest(terms, row, balance, shifted);
    const principal = rowPrincipal(terms, row, balance, interest);
    const unpaidInterest = interest - min(paid, interest);
    const unpaidPrincipal = principal - (paid - min(paid, interest));
    yield { row, due, since, balance, principal, unpaidInterest, unpaidPrincipal };
    balance -= principal;
    if (balance === 0n) return;
    [since, shifted, paid] = [due, null, 0n];
  }
}

function accruedUnpaid(terms, state, entry, day) {
  if (day <= entry.since) return 0n;
  const [years, base] = yearFraction(terms, entry.row);
  const whole = BigInt(entry.due - beginDay(terms, entry.row));
  const numerator = entry.balance * terms.annualRate * BigInt(years) * BigInt(day - entry.since);
  const all = rowInterest(terms, entry.row, entry.balance, entry.since);
  const accrued = min(ceilQ(numerator, SCALE * BigInt(base) * whole, terms.quantum), all);
  return max(0n, accrued - (entry.row === state.row ? state.rowPaid : 0n));
}

export function open(terms) {
  return { balance: terms.principal, rowPaid: 0n, row: 0, accruedTo: 0, status: ACTIVE, late: false, ...CLEAN };
}

const CLEAN = { points: 0n, paid: 0n, day: 0 };

// What is owed on a day, by component, with the penalty points up to it.
function standing(terms, state, day) {
  let { points } = state;
  let [interest, principal, accrued, ahead] = [0n, 0n, 0n, 0n];
  for (const entry of openRows(terms, state)) {
    if (entry.due > day) {
      [accrued, ahead] = [accruedUnpaid(terms, state, entry, day), entry.balance];
      break;
    }
    const begin = entry.due + terms.graceDays;
    const late = Math.min(day, begin + terms.penaltyCapDays) - Math.max(begin, state.day);
    points += (entry.unpaidInterest + entry.unpaidPrincipal) * BigInt(Math.max(0, late));
    interest += entry.unpaidInterest;
    principal += entry.unpaidPrincipal;
  }
  const total = roundQ(points * terms.penaltyRate, 365n * SCALE, terms.quantum);
  return { points, penalty: max(0n, total - state.paid), interest, principal, accrued, ahead };
}

export function outstanding(terms, state, day) {
  if (state.status !== ACTIVE) return 0n;
  const owed = standing(terms, state, day);
  return owed.principal + owed.ahead;
}

// The state after a payment, and how it was applied; amount null collects what is due.
export function pay(terms, state, day, amount) {
  if (state.status !== ACTIVE) refuse("a payment of a loan that is not active");
  const earliest = Math.max(
    beginDay(terms, state.row),
    state.day,
    state.accruedTo ? beginDay(terms, 0) + state.accruedTo : 0,
  );
  if (day < earliest) refuse("a payment dated before what is already settled");
  const owed = standing(terms, state, day);
  const due = owed.penalty + owed.interest + owed.principal;
  let left = min(amount ?? due, due + owed.accrued + owed.ahead);
  if (left <= 0n) refuse("a payment of nothing");
  const split = { penalty: min(left, owed.penalty), interest: 0n, principal: 0n };
  left -= split.penalty;
  const after = { ...state };
  left = payDueRows(terms, after, day, left, split);
  if (left > 0n) payAhead(terms, after, day, left, split);
  if (after.balance === 0n) return [{ ...after, ...CLEAN, status: CLOSED, late: false }, split];
  if (split.penalty === owed.penalty && !isLate(terms, after, day)) {
    return [{ ...after, ...CLEAN, late: false }, split];
  }
  return [{ ...after, late: true, points: owed.points, paid: state.paid + split.penalty, day }, split];
}

function payDueRows(terms, after, day, left, split) {
  for (const entry of openRows(terms, { ...after })) {
    if (entry.due > day) break;
    const interest = min(left, entry.unpaidInterest);
    const principal = min(left - interest, entry.unpaidPrincipal);
    split.interest += interest;
    split.principal += principal;
    left -= interest + principal;
    if (interest + principal < entry.unpaidInterest + entry.unpaidPrincipal) {
      after.rowPaid += interest + principal;
      break;
    }
    Object.assign(after, { balance: entry.balance - entry.principal, rowPaid: 0n, row: entry.row + 1, accruedTo: 0 });
  }
  return left;
}

function payAhead(terms, after, day, left, split) {
  const accrued = accruedUnpaid(terms, after, openRows(terms, after).next().value, day);
  if (left <= accrued) {
    after.rowPaid += left;
    split.interest += left;
    return;
  }
  split.interest += accrued;
  split.principal += left - accrued;
  Object.assign(after, { balance: after.balance - (left - accrued), rowPaid: 0n, accruedTo: day - beginDay(terms, 0) });
}

function isLate(terms, state, day) {
  for (const entry of openRows(terms, state)) {
    if (entry.due + terms.graceDays >= day) return false;
    if (entry.unpaidInterest + entry.unpaidPrincipal > 0n) return true;
  }
  return false;
}
