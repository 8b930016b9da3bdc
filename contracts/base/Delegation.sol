// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Code in several parts
/// @notice Executes calls that a contract does not know by the code of the next part, in the same storage.
/// @dev Unlike a proxy, nobody can ever change which code that is.
abstract contract Delegation {
    /// @notice The code that answers what this one does not.
    address public immutable nextPart;

    constructor(address next) {
        nextPart = next;
    }

    fallback() external {
        address code = nextPart;
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let ok := delegatecall(gas(), code, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(ok) { revert(data, returndatasize()) }
            return(data, returndatasize())
        }
    }
}
