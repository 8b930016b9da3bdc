// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Amortization, Frequency} from "../types/Agreement.sol";
import {Calendar} from "./Calendar.sol";
import {Errors} from "./Errors.sol";

/// @notice Bounds of an agreement. Definitions: docs/ledger.md, "Agreement".
library AgreementCheck {
    uint256 private constant MAX_RATE = 1e10;
    uint256 private constant MAX_ROWS = 600;
    uint256 private constant MAX_TERM_DAYS = 18_300;

    /// @notice Reverts with `AgreementInvalid(field)` at the first bound that is broken.
    /// @return startDay days since 1970-01-01
    /// @return firstDueDay days since 1970-01-01
    function check(Agreement calldata agreement)
        internal
        pure
        returns (uint256 startDay, uint256 firstDueDay)
    {
        _checkParties(agreement);
        _checkPeriod(agreement);
        uint256 termDays;
        (startDay, firstDueDay, termDays) = _checkDates(agreement);
        _checkAmounts(agreement);
        _checkTotals(agreement, termDays);
    }

    function _checkParties(Agreement calldata agreement) private pure {
        _require(agreement.borrower != address(0), "borrower");
        _require(agreement.lender != address(0) && agreement.lender != agreement.borrower, "lender");
        _require(agreement.token != address(0), "token");
    }

    function _checkPeriod(Agreement calldata agreement) private pure {
        Frequency frequency = agreement.frequency;
        uint256 longest =
            frequency == Frequency.Months ? 120 : frequency == Frequency.Weeks ? 520 : 3650;
        uint256 every = agreement.every;
        _require(every > 0 && every <= longest, "every");
        uint256 count = agreement.count;
        _require(count > 0 && count <= MAX_ROWS, "count");
    }

    function _checkDates(Agreement calldata agreement)
        private
        pure
        returns (uint256 startDay, uint256 firstDueDay, uint256 termDays)
    {
        _require(Calendar.isDate(agreement.startDate), "startDate");
        _require(Calendar.isDate(agreement.firstDueDate), "firstDueDate");
        startDay = Calendar.dayOf(agreement.startDate);
        firstDueDay = Calendar.dayOf(agreement.firstDueDate);
        _require(firstDueDay > startDay, "firstDueDate");

        uint256 dueDay = agreement.dueDay;
        _require(
            agreement.frequency == Frequency.Months
                ? dueDay > 0 && dueDay <= 31 && Calendar.dueDay(agreement, 0) == firstDueDay
                : dueDay == 0,
            "dueDay"
        );
        termDays = Calendar.dueDay(agreement, agreement.count - 1) - startDay;
        _require(termDays <= MAX_TERM_DAYS, "count");
    }

    function _checkAmounts(Agreement calldata agreement) private pure {
        uint256 principal = agreement.principal;
        _require(principal > 0, "principal");
        uint256 quantum = agreement.quantum;
        _require(quantum > 0 && quantum <= principal, "quantum");

        uint256 count = agreement.count;
        uint256 installment = agreement.installment;
        Amortization kind = agreement.amortization;
        if (kind == Amortization.Level) {
            _require(installment > 0, "installment");
        } else if (kind == Amortization.EqualPrincipal) {
            _require(installment > 0 && installment * (count - 1) < principal, "installment");
        } else {
            _require(installment == 0, "installment");
        }
        _require(kind != Amortization.Bullet || count == 1, "count");
    }

    /// @dev The most the loan can ever cost must fit the words of `Debt`, so that no payment can overflow
    /// later. Its penalty is at most 100 times that (1000 % for 3650 days), which fits `Penalty`.
    function _checkTotals(Agreement calldata agreement, uint256 termDays) private pure {
        uint256 rate = agreement.annualRate;
        _require(rate <= MAX_RATE, "annualRate");
        _require(agreement.penaltyRate <= MAX_RATE, "penaltyRate");
        _require(agreement.graceDays <= 365, "graceDays");
        _require(agreement.penaltyCapDays <= 3650, "penaltyCapDays");

        uint256 principal = agreement.principal;
        uint256 total = principal + principal * rate * (termDays + 360) / 360e9 + MAX_ROWS
            * uint256(agreement.quantum);
        _require(total <= type(uint96).max, "principal");
    }

    function _require(bool holds, bytes32 field) private pure {
        if (!holds) revert Errors.AgreementInvalid(field);
    }
}
