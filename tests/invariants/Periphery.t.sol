// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AwkwardToken} from "../../contracts/mocks/AwkwardToken.sol";
import {Anchor} from "../../contracts/periphery/Anchor.sol";
import {CollectUpkeep} from "../../contracts/periphery/CollectUpkeep.sol";
import {IssuerGate} from "../../contracts/periphery/IssuerGate.sol";
import {LoanLens} from "../../contracts/periphery/LoanLens.sol";
import {Agreement, Conditions, Status} from "../../contracts/types/Agreement.sol";
import {BookTest} from "./support/BookTest.sol";
import {vm} from "./support/Vm.sol";

interface IPermit2Approve {
    function approve(address token, address spender, uint160 amount, uint48 expiration) external;
}

/// @notice The contracts beside the book, each way once; what they are for is tried in tests/contracts.
contract Periphery is BookTest {
    bytes32 private constant KIND = "resident";

    function test_anchor() external {
        Anchor anchor = new Anchor();
        vm.expectRevert(Anchor.RootZero.selector);
        anchor.anchor(0, 0, 0);
        assert(anchor.anchor(0, 0, "one") == 1);
        vm.expectRevert(
            abi.encodeWithSelector(Anchor.NotTheHead.selector, bytes32("one"), bytes32(0))
        );
        anchor.anchor(0, 0, "two");
        assert(anchor.anchor(0, "one", "two") == 2);
        assert(anchor.headOf(address(this), 0).root == "two");
    }

    function test_gate() external {
        IssuerGate gate = new IssuerGate(address(this));
        bytes memory proof = _proof(gate, uint40(NOW - 5), uint40(NOW + 5));
        assert(!gate.admits(_borrower, KIND, proof));
        vm.expectRevert(IssuerGate.IssuerZero.selector);
        gate.setIssuer(address(0), KIND, true);
        gate.setIssuer(_stranger, KIND, true);
        assert(gate.isIssuer(_stranger, KIND));
        assert(gate.admits(_borrower, KIND, proof) && !gate.admits(_lender, KIND, proof));
        assert(!gate.admits(_borrower, KIND, ""));
        assert(!gate.admits(_borrower, KIND, bytes.concat(hex"01", new bytes(160))));
        vm.warp(NOW - 6);
        assert(!gate.admits(_borrower, KIND, proof));
        vm.warp(NOW + 6);
        assert(!gate.admits(_borrower, KIND, proof));
        bytes memory endless = abi.encode(_stranger, NOW, type(uint256).max, bytes32(0));
        assert(!gate.admits(_borrower, KIND, bytes.concat(endless, new bytes(65))));
        vm.warp(NOW);
        vm.startPrank(_stranger);
        vm.expectRevert(abi.encodeWithSelector(IssuerGate.TimeInvalid.selector, NOW + 1));
        gate.revokeBefore(uint40(NOW + 1));
        gate.revokeBefore(uint40(NOW - 5));
        assert(gate.admits(_borrower, KIND, proof) && gate.revokedBefore(_stranger) == NOW - 5);
        bytes32 digest = gate.digestOf(_borrower, KIND, uint40(NOW - 5), uint40(NOW + 5), 0);
        gate.revoke(digest);
        assert(gate.isRevoked(_stranger, digest) && !gate.admits(_borrower, KIND, proof));
        proof = _proof(gate, uint40(NOW - 4), uint40(NOW + 5));
        assert(gate.admits(_borrower, KIND, proof));
        gate.revokeBefore(uint40(NOW));
        assert(!gate.admits(_borrower, KIND, proof));
        vm.stopPrank();
    }

    function test_upkeep() external {
        vm.expectRevert(CollectUpkeep.NoLoans.selector);
        new CollectUpkeep(_book, _permit2, 0);
        CollectUpkeep upkeep = new CollectUpkeep(_book, _permit2, 1);
        Agreement[] memory loans = new Agreement[](2);
        for (uint256 i; i < 2; ++i) {
            loans[i] = _terms();
            loans[i].count = uint16(4 + i);
            _open(loans[i], _plainConditions());
        }
        assert(!_needed(upkeep, loans));
        vm.warp(FIRST);
        (, bytes memory found) = upkeep.checkUpkeep(abi.encode(loans));
        upkeep.performUpkeep(found);
        vm.expectRevert(abi.encodeWithSelector(CollectUpkeep.TooManyLoans.selector, 2, 1));
        upkeep.performUpkeep(abi.encode(loans));
        assert(_needed(upkeep, loans));
        vm.startPrank(_borrower);
        _book.setAutopay(loans[1], false);
        assert(!_needed(upkeep, loans));
        _book.setAutopay(loans[1], true);
        _token.approve(address(_book), 0);
        assert(!_needed(upkeep, loans));
        assert(!_needed(new CollectUpkeep(_book, address(0), 1), loans));
        _token.approve(_permit2, type(uint256).max);
        IPermit2Approve(_permit2)
            .approve(address(_token), address(_book), type(uint160).max, uint48(FIRST));
        assert(_needed(upkeep, loans));
        vm.warp(FIRST + 1);
        assert(!_needed(upkeep, loans));
        _token.approve(address(_book), type(uint256).max);
        _token.transfer(_stranger, _token.balanceOf(_borrower));
        assert(!_needed(upkeep, loans));
        vm.stopPrank();
    }

    function test_lens() external {
        LoanLens lens = new LoanLens();
        Agreement memory a = _terms();
        Conditions memory c = _backed();
        bytes32 loanId = _open(a, c);
        Agreement[] memory list = new Agreement[](1);
        address[] memory guarantors = new address[](1);
        (list[0], guarantors[0]) = (a, _guarantor);
        LoanLens.Reading memory reading = lens.readMany(_book, list, guarantors, NOW)[0];
        assert(reading.loanId == loanId && reading.terms == loanId && reading.holder == _lender);
        assert(reading.debt.status == Status.Active && reading.schedule.length == 4);
        Agreement memory b = _renewed(a, loanId);
        _amend(a, b, _plainConditions(), _amendment(loanId, Status.Active));
        reading = lens.read(_book, a, _guarantor, NOW);
        assert(reading.holder == address(0) && reading.owed.payoff == 0);
        reading = lens.read(_book, b, address(0), NOW);
        assert(reading.holder == _lender && reading.loanId == loanId);
        vm.prank(_borrower);
        _book.payoff(b, type(uint256).max);
        assert(lens.read(_book, b, address(0), NOW).holder == address(0));
    }

    function _proof(IssuerGate gate, uint40 from, uint40 to) private view returns (bytes memory) {
        bytes32 digest = gate.digestOf(_borrower, KIND, from, to, 0);
        return bytes.concat(abi.encode(_stranger, from, to, bytes32(0)), _sign(_stranger, digest));
    }

    function _needed(CollectUpkeep upkeep, Agreement[] memory loans)
        private
        view
        returns (bool needed)
    {
        (needed,) = upkeep.checkUpkeep(abi.encode(loans));
    }
}
