// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A gate that answers as it is told, well or badly. For tests only.
contract FakeGate {
    bytes public answer = abi.encode(true);
    bool public reverts;

    function setAnswer(bytes calldata answer_, bool reverts_) external {
        (answer, reverts) = (answer_, reverts_);
    }

    function admits(address, bytes32, bytes calldata) external view {
        bytes memory data = answer;
        require(!reverts, "closed");
        assembly ("memory-safe") {
            return(add(data, 0x20), mload(data))
        }
    }
}
