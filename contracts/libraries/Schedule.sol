// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    Agreement,
    Amortization,
    DayCount,
    InterestMethod,
    Prepayment,
    Row
} from "../types/Agreement.sol";
import {Calendar} from "./Calendar.sol";
import {RowPlan} from "./RowPlan.sol";

/// @notice Interest and principal of the rows. Definitions: docs/ledger.md.
/// @dev Unchecked arithmetic rests on the bounds that `AgreementCheck` enforces before a loan exists:
/// amounts < 2^96, rate <= 10^10 < 2^34, days < 2^16, so every product stays below 2^178.
library Schedule {
    uint256 internal constant RATE_UNIT = 1e9;

    /// @notice What bears interest while `balance` is left, base units.
    /// @param installment in place of the agreed one; 0: as agreed
    function interestBase(Agreement memory agreement, uint256 balance, uint256 installment)
        internal
        pure
        returns (uint256 base)
    {
        unchecked {
            if (agreement.interestMethod == InterestMethod.Declining) return balance;
            base = agreement.principal;
            if (installment != 0) base = base * installment / agreement.installment;
        }
    }

    /// @notice Interest of row `k` on `base` from day `from` (0: its begin) to its due day, half-even to the
    /// quantum.
    function rowInterest(
        Agreement memory agreement,
        uint256 k,
        uint256 base,
        uint256 from,
        uint256 due
    ) internal pure returns (uint256) {
        (uint256 num, uint256 den) = _accrual(agreement, k, base, from, due, due);
        return roundHalfEven(num, den, agreement.quantum);
    }

    /// @notice Interest of the open row `k` accrued up to `today`, up to the quantum, at most the row's.
    function accruedInterest(
        Agreement memory agreement,
        uint256 k,
        uint256 base,
        uint256 from,
        uint256 due,
        uint256 today
    ) internal pure returns (uint256 accrued) {
        (uint256 num, uint256 den) = _accrual(agreement, k, base, from, due, today);
        unchecked {
            uint256 quantum = agreement.quantum;
            den *= quantum;
            accrued = (num + den - 1) / den * quantum;
        }
        uint256 whole = rowInterest(agreement, k, base, from, due);
        if (accrued > whole) accrued = whole;
    }

    /// @notice Principal of row `k` on `balance` when its own interest is `interest`.
    /// @param installment in place of the agreed one; 0: as agreed
    function rowPrincipal(
        Agreement memory agreement,
        uint256 k,
        uint256 balance,
        uint256 interest,
        uint256 installment
    ) internal view returns (uint256 principal) {
        unchecked {
            if (k + 1 == agreement.count) return balance;
            if (k < agreement.gracePrincipal) return 0;
            Amortization kind = agreement.amortization;
            if (kind == Amortization.Custom) {
                if (k < agreement.graceInterest) return 0;
                principal = _planned(agreement, k, balance);
            } else if (kind < Amortization.InterestOnly) {
                principal = installment == 0 ? agreement.installment : installment;
                if (kind == Amortization.Level) {
                    principal = principal > interest ? principal - interest : 0;
                }
            }
            if (principal > balance) principal = balance;
        }
    }

    /// @notice The schedule as agreed, up to the row that repays the last of the principal.
    function rows(Agreement memory agreement) internal view returns (Row[] memory list) {
        list = new Row[](agreement.count);
        uint256 balance = agreement.principal;
        uint256 deferred;
        uint256 k;
        for (; balance > 0; ++k) {
            uint256 due = Calendar.dueDay(agreement, k);
            uint256 base = interestBase(agreement, balance, 0);
            uint256 interest = rowInterest(agreement, k, base, 0, due);
            uint256 principal = rowPrincipal(agreement, k, balance, interest, 0);
            balance -= principal;
            bool pays = k >= agreement.graceInterest;
            list[k] = Row(due, pays ? interest + deferred : 0, principal, balance);
            deferred = pays ? 0 : deferred + interest;
        }
        // a level schedule may end early; cut the unused rows off
        assembly ("memory-safe") {
            mstore(list, k)
        }
    }

    /// @notice `num / den` rounded half to even to a multiple of `quantum`.
    function roundHalfEven(uint256 num, uint256 den, uint256 quantum)
        internal
        pure
        returns (uint256)
    {
        unchecked {
            den *= quantum;
            uint256 whole = num / den;
            uint256 twice = 2 * (num % den);
            if (twice > den || (twice == den && whole & 1 == 1)) ++whole;
            return whole * quantum;
        }
    }

    /// @dev Principal that a custom schedule plans for row `k`, or its share when installments are lowered.
    function _planned(Agreement memory agreement, uint256 k, uint256 balance)
        private
        view
        returns (uint256 principal)
    {
        unchecked {
            (uint256 before, uint256 afterwards) = RowPlan.around(agreement, k);
            principal = before > afterwards ? before - afterwards : 0;
            if (agreement.prepayment == Prepayment.ShorterTerm || before == 0) return principal;
            return roundHalfEven(balance * principal, before, 1);
        }
    }

    /// @dev Exact interest of row `k` from day `from` to `to`, as a fraction. By 30/360 a whole row is its
    /// year fraction and a part of it the share of its actual days. The begin of a whole monthly row is
    /// never needed, which spares every plain payment one date.
    function _accrual(
        Agreement memory agreement,
        uint256 k,
        uint256 base,
        uint256 from,
        uint256 due,
        uint256 to
    ) private pure returns (uint256 num, uint256 den) {
        unchecked {
            num = base * agreement.annualRate;
            DayCount dayCount = agreement.dayCount;
            if (dayCount == DayCount.Thirty360) {
                num *= Calendar.days360(agreement, k);
                den = RATE_UNIT * 360;
                if (from == 0 && to == due) return (num, den);
                uint256 begin = Calendar.beginDay(agreement, k);
                num *= to - (from == 0 ? begin : from);
                den *= due - begin;
            } else {
                num *= to - (from == 0 ? Calendar.beginDay(agreement, k) : from);
                den = RATE_UNIT * (dayCount == DayCount.Actual365 ? 365 : 360);
            }
        }
    }
}
