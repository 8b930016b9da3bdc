// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Errors} from "../../contracts/libraries/Errors.sol";
import {CustomRows} from "../../contracts/periphery/CustomRows.sol";
import {
    Agreement,
    Amortization,
    Conditions,
    Consents,
    Frequency,
    InterestMethod,
    Transfer
} from "../../contracts/types/Agreement.sol";
import {BookTest} from "./support/BookTest.sol";
import {vm} from "./support/Vm.sol";

/// @notice Every bound of docs/ledger.md, "Agreement" and "Conditions": what lies on it is accepted, what lies
/// past it is refused by its name.
contract Bounds is BookTest {
    uint96[] private _plan;

    function test_parties() external {
        Agreement memory a = _terms();
        a.borrower = address(0);
        _bad(a, "borrower");
        a = _terms();
        a.lender = address(0);
        _bad(a, "lender");
        a.lender = a.borrower;
        _bad(a, "lender");
        a = _terms();
        a.token = address(0);
        _bad(a, "token");
    }

    function test_amounts() external {
        Agreement memory a = _terms();
        a.principal = 0;
        _bad(a, "principal");
        (a.principal, a.quantum) = (1, 1);
        _good(a);
        a.quantum = 2;
        _bad(a, "quantum");
        a.quantum = 0;
        _bad(a, "quantum");
        a = _terms();
        // principal + principal * rate * (31 + 360) / 360e9 + 600 * quantum fits 96 bits, just
        (a.annualRate, a.principal) = (0, type(uint96).max - 600);
        _good(a);
        ++a.principal;
        _bad(a, "principal");
    }

    function test_rates() external {
        Agreement memory a = _terms();
        (a.annualRate, a.penaltyRate, a.prepaymentFee) = (1e10, 1e10, 1e9);
        (a.graceDays, a.penaltyCapDays) = (365, 3650);
        _good(a);
        ++a.annualRate;
        _bad(a, "annualRate");
        (a.annualRate, a.penaltyRate) = (1e10, 1e10 + 1);
        _bad(a, "penaltyRate");
        (a.penaltyRate, a.prepaymentFee) = (1e10, 1e9 + 1);
        _bad(a, "prepaymentFee");
        (a.prepaymentFee, a.graceDays) = (1e9, 366);
        _bad(a, "graceDays");
        (a.graceDays, a.penaltyCapDays) = (365, 3651);
        _bad(a, "penaltyCapDays");
    }

    function test_periods() external {
        Agreement memory a = _terms();
        a.every = 0;
        _bad(a, "every");
        (a.every, a.count) = (520, 2);
        _good(a);
        a.every = 521;
        _bad(a, "every");
        (a.every, a.frequency) = (3650, Frequency.Days);
        _good(a);
        a.every = 3651;
        _bad(a, "every");
        (a.every, a.frequency, a.dueDay) = (120, Frequency.Months, 27);
        _good(a);
        a.every = 121;
        _bad(a, "every");
    }

    function test_counts() external {
        Agreement memory a = _terms();
        a.count = 0;
        _bad(a, "count");
        (a.count, a.frequency) = (600, Frequency.Days);
        _good(a);
        a.count = 601;
        _bad(a, "count");
        // the last due date at most 18,300 days after the start
        (a.count, a.every, a.firstDueDate) = (6, 3650, 20_300_507);
        _bad(a, "count");
        a.firstDueDate = 20_300_506;
        _good(a);
        a = _terms();
        a.amortization = Amortization.Bullet;
        _bad(a, "count");
        a.count = 1;
        _good(a);
    }

    function test_dates() external {
        Agreement memory a = _terms();
        a.startDate = 20_300_230;
        _bad(a, "startDate");
        a.startDate = 19_691_231;
        _bad(a, "startDate");
        a = _terms();
        a.firstDueDate = 22_000_101;
        _bad(a, "firstDueDate");
        a.firstDueDate = 20_300_431;
        _bad(a, "firstDueDate");
        a.firstDueDate = a.startDate;
        _bad(a, "firstDueDate");
        a.firstDueDate = 20_300_318;
        _good(a);
    }

    function test_due_days() external {
        Agreement memory a = _terms();
        a.dueDay = 27;
        _bad(a, "dueDay");
        (a.frequency, a.dueDay) = (Frequency.Months, 0);
        _bad(a, "dueDay");
        a.dueDay = 32;
        _bad(a, "dueDay");
        a.dueDay = 28;
        _bad(a, "dueDay");
        a.dueDay = 27;
        _good(a);
        (a.firstDueDate, a.dueDay) = (20_300_430, 31);
        _good(a);
        // a month that begins regularly
        (a.startDate, a.firstDueDate, a.dueDay) = (20_300_317, 20_300_417, 17);
        _good(a);
    }

    function test_installments() external {
        Agreement memory a = _terms();
        a.installment = 1;
        _bad(a, "installment");
        a.amortization = Amortization.Level;
        _good(a);
        a.installment = 0;
        _bad(a, "installment");
        a.amortization = Amortization.EqualPrincipal;
        _bad(a, "installment");
        a.installment = 333_333_333;
        _good(a);
        ++a.installment;
        _bad(a, "installment");
        a.gracePrincipal = 1;
        _good(a);
        a.gracePrincipal = 4;
        _bad(a, "gracePrincipal");
        a = _terms();
        a.gracePrincipal = 1;
        _bad(a, "gracePrincipal");
    }

    function test_grace_on_interest() external {
        Agreement memory a = _terms();
        a.graceInterest = 3;
        _good(a);
        a.graceInterest = 4;
        _bad(a, "graceInterest");
        a = _terms();
        (a.amortization, a.installment) = (Amortization.Level, 3e8);
        (a.gracePrincipal, a.graceInterest) = (1, 1);
        _good(a);
        a.graceInterest = 2;
        _bad(a, "graceInterest");
    }

    function test_flat_interest() external {
        Agreement memory a = _terms();
        a.interestMethod = InterestMethod.Flat;
        _bad(a, "interestMethod");
        (a.amortization, a.installment) = (Amortization.Level, 3e8);
        _good(a);
    }

    function test_rows() external {
        CustomRows store = new CustomRows();
        Agreement memory a = _terms();
        a.rows = address(this);
        _bad(a, "rows");
        a.amortization = Amortization.Custom;
        _bad(a, "rows");
        a.rows = address(0);
        _bad(a, "rows");
        _plan = [uint96(1e9), 1e9, 5e8, 0];
        address predicted = store.addressOf(_plan);
        a.rows = store.store(_plan);
        assert(a.rows == predicted && a.rows == store.store(_plan));
        _good(a);
        a.graceInterest = 2;
        _good(a);
        a.graceInterest = 3;
        _bad(a, "graceInterest");
        (a.graceInterest, a.count) = (0, 3);
        _bad(a, "rows");
        a.count = 4;
        vm.etch(a.rows, bytes.concat(hex"ff", new bytes(48)));
        _bad(a, "rows");
        _plan = new uint96[](0);
        vm.expectRevert(abi.encodeWithSelector(CustomRows.CountInvalid.selector, 0));
        store.store(_plan);
        _plan = new uint96[](601);
        vm.expectRevert(abi.encodeWithSelector(CustomRows.CountInvalid.selector, 601));
        store.addressOf(_plan);
    }

    function test_only_an_original_agreement_begins_a_loan() external {
        Agreement memory a = _terms();
        a.amends = bytes32(uint256(1));
        _refused(a, _plainConditions(), _field(Errors.AgreementInvalid.selector, "amends"));
    }

    /// @notice A value beyond its enumeration, or with bits beyond its width, is refused in every member.
    function test_dirty_words() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        _seal(a, c);
        bytes memory call =
            abi.encodeCall(_book.originate, (a, c, _consents(a, c, _book.loanIdOf(a))));
        vm.startPrank(_borrower);
        for (uint256 word; word < 27 + 21; ++word) {
            bool whole = word == 25 || word == 26 || (word >= 27 && word < 31); // bytes32 or uint256
            if (whole || word == 27 + 17 || word > 27 + 18) continue;
            (bool ok, bytes memory reason) = address(_book).call(_dirty(call, word, 1 << 255));
            // those of the conditions already by their hash
            require(!ok && (word > 26 || reason.length == 0), "dirty bits must not pass");
        }
        for (uint256 word = 11; word < 17; ++word) {
            uint256 beyond = word == 11 ? 5 : word == 12 || word == 14 ? 2 : 3;
            (bool ok, bytes memory reason) = address(_book).call(_dirty(call, word, beyond));
            require(!ok && reason.length == 0, "an unknown kind must not pass");
        }
        vm.stopPrank();
    }

    function test_days_of_default() external {
        Conditions memory c = _plainConditions();
        (c.defaultDays, c.accelerationDays, c.writeOffDays) = (5, 5, 5);
        _goodIf(c);
        c.accelerationDays = 4;
        _badIf(c, "accelerationDays");
        (c.accelerationDays, c.writeOffDays) = (0, 4);
        _badIf(c, "writeOffDays");
        (c.defaultDays, c.writeOffDays) = (0, 0);
        _goodIf(c);
        c.accelerationDays = 1;
        _badIf(c, "accelerationDays");
    }

    function test_guarantors() external {
        Conditions memory c = _backed();
        c.guarantor = _borrower;
        _badIf(c, "guarantor");
        c.guarantor = _lender;
        _badIf(c, "guarantor");
        c.guarantor = address(0);
        _badIf(c, "guaranteed");
        c.guaranteed = 0;
        _badIf(c, "guaranteeDays");
        c.guaranteeDays = 0;
        _badIf(c, "guarantorNonce");
        c = _backed();
        c.guaranteed = 0;
        _badIf(c, "guaranteed");
        c = _backed();
        c.guaranteeDays = 0;
        _badIf(c, "guaranteeDays");
    }

    function test_collateral() external {
        Conditions memory c = _pledged();
        c.auctionDays = 365;
        c.collateralPrice = c.collateralFloor;
        _goodIf(c);
        c.auctionDays = 366;
        _badIf(c, "auctionDays");
        c.auctionDays = 0;
        _badIf(c, "auctionDays");
        (c.auctionDays, c.collateralFloor) = (1, c.collateralPrice + 1);
        _badIf(c, "collateralPrice");
        c.collateralFloor = 0;
        _badIf(c, "collateralFloor");
        (c.collateralFloor, c.collateral) = (1, 0);
        _badIf(c, "collateral");
        (c.collateral, c.accelerationDays) = (1, 0);
        _badIf(c, "accelerationDays");
        c = _plainConditions();
        c.collateralPrice = 1;
        _badIf(c, "collateralPrice");
        c = _plainConditions();
        c.collateral = 1;
        _badIf(c, "collateral");
        c = _plainConditions();
        c.collateralFloor = 1;
        _badIf(c, "collateralFloor");
        c = _plainConditions();
        c.auctionDays = 1;
        _badIf(c, "auctionDays");
    }

    function test_transfer_and_gate() external {
        Conditions memory c = _plainConditions();
        c.transfer = Transfer.Listed;
        _badIf(c, "transferees");
        c.transferees = bytes32(uint256(1));
        _goodIf(c);
        c = _plainConditions();
        c.transferees = bytes32(uint256(1));
        _badIf(c, "transferees");
        c = _plainConditions();
        c.borrowerKind = bytes32(uint256(1));
        _badIf(c, "gate");
        (c.borrowerKind, c.lenderKind) = (0, bytes32(uint256(1)));
        _badIf(c, "gate");
    }

    function _good(Agreement memory a) private view {
        uint256 sum;
        for (uint256 k; k < _book.scheduleOf(a).length; ++k) {
            sum += _book.scheduleOf(a)[k].principal;
            if (a.count > 10) return;
        }
        require(sum == a.principal, "the rows sum to the principal");
    }

    function _bad(Agreement memory a, string memory field) private {
        vm.expectRevert(_field(Errors.AgreementInvalid.selector, field));
        _book.scheduleOf(a);
    }

    /// @dev Accepted: the origination goes on to the signatures, which here are missing.
    function _goodIf(Conditions memory c) private {
        _fails(c, abi.encodeWithSelector(Errors.SignatureInvalid.selector, _lender));
    }

    function _badIf(Conditions memory c, string memory field) private {
        _fails(c, _field(Errors.ConditionsInvalid.selector, field));
    }

    function _fails(Conditions memory c, bytes memory reason) private {
        Agreement memory a = _terms();
        _seal(a, c);
        Consents memory none;
        vm.expectRevert(reason);
        vm.prank(_borrower);
        _book.originate(a, c, none);
    }

    function _field(bytes4 selector, string memory field) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, bytes32(bytes(field)));
    }

    function _dirty(bytes memory call, uint256 word, uint256 bits)
        private
        pure
        returns (bytes memory dirty)
    {
        dirty = bytes.concat(call);
        assembly ("memory-safe") {
            let at := add(add(dirty, 0x24), mul(word, 0x20))
            mstore(at, or(mload(at), bits))
            if lt(bits, 6) { mstore(at, bits) }
        }
    }
}
