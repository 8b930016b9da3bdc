// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITallystick} from "../../contracts/interfaces/ITallystick.sol";
import {Errors} from "../../contracts/libraries/Errors.sol";
import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {ContractWallet} from "../../contracts/mocks/ContractWallet.sol";
import {FakeGate} from "../../contracts/mocks/FakeGate.sol";
import {
    Agreement,
    Assignment,
    Amendment,
    Conditions,
    Consents,
    Debt,
    Settlement,
    Status,
    Transfer
} from "../../contracts/types/Agreement.sol";
import {Books} from "./support/Books.sol";
import {BookTest} from "./support/BookTest.sol";
import {vm} from "./support/Vm.sol";

/// @notice Each way in which the book refuses, and each kind of consent, once.
contract Refusals is BookTest {
    // beginning

    function test_time() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        vm.warp(NOW + 1);
        _refused(a, c, abi.encodeWithSelector(Errors.AgreementExpired.selector, NOW, NOW + 1));
        c.deadline = type(uint40).max;
        vm.warp(NOW - 1 days);
        _refused(a, c, _window(21_989));
        vm.warp(NOW + 10 days);
        _refused(a, c, _window(22_000));
        vm.warp(NOW + 10 days - 1 - NOW % 1 days);
        _open(a, c);
    }

    function test_consent() external {
        Agreement memory a = _terms();
        Conditions memory c = _backed();
        _seal(a, c);
        bytes32 digest = _book.loanIdOf(a);
        Consents memory consents = _consents(a, c, digest);
        consents.lender = _sign(_stranger, digest);
        vm.expectRevert(_of(Errors.SignatureInvalid.selector, _lender));
        _book.originate(a, c, consents);
        consents = _consents(a, c, digest);
        consents.guarantor = "";
        vm.expectRevert(_of(Errors.SignatureInvalid.selector, _guarantor));
        _book.originate(a, c, consents);
        consents = _consents(a, c, digest);
        consents.borrower = "";
        vm.expectRevert(_of(Errors.SignatureInvalid.selector, _borrower));
        _book.originate(a, c, consents);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(2, digest);
        consents.lender = abi.encodePacked(r, uint256(s) | uint256(v - 27) << 255);
        vm.prank(_borrower);
        _book.originate(a, c, consents);
    }

    function test_consent_of_a_contract() external {
        ContractWallet wallet = new ContractWallet(_lender);
        _fund(address(wallet));
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        a.lender = address(wallet);
        _seal(a, c);
        Consents memory consents = _consents(a, c, _book.loanIdOf(a));
        consents.lender = _sign(_lender, _book.loanIdOf(a));
        wallet.setRefuses(true);
        vm.expectRevert(_of(Errors.SignatureInvalid.selector, a.lender));
        _book.originate(a, c, consents);
        wallet.setRefuses(false);
        _book.originate(a, c, consents);
    }

    function test_once() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        bytes32 loanId = _open(a, c);
        _refused(a, c, _error(Errors.LoanExists.selector, loanId));
        a.count = 3;
        _refused(
            a, c, abi.encodeWithSelector(Errors.NonceUsed.selector, _borrower, c.borrowerNonce)
        );
        vm.prank(_borrower);
        _book.revokeNonce(300);
        assert(_book.isNonceUsed(_borrower, 300) && !_book.isNonceUsed(_borrower, 301));
        c.borrowerNonce = 300;
        _refused(a, c, abi.encodeWithSelector(Errors.NonceUsed.selector, _borrower, 300));
    }

    function test_tokens() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        _token.setMode(AwkwardToken.Mode.ReturnsFalse);
        _refused(a, c, _failed(a.token, _lender, 1e9));
        _token.setMode(AwkwardToken.Mode.TakesFee);
        _refused(a, c, abi.encodeWithSelector(Errors.TokenTookFee.selector, a.token, 1e9, 0.99e9));
        a.token = address(0xdead);
        _refused(a, c, _failed(a.token, _lender, 1e9));
    }

    function test_collateral_is_there_from_the_beginning() external {
        Agreement memory a = _terms();
        Conditions memory c = _pledged();
        _gold.setMode(AwkwardToken.Mode.Reverts);
        _refused(a, c, _failed(address(_gold), _borrower, 1000));
        _gold.setMode(AwkwardToken.Mode.TakesFee);
        _refused(
            a, c, abi.encodeWithSelector(Errors.TokenTookFee.selector, address(_gold), 1000, 990)
        );
    }

    function test_another_chain_and_no_book() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        _seal(a, c);
        ITallystick part = ITallystick(_nextPart(address(_book)));
        Consents memory none;
        vm.expectRevert(_error(Errors.NotABook.selector));
        part.originate(a, c, none);
        vm.chainId(2);
        _refused(a, c, abi.encodeWithSelector(Errors.ChainChanged.selector, 2));
    }

    function test_conditions_are_known() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        _open(a, c);
        bytes memory unknown = _error(Errors.ConditionsUnknown.selector);
        c.defaultDays = 1;
        Consents memory none;
        vm.expectRevert(unknown);
        _book.originate(_other(a), c, none);
        vm.expectRevert(unknown);
        _book.declareDefault(a, c);
        vm.expectRevert(unknown);
        _book.drawGuarantor(a, c);
        vm.expectRevert(unknown);
        _book.addCollateral(a, c, 1);
        vm.expectRevert(unknown);
        _book.buyCollateral(a, c, 1, 1);
        Assignment memory m = _assignment(0, _stranger);
        vm.expectRevert(unknown);
        _book.assign(a, c, m, "", "", "", 0);
    }

    function test_gates() external {
        FakeGate gate = new FakeGate();
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        bytes32 kind = "resident";
        (c.gate, c.borrowerKind) = (address(gate), kind);
        gate.setAnswer(abi.encode(false), false);
        _refused(a, c, _notAdmitted(_borrower, kind));
        gate.setAnswer(abi.encode(true), true);
        _refused(a, c, _notAdmitted(_borrower, kind));
        gate.setAnswer("", false);
        _refused(a, c, _notAdmitted(_borrower, kind));
        (c.borrowerKind, c.lenderKind) = (0, kind);
        _refused(a, c, _notAdmitted(_lender, kind));
        c.gate = _stranger;
        _refused(a, c, _notAdmitted(_lender, kind));
        c.gate = address(gate);
        gate.setAnswer(abi.encode(true), false);
        _open(a, c);
    }

    // payments

    function test_payments() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        _seal(a, c);
        bytes32 loanId = _book.loanIdOf(a);
        vm.expectRevert(_error(Errors.LoanNotOpen.selector, loanId));
        _book.pay(a, 1);
        assert(_book.owedAt(a, NOW).payoff == 0);
        _open(a, c);
        vm.expectRevert(_error(Errors.AmountZero.selector));
        _book.pay(a, 0);
        vm.expectRevert(_error(Errors.AmountZero.selector));
        _book.payThrough(a, 0, 0, 0);
        vm.expectRevert(_error(Errors.NothingDue.selector, loanId));
        _book.collect(a);
        vm.expectRevert(abi.encodeWithSelector(Errors.PayoffAbove.selector, 1e9, 1e9 - 1));
        _book.payoff(a, 1e9 - 1);
        vm.expectRevert(_failed(a.token, address(this), 5));
        _book.pay(a, 5);
        vm.prank(_stranger);
        assert(_book.payThrough(a, 7, "counter", "ref") == 7);
    }

    function test_autopay() external {
        Agreement memory a = _terms();
        bytes32 loanId = _open(a, _plainConditions());
        vm.expectRevert(_of(Errors.NotTheBorrower.selector, _borrower));
        _book.setAutopay(a, false);
        vm.prank(_borrower);
        _book.setAutopay(a, false);
        vm.warp(FIRST);
        vm.expectRevert(_error(Errors.AutopayOff.selector, loanId));
        _book.collect(a);
        assert(_book.collectMany(_list(a))[0] == 0);
        vm.prank(_borrower);
        _book.setAutopay(a, true);
        assert(_book.collectMany(_list(a))[0] > 0);
        assert(_book.collectMany(_list(a))[0] == 0);
    }

    function test_a_batch_leaves_what_fails_as_it_was() external {
        Agreement memory a = _terms();
        bytes32 loanId = _open(a, _plainConditions());
        vm.warp(FIRST + 5 days);
        vm.prank(_borrower);
        _book.pay(a, 1);
        (Debt memory before,,) = _book.debtOf(loanId);
        assert(before.late);
        _token.setMode(AwkwardToken.Mode.ReturnsFalse);
        assert(_book.collectMany(_list(a))[0] == 0);
        (Debt memory debt,,) = _book.debtOf(loanId);
        assert(keccak256(abi.encode(before)) == keccak256(abi.encode(debt)));
    }

    function test_credits() external {
        Agreement memory a = _terms();
        _open(a, _plainConditions());
        _token.setBlocked(_lender, true);
        vm.prank(_borrower);
        _book.payoff(a, 1e9);
        assert(_book.creditOf(a.token, _lender) == 1e9);
        vm.expectRevert(abi.encodeWithSelector(Errors.NoCredit.selector, a.token, address(this)));
        _book.claim(a.token, _borrower);
        vm.expectRevert(_of(Errors.RecipientInvalid.selector, address(0)));
        _book.claim(a.token, address(0));
        vm.expectRevert(_of(Errors.RecipientInvalid.selector, address(_book)));
        _book.claim(a.token, address(_book));
        vm.expectRevert(_failed(a.token, address(_book), 1e9));
        vm.prank(_lender);
        _book.claim(a.token, _lender);
        vm.prank(_lender);
        assert(_book.claim(a.token, _borrower) == 1e9);
    }

    function test_permits_that_fail_are_no_failure() external {
        _book.permit(address(_token), _borrower, 1, NOW, 27, 0, 0);
        _book.permit2(_borrower, [uint256(uint160(address(_token))), 1, NOW, 0], NOW, hex"01");
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(_book.claim, (address(_token), _borrower));
        vm.expectRevert(
            abi.encodeWithSelector(Errors.NoCredit.selector, address(_token), address(this))
        );
        _book.multicall(calls);
        calls[0] = abi.encodeCall(_book.creditOf, (address(_token), _borrower));
        assert(abi.decode(_book.multicall(calls)[0], (uint256)) == 0);
        // a book on a chain without Permit2
        ITallystick book = Books.deploy(address(0));
        book.permit2(_borrower, [uint256(uint160(address(_token))), 1, NOW, 0], NOW, hex"01");
    }

    // new terms

    function test_amendments() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        bytes32 loanId = _open(a, c);
        Agreement memory b = _renewed(a, loanId);
        Amendment memory m = _amendment(loanId, Status.Active);
        m.termsBefore = 0;
        _amendRefused(a, b, _plainConditions(), m, _error(Errors.TermsNotInForce.selector, loanId));
        m = _amendment(loanId, Status.Defaulted);
        _amendRefused(a, b, _plainConditions(), m, _error(Errors.StatusChanged.selector, loanId));
        m.statusBefore = Status.Active;
        b.amends = bytes32(uint256(1));
        bytes memory reason =
            abi.encodeWithSelector(Errors.AgreementInvalid.selector, bytes32("amends"));
        _amendRefused(a, b, _plainConditions(), m, reason);
        for (uint256 party; party < 3; ++party) {
            b = _renewed(a, loanId);
            if (party == 0) b.borrower = _stranger;
            else if (party == 1) b.lender = _stranger;
            else b.token = address(_gold);
            _amendRefused(a, b, _plainConditions(), m, _error(Errors.PartyChanged.selector));
        }
        b = _renewed(a, loanId);
        _amend(a, b, _plainConditions(), m);
        assert(_book.termsOf(loanId) == _book.loanIdOf(b) && _book.holderOf(b) == _lender);
        vm.expectRevert(_error(Errors.TermsNotInForce.selector, loanId));
        _book.pay(a, 1);
        assert(_book.collectMany(_list(a))[0] == 0);
        vm.expectRevert(_error(Errors.TermsNotInForce.selector, loanId));
        _book.repayRecourse(a, _guarantor, 1);
    }

    function test_debts_that_new_terms_do_not_cover() external {
        Agreement memory a = _terms();
        bytes32 loanId = _open(a, _plainConditions());
        Agreement memory b = _renewed(a, loanId);
        Amendment memory m = _amendment(loanId, Status.Active);
        b.principal = 1e9 - 1;
        _amendRefused(a, b, _plainConditions(), m, _above(1e9, 1e9 - 1));
        b.principal = 11e8;
        m.waivedPrincipal = 1e9;
        _amendRefused(a, b, _plainConditions(), m, _above(0, 11e8));
        vm.warp(FIRST + 1 days);
        b.firstDueDate = 20_300_429;
        m = _amendment(loanId, Status.Active);
        m.waivedPenalty = 0;
        uint256 penalty = _book.owedAt(a, block.timestamp).due.penalty;
        assert(penalty > 0);
        _amendRefused(
            a,
            b,
            _plainConditions(),
            m,
            abi.encodeWithSelector(Errors.PenaltyOwed.selector, penalty)
        );
        // what is deferred must fit beside the most that the new terms can cost
        m = _amendment(loanId, Status.Active);
        m.capitalise = false;
        uint256 interest = _book.owedAt(a, block.timestamp).due.interest
            + _book.owedAt(a, block.timestamp).accrued;
        (b.annualRate, b.principal) = (0, type(uint96).max - 600);
        _amendRefused(a, b, _plainConditions(), m, _above(interest, 0));
        b.principal -= uint96(interest);
        _amend(a, b, _plainConditions(), m);
    }

    function test_settlements() external {
        Agreement memory a = _terms();
        bytes32 loanId = _open(a, _plainConditions());
        Settlement memory s = _settlement(0, 5e8);
        vm.expectRevert(_error(Errors.TermsNotInForce.selector, loanId));
        _book.settle(a, s, "", "");
        s = _settlement(loanId, 0);
        vm.expectRevert(_error(Errors.AmountZero.selector));
        _book.settle(a, s, "", "");
        s = _settlement(loanId, 5e8);
        s.deadline = uint40(NOW - 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.AgreementExpired.selector, NOW - 1, NOW));
        _book.settle(a, s, "", "");
        s.deadline = uint40(NOW);
        vm.expectRevert(_of(Errors.SignatureInvalid.selector, _borrower));
        _book.settle(a, s, "", "");
        bytes memory consent = _sign(_borrower, _book.settlementDigest(s));
        vm.expectRevert(_of(Errors.SignatureInvalid.selector, _lender));
        _book.settle(a, s, consent, "");
        vm.prank(_lender); // who may pay itself
        assert(_book.settle(a, s, consent, "") == 5e8);
    }

    // default

    function test_default() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        bytes32 loanId = _open(a, c);
        vm.expectRevert(_of(Errors.NotTheHolder.selector, _lender));
        _book.declareDefault(a, c);
        vm.startPrank(_lender);
        vm.warp(FIRST + 5 days - 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.TooEarly.selector, 4, 5));
        _book.declareDefault(a, c);
        vm.warp(FIRST + 5 days);
        vm.expectRevert(_error(Errors.StatusChanged.selector, loanId));
        _book.accelerate(a, c);
        vm.expectRevert(_error(Errors.StatusChanged.selector, loanId));
        _book.writeOff(a, c);
        _book.declareDefault(a, c);
        vm.expectRevert(_error(Errors.StatusChanged.selector, loanId));
        _book.declareDefault(a, c);
        vm.expectRevert(abi.encodeWithSelector(Errors.TooEarly.selector, 5, 10));
        _book.accelerate(a, c);
        vm.expectRevert(abi.encodeWithSelector(Errors.TooEarly.selector, 5, 15));
        _book.writeOff(a, c);
        vm.warp(FIRST + 15 days);
        _book.accelerate(a, c);
        vm.expectRevert(_error(Errors.StatusChanged.selector, loanId));
        _book.accelerate(a, c);
        _book.writeOff(a, c);
        vm.stopPrank();
        vm.prank(_borrower);
        _book.payoff(a, type(uint256).max);
        vm.expectRevert(_error(Errors.LoanNotOpen.selector, loanId));
        vm.prank(_lender);
        _book.declareDefault(a, c);
    }

    function test_default_that_is_not_agreed() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        (c.defaultDays, c.accelerationDays, c.writeOffDays) = (0, 0, 0);
        _open(a, c);
        vm.warp(FIRST + 500 days);
        vm.expectRevert(_error(Errors.NotAgreed.selector));
        vm.prank(_lender);
        _book.declareDefault(a, c);
        vm.expectRevert(_error(Errors.NotAgreed.selector));
        _book.drawGuarantor(a, c);
        vm.expectRevert(_error(Errors.NotAgreed.selector));
        _book.addCollateral(a, c, 1);
    }

    // security

    function test_guarantees() external {
        Agreement memory a = _terms();
        Conditions memory c = _backed();
        bytes32 loanId = _open(a, c);
        vm.warp(FIRST + 2 days);
        vm.expectRevert(abi.encodeWithSelector(Errors.TooEarly.selector, 2, 3));
        _book.drawGuarantor(a, c);
        vm.warp(FIRST + 3 days);
        uint256 drawn = _book.drawGuarantor(a, c);
        assert(_book.guaranteeOf(loanId, _guarantor).recourse == drawn);
        vm.expectRevert(_failed(a.token, address(this), drawn));
        _book.repayRecourse(a, _guarantor, drawn);
        vm.prank(_borrower);
        assert(_book.repayRecourse(a, _guarantor, type(uint256).max) == drawn);
        vm.expectRevert(_error(Errors.NothingDue.selector, loanId));
        _book.repayRecourse(a, _guarantor, 1);
        vm.warp(FIRST + 60 days);
        assert(_book.drawGuarantor(a, c) == 5e8 - drawn);
        vm.expectRevert(_error(Errors.NothingDue.selector, loanId));
        _book.drawGuarantor(a, c);
        a.count = 3;
        vm.expectRevert(_error(Errors.LoanNotOpen.selector, _book.loanIdOf(a)));
        _book.repayRecourse(a, _guarantor, 1);
    }

    function test_sales() external {
        Agreement memory a = _terms();
        Conditions memory c = _pledged();
        bytes32 loanId = _open(a, c);
        vm.expectRevert(_error(Errors.AmountZero.selector));
        _book.addCollateral(a, c, 0);
        _gold.mint(_stranger, type(uint96).max);
        vm.prank(_stranger);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.ConditionsInvalid.selector, bytes32("collateral"))
        );
        _book.addCollateral(a, c, type(uint96).max);
        vm.expectRevert(_error(Errors.StatusChanged.selector, loanId));
        _book.buyCollateral(a, c, 1, 1);
        vm.warp(FIRST + 10 days);
        vm.startPrank(_lender);
        _book.declareDefault(a, c);
        _book.accelerate(a, c);
        vm.stopPrank();
        vm.startPrank(_stranger);
        vm.expectRevert(_error(Errors.NothingDue.selector, loanId));
        _book.buyCollateral(a, c, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.CostAbove.selector, 2e6, 2e6 - 1));
        _book.buyCollateral(a, c, 1, 2e6 - 1);
        _gold.setMode(AwkwardToken.Mode.Reverts);
        vm.expectRevert(_failed(address(_gold), address(_book), 1));
        _book.buyCollateral(a, c, 1, 2e6);
        _gold.setMode(AwkwardToken.Mode.Plain);
        vm.expectRevert(_error(Errors.LoanStillOpen.selector, loanId));
        _book.releaseCollateral(a);
        (uint256 bought,) = _book.buyCollateral(a, c, 1000, type(uint256).max);
        vm.stopPrank();
        assert(bought < 1000 && _book.releaseCollateral(a) == 1000 - bought);
        vm.expectRevert(abi.encodeWithSelector(Errors.NoCredit.selector, address(0), _borrower));
        _book.releaseCollateral(a);
    }

    function test_collateral_of_new_terms() external {
        Agreement memory a = _terms();
        bytes32 loanId = _open(a, _pledged());
        Conditions memory c = _pledged();
        c.collateralToken = address(_token);
        Agreement memory b = _renewed(a, loanId);
        Amendment memory m = _amendment(loanId, Status.Active);
        bytes memory reason =
            abi.encodeWithSelector(Errors.ConditionsInvalid.selector, bytes32("collateralToken"));
        _amendRefused(a, b, c, m, reason);
        c.collateralToken = address(_gold);
        c.collateral = 1500;
        _amend(a, b, c, m);
        assert(_book.escrowOf(loanId).amount == 1500);
    }

    function test_a_sale_that_is_not_agreed() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        _open(a, c);
        vm.warp(FIRST + 10 days);
        vm.startPrank(_lender);
        _book.declareDefault(a, c);
        _book.accelerate(a, c);
        vm.stopPrank();
        vm.expectRevert(_error(Errors.NotAgreed.selector));
        _book.buyCollateral(a, c, 1, 1);
    }

    function test_a_borrower_that_cannot_receive_its_collateral() external {
        Agreement memory a = _terms();
        _open(a, _pledged());
        vm.prank(_borrower);
        _book.payoff(a, type(uint256).max);
        _gold.setBlocked(_borrower, true);
        assert(_book.releaseCollateral(a) == 1000);
        assert(_book.creditOf(address(_gold), _borrower) == 1000);
    }

    // claims

    function test_assignments() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        bytes32 loanId = _open(a, c);
        Assignment memory m = _assignment(bytes32(uint256(1)), _stranger);
        vm.expectRevert(_error(Errors.LoanNotOpen.selector, bytes32(uint256(1))));
        _book.assign(a, c, m, "", "", "", 0);
        m = _assignment(loanId, _stranger);
        m.from = _stranger;
        vm.expectRevert(_of(Errors.NotTheHolder.selector, _lender));
        _book.assign(a, c, m, "", "", "", 0);
        m = _assignment(loanId, _stranger);
        m.deadline = uint40(NOW - 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.AgreementExpired.selector, NOW - 1, NOW));
        _book.assign(a, c, m, "", "", "", 0);
        m = _assignment(loanId, _stranger);
        vm.expectRevert(_of(Errors.SignatureInvalid.selector, _lender));
        _book.assign(a, c, m, "", "", "", 0);
        bytes memory signature = _sign(_lender, _book.assignmentDigest(m));
        vm.expectRevert(abi.encodeWithSelector(Errors.OutstandingBelow.selector, 1e9, 1e9 + 1));
        _book.assign(a, c, m, signature, "", "", 1e9 + 1);
        _book.assign(a, c, m, signature, "", "", 1e9);
        assert(_book.holderOf(a) == _stranger);
        m.from = _stranger;
        m.to = _lender;
        vm.prank(_stranger);
        _book.assign(a, c, m, "", "", "", 0);
        assert(_book.holderOf(a) == _lender);
        vm.expectRevert(abi.encodeWithSelector(Errors.NonceUsed.selector, _lender, m.nonce));
        (m.from, m.to) = (_lender, _stranger);
        _book.assign(a, c, m, signature, "", "", 0);
    }

    function test_receivers() external {
        Agreement memory a = _terms();
        Conditions memory c = _backed();
        bytes32 loanId = _open(a, c);
        address[4] memory nobody = [address(0), address(_book), _borrower, _guarantor];
        vm.startPrank(_lender);
        for (uint256 i; i < 4; ++i) {
            Assignment memory m = _assignment(loanId, nobody[i]);
            vm.expectRevert(_of(Errors.RecipientInvalid.selector, nobody[i]));
            _book.assign(a, c, m, "", "", "", 0);
        }
        vm.stopPrank();
    }

    function test_sales_of_claims() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        bytes32 loanId = _open(a, c);
        Assignment memory m = _assignment(loanId, _stranger);
        m.price = 1e12 + 1;
        bytes memory signature = _sign(_lender, _book.assignmentDigest(m));
        vm.expectRevert(_of(Errors.NotTheHolder.selector, _stranger));
        _book.assign(a, c, m, signature, "", "", 0);
        vm.expectRevert(_failed(a.token, _stranger, 1e12 + 1));
        vm.prank(_stranger);
        _book.assign(a, c, m, signature, "", "", 0);
        m.price = 5;
        signature = _sign(_lender, _book.assignmentDigest(m));
        vm.prank(_stranger);
        _book.assign(a, c, m, signature, "", "", 0);
    }

    function test_rules_of_transfer() external {
        Agreement memory a = _terms();
        Conditions memory c = _plainConditions();
        c.transfer = Transfer.Consent;
        bytes32 loanId = _open(a, c);
        Assignment memory m = _assignment(loanId, _stranger);
        bytes memory consent = _sign(_borrower, _book.assignmentDigest(m));
        vm.startPrank(_lender);
        vm.expectRevert(_of(Errors.SignatureInvalid.selector, _borrower));
        _book.assign(a, c, m, "", "", "", 0);
        _book.assign(a, c, m, "", consent, "", 0);
        vm.stopPrank();

        Agreement memory b = _other(a);
        c = _plainConditions();
        c.transfer = Transfer.Listed;
        c.transferees = keccak256(bytes.concat(keccak256(abi.encode(_stranger))));
        loanId = _open(b, c);
        bytes memory proof = abi.encode(new bytes32[](0));
        m = _assignment(loanId, vm.addr(5));
        vm.startPrank(_lender);
        vm.expectRevert(_of(Errors.TransferNotAllowed.selector, vm.addr(5)));
        _book.assign(b, c, m, "", proof, "", 0);
        m.to = _stranger;
        _book.assign(b, c, m, "", proof, "", 0);
        vm.stopPrank();
    }

    function _nextPart(address part) private view returns (address next) {
        (, bytes memory answer) = part.staticcall(abi.encodeWithSignature("nextPart()"));
        return abi.decode(answer, (address));
    }

    function _other(Agreement memory a) private pure returns (Agreement memory b) {
        b = _copy(a);
        b.count = 3;
    }

    function _list(Agreement memory a) private pure returns (Agreement[] memory list) {
        list = new Agreement[](1);
        list[0] = a;
    }

    function _window(uint256 today) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Errors.OutsideStartWindow.selector, 21_990, 22_000, today);
    }

    function _of(bytes4 selector, address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, account);
    }

    function _failed(address token, address from, uint256 amount)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(Errors.TokenTransferFailed.selector, token, from, amount);
    }

    function _above(uint256 debt, uint256 principal) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Errors.DebtAbove.selector, debt, principal);
    }

    function _notAdmitted(address party, bytes32 kind) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Errors.NotAdmitted.selector, party, kind);
    }
}
