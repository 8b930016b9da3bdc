// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Base of the invariant tests: says which contract the fuzzer calls, and compares.
/// @dev forge asks `targetContracts` before each campaign; without an answer it would call everything.
abstract contract InvariantTest {
    error NotEqual(string what, uint256 left, uint256 right);
    error NotAtMost(string what, uint256 left, uint256 right);

    address[] private _targets;

    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }

    function _target(address handler) internal {
        _targets.push(handler);
    }

    function _assertEq(uint256 left, uint256 right, string memory what) internal pure {
        require(left == right, NotEqual(what, left, right));
    }

    function _assertAtMost(uint256 left, uint256 right, string memory what) internal pure {
        require(left <= right, NotAtMost(what, left, right));
    }
}
