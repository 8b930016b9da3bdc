// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {Agreement, Debt, Owed, Penalty, Status} from "../../contracts/types/Agreement.sol";
import {BookHandler} from "./BookHandler.sol";
import {InvariantTest} from "./support/InvariantTest.sol";

/// @notice The numbered invariants of docs/invariants.md over random lives of many loans.
contract LoanBookInvariants is InvariantTest {
    BookHandler private _handler;

    function setUp() external {
        _handler = new BookHandler();
        _target(address(_handler));
    }

    /// @dev One campaign for all: the same calls are worth as many times as much.
    function invariant_the_book_is_right() external view {
        _conservation();
        if (_handler.loans() == 0) return;
        // two loans each time, other ones each day, keep the campaign fast
        uint256 which = _handler.now_() / 1 days;
        _loan(_handler.agreement(which % _handler.loans()));
        _loan(_handler.agreement((which * 7 + 3) % _handler.loans()));
    }

    /// @notice The actions do act: without this, invariants could hold because nothing happens.
    function test_the_actions_act() external {
        uint256 seed = 7;
        for (uint256 i; i < 600; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (i % 8 < 2) _handler.originate(seed, seed >> 128 ^ seed);
            else if (i % 8 < 4) _handler.pay(seed, seed >> 128, seed >> 160 | seed << 96);
            else if (i % 8 == 4) _handler.collect(seed);
            else if (i % 8 == 5) _handler.collectMany(seed, seed >> 128);
            else if (i % 8 == 6) _handler.wait(seed);
            else if (i % 24 == 7) _handler.disturb(seed, seed >> 64, uint8(seed >> 80), false);
            else if (i % 24 == 15) _handler.claim(seed, seed >> 64);
            else _handler.payoff(seed);
        }
        _assertAtMost(50, _handler.loans(), "loans");
        _assertAtMost(10, _handler.collections(), "collections");
        _assertAtMost(40, _handler.payments(), "payments");
        _assertAtMost(10, _handler.latePayments(), "late payments");
        _assertAtMost(2, _handler.hostilePayments(), "payments in a hostile token");
        _assertAtMost(1, _handler.reentries(), "reentries tried");
        _assertAtMost(1e28, _handler.largest(), "principal near its bound");
    }

    /// @notice 1. Tokens are neither made nor lost, and the book holds exactly the credits it owes; of a
    /// token that lies or takes fees it never owes more than it holds.
    function _conservation() private view {
        for (uint256 t; t < 3; ++t) {
            AwkwardToken token = _handler.tokens(t);
            uint256 held = token.balanceOf(address(_handler.book()));
            uint256 credits;
            uint256 sum = held;
            for (uint256 i; i < 5; ++i) {
                address actor = _handler.actors(i);
                sum += token.balanceOf(actor);
                credits += _handler.book().creditOf(address(token), actor);
            }
            _assertAtMost(credits, held, "the book holds its credits");
            _assertAtMost(sum, 5 * _handler.MINTED(), "no token is made");
            if (t == 2) continue;
            _assertEq(held, credits, "the book holds nothing else");
            _assertEq(sum, 5 * _handler.MINTED(), "tokens are conserved");
        }
    }

    function _loan(Agreement memory a) private view {
        bytes32 loanId = _handler.book().loanIdOf(a);
        (Debt memory debt, Penalty memory penalty) = _handler.book().debtOf(loanId);
        uint256 now_ = _handler.now_();
        Owed memory today = _handler.book().owedAt(a, now_);
        bool closed = debt.status == Status.Closed;

        // 2. principal is repaid, never made
        uint256 repaid = _handler.principalPaid(loanId);
        _assertEq(repaid + today.outstanding, a.principal, "repaid and outstanding are all");
        // 11. the events alone say the same
        if (repaid > 0) {
            _assertEq(_handler.outstandingLast(loanId), today.outstanding, "last event");
        }
        _assertEq(_handler.closed(loanId) ? 1 : 0, closed ? 1 : 0, "closed by its event");
        // 3. closed means nothing owed, and nothing owed means closed; there is no other end
        _assertEq(closed ? 1 : 0, today.payoff == 0 ? 1 : 0, "closed iff nothing owed");
        _assertEq(closed ? 1 : 0, debt.balance == 0 ? 1 : 0, "closed iff no balance");
        if (!debt.late) _assertEq(penalty.points + penalty.paid + penalty.day, 0, "clean");

        // 6. looking changes nothing, and what is owed never falls as time passes
        Owed memory later = _handler.book().owedAt(a, now_ + 40 days);
        _assertAtMost(today.due.penalty, later.due.penalty, "penalty grows");
        _assertAtMost(today.due.interest, later.due.interest, "interest due grows");
        _assertAtMost(today.due.principal, later.due.principal, "principal due grows");
        _assertAtMost(today.payoff, later.payoff, "payoff grows");
        _assertEq(today.outstanding, later.outstanding, "time repays nothing");
    }
}
