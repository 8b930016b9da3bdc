// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Errors} from "../../contracts/libraries/Errors.sol";
import {ITransferHook} from "../../contracts/mocks/AwkwardToken.sol";
import {MaliciousHolder} from "../../contracts/mocks/MaliciousHolder.sol";
import {
    Agreement,
    Amendment,
    Assignment,
    Conditions,
    Consents,
    Settlement,
    Status
} from "../../contracts/types/Agreement.sol";
import {BookTest} from "./support/BookTest.sol";
import {vm} from "./support/Vm.sol";

/// @notice Tries every entrance of the book whenever it is called.
contract Intruder is ITransferHook {
    address private immutable _book;
    bytes[] private _calls;
    uint256 public tried;
    /// the first call that ended in any other way than at the guard, counted from 1
    uint256 public inside;

    constructor(address book, bytes[] memory calls) {
        _book = book;
        for (uint256 i; i < calls.length; ++i) {
            _calls.push(calls[i]);
        }
    }

    function onTransfer(address, address, uint256) external {
        _try();
    }

    /// @dev Whatever else is asked of it, a permit for instance.
    fallback() external {
        _try();
    }

    function _try() private {
        for (uint256 i; i < _calls.length; ++i) {
            ++tried;
            (bool ok, bytes memory reason) = _book.call(_calls[i]);
            bytes4 guard = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
            if ((ok || bytes4(reason) != guard) && inside == 0) inside = i + 1;
        }
    }
}

/// @notice While any call moves tokens, no call that changes something can be made.
contract Reentrancy is BookTest {
    Intruder private _intruder;

    function test_while_a_loan_begins() external {
        (Agreement memory a, Conditions memory c) = (_terms(), _pledged());
        _arm(a, c);
        _open(a, c);
        _repelled();
    }

    function test_while_it_is_paid() external {
        (Agreement memory a, Conditions memory c) = (_terms(), _backed());
        _open(a, c);
        _arm(a, c);
        vm.warp(FIRST);
        vm.prank(_borrower);
        _book.pay(a, 1);
        _repelled();
        vm.prank(_borrower);
        _book.payThrough(a, 1, 0, 0);
        _repelled();
        _book.collect(a);
        _repelled();
        vm.warp(FIRST + 7 days);
        Agreement[] memory list = new Agreement[](1);
        list[0] = a;
        assert(_book.collectMany(list)[0] > 0);
        _repelled();
        vm.prank(_borrower);
        _book.payoff(a, type(uint256).max);
        _repelled();
    }

    function test_while_a_guarantor_pays_and_is_paid() external {
        (Agreement memory a, Conditions memory c) = (_terms(), _backed());
        _open(a, c);
        _arm(a, c);
        vm.warp(FIRST + 3 days);
        _book.drawGuarantor(a, c);
        _repelled();
        vm.prank(_borrower);
        _book.repayRecourse(a, _guarantor, 5);
        _repelled();
    }

    function test_while_collateral_moves() external {
        (Agreement memory a, Conditions memory c) = (_terms(), _pledged());
        _open(a, c);
        _arm(a, c);
        vm.prank(_borrower);
        _book.addCollateral(a, c, 1);
        _repelled();
        vm.warp(FIRST + 10 days);
        vm.startPrank(_lender);
        _book.declareDefault(a, c);
        _book.accelerate(a, c);
        vm.stopPrank();
        vm.startPrank(_stranger);
        _book.buyCollateral(a, c, 1, type(uint256).max);
        _repelled();
        _book.buyCollateral(a, c, 1000, type(uint256).max);
        _repelled();
        vm.stopPrank();
        _book.releaseCollateral(a);
        _repelled();
    }

    function test_while_terms_and_holders_change() external {
        (Agreement memory a, Conditions memory c) = (_terms(), _pledged());
        bytes32 loanId = _open(a, c);
        _arm(a, c);
        Assignment memory m = _assignment(loanId, _stranger);
        m.price = 5;
        bytes memory signature = _sign(_lender, _book.assignmentDigest(m));
        vm.prank(_stranger);
        _book.assign(a, c, m, signature, "", "", 0);
        _repelled();
        Agreement memory b = _renewed(a, loanId);
        b.lender = _stranger;
        Conditions memory more = _pledged();
        more.collateral = 2000;
        _amend(a, b, more, _amendment(loanId, Status.Active));
        _repelled();
        Settlement memory s = _settlement(_book.loanIdOf(b), 5e8);
        bytes32 digest = _book.settlementDigest(s);
        (bytes memory first, bytes memory second) =
            (_sign(_borrower, digest), _sign(_stranger, digest));
        vm.prank(_borrower);
        _book.settle(b, s, first, second);
        _repelled();
    }

    function test_while_a_credit_is_claimed() external {
        (Agreement memory a, Conditions memory c) = (_terms(), _plainConditions());
        _open(a, c);
        _token.setBlocked(_lender, true);
        vm.prank(_borrower);
        _book.pay(a, 1e6);
        _arm(a, c);
        vm.prank(_lender);
        _book.claim(a.token, _stranger);
        _repelled();
    }

    function test_while_a_permit_is_carried() external {
        (Agreement memory a, Conditions memory c) = (_terms(), _plainConditions());
        _open(a, c);
        _arm(a, c);
        _book.permit(address(_intruder), _borrower, 1, NOW, 27, 0, 0);
        _repelled();
    }

    /// @notice A wallet is asked for its signature by a call that can change nothing.
    function test_while_a_wallet_is_asked() external {
        MaliciousHolder wallet = new MaliciousHolder();
        (Agreement memory a, Conditions memory c) = (_terms(), _plainConditions());
        a.lender = address(wallet);
        wallet.behave(MaliciousHolder.Harm.None, MaliciousHolder.Harm.Reenters);
        wallet.aim(address(_book), abi.encodeCall(_book.revokeNonce, (7)));
        _seal(a, c);
        Consents memory consents = _consents(a, c, _book.loanIdOf(a));
        consents.lender = hex"01";
        vm.expectRevert(abi.encodeWithSelector(Errors.SignatureInvalid.selector, a.lender));
        _book.originate(a, c, consents);
        wallet.behave(MaliciousHolder.Harm.None, MaliciousHolder.Harm.BurnsGas);
        vm.expectRevert(abi.encodeWithSelector(Errors.SignatureInvalid.selector, a.lender));
        _book.originate{gas: 20_000_000}(a, c, consents);
        assert(!_book.isNonceUsed(address(wallet), 7));
    }

    function _arm(Agreement memory a, Conditions memory c) private {
        _seal(a, c);
        _intruder = new Intruder(address(_book), _entrances(a, c));
        _token.setHook(_intruder);
        _gold.setHook(_intruder);
    }

    function _repelled() private view {
        require(_intruder.tried() > 0, "the hook was not called");
        require(_intruder.inside() == 0, "somebody got in");
    }

    function _entrances(Agreement memory a, Conditions memory c)
        private
        view
        returns (bytes[] memory calls)
    {
        Agreement[] memory list = new Agreement[](1);
        list[0] = a;
        calls = new bytes[](22);
        calls[0] = abi.encodeCall(_book.pay, (a, 1));
        calls[1] = abi.encodeCall(_book.payoff, (a, type(uint256).max));
        calls[2] = abi.encodeCall(_book.collect, (a));
        calls[3] = abi.encodeCall(_book.collectMany, (list));
        calls[4] = abi.encodeCall(_book.payThrough, (a, 1, 0, 0));
        calls[5] = abi.encodeCall(_book.setAutopay, (a, false));
        calls[6] = abi.encodeCall(_book.declareDefault, (a, c));
        calls[7] = abi.encodeCall(_book.accelerate, (a, c));
        calls[8] = abi.encodeCall(_book.writeOff, (a, c));
        calls[9] = abi.encodeCall(_book.drawGuarantor, (a, c));
        calls[10] = abi.encodeCall(_book.repayRecourse, (a, _guarantor, 1));
        calls[11] = abi.encodeCall(_book.addCollateral, (a, c, 1));
        calls[12] = abi.encodeCall(_book.buyCollateral, (a, c, 1, type(uint256).max));
        calls[13] = abi.encodeCall(_book.releaseCollateral, (a));
        calls[14] = abi.encodeCall(_book.claim, (address(_token), address(this)));
        calls[15] = abi.encodeCall(_book.permit, (address(_token), address(this), 1, 1, 27, 0, 0));
        _more(calls, a, c);
    }

    function _more(bytes[] memory calls, Agreement memory a, Conditions memory c) private view {
        (Consents memory none, Amendment memory m) = (_none(), _amendment(0, Status.Active));
        Settlement memory s;
        Assignment memory t;
        uint256[4] memory details;
        calls[16] = abi.encodeCall(_book.permit2, (address(this), details, 1, ""));
        calls[17] = abi.encodeCall(_book.originate, (a, c, none));
        calls[18] = abi.encodeCall(_book.amend, (a, a, c, m, none));
        calls[19] = abi.encodeCall(_book.settle, (a, s, "", ""));
        calls[20] = abi.encodeCall(_book.assign, (a, c, t, "", "", "", 0));
        bytes[] memory inner = new bytes[](1);
        inner[0] = calls[0];
        calls[21] = abi.encodeCall(_book.multicall, (inner));
    }

    function _none() private pure returns (Consents memory none) {}
}
