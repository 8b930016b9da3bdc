// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {Agreement, Debt, Owed, Penalty, Row, Status} from "../../contracts/types/Agreement.sol";
import {BookHandler} from "./BookHandler.sol";
import {InvariantTest} from "./support/InvariantTest.sol";

/// @notice The numbered invariants of docs/invariants.md over random lives of many loans.
contract LoanBookInvariants is InvariantTest {
    BookHandler private _handler;

    function setUp() external {
        _handler = new BookHandler();
        _target(address(_handler));
    }

    /// @dev One campaign for all: the same calls are worth four times as much.
    function invariant_the_book_is_right() external view {
        _conservation();
        _principal();
        _closed();
        _timeNeverLowersTheDebt();
    }

    /// @notice The actions do act: without this, invariants could hold because nothing happens.
    function test_the_actions_act() external {
        uint256 seed = 7;
        for (uint256 i; i < 400; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (i % 8 < 2) _handler.originate(seed, uint96(seed >> 96), uint64(seed), uint8(seed));
            else if (i % 8 < 4) _handler.pay(seed, seed >> 128, seed >> 160);
            else if (i % 8 == 4) _handler.collect(seed);
            else if (i % 8 == 5) _handler.collectMany(seed, seed >> 128);
            else if (i % 8 == 6) _handler.wait(seed);
            else if (i % 24 == 7) _handler.disturb(seed, seed >> 64, 0, seed >> 128 & 1 == 1);
            else if (i % 24 == 15) _handler.claim(seed, seed >> 64);
            else _handler.payoff(seed);
        }
        _assertAtMost(40, _handler.loans(), "loans");
        _assertAtMost(10, _handler.collections(), "collections");
        _assertAtMost(50, _handler.payments(), "payments");
        _assertAtMost(1, _handler.claims(), "claims");
        _assertAtMost(10, _handler.latePayments(), "late payments");
    }

    /// @notice 1. Tokens are neither made nor lost, and the book holds exactly the credits it owes.
    function _conservation() private view {
        for (uint256 t; t < 2; ++t) {
            AwkwardToken token = _handler.tokens(t);
            uint256 held = token.balanceOf(address(_handler.book()));
            uint256 credits;
            uint256 sum = held;
            for (uint256 i; i < 5; ++i) {
                address actor = _handler.actors(i);
                sum += token.balanceOf(actor);
                credits += _handler.book().creditOf(address(token), actor);
            }
            _assertEq(held, credits, "book holds its credits");
            _assertEq(sum, 5 * _handler.MINTED(), "tokens are conserved");
        }
    }

    /// @notice 2. Principal outstanding is never more than was lent; the schedule repays it exactly.
    function _principal() private view {
        for (uint256 i; i < _sampled(); ++i) {
            Agreement memory a = _sample(i);
            Owed memory owed = _handler.book().owedAt(a, _handler.now_());
            _assertAtMost(owed.outstanding, a.principal, "outstanding");
            if (i > 0) continue;
            Row[] memory rows = _handler.book().scheduleOf(a);
            uint256 sum;
            for (uint256 k; k < rows.length; ++k) {
                sum += rows[k].principal;
            }
            _assertEq(sum, a.principal, "rows sum to the principal");
        }
    }

    /// @notice 3. Closed means nothing owed, and nothing owed means closed; there is no other end.
    function _closed() private view {
        for (uint256 i; i < _sampled(); ++i) {
            Agreement memory a = _sample(i);
            (Debt memory debt, Penalty memory penalty) =
                _handler.book().debtOf(_handler.book().loanIdOf(a));
            Owed memory owed = _handler.book().owedAt(a, _handler.now_());
            bool closed = debt.status == Status.Closed;
            _assertEq(closed ? 1 : 0, owed.payoff == 0 ? 1 : 0, "closed iff nothing owed");
            _assertEq(closed ? 1 : 0, debt.balance == 0 ? 1 : 0, "closed iff no balance");
            if (!debt.late) _assertEq(penalty.points + penalty.paid + penalty.day, 0, "clean");
        }
    }

    /// @notice 6. Looking does not change what is owed, and what is owed never falls as time passes.
    function _timeNeverLowersTheDebt() private view {
        for (uint256 i; i < _sampled(); ++i) {
            Agreement memory a = _sample(i);
            uint256 now_ = _handler.now_();
            Owed memory today = _handler.book().owedAt(a, now_);
            Owed memory later = _handler.book().owedAt(a, now_ + 40 days);
            _assertAtMost(today.due.penalty, later.due.penalty, "penalty grows");
            _assertAtMost(today.due.interest, later.due.interest, "interest due grows");
            _assertAtMost(today.due.principal, later.due.principal, "principal due grows");
            _assertAtMost(today.payoff, later.payoff, "payoff grows");
            _assertEq(today.outstanding, later.outstanding, "time repays nothing");
        }
    }

    /// @dev A few loans after every call, other ones each day, keep the campaign fast.
    function _sampled() private view returns (uint256) {
        return _handler.loans() < 5 ? _handler.loans() : 5;
    }

    function _sample(uint256 i) private view returns (Agreement memory) {
        return _handler.agreement((_handler.now_() / 1 days + i) % _handler.loans());
    }
}
