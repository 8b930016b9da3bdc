// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    Agreement,
    Amortization,
    Conditions,
    Frequency,
    InterestMethod,
    Transfer
} from "../types/Agreement.sol";
import {Calendar} from "./Calendar.sol";
import {Errors} from "./Errors.sol";
import {RowPlan} from "./RowPlan.sol";

/// @notice Bounds of an agreement and its conditions. Definitions: docs/ledger.md, "Agreement" and "Conditions".
library AgreementCheck {
    uint256 private constant MAX_RATE = 1e10;
    uint256 private constant MAX_ROWS = 600;
    uint256 private constant MAX_TERM_DAYS = 18_300;

    /// @notice Reverts with `AgreementInvalid(field)` at the first bound that is broken.
    /// @return startDay days since 1970-01-01
    /// @return firstDueDay days since 1970-01-01
    /// @return most the most that the loan can ever cost without penalty, base units
    function check(Agreement memory agreement)
        internal
        view
        returns (uint256 startDay, uint256 firstDueDay, uint256 most)
    {
        _checkParties(agreement);
        _checkPeriod(agreement);
        uint256 termDays;
        (startDay, firstDueDay, termDays) = _checkDates(agreement);
        _checkAmounts(agreement);
        _checkRows(agreement);
        _checkRates(agreement);
        most = _mostOwed(agreement, termDays);
        _require(most <= type(uint96).max, "principal");
    }

    /// @notice Reverts with `ConditionsInvalid(field)` at the first bound that is broken.
    function checkConditions(Agreement memory agreement, Conditions calldata c) internal pure {
        bool defaults = c.defaultDays > 0;
        _demand(_isLater(c.accelerationDays, c.defaultDays), "accelerationDays");
        _demand(_isLater(c.writeOffDays, c.defaultDays), "writeOffDays");

        address guarantor = c.guarantor;
        bool guaranteed = guarantor != address(0);
        _demand(guarantor != agreement.borrower && guarantor != agreement.lender, "guarantor");
        _demand(guaranteed == (c.guaranteed > 0), "guaranteed");
        _demand(guaranteed == (c.guaranteeDays > 0), "guaranteeDays");
        _demand(guaranteed || c.guarantorNonce == 0, "guarantorNonce");

        bool secured = c.collateralToken != address(0);
        _demand(secured == (c.collateral > 0), "collateral");
        _demand(secured == (c.collateralFloor > 0), "collateralFloor");
        _demand(c.collateralPrice >= c.collateralFloor, "collateralPrice");
        _demand(secured || c.collateralPrice == 0, "collateralPrice");
        _demand(secured == (c.auctionDays > 0) && c.auctionDays <= 365, "auctionDays");
        _demand(!secured || (defaults && c.accelerationDays > 0), "accelerationDays");

        _demand((c.transfer == Transfer.Listed) == (c.transferees != 0), "transferees");
        _demand(c.gate != address(0) || c.borrowerKind | c.lenderKind == 0, "gate");
    }

    function _checkParties(Agreement memory agreement) private pure {
        _require(agreement.borrower != address(0), "borrower");
        _require(agreement.lender != address(0) && agreement.lender != agreement.borrower, "lender");
        _require(agreement.token != address(0), "token");
    }

    function _checkPeriod(Agreement memory agreement) private pure {
        Frequency frequency = agreement.frequency;
        uint256 longest =
            frequency == Frequency.Months ? 120 : frequency == Frequency.Weeks ? 520 : 3650;
        uint256 every = agreement.every;
        _require(every > 0 && every <= longest, "every");
        uint256 count = agreement.count;
        _require(count > 0 && count <= MAX_ROWS, "count");
    }

    function _checkDates(Agreement memory agreement)
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

    function _checkAmounts(Agreement memory agreement) private pure {
        uint256 principal = agreement.principal;
        _require(principal > 0, "principal");
        uint256 quantum = agreement.quantum;
        _require(quantum > 0 && quantum <= principal, "quantum");

        uint256 count = agreement.count;
        uint256 grace = agreement.gracePrincipal;
        uint256 installment = agreement.installment;
        Amortization kind = agreement.amortization;
        _require(
            grace == 0 || (grace < count && kind <= Amortization.EqualPrincipal), "gracePrincipal"
        );
        if (kind == Amortization.Level) {
            _require(installment > 0, "installment");
        } else if (kind == Amortization.EqualPrincipal) {
            _require(
                installment > 0 && installment * (count - 1 - grace) < principal, "installment"
            );
        } else {
            _require(installment == 0, "installment");
        }
        _require(kind != Amortization.Bullet || count == 1, "count");
    }

    /// @dev A row that pays no interest repays no principal either, so nothing of it is ever due.
    function _checkRows(Agreement memory agreement) private view {
        Amortization kind = agreement.amortization;
        bool custom = kind == Amortization.Custom;
        _require(custom ? RowPlan.isValid(agreement) : agreement.rows == address(0), "rows");
        uint256 grace = agreement.graceInterest;
        if (grace > 0) {
            _require(grace < agreement.count, "graceInterest");
            if (kind <= Amortization.EqualPrincipal) {
                _require(grace <= agreement.gracePrincipal, "graceInterest");
            } else if (custom) {
                _require(
                    RowPlan.balanceAfter(agreement, grace - 1) == agreement.principal,
                    "graceInterest"
                );
            }
        }
        _require(
            agreement.interestMethod == InterestMethod.Declining
                || kind <= Amortization.EqualPrincipal,
            "interestMethod"
        );
    }

    function _checkRates(Agreement memory agreement) private pure {
        _require(agreement.annualRate <= MAX_RATE, "annualRate");
        _require(agreement.penaltyRate <= MAX_RATE, "penaltyRate");
        _require(agreement.prepaymentFee <= 1e9, "prepaymentFee");
        _require(agreement.graceDays <= 365, "graceDays");
        _require(agreement.penaltyCapDays <= 3650, "penaltyCapDays");
    }

    /// @dev Must fit the words of the debt, so that no payment can overflow later. The penalty is at most 200
    /// times that (1000 % for 3650 days before and after acceleration), which fits `Penalty`.
    function _mostOwed(Agreement memory agreement, uint256 termDays)
        private
        pure
        returns (uint256)
    {
        uint256 principal = agreement.principal;
        return principal + principal * agreement.annualRate * (termDays + 360) / 360e9 + MAX_ROWS
            * uint256(agreement.quantum);
    }

    /// @dev Whether `later` is not agreed, or agreed for no earlier than `earlier`, which then is agreed too.
    function _isLater(uint256 later, uint256 earlier) private pure returns (bool) {
        return later == 0 || (earlier > 0 && later >= earlier);
    }

    function _demand(bool holds, bytes32 field) private pure {
        if (!holds) revert Errors.ConditionsInvalid(field);
    }

    function _require(bool holds, bytes32 field) private pure {
        if (!holds) revert Errors.AgreementInvalid(field);
    }
}
