// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Debt, Owed, Penalty, Split} from "../types/Agreement.sol";
import {Calendar} from "./Calendar.sol";
import {Period, Schedule} from "./Schedule.sol";

/// @notice What a payment does to a loan. Definitions: docs/ledger.md, "Applying a payment".
/// @dev Pure: works on memory copies; the book loads and stores. Casts to uint96 and uint128 cannot
/// truncate because of `AgreementCheck`.
library Ledger {
    /// @notice Applies at most `amount` on day `today`, changing `debt` and `penalty` in place.
    /// @param penalty all zero unless `debt.late`
    /// @param ahead whether money beyond what is due prepays principal
    /// @return split what was taken, base units; its sum never exceeds `amount` nor the payoff
    /// @return outstanding principal outstanding afterwards, base units
    function applyPayment(
        Agreement calldata agreement,
        Debt memory debt,
        Penalty memory penalty,
        uint256 today,
        uint256 amount,
        bool ahead
    ) internal pure returns (Split memory split, uint256 outstanding) {
        unchecked {
            Period memory period = openPeriod(agreement, debt);
            uint256 grace = agreement.graceDays;
            bool penalised = debt.late || today > period.due + grace;
            uint256 owed;
            uint256 left = amount;
            if (penalised) {
                owed = penaltyOwed(agreement, debt, penalty, period, today);
                split.penalty = left < owed ? left : owed;
                left -= split.penalty;
            }
            (left, outstanding) = _payDueRows(agreement, debt, split, period, today, left);
            if (ahead && left > 0 && debt.balance > 0) {
                _prepay(agreement, debt, split, period, today, left);
                outstanding = debt.balance;
            }
            if (!penalised) return (split, outstanding);
            debt.late = owed > split.penalty || (debt.balance > 0 && today > period.due + grace);
            if (debt.late) {
                penalty.paid += uint104(split.penalty);
            } else {
                (penalty.points, penalty.paid, penalty.day) = (0, 0, 0);
            }
        }
    }

    /// @notice Penalty owed on day `today`, base units. Moves the points of `penalty` up to that day.
    function penaltyOwed(
        Agreement calldata agreement,
        Debt memory debt,
        Penalty memory penalty,
        Period memory open,
        uint256 today
    ) internal pure returns (uint256 owed) {
        unchecked {
            penalty.points += uint128(_pointsSince(agreement, debt, penalty.day, open, today));
            penalty.day = uint24(today);
            owed = Schedule.roundHalfEven(
                penalty.points * uint256(agreement.penaltyRate), 365e9, agreement.quantum
            );
            owed = owed > penalty.paid ? owed - penalty.paid : 0;
        }
    }

    /// @notice What is owed on day `today`. Consumes `debt` and `penalty`.
    function owedOn(
        Agreement calldata agreement,
        Debt memory debt,
        Penalty memory penalty,
        uint256 today
    ) internal pure returns (Owed memory owed) {
        // a payment of nothing closes rows that owe nothing, so the open row is the oldest unpaid one
        (, owed.outstanding) = applyPayment(agreement, debt, penalty, today, 0, false);
        owed.row = debt.row;
        owed.dueDay = Calendar.dueDay(agreement, debt.row);
        if (today > owed.dueDay) owed.daysPastDue = today - owed.dueDay;

        (owed.due,) = applyPayment(agreement, debt, penalty, today, type(uint256).max, false);
        if (debt.balance > 0) {
            owed.accrued = _accruedUnpaid(agreement, debt, openPeriod(agreement, debt), today);
        }
        owed.payoff =
            owed.due.penalty + owed.due.interest + owed.due.principal + owed.accrued + debt.balance;
    }

    /// @notice The period of the open row.
    function openPeriod(Agreement calldata agreement, Debt memory debt)
        internal
        pure
        returns (Period memory period)
    {
        period.due = Calendar.dueDay(agreement, debt.row);
        if (debt.accruedTo != 0) {
            period.from = Calendar.dayOf(agreement.startDate) + debt.accruedTo;
        }
    }

    /// @dev Pays rows due by `today`, oldest first. Leaves `period` at the row that is open afterwards.
    function _payDueRows(
        Agreement calldata agreement,
        Debt memory debt,
        Split memory split,
        Period memory period,
        uint256 today,
        uint256 left
    ) private pure returns (uint256, uint256 outstanding) {
        unchecked {
            while (debt.balance > 0 && period.due <= today) {
                uint256 balance = debt.balance;
                uint256 paid = debt.rowPaid;
                uint256 interest = Schedule.rowInterest(agreement, debt.row, balance, period);
                uint256 principal = Schedule.rowPrincipal(agreement, debt.row, balance, interest);
                uint256 owed = interest + principal - paid;
                uint256 part = interest > paid ? interest - paid : 0;
                if (left < owed) {
                    if (part > left) part = left;
                    split.interest += part;
                    split.principal += left - part;
                    paid += left;
                    debt.rowPaid = uint96(paid);
                    return (0, paid > interest ? balance + interest - paid : balance);
                }
                split.interest += part;
                split.principal += owed - part;
                left -= owed;
                debt.balance = uint96(balance - principal);
                debt.rowPaid = 0;
                debt.accruedTo = 0;
                _next(agreement, period, debt.row++);
            }
            return (left, debt.balance);
        }
    }

    /// @dev Interest to the day first, then principal; the installment stays, so the term shortens.
    function _prepay(
        Agreement calldata agreement,
        Debt memory debt,
        Split memory split,
        Period memory period,
        uint256 today,
        uint256 left
    ) private pure {
        uint256 accrued = _accruedUnpaid(agreement, debt, period, today);
        if (left <= accrued) {
            split.interest += left;
            debt.rowPaid += uint96(left);
            return;
        }
        split.interest += accrued;
        left -= accrued;
        if (left > debt.balance) left = debt.balance;
        split.principal += left;
        debt.balance -= uint96(left);
        debt.rowPaid = 0;
        debt.accruedTo = uint16(today - Calendar.dayOf(agreement.startDate));
    }

    /// @dev Interest of the open row up to `today` that is not paid yet; 0 for a day before the last payment.
    function _accruedUnpaid(
        Agreement calldata agreement,
        Debt memory debt,
        Period memory period,
        uint256 today
    ) private pure returns (uint256 unpaid) {
        uint256 from = period.from == 0 ? Calendar.beginDay(agreement, debt.row) : period.from;
        if (today <= from) return 0;
        unpaid = Schedule.accruedInterest(agreement, debt.row, debt.balance, period, today);
        unpaid = unpaid > debt.rowPaid ? unpaid - debt.rowPaid : 0;
    }

    /// @dev Overdue amount x days of every row past its grace, from `checkpoint` on.
    function _pointsSince(
        Agreement calldata agreement,
        Debt memory debt,
        uint256 checkpoint,
        Period memory open,
        uint256 today
    ) private pure returns (uint256 points) {
        unchecked {
            Period memory period = Period(open.from, open.due);
            uint256 grace = agreement.graceDays;
            uint256 balance = debt.balance;
            uint256 paid = debt.rowPaid;
            for (uint256 k = debt.row; balance > 0 && today > period.due + grace; ++k) {
                uint256 unpaid = Schedule.rowInterest(agreement, k, balance, period);
                uint256 principal = Schedule.rowPrincipal(agreement, k, balance, unpaid);
                unpaid = unpaid + principal - paid;
                points += unpaid
                    * _daysBetween(checkpoint, today, period.due + grace, agreement.penaltyCapDays);
                paid = 0;
                balance -= principal;
                _next(agreement, period, k);
            }
        }
    }

    /// @dev Days of `[after_, upTo)` that lie within the `cap` days from `start` on.
    function _daysBetween(uint256 after_, uint256 upTo, uint256 start, uint256 cap)
        private
        pure
        returns (uint256)
    {
        uint256 end = start + cap;
        if (end > upTo) end = upTo;
        if (start < after_) start = after_;
        return end > start ? end - start : 0;
    }

    /// @dev Moves `period` from row `k` to the row after it.
    function _next(Agreement calldata agreement, Period memory period, uint256 k) private pure {
        period.from = 0;
        period.due = Calendar.dueDay(agreement, k + 1);
    }
}
