// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITallystick} from "../../contracts/interfaces/ITallystick.sol";
import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {
    Agreement,
    Carry,
    Debt,
    Escrow,
    Owed,
    Penalty,
    Status
} from "../../contracts/types/Agreement.sol";
import {BookHandler} from "./BookHandler.sol";
import {EventFold} from "./support/EventFold.sol";
import {InvariantTest} from "./support/InvariantTest.sol";

/// @notice The numbered invariants of docs/invariants.md over random lives of many loans.
contract LoanBookInvariants is InvariantTest {
    BookHandler private _handler;
    ITallystick private _book;

    function setUp() external {
        _handler = new BookHandler();
        _book = _handler.book();
        _target(address(_handler));
    }

    /// @dev One campaign for all: the same calls are worth as many times as much.
    function invariant_the_book_is_right() external view {
        _conservation();
        if (_handler.loans() == 0) return;
        // two loans each time, other ones each day, keep the campaign fast
        uint256 which = _handler.now_() / 1 days;
        _loan(_handler.loanAt(which % _handler.loans()));
        _loan(_handler.loanAt((which * 7 + 3) % _handler.loans()));
    }

    /// @notice The actions do act: without this, invariants could hold because nothing happens.
    function test_the_actions_act() external {
        uint256 seed = 7;
        for (uint256 i; i < 2500; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _act(i % 20, seed);
        }
        string[17] memory acts = [
            "originated",
            "paid",
            "paidLate",
            "paidHostile",
            "collected",
            "amended",
            "settled",
            "defaulted",
            "accelerated",
            "writtenOff",
            "drawn",
            "recourseRepaid",
            "sold",
            "released",
            "assigned",
            "claimed",
            "reentered"
        ];
        for (uint256 i; i < acts.length; ++i) {
            _assertAtMost(1, _handler.count(acts[i]), acts[i]);
        }
        _assertAtMost(1e28, _handler.largest(), "principal near its bound");
    }

    function _act(uint256 what, uint256 seed) private {
        uint256 more = seed >> 128;
        if (what < 2) _handler.originate(seed, more ^ seed);
        else if (what < 5) _handler.pay(seed, more, seed >> 160 | seed << 96);
        else if (what == 5) _handler.collect(seed);
        else if (what == 6) _handler.collectMany(seed, more);
        else if (what == 7) _handler.payoff(seed);
        else if (what < 10) _handler.wait(seed);
        else if (what < 12) _handler.enforce(seed, more, seed >> 64);
        else if (what == 12) _handler.drawGuarantor(seed);
        else if (what == 13) _handler.repayRecourse(seed, more, seed);
        else if (what == 14) _handler.buyCollateral(seed, more, seed);
        else if (what == 15) _handler.releaseCollateral(seed);
        else if (what == 16) _handler.assign(seed, more, seed >> 64);
        else if (what == 17) _handler.disturb(seed, more, uint8(seed >> 80), seed & 64 == 0);
        else if (what == 18) _handler.amend(seed, more ^ seed);
        else if (seed & 1 == 0) _handler.claim(seed >> 8, more);
        else _handler.settle(seed, more, seed);
    }

    /// @notice 1. Tokens are neither made nor lost, and the book holds exactly the credits and the collateral it
    /// owes; of a token that lies or takes fees it never owes more than it holds.
    function _conservation() private view {
        for (uint256 t; t < 3; ++t) {
            AwkwardToken token = _handler.tokens(t);
            uint256 held = token.balanceOf(address(_book));
            uint256 owed = _handler.escrowed(address(token));
            uint256 sum = held;
            for (uint256 i; i < 6; ++i) {
                address actor = _handler.actors(i);
                sum += token.balanceOf(actor);
                uint256 credit = _book.creditOf(address(token), actor);
                _assertEq(_handler.credits(address(token), actor), credit, "credits by the events");
                owed += credit;
            }
            _assertAtMost(owed, held, "the book holds what it owes");
            _assertAtMost(sum, 6 * _handler.MINTED(), "no token is made");
            if (t == 2) continue;
            _assertEq(held, owed, "the book holds nothing else");
            _assertEq(sum, 6 * _handler.MINTED(), "tokens are conserved");
        }
    }

    function _loan(BookHandler.Loan memory loan) private view {
        (Debt memory debt, Penalty memory penalty, Carry memory carry) = _book.debtOf(loan.id);
        Owed memory today = _book.owedAt(loan.agreement, _handler.now_());
        _fold(loan, debt, today);
        _closed(debt, penalty, carry, today);
        _penalty(loan.agreement, debt, penalty, today);
        _time(loan.agreement, today);
    }

    /// @notice 2, 11, 12. The events alone tell the same story as the state.
    function _fold(BookHandler.Loan memory loan, Debt memory debt, Owed memory today) private view {
        EventFold.Story memory s = _handler.story(loan.id);
        _assertEq(uint256(s.status), uint256(debt.status), "status by the events");
        _assertEq(s.manual ? 1 : 0, debt.manual ? 1 : 0, "autopay by the events");
        _assertEq(s.accelerated ? 1 : 0, debt.accelerated ? 1 : 0, "acceleration by the events");
        _assertEq(uint256(s.terms), uint256(_book.termsOf(loan.id)), "terms by the events");
        _assertEq(s.outstanding, today.outstanding, "outstanding by the events");
        _assertEq(
            s.repaid + s.forgiven + today.outstanding,
            s.principal,
            "lent = repaid + forgiven + owed"
        );
        Escrow memory escrow = _book.escrowOf(loan.id);
        _assertEq(s.collateral, escrow.amount, "collateral by the events");
        address guarantor = loan.conditions.guarantor;
        _assertEq(
            _handler.recourse(loan.id, guarantor),
            _book.guaranteeOf(loan.id, guarantor).recourse,
            "recourse by the events"
        );
        if (debt.status == Status.Closed) return;
        address holder = _book.holderOf(loan.agreement);
        _assertEq(uint160(s.holder), uint160(holder), "holder by the events");
    }

    /// @notice 3. Closed means nothing owed, and nothing owed means closed; there is no other end.
    function _closed(
        Debt memory debt,
        Penalty memory penalty,
        Carry memory carry,
        Owed memory today
    ) private pure {
        bool closed = debt.status == Status.Closed;
        _assertEq(closed ? 1 : 0, today.payoff == 0 ? 1 : 0, "closed iff nothing owed");
        _assertEq(closed ? 1 : 0, debt.balance == 0 ? 1 : 0, "closed iff no balance");
        if (!debt.late) _assertEq(penalty.points + penalty.paid + penalty.day, 0, "clean");
        if (!debt.carried) _assertEq(carry.deferred + carry.installment, 0, "carries nothing");
        if (closed) {
            _assertEq(debt.late || debt.carried ? 1 : 0, 0, "a closed loan carries nothing");
        }
        _assertAtMost(debt.watchLeft, debt.watchRows, "the watch");
    }

    /// @notice 7. No penalty within the grace.
    function _penalty(
        Agreement memory a,
        Debt memory debt,
        Penalty memory penalty,
        Owed memory today
    ) private pure {
        if (debt.late || debt.accelerated || today.daysPastDue > a.graceDays) return;
        _assertEq(today.due.penalty + penalty.points, 0, "no penalty within the grace");
    }

    /// @notice 6. Looking changes nothing, and what is owed never falls as time passes.
    function _time(Agreement memory a, Owed memory today) private view {
        Owed memory later = _book.owedAt(a, _handler.now_() + 40 days);
        _assertAtMost(today.due.penalty, later.due.penalty, "penalty grows");
        _assertAtMost(today.due.interest, later.due.interest, "interest due grows");
        _assertAtMost(today.due.principal, later.due.principal, "principal due grows");
        // the fee falls with the principal that is not due yet
        _assertAtMost(today.payoff - today.fee, later.payoff - later.fee, "the debt grows");
        _assertEq(today.outstanding, later.outstanding, "time repays nothing");
    }
}
