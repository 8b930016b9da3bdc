// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {LoanBook} from "../../contracts/LoanBook.sol";
import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {Reenterer} from "../../contracts/mocks/Reenterer.sol";
import {Agreement, Debt, Owed, Row, Status} from "../../contracts/types/Agreement.sol";
import {EventFold} from "./support/EventFold.sol";
import {RandomTerms} from "./support/RandomTerms.sol";
import {vm} from "./support/Vm.sol";

/// @notice Random actors, tokens and time. Every action checks the numbered invariants of
/// docs/invariants.md that speak of one step; the test checks those that speak of a state.
/// @dev Tokens 0 and 1 move what they are asked to or fail. Token 2 lies, takes fees, burns gas,
/// returns a megabyte, and its hook calls back into the book.
contract BookHandler is EventFold {
    uint256 private constant KEYS = 5;
    uint256 private constant HOSTILE = 2;
    uint256 public constant MINTED = 1e30;
    /// enough for 600 rows, and little enough that a token which burns it all costs no time
    uint256 private constant GAS = 20_000_000;

    LoanBook public immutable book = new LoanBook();
    Reenterer public immutable reenterer = new Reenterer();
    AwkwardToken[3] public tokens;
    address[KEYS] public actors;
    Agreement[] private _agreements;

    uint256 public now_ = 1_900_000_800; // 2030-03-17
    uint256 private _nonce;

    // how often the actions did something
    uint256 public payments;
    uint256 public latePayments;
    uint256 public hostilePayments;
    uint256 public collections;
    uint256 public claims;
    uint256 public reentries;
    uint256 public largest;

    error Broken(string invariant);

    constructor() {
        for (uint256 t; t < 3; ++t) {
            tokens[t] = new AwkwardToken();
            for (uint256 i; i < KEYS; ++i) {
                actors[i] = vm.addr(i + 1);
                tokens[t].mint(actors[i], MINTED);
                vm.prank(actors[i]);
                tokens[t].approve(address(book), type(uint256).max);
            }
        }
        tokens[HOSTILE].setHook(reenterer);
        vm.warp(now_);
        vm.recordLogs();
    }

    // actions

    function originate(uint256 seed, uint256 who) external {
        vm.warp(now_);
        uint256 borrower = who % KEYS;
        uint256 lender = (borrower + 1 + (who >> 8) % (KEYS - 1)) % KEYS;
        Agreement memory a = RandomTerms.make(seed, now_);
        (a.borrower, a.lender) = (actors[borrower], actors[lender]);
        a.token = address(tokens[(who >> 16) % 8 < 2 ? HOSTILE : (who >> 16) % 2]);
        (a.borrowerNonce, a.lenderNonce) = (_nonce, _nonce);
        ++_nonce;
        if (!_originate(a, borrower, lender)) return;
        _agreements.push(a);
        if (a.principal > largest) largest = a.principal;
        if (who >> 24 & 7 != 0) return;
        _checkSchedule(a);
        require(!_originate(a, borrower, lender), Broken("9: takes effect once"));
        a.documentHash = bytes32(uint256(1));
        require(!_originate(a, borrower, lender), Broken("9: a nonce serves once"));
    }

    function pay(uint256 which, uint256 who, uint256 amount) external {
        if (_agreements.length == 0) return;
        Agreement memory a = _agreements[which % _agreements.length];
        Owed memory before = book.owedAt(a, now_);
        amount = 1 + amount % (amount % 4 == 0 ? 3 : before.payoff + 1); // often dust
        address payer = actors[who % KEYS];
        uint256 held = AwkwardToken(a.token).balanceOf(payer);
        vm.warp(now_);
        vm.prank(payer);
        try book.pay{gas: GAS}(a, amount) returns (uint256 taken) {
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
        try book.payoff{gas: GAS}(a, before.payoff) returns (uint256 taken) {
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
        try book.collect{gas: GAS}(a) returns (uint256 taken) {
            require(taken == due && due > 0, Broken("4: exactly what is due"));
            ++collections;
            Owed memory rest = _checkPayment(a, before, taken);
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
        uint256[] memory taken = book.collectMany(batch);
        uint256 sum;
        for (uint256 i; i < taken.length; ++i) {
            sum += taken[i];
        }
        require(_fold(address(book)) == sum, Broken("11: the events state what was taken"));
        _checkHook();
    }

    function claim(uint256 who, uint256 which) external {
        AwkwardToken token = tokens[which % 3];
        address account = actors[who % KEYS];
        uint256 credit = book.creditOf(address(token), account);
        address to = actors[(who >> 8) % KEYS];
        vm.prank(account);
        try book.claim{gas: GAS}(address(token), to) returns (uint256 amount) {
            ++claims;
            require(amount == credit && credit > 0, Broken("8: a claim is the credit"));
            require(book.creditOf(address(token), account) == 0, Broken("8: a credit is paid once"));
        } catch {
            bool works = token.mode() == AwkwardToken.Mode.Plain && !token.blocked(to);
            require(!works || credit == 0, Broken("8: every credit can be claimed"));
        }
        _checkHook();
    }

    function disturb(uint256 which, uint256 who, uint8 mode, bool isBlocked) external {
        which %= 3;
        if (which != HOSTILE) {
            // it behaves well or fails; it never lies about what it moved
            AwkwardToken.Mode[4] memory modes = [
                AwkwardToken.Mode.Plain,
                AwkwardToken.Mode.NoReturn,
                AwkwardToken.Mode.ReturnsFalse,
                AwkwardToken.Mode.Reverts
            ];
            tokens[which].setMode(mode % 2 == 0 ? AwkwardToken.Mode.Plain : modes[mode / 2 % 4]);
        } else {
            tokens[HOSTILE].setMode(AwkwardToken.Mode(mode % 2 == 0 ? 0 : mode / 2 % 8));
            _aim(who >> 8);
        }
        tokens[which].setBlocked(actors[who % KEYS], isBlocked);
    }

    function wait(uint256 time) external {
        now_ += time % 45 days;
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

    function _checkPayment(Agreement memory a, Owed memory before, uint256 taken)
        private
        returns (Owed memory rest)
    {
        ++payments;
        if (before.due.penalty > 0) ++latePayments;
        if (a.token == address(tokens[HOSTILE])) ++hostilePayments;
        rest = book.owedAt(a, now_);
        require(rest.payoff == before.payoff - taken, Broken("1: the debt falls by what was taken"));
        require(rest.outstanding <= before.outstanding, Broken("2: principal never grows"));
        require(rest.payoff == 0 || rest.row >= before.row, Broken("5: no row is opened again"));
        require(_fold(address(book)) == taken, Broken("11: the split sums to the payment"));
        _checkHook();
    }

    function _checkSchedule(Agreement memory a) private view {
        Row[] memory rows = book.scheduleOf(a);
        uint256 sum;
        for (uint256 k; k < rows.length; ++k) {
            sum += rows[k].principal;
        }
        require(sum == a.principal, Broken("2: the rows sum to the principal"));
    }

    /// @dev The hook's call must have failed, for the one reason.
    function _checkHook() private {
        if (!reenterer.called()) return;
        ++reentries;
        require(!reenterer.succeeded(), Broken("10: nothing enters again"));
        reenterer.aim(address(0), "");
    }

    /// @dev Blocked recipients do not matter: the book holds the money for them.
    function _mustWork(Agreement memory a, Owed memory before) private view returns (bool) {
        AwkwardToken.Mode mode = AwkwardToken(a.token).mode();
        return before.payoff > 0
            && (mode == AwkwardToken.Mode.Plain || mode == AwkwardToken.Mode.NoReturn);
    }

    // what the actions are made of

    function _originate(Agreement memory a, uint256 borrower, uint256 lender)
        private
        returns (bool)
    {
        try book.originate{gas: GAS}(a, _sign(borrower, a), _sign(lender, a)) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev At whichever entrance of the book, for a loan that can be entered.
    function _aim(uint256 seed) private {
        if (_agreements.length == 0) return;
        Agreement memory a = _agreements[seed % _agreements.length];
        Agreement[] memory batch = new Agreement[](1);
        batch[0] = a;
        bytes[4] memory calls = [
            abi.encodeCall(book.pay, (a, 1)),
            abi.encodeCall(book.payoff, (a, type(uint256).max)),
            abi.encodeCall(book.collect, (a)),
            abi.encodeCall(book.collectMany, (batch))
        ];
        reenterer.aim(address(book), calls[(seed >> 128) % 4]);
    }

    function _sign(uint256 actor, Agreement memory a) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(actor + 1, book.loanIdOf(a));
        return abi.encodePacked(r, s, v);
    }
}
