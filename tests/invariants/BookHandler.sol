// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPermit2} from "../../contracts/interfaces/IPermit2.sol";
import {ITallystick} from "../../contracts/interfaces/ITallystick.sol";
import {Errors} from "../../contracts/libraries/Errors.sol";
import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {Permit2Deployer} from "../../contracts/mocks/Permit2Deployer.sol";
import {Reenterer} from "../../contracts/mocks/Reenterer.sol";
import {CustomRows} from "../../contracts/periphery/CustomRows.sol";
import {
    Agreement,
    Amendment,
    Amortization,
    Assignment,
    Conditions,
    Consents,
    Debt,
    Owed,
    Row,
    Settlement,
    Status,
    Transfer
} from "../../contracts/types/Agreement.sol";
import {Books} from "./support/Books.sol";
import {EventFold} from "./support/EventFold.sol";
import {RandomTerms} from "./support/RandomTerms.sol";
import {vm} from "./support/Vm.sol";

interface IPermit2Approve {
    function approve(address token, address spender, uint160 amount, uint48 expiration) external;
}

/// @notice Random actors, tokens and time over the whole life of loans. Every action checks the numbered
/// invariants of docs/invariants.md that speak of one step; the test checks those that speak of a state.
/// @dev Tokens 0 and 1 move what they are asked to or fail. Token 2 lies, takes fees, burns gas,
/// returns a megabyte, and its hook calls back into the book. The last actor pays out of Permit2.
contract BookHandler is EventFold {
    uint256 private constant KEYS = 6;
    uint256 private constant HOSTILE = 2;
    uint256 private constant NEWEST = 12;
    uint256 public constant MINTED = 1e30;
    /// enough for 600 rows, and little enough that a token which burns it all costs no time
    uint256 private constant GAS = 20_000_000;

    struct Loan {
        bytes32 id;
        Agreement agreement;
        Conditions conditions;
    }

    ITallystick public immutable book;
    Reenterer public immutable reenterer = new Reenterer();
    CustomRows private immutable _rows = new CustomRows();
    AwkwardToken[3] public tokens;
    address[KEYS] public actors;
    Loan[] private _loans;

    uint256 public now_ = 1_900_000_800; // 2030-03-17
    uint256 private _nonce;

    /// how often something happened, by name
    mapping(string what => uint256) public count;
    uint256 public largest;

    error Broken(string invariant);

    constructor() {
        address permit2 = new Permit2Deployer().deploy();
        book = Books.deploy(permit2);
        for (uint256 t; t < 3; ++t) {
            tokens[t] = new AwkwardToken();
            for (uint256 i; i < KEYS; ++i) {
                actors[i] = vm.addr(i + 1);
                tokens[t].mint(actors[i], MINTED);
                bool standing = i + 1 < KEYS;
                vm.prank(actors[i]);
                tokens[t].approve(standing ? address(book) : permit2, type(uint256).max);
                if (standing) continue;
                vm.prank(actors[i]);
                IPermit2Approve(permit2)
                    .approve(address(tokens[t]), address(book), type(uint160).max, type(uint48).max);
            }
        }
        tokens[HOSTILE].setHook(reenterer);
        vm.warp(now_);
        vm.recordLogs();
    }

    // beginning

    function originate(uint256 seed, uint256 who) external {
        vm.warp(now_);
        Loan memory loan;
        loan.agreement = RandomTerms.make(seed, now_);
        loan.conditions = RandomTerms.conditions(seed, now_);
        (Agreement memory a, Conditions memory c) = (loan.agreement, loan.conditions);
        a.borrower = actors[who % KEYS];
        a.lender = _other(who >> 8, a.borrower, address(0));
        a.token = address(tokens[(who >> 16) % 8 < 2 ? HOSTILE : (who >> 16) % 2]);
        _fill(loan, seed, who);
        if (!_originate(loan)) return;
        ++count["originated"];
        loan.id = book.loanIdOf(a);
        _loans.push(loan);
        if (a.principal > largest) largest = a.principal;
        if (who >> 24 & 7 != 0) return;
        _checkSchedule(a);
        require(!_originate(loan), Broken("9: takes effect once"));
        c.documentHash = bytes32(uint256(1));
        a.conditions = book.conditionsHash(c);
        require(!_originate(loan), Broken("9: a nonce serves once"));
    }

    // payments

    function pay(uint256 which, uint256 who, uint256 amount) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        Agreement memory a = loan.agreement;
        Owed memory before = book.owedAt(a, now_);
        uint256 most = amount % 4 == 0 ? 3 : amount % 4 == 1 ? before.payoff + 1 : _sum(before) + 1;
        amount = 1 + (amount >> 2) % most; // dust, up to all that is owed, or about what is due
        address payer = actors[who % KEYS];
        bool must = _mustWork(a, before) && _holds(a, payer, amount);
        vm.warp(now_);
        vm.prank(payer);
        try book.pay{gas: GAS}(a, amount) returns (uint256 taken) {
            require(taken <= amount && taken > 0, Broken("1: never more than offered"));
            _checkPayment(loan, before, taken);
        } catch (bytes memory reason) {
            _drop();
            // money that is not due may be refused when it prepays nothing
            bool nothing = bytes4(reason) == Errors.NothingDue.selector && _sum(before) == 0;
            require(!must || nothing, Broken("8: a payment must go through"));
        }
    }

    function payoff(uint256 which) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists || which >> 64 & 3 > 0) return; // loans should live
        Agreement memory a = loan.agreement;
        Owed memory before = book.owedAt(a, now_);
        bool must = _mustWork(a, before) && _holds(a, a.borrower, before.payoff);
        vm.warp(now_);
        vm.prank(a.borrower);
        try book.payoff{gas: GAS}(a, before.payoff) returns (uint256 taken) {
            require(taken == before.payoff, Broken("3: the payoff quote is exact"));
            _checkPayment(loan, before, taken);
            require(_debt(loan).status == Status.Closed, Broken("3: the payoff closes"));
        } catch {
            _drop();
            require(!must, Broken("8: a payoff must work"));
        }
    }

    function collect(uint256 which) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        Agreement memory a = loan.agreement;
        Owed memory before = book.owedAt(a, now_);
        uint256 due = _sum(before);
        bool manual = _debt(loan).manual;
        bool must = _mustWork(a, before) && due > 0 && !manual && _holds(a, a.borrower, due);
        vm.warp(now_);
        try book.collect{gas: GAS}(a) returns (uint256 taken) {
            require(taken == due && due > 0, Broken("4: exactly what is due"));
            require(!manual, Broken("4: never without a mandate"));
            ++count["collected"];
            Owed memory rest = _checkPayment(loan, before, taken);
            require(_sum(rest) == 0, Broken("4: never twice"));
        } catch {
            _drop();
            require(!must, Broken("8: a pull must go through"));
        }
    }

    function collectMany(uint256 from, uint256 number) external {
        uint256 total = _loans.length;
        if (total == 0) return;
        Agreement[] memory batch = new Agreement[](1 + number % 8);
        for (uint256 i; i < batch.length; ++i) {
            batch[i] = _loans[(from % total + i) % total].agreement;
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

    function setAutopay(uint256 which, uint256 who, bool on) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        address by = who % 4 == 0 ? actors[who % KEYS] : loan.agreement.borrower;
        vm.prank(by);
        try book.setAutopay(loan.agreement, on) {
            require(by == loan.agreement.borrower, Broken("4: only the borrower's mandate"));
            require(_debt(loan).manual != on, Broken("4: the switch switches"));
        } catch {
            _drop();
        }
        _fold(address(book));
    }

    // new terms

    function amend(uint256 which, uint256 seed) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        vm.warp(now_);
        Owed memory before = book.owedAt(loan.agreement, now_);
        Loan memory next = _nextTerms(loan, seed, before);
        Amendment memory m = _amendment(loan, seed, before);
        uint256 principal = before.outstanding - _least(before.outstanding, m.waivedPrincipal);
        uint256 interest = before.due.interest + before.accrued;
        interest -= _least(interest, m.waivedInterest);
        if (!_amend(loan.agreement, next, m)) return;
        ++count["amended"];
        _fold(address(book));
        Owed memory rest = book.owedAt(next.agreement, now_);
        if (m.capitalise) (principal, interest) = (principal + interest, 0);
        require(before.due.penalty <= m.waivedPenalty, Broken("9: penalty waived or paid"));
        require(rest.outstanding == principal, Broken("2: what is owed becomes the balance"));
        require(rest.payoff - rest.fee == principal + interest, Broken("1: nothing else changes"));
        require(rest.outstanding <= next.agreement.principal, Broken("9: at most what was signed"));
        require(_sum(rest) == 0, Broken("5: nothing is due on the day of new terms"));
        require(book.owedAt(loan.agreement, now_).payoff == 0, Broken("9: old terms are history"));
        require(!_amend(loan.agreement, next, m), Broken("9: new terms take effect once"));
        _loans[_index(which)] = next;
        _checkHook();
    }

    function settle(uint256 which, uint256 who, uint256 amount) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists || who % 4 > 0) return;
        Agreement memory a = loan.agreement;
        Owed memory before = book.owedAt(a, now_);
        Settlement memory s = Settlement({
            terms: book.termsOf(loan.id),
            amount: uint96(1 + amount % type(uint96).max),
            reason: uint8(who >> 8),
            planHash: 0,
            borrowerNonce: ++_nonce,
            lenderNonce: ++_nonce,
            deadline: uint40(now_)
        });
        if (before.payoff > 0 && who >> 16 & 1 == 0) s.amount = uint96(1 + amount % before.payoff);
        bytes32 digest = book.settlementDigest(s);
        (bytes memory b, bytes memory l) =
            (_sign(a.borrower, digest), _sign(story(loan.id).holder, digest));
        vm.warp(now_);
        vm.prank(actors[who % KEYS]);
        try book.settle{gas: GAS}(a, s, b, l) returns (uint256 taken) {
            ++count["settled"];
            uint256 most = before.payoff - before.fee;
            require(taken == _least(s.amount, most), Broken("1: as agreed, never more than owed"));
            require(_fold(address(book)) == taken, Broken("11: the split sums to the payment"));
            require(_debt(loan).status == Status.Closed, Broken("3: a settlement closes"));
            _checkHook();
        } catch {
            _drop();
        }
    }

    // default

    /// @dev One step after the other, so that a default is often followed by what it allows.
    function enforce(uint256 which, uint256 who, uint256 steps) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        address by = who % 8 == 0 ? actors[who % KEYS] : story(loan.id).holder;
        vm.warp(now_);
        if (steps & 7 > 0) _enforce(loan, by, 0);
        if (steps & 8 > 0) _enforce(loan, by, 1);
        if (steps & 48 == 0) _enforce(loan, by, 2);
    }

    function _enforce(Loan storage loan_, address by, uint256 what) private {
        (Agreement memory a, Conditions memory c) = (loan_.agreement, loan_.conditions);
        Owed memory before = book.owedAt(a, now_);
        Status status = _debt(loan_).status;
        uint256 needed = [c.defaultDays, c.accelerationDays, c.writeOffDays][what];
        bytes memory call = what == 0
            ? abi.encodeCall(book.declareDefault, (a, c))
            : what == 1
                ? abi.encodeCall(book.accelerate, (a, c))
                : abi.encodeCall(book.writeOff, (a, c));
        vm.prank(by);
        (bool ok,) = address(book).call(call);
        bool agreed = needed > 0 && before.daysPastDue >= needed && by == story(loan_.id).holder;
        if (!ok) {
            _drop();
            bool must = what == 0 && agreed && status == Status.Active;
            require(!must, Broken("14: the holder can declare default"));
            return;
        }
        require(agreed, Broken("14: by the holder, after its days"));
        ++count[what == 0 ? "defaulted" : what == 1 ? "accelerated" : "writtenOff"];
        _fold(address(book));
        Owed memory rest = book.owedAt(a, now_);
        require(rest.outstanding == before.outstanding, Broken("2: status repays nothing"));
        require(rest.payoff - rest.fee == before.payoff - before.fee, Broken("7: settled to now"));
        require(what != 1 || _sum(rest) == rest.payoff, Broken("14: everything is due"));
    }

    // security

    function drawGuarantor(uint256 which) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        (Agreement memory a, Conditions memory c) = (loan.agreement, loan.conditions);
        Owed memory before = book.owedAt(a, now_);
        uint256 drawn = book.guaranteeOf(loan.id, c.guarantor).drawn;
        vm.warp(now_);
        try book.drawGuarantor{gas: GAS}(a, c) returns (uint256 taken) {
            ++count["drawn"];
            require(before.daysPastDue >= c.guaranteeDays, Broken("15: after the agreed days"));
            require(taken <= _sum(before), Broken("15: at most what is due"));
            require(drawn + taken <= c.guaranteed, Broken("15: at most what is guaranteed"));
            _checkPayment(loan, before, taken);
        } catch {
            _drop();
        }
    }

    function repayRecourse(uint256 which, uint256 who, uint256 amount) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        address guarantor = loan.conditions.guarantor;
        uint256 owed = book.guaranteeOf(loan.id, guarantor).recourse;
        vm.prank(actors[who % KEYS]);
        try book.repayRecourse{gas: GAS}(loan.agreement, guarantor, amount) returns (
            uint256 taken
        ) {
            ++count["recourseRepaid"];
            require(taken <= owed && taken <= amount, Broken("15: at most the recourse"));
        } catch {
            _drop();
        }
        _fold(address(book));
        _checkHook();
    }

    function addCollateral(uint256 which, uint256 who, uint256 amount) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        vm.prank(actors[who % KEYS]);
        try book.addCollateral{gas: GAS}(loan.agreement, loan.conditions, amount % 1e20) {}
        catch {
            _drop();
        }
        _fold(address(book));
    }

    function buyCollateral(uint256 which, uint256 who, uint256 amount) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        (Agreement memory a, Conditions memory c) = (loan.agreement, loan.conditions);
        Owed memory before = book.owedAt(a, now_);
        uint256 held = book.escrowOf(loan.id).amount;
        amount = 1 + amount % (held + 1);
        vm.warp(now_);
        vm.prank(actors[who % KEYS]);
        try book.buyCollateral{gas: GAS}(a, c, amount, type(uint256).max) returns (
            uint256 bought, uint256 cost
        ) {
            ++count["sold"];
            require(story(loan.id).accelerated, Broken("15: sold after acceleration only"));
            require(bought <= held && bought <= amount, Broken("15: no more than lies there"));
            require(cost <= _sum(before), Broken("15: never more than the debt"));
            require(
                cost * c.collateral >= bought * c.collateralFloor, Broken("15: not below the floor")
            );
            _checkPayment(loan, before, cost);
        } catch {
            _drop();
        }
    }

    function releaseCollateral(uint256 which) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        try book.releaseCollateral{gas: GAS}(loan.agreement) returns (uint256 amount) {
            ++count["released"];
            require(_debt(loan).status == Status.Closed, Broken("15: not while the debt is owed"));
            require(amount == story(loan.id).collateral, Broken("15: all that is left"));
            require(book.escrowOf(loan.id).amount == 0, Broken("15: released once"));
        } catch {
            _drop();
        }
        _fold(address(book));
    }

    // claims

    function assign(uint256 which, uint256 who, uint256 price) external {
        (bool exists, Loan storage loan) = _pick(which);
        if (!exists) return;
        Agreement memory a = loan.agreement;
        address holder = story(loan.id).holder;
        address to = actors[who % KEYS];
        Assignment memory m = Assignment({
            loanId: loan.id,
            from: holder,
            to: to,
            token: a.token,
            price: uint96(price % 2 == 0 ? 0 : price % 1e20),
            nonce: ++_nonce,
            deadline: uint40(now_)
        });
        bytes32 digest = book.assignmentDigest(m);
        bool consented = (who >> 16) % 4 > 0;
        bytes memory consent = consented ? _sign(a.borrower, digest) : bytes("");
        bytes memory signature = _sign(holder, digest);
        vm.warp(now_);
        vm.prank(to);
        try book.assign{gas: GAS}(a, loan.conditions, m, signature, consent, "", 0) {
            ++count["assigned"];
            require(to != a.borrower && to != loan.conditions.guarantor, Broken("16: no debtor"));
            require(
                loan.conditions.transfer == Transfer.Free || consented, Broken("16: its own rule")
            );
            require(book.holderOf(a) == to, Broken("16: the payee follows at once"));
        } catch {
            _drop();
        }
        _fold(address(book));
        _checkHook();
    }

    function claim(uint256 who, uint256 which) external {
        AwkwardToken token = tokens[which % 3];
        address account = actors[who % KEYS];
        uint256 credit = book.creditOf(address(token), account);
        address to = actors[(who >> 8) % KEYS];
        vm.prank(account);
        try book.claim{gas: GAS}(address(token), to) returns (uint256 amount) {
            ++count["claimed"];
            require(amount == credit && credit > 0, Broken("8: a claim is the credit"));
            require(book.creditOf(address(token), account) == 0, Broken("8: a credit is paid once"));
        } catch {
            _drop();
            bool works = token.mode() == AwkwardToken.Mode.Plain && !token.blocked(to);
            require(!works || credit == 0, Broken("8: every credit can be claimed"));
        }
        _fold(address(book));
        _checkHook();
    }

    // the world

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
        now_ += time % (time % 4 == 0 ? 150 days : 30 days);
        vm.warp(now_);
    }

    // what the test reads

    function loans() external view returns (uint256) {
        return _loans.length;
    }

    function loanAt(uint256 index) external view returns (Loan memory) {
        return _loans[index];
    }

    // checks of one step

    function _checkPayment(Loan storage loan_, Owed memory before, uint256 taken)
        private
        returns (Owed memory rest)
    {
        Agreement memory a = loan_.agreement;
        ++count["paid"];
        if (before.due.penalty > 0) ++count["paidLate"];
        if (a.token == address(tokens[HOSTILE])) ++count["paidHostile"];
        rest = book.owedAt(a, now_);
        // the fee is rounded up for every part of the principal by itself
        uint256 rounding = rest.payoff + taken - before.payoff;
        require(
            rest.payoff + taken >= before.payoff && rounding <= (a.prepaymentFee > 0 ? 1 : 0),
            Broken("1: the debt falls by what was taken")
        );
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
        ++count["reentered"];
        require(!reenterer.succeeded(), Broken("10: nothing enters again"));
        reenterer.aim(address(0), "");
    }

    /// @dev Blocked recipients do not matter: the book holds the money for them.
    function _mustWork(Agreement memory a, Owed memory before) private view returns (bool) {
        AwkwardToken.Mode mode = AwkwardToken(a.token).mode();
        return before.payoff > 0
            && (mode == AwkwardToken.Mode.Plain || mode == AwkwardToken.Mode.NoReturn);
    }

    function _holds(Agreement memory a, address payer, uint256 amount) private view returns (bool) {
        return AwkwardToken(a.token).balanceOf(payer) >= amount;
    }

    // what the actions are made of

    function _pick(uint256 which) private view returns (bool exists, Loan storage loan_) {
        exists = _loans.length > 0;
        assembly {
            loan_.slot := 0
        }
        if (exists) loan_ = _loans[_index(which)];
    }

    /// @dev Among the newest, so that much happens to each.
    function _index(uint256 which) private view returns (uint256) {
        uint256 total = _loans.length;
        return total - 1 - which % (total < NEWEST ? total : NEWEST);
    }

    /// @dev Rows, security and nonces; the parties are set.
    function _fill(Loan memory loan_, uint256 seed, uint256 who) private {
        (Agreement memory a, Conditions memory c) = (loan_.agreement, loan_.conditions);
        if (a.amortization == Amortization.Custom) {
            a.rows = _rows.store(RandomTerms.plan(seed, a.principal, a.count));
        }
        if ((who >> 32) % 2 == 0) {
            c.guarantor = _other(who >> 40, a.borrower, a.lender);
            c.guaranteed = uint96(1 + (seed >> 8) % a.principal);
            c.guaranteeDays = uint16(1 + (seed >> 16) % 20);
        }
        if ((who >> 48) % 2 == 0 && c.accelerationDays > 0) {
            c.collateralToken = address(tokens[(who >> 56) % 2]);
            c.collateral = uint96(1 + (seed >> 24) % 1e20);
            c.collateralPrice = uint96(1 + (seed >> 32) % (2 * uint256(a.principal)));
            c.collateralFloor = 1 + c.collateralPrice / 4;
            if (c.collateralFloor > c.collateralPrice) c.collateralFloor = c.collateralPrice;
            c.auctionDays = uint16(1 + (seed >> 40) % 30);
        }
        (c.borrowerNonce, c.lenderNonce) = (++_nonce, ++_nonce);
        if (c.guarantor != address(0)) c.guarantorNonce = ++_nonce;
        a.conditions = book.conditionsHash(c);
    }

    function _originate(Loan memory loan_) private returns (bool done) {
        (Agreement memory a, Conditions memory c) = (loan_.agreement, loan_.conditions);
        Consents memory consents = _consents(a, c, book.loanIdOf(a));
        try book.originate{gas: GAS}(a, c, consents) {
            done = true;
        } catch {
            _drop();
        }
        _fold(address(book));
    }

    function _amend(Agreement memory before, Loan memory next, Amendment memory m)
        private
        returns (bool done)
    {
        (Agreement memory a, Conditions memory c) = (next.agreement, next.conditions);
        Consents memory consents = _consents(a, c, book.amendmentDigest(a, m));
        try book.amend{gas: GAS}(before, a, c, m, consents) {
            done = true;
        } catch {
            _drop();
        }
    }

    /// @dev Random terms for the same debt.
    function _nextTerms(Loan storage loan_, uint256 seed, Owed memory owed)
        private
        returns (Loan memory next)
    {
        next.id = loan_.id;
        next.agreement = RandomTerms.make(seed, now_);
        next.conditions = RandomTerms.conditions(seed, now_);
        Agreement memory a = next.agreement;
        a.borrower = loan_.agreement.borrower;
        a.lender = story(loan_.id).holder;
        a.token = loan_.agreement.token;
        a.amends = loan_.id;
        if (seed % 8 > 0) {
            a.principal = uint96(owed.payoff + 1 + seed % 1000);
            a.quantum = 1 + uint96(seed % a.principal) / 1e6;
            if (a.amortization == Amortization.Level) a.installment = 1 + a.principal / a.count;
            else if (a.installment > 0) a.installment = (a.principal - 1) / a.count;
            if (a.installment == 0 && a.amortization < Amortization.InterestOnly) {
                a.installment = 1;
            }
        }
        _fill(next, seed, seed >> 64);
        if (next.conditions.collateral > 0 && book.escrowOf(loan_.id).amount > 0) {
            next.conditions.collateralToken = book.escrowOf(loan_.id).token;
            a.conditions = book.conditionsHash(next.conditions);
        }
    }

    function _amendment(Loan storage loan_, uint256 seed, Owed memory owed)
        private
        view
        returns (Amendment memory m)
    {
        m.termsBefore = book.termsOf(loan_.id);
        m.statusBefore = _debt(loan_).status;
        m.waivedPenalty = uint96(seed >> 8 & 7 == 0 ? 0 : type(uint96).max);
        m.waivedInterest = uint96((seed >> 16) % (owed.due.interest + owed.accrued + 2));
        m.waivedPrincipal = uint96(seed >> 40 & 1 == 0 ? 0 : (seed >> 24) % (owed.outstanding + 1));
        m.capitalise = seed >> 32 & 1 == 0;
        m.watchRows = uint8((seed >> 48) % 4);
        m.reason = uint8(seed >> 56);
    }

    function _consents(Agreement memory a, Conditions memory c, bytes32 digest)
        private
        view
        returns (Consents memory given)
    {
        given.borrower = _sign(a.borrower, digest);
        given.lender = _sign(a.lender, digest);
        if (c.guarantor != address(0)) given.guarantor = _sign(c.guarantor, digest);
    }

    /// @dev At whichever entrance of the book, for a loan that can be entered.
    function _aim(uint256 seed) private {
        if (_loans.length == 0) return;
        Loan memory l = _loans[seed % _loans.length];
        Agreement[] memory batch = new Agreement[](1);
        batch[0] = l.agreement;
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(book.pay, (l.agreement, 1));
        bytes[9] memory ways = [
            calls[0],
            abi.encodeCall(book.payoff, (l.agreement, type(uint256).max)),
            abi.encodeCall(book.collect, (l.agreement)),
            abi.encodeCall(book.collectMany, (batch)),
            abi.encodeCall(book.payThrough, (l.agreement, 1, 0, 0)),
            abi.encodeCall(book.drawGuarantor, (l.agreement, l.conditions)),
            abi.encodeCall(book.buyCollateral, (l.agreement, l.conditions, 1, type(uint256).max)),
            abi.encodeCall(book.releaseCollateral, (l.agreement)),
            abi.encodeCall(book.multicall, (calls))
        ];
        reenterer.aim(address(book), ways[(seed >> 128) % 9]);
    }

    function _debt(Loan storage loan_) private view returns (Debt memory debt) {
        (debt,,) = book.debtOf(loan_.id);
    }

    /// @dev An actor that is neither of these.
    function _other(uint256 who, address one, address two) private view returns (address) {
        for (uint256 i = who % KEYS;; i = (i + 1) % KEYS) {
            if (actors[i] != one && actors[i] != two) return actors[i];
        }
        return address(0);
    }

    function _sign(address account, bytes32 digest) private view returns (bytes memory) {
        for (uint256 i; i < KEYS; ++i) {
            if (actors[i] != account) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(i + 1, digest);
            return abi.encodePacked(r, s, v);
        }
        return "";
    }

    /// @dev Forgets the events of a call that failed: forge records them although they never happened.
    function _drop() private {
        vm.getRecordedLogs();
    }

    function _sum(Owed memory owed) private pure returns (uint256) {
        return owed.due.penalty + owed.due.interest + owed.due.principal;
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
