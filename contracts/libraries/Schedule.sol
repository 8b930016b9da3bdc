// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Amortization, Frequency, Row} from "../types/Agreement.sol";
import {Calendar} from "./Calendar.sol";

/// @notice The period of a row, in days since 1970-01-01.
struct Period {
    /// day from which the row's interest counts, after a prepayment inside the row; 0: its own begin
    uint256 from;
    uint256 due;
}

/// @notice Interest and principal of the rows. Definitions: docs/ledger.md.
/// @dev Unchecked arithmetic rests on the bounds that `AgreementCheck` enforces before a loan exists:
/// amounts < 2^96, rate <= 10^10 < 2^34, days < 2^15, so every product stays below 2^175.
library Schedule {
    uint256 private constant RATE_UNIT = 1e9;

    /// @notice Interest of row `k` on `balance` from `period.from` to its due day, half-even to the quantum.
    function rowInterest(
        Agreement calldata agreement,
        uint256 k,
        uint256 balance,
        Period memory period
    ) internal pure returns (uint256) {
        (uint256 num, uint256 den) = _accrual(agreement, k, balance, period, period.due);
        return roundHalfEven(num, den, agreement.quantum);
    }

    /// @notice Interest of the open row `k` accrued up to `today`, up to the quantum, at most the row's.
    function accruedInterest(
        Agreement calldata agreement,
        uint256 k,
        uint256 balance,
        Period memory period,
        uint256 today
    ) internal pure returns (uint256 accrued) {
        (uint256 num, uint256 den) = _accrual(agreement, k, balance, period, today);
        unchecked {
            uint256 quantum = agreement.quantum;
            den *= quantum;
            accrued = (num + den - 1) / den * quantum;
        }
        uint256 whole = rowInterest(agreement, k, balance, period);
        if (accrued > whole) accrued = whole;
    }

    /// @notice Principal of row `k` on `balance` when its interest is `interest`.
    function rowPrincipal(
        Agreement calldata agreement,
        uint256 k,
        uint256 balance,
        uint256 interest
    ) internal pure returns (uint256 principal) {
        unchecked {
            if (k + 1 == agreement.count) return balance;
            Amortization kind = agreement.amortization;
            if (kind == Amortization.Level) {
                uint256 installment = agreement.installment;
                principal = installment > interest ? installment - interest : 0;
            } else if (kind == Amortization.EqualPrincipal) {
                principal = agreement.installment;
            }
            if (principal > balance) principal = balance;
        }
    }

    /// @notice The schedule as agreed, up to the row that repays the last of the principal.
    function rows(Agreement calldata agreement) internal pure returns (Row[] memory list) {
        list = new Row[](agreement.count);
        uint256 balance = agreement.principal;
        uint256 k;
        for (; balance > 0; ++k) {
            uint256 due = Calendar.dueDay(agreement, k);
            uint256 interest = rowInterest(agreement, k, balance, Period(0, due));
            uint256 principal = rowPrincipal(agreement, k, balance, interest);
            balance -= principal;
            list[k] = Row(due, interest, principal, balance);
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

    /// @dev Exact interest of row `k` from `period.from` to `to`, as a fraction. A whole row is its year
    /// fraction; a part of it is the share of its actual days. The begin of a whole monthly row is never
    /// needed, which spares every plain payment one date.
    function _accrual(
        Agreement calldata agreement,
        uint256 k,
        uint256 balance,
        Period memory period,
        uint256 to
    ) private pure returns (uint256 num, uint256 den) {
        unchecked {
            num = balance * agreement.annualRate;
            uint256 from = period.from;
            bool whole = from == 0 && to == period.due;
            if (agreement.frequency == Frequency.Months) {
                num *= Calendar.days360(agreement, k);
                den = RATE_UNIT * 360;
                if (whole) return (num, den);
                uint256 begin = Calendar.beginDay(agreement, k);
                num *= to - (from == 0 ? begin : from);
                den *= period.due - begin;
            } else {
                num *= to - (from == 0 ? Calendar.beginDay(agreement, k) : from);
                den = RATE_UNIT * 365;
            }
        }
    }
}
