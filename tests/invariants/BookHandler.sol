// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {LoanBook} from "../../contracts/LoanBook.sol";
import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {
    Agreement,
    Amortization,
    Debt,
    Frequency,
    Owed,
    Penalty,
    Status
} from "../../contracts/types/Agreement.sol";
import {vm} from "./support/Vm.sol";

/// @notice Random actors, tokens and time. Every action checks the numbered invariants of
/// docs/invariants.md that speak of one step; the test checks those that speak of a state.
contract BookHandler {
    uint256 private constant DAY = 1 days;
    uint256 private constant KEYS = 5;
    uint256 public constant MINTED = 1e30;

    LoanBook public immutable book = new LoanBook();
    AwkwardToken[2] public tokens;
    address[KEYS] public actors;
    Agreement[] private _agreements;

    uint256 public now_ = 1_900_000_800; // 2030-03-17
    uint256 private _nonce;

    // how often the actions did something
    uint256 public payments;
    uint256 public latePayments;
    uint256 public collections;
    uint256 public claims;

    error Broken(string invariant);

    constructor() {
        for (uint256 t; t < 2; ++t) {
            tokens[t] = new AwkwardToken();
            for (uint256 i; i < KEYS; ++i) {
                actors[i] = vm.addr(i + 1);
                tokens[t].mint(actors[i], MINTED);
                vm.prank(actors[i]);
                tokens[t].approve(address(book), type(uint256).max);
            }
        }
        vm.warp(now_);
    }

    // actions

    function originate(uint256 seed, uint96 principal, uint64 rate, uint8 count) external {
        vm.warp(now_);
        (uint256 borrower, uint256 lender) = (seed % KEYS, (seed >> 8) % KEYS);
        if (borrower == lender) lender = (lender + 1) % KEYS;
        Agreement memory a;
        a.borrower = actors[borrower];
        a.lender = actors[lender];
        a.token = address(tokens[(seed >> 16) % 2]);
        a.principal = uint96(1 + principal % 1e24);
        a.quantum = uint96(1 + (seed >> 24) % 10_000);
        if (a.quantum > a.principal) a.quantum = 1;
        a.annualRate = uint64(rate % 1e10);
        a.penaltyRate = uint64((seed >> 64) % 1e10);
        a.graceDays = uint16((seed >> 32) % 10);
        a.penaltyCapDays = uint16((seed >> 40) % 1000);
        a.count = uint16(1 + count % 24);
        _plan(a, seed >> 48);
        (a.borrowerNonce, a.lenderNonce) = (_nonce, _nonce);
        ++_nonce;
        a.deadline = uint40(now_);
        try book.originate(a, _sign(borrower, a), _sign(lender, a)) {
            _agreements.push(a);
        } catch {}
    }

    function pay(uint256 which, uint256 who, uint256 amount) external {
        if (_agreements.length == 0) return;
        Agreement memory a = _agreements[which % _agreements.length];
        Owed memory before = book.owedAt(a, now_);
        amount = 1 + amount % (before.payoff + 1);
        address payer = actors[who % KEYS];
        uint256 held = AwkwardToken(a.token).balanceOf(payer);
        vm.warp(now_);
        vm.prank(payer);
        try book.pay(a, amount) returns (uint256 taken) {
            require(taken <= amount, Broken("1: never more than offered"));
            _checkPayment(a, before, taken);
        } catch {
            require(!_mustWork(a, before) || held < amount, Broken("8: a payment must go through"));
        }
    }

    function payoff(uint256 which) external {
        if (_agreements.length == 0) return;
        Agreement memory a = _agreements[which % _agreements.length];
        Owed memory before = book.owedAt(a, now_);
        uint256 held = AwkwardToken(a.token).balanceOf(a.borrower);
        vm.warp(now_);
        vm.prank(a.borrower);
        try book.payoff(a, before.payoff) returns (uint256 taken) {
            require(taken == before.payoff, Broken("3: the payoff quote is exact"));
            _checkPayment(a, before, taken);
            (Debt memory debt,) = book.debtOf(book.loanIdOf(a));
            require(debt.status == Status.Closed, Broken("3: the payoff closes"));
        } catch {
            require(!_mustWork(a, before) || held < before.payoff, Broken("8: a payoff must work"));
        }
    }

    function collect(uint256 which) external {
        if (_agreements.length == 0) return;
        Agreement memory a = _agreements[which % _agreements.length];
        Owed memory before = book.owedAt(a, now_);
        uint256 due = before.due.penalty + before.due.interest + before.due.principal;
        uint256 held = AwkwardToken(a.token).balanceOf(a.borrower);
        vm.warp(now_);
        try book.collect(a) returns (uint256 taken) {
            require(taken == due && due > 0, Broken("4: exactly what is due"));
            ++collections;
            _checkPayment(a, before, taken);
            Owed memory rest = book.owedAt(a, now_);
            require(
                rest.due.penalty + rest.due.interest + rest.due.principal == 0,
                Broken("4: never twice")
            );
        } catch {
            require(
                !_mustWork(a, before) || due == 0 || held < due, Broken("8: a pull must go through")
            );
        }
    }

    function collectMany(uint256 from, uint256 number) external {
        uint256 total = _agreements.length;
        if (total == 0) return;
        Agreement[] memory batch = new Agreement[](1 + number % 8);
        for (uint256 i; i < batch.length; ++i) {
            batch[i] = _agreements[(from % total + i) % total];
        }
        vm.warp(now_);
        book.collectMany(batch);
    }

    function claim(uint256 who, uint256 which) external {
        AwkwardToken token = tokens[which % 2];
        address account = actors[who % KEYS];
        uint256 credit = book.creditOf(address(token), account);
        address to = actors[(who >> 8) % KEYS];
        vm.prank(account);
        try book.claim(address(token), to) returns (uint256 amount) {
            ++claims;
            require(amount == credit && credit > 0, Broken("8: a claim is the credit"));
            require(book.creditOf(address(token), account) == 0, Broken("8: a credit is paid once"));
        } catch {
            bool works = token.mode() == AwkwardToken.Mode.Plain && !token.blocked(to);
            require(!works || credit == 0, Broken("8: every credit can be claimed"));
        }
    }

    /// @dev Within one step a token behaves well or fails; it never lies about what it moved.
    function disturb(uint256 which, uint256 who, uint8 mode, bool isBlocked) external {
        AwkwardToken token = tokens[which % 2];
        AwkwardToken.Mode[4] memory modes = [
            AwkwardToken.Mode.Plain,
            AwkwardToken.Mode.NoReturn,
            AwkwardToken.Mode.ReturnsFalse,
            AwkwardToken.Mode.Reverts
        ];
        token.setMode(modes[mode % 4]);
        token.setBlocked(actors[who % KEYS], isBlocked);
    }

    function wait(uint256 time) external {
        now_ += time % (45 * DAY);
        vm.warp(now_);
    }

    // what the test reads

    function loans() external view returns (uint256) {
        return _agreements.length;
    }

    function agreement(uint256 index) external view returns (Agreement memory) {
        return _agreements[index];
    }

    // checks of one step

    function _checkPayment(Agreement memory a, Owed memory before, uint256 taken) private {
        ++payments;
        if (before.due.penalty > 0) ++latePayments;
        Owed memory rest = book.owedAt(a, now_);
        require(rest.payoff == before.payoff - taken, Broken("1: the debt falls by what was taken"));
        require(rest.outstanding <= before.outstanding, Broken("2: principal never grows"));
        require(rest.payoff == 0 || rest.row >= before.row, Broken("5: no row is opened again"));
    }

    /// @dev Blocked recipients do not matter: the book holds the money for them.
    function _mustWork(Agreement memory a, Owed memory before) private view returns (bool) {
        AwkwardToken.Mode mode = AwkwardToken(a.token).mode();
        return before.payoff > 0
            && (mode == AwkwardToken.Mode.Plain || mode == AwkwardToken.Mode.NoReturn);
    }

    // making agreements

    function _plan(Agreement memory a, uint256 seed) private view {
        a.frequency = Frequency(seed % 3);
        a.amortization = Amortization((seed >> 4) % 4);
        a.every = uint16(1 + (seed >> 8) % 3);
        if (a.amortization == Amortization.Bullet) a.count = 1;
        if (a.amortization == Amortization.Level) {
            a.installment =
                uint96(1 + a.principal / a.count + (seed >> 16) % (a.principal / 20 + 1));
        } else if (a.amortization == Amortization.EqualPrincipal) {
            a.installment = (a.principal - 1) / a.count;
        }
        a.startDate = _date(now_ / DAY);
        a.firstDueDate = _date(now_ / DAY + 1 + (seed >> 24) % 60);
        if (a.frequency == Frequency.Months) a.dueDay = uint8(a.firstDueDate % 100);
    }

    /// @dev Civil date from a day number, by walking; independent of the library under test.
    function _date(uint256 day) private pure returns (uint32) {
        uint256 year = 1970;
        while (day >= (_leap(year) ? 366 : 365)) day -= _leap(year++) ? 366 : 365;
        uint8[12] memory lengths =
            [31, _leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        uint256 month;
        while (day >= lengths[month]) day -= lengths[month++];
        return uint32(year * 10_000 + (month + 1) * 100 + day + 1);
    }

    function _leap(uint256 year) private pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    function _sign(uint256 actor, Agreement memory a) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(actor + 1, book.loanIdOf(a));
        return abi.encodePacked(r, s, v);
    }
}
