// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SSTORE2} from "solady/utils/SSTORE2.sol";

/// @title Store of custom schedules
/// @notice Keeps the balances that a plan leaves after each row, where `Agreement.rows` can point to.
/// @dev The address follows from the content (CREATE2), so equal plans share it, nobody can change what
/// lies there, and a signer can compute it before anything is stored. The code is one zero byte, STOP, and
/// 12 bytes per row, big-endian.
contract CustomRows {
    /// @dev Most rows of an agreement.
    uint256 private constant MAX_ROWS = 600;

    /// @notice The balances stand at `rows` from now on.
    event Stored(address indexed rows, uint256 count);

    /// @notice Thrown for no row at all, or more than an agreement can have.
    error CountInvalid(uint256 count);

    /// @notice Stores the balances; does nothing when they stand there already.
    /// @param balances principal left after each row, base units
    /// @return rows where they stand: the member `rows` of the agreement
    function store(uint96[] calldata balances) external returns (address rows) {
        bytes memory data = _pack(balances);
        rows = SSTORE2.predictCounterfactualAddress(data, 0);
        if (rows.code.length > 0) return rows;
        SSTORE2.writeCounterfactual(data, 0);
        emit Stored(rows, balances.length);
    }

    /// @notice Where these balances stand or would stand.
    function addressOf(uint96[] calldata balances) external view returns (address) {
        return SSTORE2.predictCounterfactualAddress(_pack(balances), 0);
    }

    function _pack(uint96[] calldata balances) private pure returns (bytes memory data) {
        uint256 count = balances.length;
        require(count > 0 && count <= MAX_ROWS, CountInvalid(count));
        data = new bytes(12 * count + 20); // the last word reaches 20 bytes beyond its 12
        for (uint256 i; i < count; ++i) {
            uint256 left = balances[i];
            assembly ("memory-safe") {
                mstore(add(add(data, 0x20), mul(i, 12)), shl(160, left))
            }
        }
        assembly ("memory-safe") {
            mstore(data, mul(count, 12))
        }
    }
}
