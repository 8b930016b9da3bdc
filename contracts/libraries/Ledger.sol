// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Amortization, Owed, Prepayment, Status, Waterfall} from "../types/Agreement.sol";
import {Calendar} from "./Calendar.sol";
import {DebtWord} from "./DebtWord.sol";
import {Errors} from "./Errors.sol";
import {Schedule} from "./Schedule.sol";

/// @notice A loan while a payment is applied to it.
struct Account {
    // the debt, see `Debt`; flags as in `DebtWord`
    uint256 balance;
    uint256 rowPaid;
    uint256 row;
    uint256 accruedTo;
    uint256 flags;
    // see `Carry`
    uint256 deferred;
    uint256 installment;
    // see `Penalty`
    uint256 points;
    uint256 penaltyPaid;
    uint256 penaltyDay;
    // the open row: day from which its interest counts, 0 for its own begin; its due day
    uint256 from;
    uint256 due;
    // what the payment was split into, and the principal outstanding after it
    uint256 penalty;
    uint256 interest;
    uint256 fee;
    uint256 principal;
    uint256 outstanding;
}

/// @notice What a payment does to a loan. Definitions: docs/ledger.md, "Applying a payment".
/// @dev Works on memory; the book loads and stores. Members stay within the widths of the stored words
/// because of `AgreementCheck`.
library Ledger {
    /// @dev A due day that lies somewhere after today and need not be known.
    uint256 private constant LATER = type(uint256).max;
    uint256 private constant RATE_UNIT = Schedule.RATE_UNIT;
    /// @dev Beside the flags while one payment is applied: it paid a watched row too late.
    uint256 private constant MISSED = 1 << 32;

    /// @notice Applies at most `amount` on day `today`, changing `account` in place.
    /// @param ahead whether money beyond what is due prepays principal
    /// @param feeRate fee on prepaid principal, in 1e-9 of it
    function applyPayment(
        Agreement memory agreement,
        Account memory account,
        uint256 today,
        uint256 amount,
        bool ahead,
        uint256 feeRate
    ) internal view {
        unchecked {
            _open(agreement, account);
            bool wasLate = account.flags & DebtWord.LATE != 0;
            bool penalised = wasLate || today > account.due + _graceOf(agreement, account);
            bool penaltyLast = agreement.waterfall == Waterfall.InterestPrincipalPenalty;
            uint256 owed;
            if (penalised) {
                owed = _penaltyOwed(agreement, account, today);
                if (!penaltyLast) amount -= _payPenalty(account, owed, amount);
            }
            amount = _payDueRows(agreement, account, today, amount, penaltyLast ? owed : 0);
            if (penalised && penaltyLast) amount -= _payPenalty(account, owed, amount);
            if (ahead && amount > 0 && account.balance > 0) {
                _prepay(agreement, account, today, amount, feeRate);
            }
            if (penalised) {
                bool behind = account.balance > 0 && account.due <= today
                    && today > account.due + _graceOf(agreement, account);
                _carryPenalty(account, behind || owed > account.penalty);
            }
            if (account.flags & MISSED != 0) {
                account.flags &= ~MISSED;
            } else if (account.balance == 0 && !wasLate) {
                account.flags = DebtWord.withWatch(account.flags, 0);
            }
        }
    }

    /// @notice What is owed on day `today`. Consumes `account`.
    function owedOn(Agreement memory agreement, Account memory account, uint256 today)
        internal
        view
        returns (Owed memory owed)
    {
        // so that the open row is the oldest unpaid one
        bringUpTo(agreement, account, today);
        owed.outstanding = account.outstanding;
        owed.row = account.row;
        owed.dueDay = Calendar.dueDay(agreement, account.row);

        applyPayment(agreement, account, today, type(uint256).max, false, 0);
        owed.due.penalty = account.penalty;
        owed.due.interest = account.interest;
        owed.due.principal = account.principal;
        // a row that waits for nothing but the penalty is not past due
        bool overdue = today > owed.dueDay && account.interest + account.principal > 0;
        if (overdue) owed.daysPastDue = today - owed.dueDay;
        owed.accrued = _accruedUnpaid(agreement, account, today);
        owed.fee = _feeOn(account.balance, agreement.prepaymentFee);
        owed.payoff = owed.due.penalty + owed.due.interest + owed.due.principal + owed.accrued
            + owed.fee + account.balance;
    }

    /// @notice Moves the penalty's points up to day `today` and passes rows that owe nothing.
    function bringUpTo(Agreement memory agreement, Account memory account, uint256 today)
        internal
        view
    {
        applyPayment(agreement, account, today, 0, false, 0);
    }

    /// @notice Outstanding principal, all unpaid interest and the penalty owed on day `today`, base units.
    function unpaid(Agreement memory agreement, Account memory account, uint256 today)
        internal
        view
        returns (uint256 principal, uint256 interest, uint256 penalty)
    {
        // what a payment of everything due would be, and what it would leave
        account = _copy(account);
        applyPayment(agreement, account, today, type(uint256).max, false, 0);
        interest = account.interest + _accruedUnpaid(agreement, account, today);
        return (account.principal + account.balance, interest, account.penalty);
    }

    /// @notice Days since the oldest unpaid due date on day `today`, acceleration aside.
    function daysPastDue(Agreement memory agreement, Account memory account, uint256 today)
        internal
        view
        returns (uint256)
    {
        return owedOn(agreement, _copy(account), today).daysPastDue;
    }

    /// @notice Everything due on day `today`, penalty included, base units.
    function dueOn(Agreement memory agreement, Account memory account, uint256 today)
        internal
        view
        returns (uint256)
    {
        account = _copy(account);
        applyPayment(agreement, account, today, type(uint256).max, false, 0);
        return account.penalty + account.interest + account.principal;
    }

    /// @notice The account under new terms, with nothing paid yet.
    /// @param accruedTo days from the new start date to today
    function restart(Account memory account, uint256 balance, uint256 deferred, uint256 accruedTo)
        internal
        pure
    {
        (account.balance, account.deferred) = (balance, deferred);
        (account.rowPaid, account.row, account.installment) = (0, 0, 0);
        (account.points, account.penaltyPaid, account.penaltyDay) = (0, 0, 0);
        account.accruedTo = accruedTo;
    }

    /// @notice The account of a loan of which the rest is forgiven.
    function close(Account memory account) internal pure {
        (account.balance, account.rowPaid) = (0, 0);
        (account.deferred, account.installment) = (0, 0);
        account.flags = DebtWord.withStatus(account.flags & ~DebtWord.LATE, Status.Closed);
    }

    /// @notice Everything falls due on day `today`: one row of the outstanding principal and all unpaid interest.
    function accelerate(Agreement memory agreement, Account memory account, uint256 today)
        internal
        view
    {
        bringUpTo(agreement, account, today);
        (uint256 principal, uint256 interest,) = unpaid(agreement, account, today);
        account.balance = principal;
        account.deferred = interest;
        (account.rowPaid, account.installment, account.penaltyDay) = (0, 0, today);
        account.accruedTo = today - Calendar.dayOf(agreement.startDate);
        // the word has 16 bits for it, enough for 179 years
        require(account.accruedTo <= type(uint16).max, Errors.NotAgreed());
        account.flags |= DebtWord.ACCELERATED | DebtWord.LATE;
    }

    /// @dev Sets the period of the open row.
    function _open(Agreement memory agreement, Account memory account) private pure {
        unchecked {
            uint256 from = account.accruedTo;
            if (from != 0) from += Calendar.dayOf(agreement.startDate);
            account.from = from;
            account.due = account.flags & DebtWord.ACCELERATED != 0
                ? from
                : Calendar.dueDay(agreement, account.row);
        }
    }

    function _graceOf(Agreement memory agreement, Account memory account)
        private
        pure
        returns (uint256)
    {
        return account.flags & DebtWord.ACCELERATED != 0 ? 0 : agreement.graceDays;
    }

    /// @dev What the open row consists of. When it does not pay, `interest` is what will be deferred.
    function _openRow(Agreement memory agreement, Account memory account)
        private
        view
        returns (uint256 interest, uint256 principal, bool pays)
    {
        unchecked {
            uint256 balance = account.balance;
            if (account.flags & DebtWord.ACCELERATED != 0) {
                return (account.deferred, balance, true);
            }
            uint256 k = account.row;
            uint256 installment = account.installment;
            uint256 base = Schedule.interestBase(agreement, balance, installment);
            interest = Schedule.rowInterest(agreement, k, base, account.from, account.due);
            principal = Schedule.rowPrincipal(agreement, k, balance, interest, installment);
            interest += account.deferred;
            pays = k >= agreement.graceInterest;
        }
    }

    /// @dev Passes to the row after the open one.
    function _next(
        Agreement memory agreement,
        Account memory account,
        uint256 principal,
        uint256 deferred,
        uint256 today
    ) private pure {
        unchecked {
            account.balance -= principal;
            account.deferred = deferred;
            (account.rowPaid, account.accruedTo, account.from) = (0, 0, 0);
            uint256 k = ++account.row;
            bool later = today < account.due + Calendar.shortestPeriod(agreement);
            account.due = later || account.balance == 0 ? LATER : Calendar.dueDay(agreement, k);
        }
    }

    /// @dev Pays rows due by `today`, oldest first. Returns what is left of the money.
    /// @param penalty owed, when it is paid after the rows: the loan must not close before
    function _payDueRows(
        Agreement memory agreement,
        Account memory account,
        uint256 today,
        uint256 left,
        uint256 penalty
    ) private view returns (uint256) {
        unchecked {
            while (account.balance > 0 && account.due <= today) {
                (uint256 interest, uint256 principal, bool pays) = _openRow(agreement, account);
                if (!pays) {
                    _next(agreement, account, 0, interest - account.rowPaid, today);
                    continue;
                }
                uint256 owed = interest + principal - account.rowPaid;
                bool last = principal == account.balance;
                if (left < (last ? owed + penalty : owed)) {
                    if (owed > left) owed = left;
                    _split(agreement, account, interest, principal, owed);
                    account.rowPaid += owed;
                    account.outstanding =
                        account.balance - _repaid(agreement, account.rowPaid, interest, principal);
                    return left - owed;
                }
                _split(agreement, account, interest, principal, owed);
                left -= owed;
                if (owed > 0) _watch(agreement, account, today);
                _next(agreement, account, principal, 0, today);
            }
            account.outstanding = account.balance;
            return left;
        }
    }

    /// @dev Counts `amount`, paid into the open row, by component.
    function _split(
        Agreement memory agreement,
        Account memory account,
        uint256 interest,
        uint256 principal,
        uint256 amount
    ) private pure {
        unchecked {
            uint256 paid = account.rowPaid;
            uint256 repaid = _repaid(agreement, paid + amount, interest, principal);
            if (paid > 0) repaid -= _repaid(agreement, paid, interest, principal);
            account.principal += repaid;
            account.interest += amount - repaid;
        }
    }

    /// @dev How much of `paid` into a due row is principal.
    function _repaid(Agreement memory agreement, uint256 paid, uint256 interest, uint256 principal)
        private
        pure
        returns (uint256)
    {
        unchecked {
            if (agreement.waterfall == Waterfall.PenaltyPrincipalInterest) {
                return paid < principal ? paid : principal;
            }
            return paid > interest ? paid - interest : 0;
        }
    }

    /// @dev A row paid within its grace counts down, a row paid later begins again.
    function _watch(Agreement memory agreement, Account memory account, uint256 today)
        private
        pure
    {
        unchecked {
            uint256 flags = account.flags;
            if (flags & DebtWord.WATCH_ROWS == 0 || flags & DebtWord.ACCELERATED != 0) return;
            if (today > account.due + agreement.graceDays) {
                flags = DebtWord.withWatch(flags, DebtWord.watchRows(flags)) | MISSED;
            } else {
                flags -= DebtWord.WATCH_ONE;
                if (flags & DebtWord.WATCH_LEFT == 0) flags = DebtWord.withWatch(flags, 0);
            }
            account.flags = flags;
        }
    }

    /// @dev Interest to the day first, then principal with its fee.
    function _prepay(
        Agreement memory agreement,
        Account memory account,
        uint256 today,
        uint256 left,
        uint256 feeRate
    ) private view {
        unchecked {
            uint256 balance = account.balance;
            uint256 accrued = _accruedUnpaid(agreement, account, today);
            uint256 principal;
            if (left > accrued) {
                uint256 most = balance + _feeOn(balance, feeRate);
                principal = left - accrued < most ? left - accrued : most;
                if (feeRate != 0) principal = principal * RATE_UNIT / (RATE_UNIT + feeRate);
            }
            if (principal == 0) {
                if (agreement.waterfall == Waterfall.PenaltyPrincipalInterest) return;
                if (left > accrued) left = accrued;
                account.interest += left;
                account.rowPaid += left;
                return;
            }
            account.interest += accrued;
            account.principal += principal;
            account.fee = _feeOn(principal, feeRate);
            account.balance = balance - principal;
            account.outstanding = account.balance;
            (account.rowPaid, account.deferred) = (0, 0);
            account.accruedTo = today - Calendar.dayOf(agreement.startDate);
            if (agreement.prepayment == Prepayment.LowerInstallment) {
                _lowerInstallment(agreement, account, balance);
            }
        }
    }

    /// @dev Installments shrink as the balance did, never to 0, which would mean "as agreed".
    function _lowerInstallment(Agreement memory agreement, Account memory account, uint256 before)
        private
        pure
    {
        unchecked {
            if (agreement.amortization > Amortization.EqualPrincipal) return;
            uint256 installment = account.installment;
            if (installment == 0) installment = agreement.installment;
            installment =
                Schedule.roundHalfEven(installment * account.balance, before, agreement.quantum);
            account.installment = installment == 0 ? 1 : installment;
        }
    }

    /// @dev Fee on prepaid `principal`, rounded up.
    function _feeOn(uint256 principal, uint256 feeRate) private pure returns (uint256) {
        unchecked {
            return (principal * feeRate + RATE_UNIT - 1) / RATE_UNIT;
        }
    }

    /// @dev Interest of the open row up to `today`, deferred interest included, that is not paid yet. Own interest is
    /// 0 on a day before the last payment.
    function _accruedUnpaid(Agreement memory agreement, Account memory account, uint256 today)
        private
        pure
        returns (uint256 interest)
    {
        if (account.balance == 0) return 0;
        uint256 k = account.row;
        if (account.due == LATER) account.due = Calendar.dueDay(agreement, k);
        uint256 from = account.from == 0 ? Calendar.beginDay(agreement, k) : account.from;
        if (today > from) {
            uint256 base = Schedule.interestBase(agreement, account.balance, account.installment);
            interest =
                Schedule.accruedInterest(agreement, k, base, account.from, account.due, today);
        }
        interest += account.deferred;
        interest = interest > account.rowPaid ? interest - account.rowPaid : 0;
    }

    /// @dev Penalty owed on day `today`, base units. Moves the points up to that day.
    function _penaltyOwed(Agreement memory agreement, Account memory account, uint256 today)
        private
        view
        returns (uint256 owed)
    {
        unchecked {
            account.points += _pointsSince(agreement, account, today);
            account.penaltyDay = today;
            owed = Schedule.roundHalfEven(
                account.points * agreement.penaltyRate, 365 * RATE_UNIT, agreement.quantum
            );
            owed = owed > account.penaltyPaid ? owed - account.penaltyPaid : 0;
        }
    }

    function _payPenalty(Account memory account, uint256 owed, uint256 amount)
        private
        pure
        returns (uint256 paid)
    {
        paid = amount < owed ? amount : owed;
        account.penalty = paid;
    }

    function _carryPenalty(Account memory account, bool late) private pure {
        unchecked {
            if (late) {
                account.flags |= DebtWord.LATE;
                account.penaltyPaid += account.penalty;
            } else {
                account.flags &= ~DebtWord.LATE;
                (account.points, account.penaltyPaid, account.penaltyDay) = (0, 0, 0);
            }
        }
    }

    /// @dev Overdue amount x days of every row past its grace, from the checkpoint on.
    function _pointsSince(Agreement memory agreement, Account memory account, uint256 today)
        private
        view
        returns (uint256 points)
    {
        unchecked {
            uint256 checkpoint = account.penaltyDay;
            if (checkpoint >= today) return 0;
            uint256 grace = _graceOf(agreement, account);
            Account memory ahead = _copy(account);
            while (ahead.balance > 0 && ahead.due <= today && today > ahead.due + grace) {
                (uint256 interest, uint256 principal, bool pays) = _openRow(agreement, ahead);
                uint256 owed = interest + principal - ahead.rowPaid;
                if (pays) {
                    points += owed
                        * _daysBetween(
                            checkpoint, today, ahead.due + grace, agreement.penaltyCapDays
                        );
                }
                _next(agreement, ahead, principal, pays ? 0 : owed, today);
            }
        }
    }

    /// @dev Days of `[after_, upTo)` that lie within the `cap` days from `start` on.
    function _daysBetween(uint256 after_, uint256 upTo, uint256 start, uint256 cap)
        private
        pure
        returns (uint256)
    {
        unchecked {
            uint256 end = start + cap;
            if (end > upTo) end = upTo;
            if (start < after_) start = after_;
            return end > start ? end - start : 0;
        }
    }

    function _copy(Account memory account) private pure returns (Account memory copy) {
        assembly ("memory-safe") {
            mcopy(copy, account, 0x220)
        }
    }
}
