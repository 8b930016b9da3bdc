// What happens to a loan beside its payments: docs/ledger.md, "Default", "Amendment", "Collateral".
import { refuse } from "./bytes.js";
import { ACTIVE, DEFAULTED, WRITTEN_OFF, checkDay, close, open, standing } from "./ledger.js";
import { min, startDay, upwards } from "./rows.js";

function pastDue(terms, state, day, agreed, statuses) {
  checkDay(terms, state, day);
  if (!statuses.includes(state.status)) refuse("the loan was in another status");
  const owed = standing(terms, state, day);
  if (agreed === 0 || owed.daysPastDue < agreed) refuse("not as many days past due as agreed");
  return owed;
}

export function declareDefault(terms, state, day) {
  const { daysPastDue } = pastDue(terms, state, day, terms.conditions.defaultDays, [ACTIVE]);
  return [{ ...state, status: DEFAULTED, watchLeft: state.watchRows }, daysPastDue];
}

export function accelerate(terms, state, day) {
  const owed = pastDue(terms, state, day, terms.conditions.accelerationDays, [DEFAULTED, WRITTEN_OFF]);
  if (state.accelerated || owed.outstanding === 0n) refuse("there is nothing left to call");
  return {
    ...state,
    balance: owed.outstanding,
    deferred: owed.interest + owed.accrued,
    row: owed.row,
    rowPaid: 0n,
    installment: 0n,
    accruedTo: day - startDay(terms),
    accelerated: true,
    late: true,
    points: owed.points,
    day,
  };
}

export function writeOff(terms, state, day) {
  const owed = pastDue(terms, state, day, terms.conditions.writeOffDays, [DEFAULTED]);
  return [{ ...state, status: WRITTEN_OFF }, owed.outstanding];
}

// The closed state, what is taken and what is forgiven.
export function settle(terms, state, day, amount) {
  checkDay(terms, state, day);
  const owed = standing(terms, state, day);
  const principal = min(amount, owed.outstanding);
  const interest = min(amount - principal, owed.interest + owed.accrued);
  const penalty = min(amount - principal - interest, owed.penalty);
  const waived = {
    penalty: owed.penalty - penalty,
    interest: owed.interest + owed.accrued - interest,
    principal: owed.outstanding - principal,
  };
  return [close(state), { penalty, interest, fee: 0n, principal }, waived];
}

// The debt under new terms, and what is forgiven.
export function amend(terms, state, day, after, amendment) {
  checkDay(terms, state, day);
  if (state.status !== amendment.statusBefore) refuse("the loan was in another status");
  const owed = standing(terms, state, day);
  const waived = {
    penalty: min(owed.penalty, amendment.waivedPenalty),
    interest: min(owed.interest + owed.accrued, amendment.waivedInterest),
    principal: min(owed.outstanding, amendment.waivedPrincipal),
  };
  if (waived.penalty < owed.penalty) refuse("an amendment while a penalty was owed");
  const interest = owed.interest + owed.accrued - waived.interest;
  const principal = owed.outstanding - waived.principal;
  const balance = amendment.capitalise ? principal + interest : principal;
  if (balance < 1n || balance > after.principal) refuse("an amendment to more than was signed");
  const begun = {
    ...open(after),
    balance,
    deferred: amendment.capitalise ? 0n : interest,
    accruedTo: day - startDay(after),
    watchLeft: amendment.watchRows,
    watchRows: amendment.watchRows,
    manual: state.manual,
    amended: true,
  };
  return [begun, waived];
}

// Price of the agreed amount of collateral at a time, Unix seconds.
export function collateralPrice(terms, state, timestamp) {
  const { collateralPrice: price, collateralFloor: floor, auctionDays } = terms.conditions;
  const whole = auctionDays * 86_400;
  const elapsed = Math.max(0, timestamp - (startDay(terms) + state.accruedTo + 1) * 86_400);
  return floor + upwards((price - floor) * BigInt(Math.max(0, whole - elapsed)), BigInt(whole));
}

// Whether so much may have been sold for so much, while so much was due.
export function isFairSale(terms, price, due, amount, cost) {
  const { collateral } = terms.conditions;
  const full = upwards(price * amount, collateral);
  return (full <= due && cost === full) || (cost === due && amount === (due * collateral) / price);
}
