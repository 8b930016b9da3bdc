// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice The part of forge's cheat codes that the tests use.
interface Vm {
    /// Rejects the fuzzer's inputs without failing
    function assume(bool condition) external pure;
    /// Sets the time of the next call
    function warp(uint256 timestamp) external;
    /// Next call comes from `sender`
    function prank(address sender) external;
    /// Every call until `stopPrank` comes from `sender`
    function startPrank(address sender) external;
    function stopPrank() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    /// Creation code of a compiled contract, so that a test need not be compiled with it
    function getCode(string calldata artifact) external view returns (bytes memory code);
    function etch(address target, bytes calldata code) external;
    /// Sets the chain id
    function chainId(uint256 id) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory logs);
    function addr(uint256 key) external pure returns (address account);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }
}

/// @dev forge answers at this address: the last 20 bytes of keccak256("hevm cheat code")
Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
