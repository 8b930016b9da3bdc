// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITallystick} from "../../../contracts/interfaces/ITallystick.sol";
import {AwkwardToken} from "../../../contracts/mocks/AwkwardToken.sol";
import {Permit2Deployer} from "../../../contracts/mocks/Permit2Deployer.sol";
import {
    Agreement,
    Amendment,
    Amortization,
    Assignment,
    Conditions,
    Consents,
    Frequency,
    Settlement,
    Status
} from "../../../contracts/types/Agreement.sol";
import {Books} from "./Books.sol";
import {vm} from "./Vm.sol";

/// @notice A book, two tokens and everyone with keys and money, for tests of single calls.
/// @dev Every loan is interest only, so that what is due can be seen: 1e9 at 10 %, four rows a week apart.
abstract contract BookTest {
    uint256 internal constant NOW = 1_900_000_800; // 2030-03-17
    uint256 internal constant FIRST = 1_900_800_000; // midnight of 2030-03-27, when row 0 falls due
    ITallystick internal _book;
    AwkwardToken internal _token;
    AwkwardToken internal _gold;
    address internal _permit2;
    address internal _borrower = vm.addr(1);
    address internal _lender = vm.addr(2);
    address internal _guarantor = vm.addr(3);
    address internal _stranger = vm.addr(4);
    uint256 private _nonce;

    function setUp() external {
        _permit2 = new Permit2Deployer().deploy();
        _book = Books.deploy(_permit2);
        (_token, _gold) = (new AwkwardToken(), new AwkwardToken());
        for (uint256 key = 1; key < 6; ++key) {
            _fund(vm.addr(key));
        }
        vm.warp(NOW);
    }

    function _fund(address account) internal {
        _token.mint(account, 1e12);
        _gold.mint(account, 1e12);
        vm.startPrank(account);
        _token.approve(address(_book), type(uint256).max);
        _gold.approve(address(_book), type(uint256).max);
        vm.stopPrank();
    }

    function _terms() internal view returns (Agreement memory a) {
        (a.borrower, a.lender, a.token) = (_borrower, _lender, address(_token));
        (a.principal, a.quantum, a.count, a.every) = (1e9, 1, 4, 1);
        (a.amortization, a.frequency) = (Amortization.InterestOnly, Frequency.Weeks);
        (a.annualRate, a.penaltyRate) = (1e8, 2e8);
        (a.penaltyCapDays, a.startDate, a.firstDueDate) = (365, 20_300_317, 20_300_327);
    }

    /// @dev Default after 5 days, acceleration after 10, write-off after 15; fresh nonces.
    function _plainConditions() internal returns (Conditions memory c) {
        (c.borrowerNonce, c.lenderNonce) = (++_nonce, ++_nonce);
        c.deadline = uint40(block.timestamp);
        (c.defaultDays, c.accelerationDays, c.writeOffDays) = (5, 10, 15);
    }

    /// @dev And a guarantor for 5e8 after 3 days.
    function _backed() internal returns (Conditions memory c) {
        c = _plainConditions();
        (c.guarantor, c.guaranteed, c.guaranteeDays) = (_guarantor, 5e8, 3);
        c.guarantorNonce = ++_nonce;
    }

    /// @dev And 1000 of collateral, from 2e9 down to 5e8 in 10 days.
    function _pledged() internal returns (Conditions memory c) {
        c = _plainConditions();
        (c.collateralToken, c.collateral) = (address(_gold), 1000);
        (c.collateralPrice, c.collateralFloor, c.auctionDays) = (2e9, 5e8, 10);
    }

    function _seal(Agreement memory a, Conditions memory c) internal view {
        a.conditions = _book.conditionsHash(c);
    }

    function _consents(Agreement memory a, Conditions memory c, bytes32 digest)
        internal
        view
        returns (Consents memory given)
    {
        given.borrower = _sign(a.borrower, digest);
        given.lender = _sign(a.lender, digest);
        if (c.guarantor != address(0)) given.guarantor = _sign(c.guarantor, digest);
    }

    function _open(Agreement memory a, Conditions memory c) internal returns (bytes32) {
        _seal(a, c);
        return _book.originate(a, c, _consents(a, c, _book.loanIdOf(a)));
    }

    /// @dev The origination is refused for this reason.
    function _refused(Agreement memory a, Conditions memory c, bytes memory reason) internal {
        _seal(a, c);
        Consents memory consents = _consents(a, c, _book.loanIdOf(a));
        vm.expectRevert(reason);
        _book.originate(a, c, consents);
    }

    function _renewed(Agreement memory before, bytes32 loanId)
        internal
        view
        returns (Agreement memory a)
    {
        a = _copy(before);
        a.amends = loanId;
        (a.principal, a.startDate, a.firstDueDate) = (11e8, 20_300_317, 20_300_401);
    }

    function _amendment(bytes32 terms, Status status) internal pure returns (Amendment memory m) {
        (m.termsBefore, m.statusBefore, m.capitalise) = (terms, status, true);
        m.waivedPenalty = type(uint96).max;
    }

    function _amend(
        Agreement memory before,
        Agreement memory a,
        Conditions memory c,
        Amendment memory m
    ) internal {
        _seal(a, c);
        _book.amend(before, a, c, m, _consents(a, c, _book.amendmentDigest(a, m)));
    }

    function _amendRefused(
        Agreement memory before,
        Agreement memory a,
        Conditions memory c,
        Amendment memory m,
        bytes memory reason
    ) internal {
        _seal(a, c);
        Consents memory consents = _consents(a, c, _book.amendmentDigest(a, m));
        vm.expectRevert(reason);
        _book.amend(before, a, c, m, consents);
    }

    function _assignment(bytes32 loanId, address to) internal returns (Assignment memory m) {
        (m.loanId, m.from, m.to, m.token) = (loanId, _lender, to, address(_token));
        (m.nonce, m.deadline) = (++_nonce, uint40(block.timestamp));
    }

    function _settlement(bytes32 terms, uint96 amount) internal returns (Settlement memory s) {
        (s.terms, s.amount, s.deadline) = (terms, amount, uint40(block.timestamp));
        (s.borrowerNonce, s.lenderNonce) = (++_nonce, ++_nonce);
    }

    function _sign(address account, bytes32 digest) internal view returns (bytes memory) {
        for (uint256 key = 1; key < 6; ++key) {
            if (vm.addr(key) != account) continue;
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
            return abi.encodePacked(r, s, v);
        }
        return "";
    }

    function _copy(Agreement memory a) internal pure returns (Agreement memory) {
        return abi.decode(abi.encode(a), (Agreement));
    }

    function _error(bytes4 selector) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }

    function _error(bytes4 selector, bytes32 argument) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, argument);
    }
}
