// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IGate} from "../../contracts/interfaces/IGate.sol";
import {FakeGate} from "../../contracts/mocks/FakeGate.sol";
import {RepairFund} from "../../contracts/periphery/RepairFund.sol";
import {Agreement, Amendment, Conditions, Status} from "../../contracts/types/Agreement.sol";
import {BookTest} from "./support/BookTest.sol";
import {vm} from "./support/Vm.sol";

/// @notice The fund beside a real book: random lives of sponsors and of one repaired loan, and each refusal.
contract RepairFundTest is BookTest {
    uint256 private constant PER_LOAN = 30e6;
    uint256 private constant PER_BORROWER = 25e6;
    RepairFund private _fund_;
    FakeGate private _gate;
    Agreement private _loan;
    bytes32 private _loanId;
    uint256 private _in;
    uint256 private _out;
    uint256 private _acts;

    function _start() private {
        _gate = new FakeGate();
        _fund_ = new RepairFund(
            _book,
            IERC20(address(_token)),
            RepairFund.Rules(
                IGate(address(_gate)), "help", uint128(PER_LOAN), uint128(PER_BORROWER), 2, 1 days
            )
        );
        for (uint256 key = 1; key < 6; ++key) {
            vm.prank(vm.addr(key));
            _token.approve(address(_fund_), type(uint256).max);
        }
        Agreement memory before = _terms();
        _loanId = _open(before, _plainConditions());
        Agreement memory a = _renewed(before, _loanId);
        Amendment memory m = _amendment(_loanId, Status.Active);
        m.watchRows = 3;
        _amend(before, a, _plainConditions(), m);
        _loan = a;
    }

    /// @notice Whatever sponsors, borrower and clock do: money is conserved and no rule is broken.
    /// forge-config: default.fuzz.runs = 100
    function testFuzz_money_is_conserved_and_rules_hold(uint256 seed) external {
        _start();
        for (uint256 i; i < 40; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _act(seed);
            _check();
        }
    }

    function test_the_actions_act() external {
        _start();
        uint256 seed = 5;
        for (uint256 i; i < 200; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _act(seed);
        }
        assert(_acts & 0x1f == 0x1f);
    }

    function _act(uint256 seed) private {
        uint256 kind = seed % 6;
        uint256 amount = (seed >> 8) % 20e6 + 1;
        address sponsor = vm.addr((seed >> 64) % 2 + 4);
        if (kind == 0) {
            vm.prank(sponsor);
            try _fund_.deposit(amount) {
                (_in, _acts) = (_in + amount, _acts | 1);
            } catch {}
        } else if (kind == 1) {
            (uint256 shares, uint256 worth,) = _fund_.sponsorOf(sponsor);
            vm.prank(sponsor);
            try _fund_.withdraw(shares % (amount * 2) + 1) returns (uint256 given) {
                assert(given <= worth);
                (_out, _acts) = (_out + given, _acts | 2);
            } catch {}
        } else if (kind == 2 || kind == 3) {
            vm.prank(_borrower);
            try _fund_.help(_loan, amount, "") {
                (_out, _acts) = (_out + amount, _acts | 4);
            } catch {}
        } else if (kind == 4) {
            uint256 owed = _fund_.owedBy(_borrower);
            if (owed == 0) return;
            amount = amount % owed + 1;
            vm.prank(_stranger);
            _fund_.payBack(_borrower, amount);
            (_in, _acts) = (_in + amount, _acts | 8);
        } else {
            vm.warp(block.timestamp + (seed >> 16) % 4 days);
            _acts |= 16;
        }
    }

    function _check() private view {
        uint256 held = _fund_.sponsored() + _fund_.repaid();
        assert(_token.balanceOf(address(_fund_)) == held);
        assert(held == _in - _out);
        assert(_fund_.paidFor(_loanId) <= PER_LOAN);
        assert(_fund_.owedBy(_borrower) <= PER_BORROWER);
        assert(_fund_.lent() == _fund_.owedBy(_borrower));
        (uint256 a, uint256 worthA,) = _fund_.sponsorOf(vm.addr(4));
        (uint256 b, uint256 worthB,) = _fund_.sponsorOf(vm.addr(5));
        assert(a + b == _fund_.totalShares() && worthA + worthB <= _fund_.sponsored());
        assert((_fund_.sponsored() == 0) == (_fund_.totalShares() == 0));
        assert(_token.allowance(address(_fund_), address(_book)) == 0);
    }

    function test_refusals() external {
        _start();
        vm.prank(_stranger);
        _fund_.deposit(50e6);
        vm.expectRevert(abi.encodeWithSelector(RepairFund.NotTheBorrower.selector, _borrower));
        _fund_.help(_loan, 1, "");
        vm.startPrank(_borrower);
        vm.expectRevert(abi.encodeWithSelector(RepairFund.AmountAbove.selector, 1, 0));
        _fund_.help(_loan, 1, "");
        Agreement memory other = _loan;
        other.token = address(_gold);
        vm.expectRevert(abi.encodeWithSelector(RepairFund.TokenOther.selector, address(_gold)));
        _fund_.help(other, 1, "");
        vm.expectRevert(RepairFund.AmountZero.selector);
        _fund_.help(_loan, 0, "");
        vm.expectRevert(abi.encodeWithSelector(RepairFund.AmountAbove.selector, 1, 0));
        _fund_.payBack(_borrower, 1);
        vm.stopPrank();
        vm.startPrank(_stranger);
        vm.expectRevert(
            abi.encodeWithSelector(RepairFund.StillLocked.selector, block.timestamp + 1 days)
        );
        _fund_.withdraw(1);
        vm.expectRevert(abi.encodeWithSelector(RepairFund.AmountAbove.selector, 51e6, 50e6));
        _fund_.withdraw(51e6);
        vm.stopPrank();
        vm.expectRevert(RepairFund.RulesInvalid.selector);
        new RepairFund(
            _book, IERC20(address(_token)), RepairFund.Rules(IGate(address(1)), "help", 1, 1, 1, 0)
        );
    }
}
