// Rows of a schedule, as docs/ledger.md defines them: amounts BigInt in base units, days numbers.
const SCALE = 1_000_000_000n;
const [LEVEL, EQUAL_PRINCIPAL, CUSTOM] = [0, 1, 4];
const FLAT = 1;
const [THIRTY_360, ACTUAL_365] = [0, 1];
const LOWER_INSTALLMENT = 1;
const PRINCIPAL_FIRST = 2;
const MONTHS = 2;

export const min = (a, b) => (a < b ? a : b);
export const max = (a, b) => (a > b ? a : b);
const ymd = (value) => ({ y: Math.floor(value / 10_000), m: Math.floor(value / 100) % 100, d: value % 100 });
const dayOf = (y, m, d) => Date.UTC(y, m - 1, d) / 86_400_000;
const monthLength = (y, m) => new Date(Date.UTC(y, m, 0)).getUTCDate();
const dateOf = (day) => {
  const date = new Date(day * 86_400_000);
  return { y: date.getUTCFullYear(), m: date.getUTCMonth() + 1, d: date.getUTCDate() };
};
const thirty = (from, to) =>
  Math.max(0, 360 * (to.y - from.y) + 30 * (to.m - from.m) + Math.min(to.d, 30) - Math.min(from.d, 30));

// Half to even.
export function divided(numerator, denominator) {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  return twice > denominator || (twice === denominator && quotient % 2n) ? quotient + 1n : quotient;
}

export const upwards = (numerator, denominator) => (numerator + denominator - 1n) / denominator;

export function dueDay(terms, row) {
  const { y, m, d } = ymd(terms.firstDueDate);
  const steps = row * terms.every;
  if (terms.frequency !== MONTHS) return dayOf(y, m, d) + steps * (terms.frequency ? 7 : 1);
  const months = 12 * y + m - 1 + steps;
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1];
  return dayOf(year, month, Math.min(terms.dueDay, monthLength(year, month)));
}

export function startDay(terms) {
  const { y, m, d } = ymd(terms.startDate);
  return dayOf(y, m, d);
}

const beginDay = (terms, row) => (row > 0 ? dueDay(terms, row - 1) : startDay(terms));

// Numerator and denominator of a row's length in years.
function yearFraction(terms, row) {
  const [begin, due] = [beginDay(terms, row), dueDay(terms, row)];
  if (terms.dayCount !== THIRTY_360) return [due - begin, terms.dayCount === ACTUAL_365 ? 365 : 360];
  const [from, to] = [dateOf(begin), dateOf(due)];
  const regular =
    12 * (to.y - from.y) + to.m - from.m === terms.every && from.d === Math.min(terms.dueDay, monthLength(from.y, from.m));
  if (terms.frequency === MONTHS && (row > 0 || regular)) return [30 * terms.every, 360];
  return [thirty(from, to), 360];
}

// Interest of days `from` to `to` of a row, exact, as numerator and denominator in quanta.
function exactInterest(terms, state, row, balance, from, to) {
  const [years, base] = yearFraction(terms, row);
  let bearing = balance;
  if (terms.interestMethod === FLAT) {
    bearing = state.installment ? (terms.principal * state.installment) / terms.installment : terms.principal;
  }
  const whole = BigInt(dueDay(terms, row) - beginDay(terms, row));
  return [
    bearing * terms.annualRate * BigInt(years) * BigInt(to - from),
    SCALE * BigInt(base) * whole * terms.quantum,
  ];
}

function principalOf(terms, state, row, balance, interest) {
  const installment = state.installment || terms.installment;
  if (row === terms.count - 1) return balance;
  if (row < Math.max(terms.gracePrincipal, terms.graceInterest)) return 0n;
  if (terms.amortization === LEVEL) return min(max(installment - interest, 0n), balance);
  if (terms.amortization === EQUAL_PRINCIPAL) return min(installment, balance);
  if (terms.amortization !== CUSTOM) return 0n;
  const before = row ? terms.plan[row - 1] : terms.principal;
  const planned = max(before - terms.plan[row], 0n);
  if (terms.prepayment !== LOWER_INSTALLMENT || planned === 0n) return min(planned, balance);
  return min(divided(balance * planned, before), balance);
}

// The rows still to be paid, oldest first. `free` ones pay nothing and defer what they bear.
export function* openRows(terms, state) {
  if (state.accelerated) {
    yield unpaid(terms, { ...calledRow(terms, state), paid: state.rowPaid });
    return;
  }
  let { balance, rowPaid: paid, deferred } = state;
  for (let row = state.row; row < terms.count; row++) {
    const due = dueDay(terms, row);
    const shifted = row === state.row && state.accruedTo;
    const since = shifted ? startDay(terms) + state.accruedTo : beginDay(terms, row);
    const own = terms.quantum * divided(...exactInterest(terms, state, row, balance, since, due));
    const principal = principalOf(terms, state, row, balance, own);
    const free = row < terms.graceInterest;
    yield unpaid(terms, { row, due, since, balance, own, deferred, interest: own + deferred, principal, paid, free });
    deferred = free ? deferred + own - paid : 0n;
    balance -= principal;
    if (balance === 0n) return;
    paid = 0n;
  }
}

function calledRow(terms, state) {
  const day = startDay(terms) + state.accruedTo;
  const { row, balance, deferred } = state;
  return { row, due: day, since: day, balance, own: 0n, deferred, interest: deferred, principal: balance, free: false };
}

function unpaid(terms, row) {
  if (row.free) return { ...row, unpaidInterest: 0n, unpaidPrincipal: 0n, unpaid: 0n };
  const principalFirst = terms.waterfall === PRINCIPAL_FIRST;
  const toPrincipal = principalFirst ? min(row.paid, row.principal) : max(0n, row.paid - row.interest);
  const [unpaidInterest, unpaidPrincipal] = [row.interest - (row.paid - toPrincipal), row.principal - toPrincipal];
  return { ...row, unpaidInterest, unpaidPrincipal, unpaid: unpaidInterest + unpaidPrincipal };
}

// Interest to be paid before principal of a row that is not due: its own, accrued and rounded up, and
// what was deferred, less what was paid.
export function accruedUnpaid(terms, state, row, day) {
  const to = Math.max(day, row.since);
  const exact = exactInterest(terms, state, row.row, row.balance, row.since, to);
  return min(terms.quantum * upwards(...exact), row.own) + row.deferred - row.paid;
}
