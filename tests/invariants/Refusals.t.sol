// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {LoanBook} from "../../contracts/LoanBook.sol";
import {Errors} from "../../contracts/libraries/Errors.sol";
import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {ContractWallet} from "../../contracts/mocks/ContractWallet.sol";
import {Agreement, Amortization, Frequency} from "../../contracts/types/Agreement.sol";
import {vm} from "./support/Vm.sol";

/// @notice Each way in which the book refuses, and each kind of consent, once.
contract Refusals {
    uint256 private constant NOW = 1_900_000_800; // 2030-03-17
    LoanBook private _book;
    AwkwardToken private _token;
    address private _borrower = vm.addr(1);
    address private _lender = vm.addr(2);

    function setUp() external {
        (_book, _token) = (new LoanBook(), new AwkwardToken());
        _fund(_borrower);
        _fund(_lender);
        vm.warp(NOW);
    }

    function test_time() external {
        Agreement memory a = _terms();
        vm.warp(NOW + 1);
        _refused(a, abi.encodeWithSelector(Errors.AgreementExpired.selector, NOW, NOW + 1));
        a.deadline = type(uint40).max;
        vm.warp(NOW - 1 days);
        _refused(
            a, abi.encodeWithSelector(Errors.OutsideStartWindow.selector, 21_990, 22_000, 21_989)
        );
        vm.warp(NOW + 10 days);
        _refused(
            a, abi.encodeWithSelector(Errors.OutsideStartWindow.selector, 21_990, 22_000, 22_000)
        );
        vm.warp(NOW + 10 days - 1 - NOW % 1 days);
        _originate(a);
    }

    function test_consent() external {
        Agreement memory a = _terms();
        (bytes memory first, bytes memory second) = (_sign(1, a), _sign(2, a));
        bytes memory stranger = _sign(3, a);
        vm.expectRevert(abi.encodeWithSelector(Errors.SignatureInvalid.selector, _lender));
        _book.originate(a, first, stranger);
        vm.expectRevert(abi.encodeWithSelector(Errors.SignatureInvalid.selector, _borrower));
        _book.originate(a, "", second);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(2, _book.loanIdOf(a));
        bytes memory short = abi.encodePacked(r, uint256(s) | uint256(v - 27) << 255);
        vm.prank(_borrower);
        _book.originate(a, "", short);
    }

    function test_consent_of_a_contract() external {
        ContractWallet wallet = new ContractWallet(_lender);
        _fund(address(wallet));
        Agreement memory a = _terms();
        a.lender = address(wallet);
        wallet.setRefuses(true);
        (bytes memory first, bytes memory second) = (_sign(1, a), _sign(2, a));
        vm.expectRevert(abi.encodeWithSelector(Errors.SignatureInvalid.selector, a.lender));
        _book.originate(a, first, second);
        wallet.setRefuses(false);
        _originate(a);
    }

    function test_once() external {
        Agreement memory a = _terms();
        bytes32 loanId = _originate(a);
        _refused(a, abi.encodeWithSelector(Errors.LoanExists.selector, loanId));
        a.count = 3;
        _refused(a, abi.encodeWithSelector(Errors.NonceUsed.selector, _borrower, 0));
        vm.prank(_borrower);
        _book.revokeNonce(300);
        assert(_book.isNonceUsed(_borrower, 300) && !_book.isNonceUsed(_borrower, 301));
        a.borrowerNonce = 300;
        _refused(a, abi.encodeWithSelector(Errors.NonceUsed.selector, _borrower, 300));
    }

    function test_tokens() external {
        Agreement memory a = _terms();
        _token.setMode(AwkwardToken.Mode.ReturnsFalse);
        _refused(
            a, abi.encodeWithSelector(Errors.TokenTransferFailed.selector, a.token, _lender, 1e9)
        );
        _token.setMode(AwkwardToken.Mode.TakesFee);
        _refused(a, abi.encodeWithSelector(Errors.TokenTookFee.selector, a.token, 1e9, 0.99e9));
        a.token = address(0xdead);
        _refused(
            a, abi.encodeWithSelector(Errors.TokenTransferFailed.selector, a.token, _lender, 1e9)
        );
    }

    function test_another_chain() external {
        Agreement memory a = _terms();
        vm.chainId(2);
        _refused(a, abi.encodeWithSelector(Errors.ChainChanged.selector, 2));
    }

    function test_payments() external {
        Agreement memory a = _terms();
        bytes32 loanId = _book.loanIdOf(a);
        vm.expectRevert(abi.encodeWithSelector(Errors.LoanNotActive.selector, loanId));
        _book.pay(a, 1);
        assert(_book.owedAt(a, NOW).payoff == 0);
        _originate(a);
        vm.expectRevert(abi.encodeWithSelector(Errors.AmountZero.selector));
        _book.pay(a, 0);
        vm.expectRevert(abi.encodeWithSelector(Errors.NothingDue.selector, loanId));
        _book.collect(a);
        vm.expectRevert(abi.encodeWithSelector(Errors.PayoffAbove.selector, 1e9, 1e9 - 1));
        _book.payoff(a, 1e9 - 1);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.TokenTransferFailed.selector, a.token, address(this), 5)
        );
        _book.pay(a, 5);
    }

    function test_credits() external {
        Agreement memory a = _terms();
        _originate(a);
        _token.setBlocked(_lender, true);
        vm.prank(_borrower);
        _book.payoff(a, 1e9);
        assert(_book.creditOf(a.token, _lender) == 1e9);
        vm.expectRevert(abi.encodeWithSelector(Errors.NoCredit.selector, a.token, address(this)));
        _book.claim(a.token, _borrower);
        vm.expectRevert(abi.encodeWithSelector(Errors.RecipientInvalid.selector, address(0)));
        _book.claim(a.token, address(0));
        vm.expectRevert(abi.encodeWithSelector(Errors.RecipientInvalid.selector, address(_book)));
        _book.claim(a.token, address(_book));
        vm.expectRevert(
            abi.encodeWithSelector(
                Errors.TokenTransferFailed.selector, a.token, address(_book), 1e9
            )
        );
        vm.prank(_lender);
        _book.claim(a.token, _lender);
        vm.prank(_lender);
        assert(_book.claim(a.token, _borrower) == 1e9);
    }

    function _terms() private view returns (Agreement memory a) {
        (a.borrower, a.lender, a.token) = (_borrower, _lender, address(_token));
        (a.principal, a.quantum, a.count, a.every) = (1e9, 1, 2, 1);
        (a.amortization, a.frequency) = (Amortization.InterestOnly, Frequency.Weeks);
        (a.annualRate, a.startDate, a.firstDueDate) = (1e8, 20_300_317, 20_300_327);
        a.deadline = uint40(NOW);
    }

    function _originate(Agreement memory a) private returns (bytes32) {
        return _book.originate(a, _sign(1, a), _sign(2, a));
    }

    function _refused(Agreement memory a, bytes memory reason) private {
        (bytes memory first, bytes memory second) = (_sign(1, a), _sign(2, a));
        vm.expectRevert(reason);
        _book.originate(a, first, second);
    }

    function _fund(address account) private {
        _token.mint(account, 1e12);
        vm.prank(account);
        _token.approve(address(_book), type(uint256).max);
    }

    function _sign(uint256 key, Agreement memory a) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _book.loanIdOf(a));
        return abi.encodePacked(r, s, v);
    }
}
