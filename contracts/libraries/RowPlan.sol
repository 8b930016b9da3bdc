// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement} from "../types/Agreement.sol";

/// @notice Reads the balances that a custom schedule plans. Definition: docs/ledger.md, "Custom rows".
/// @dev They are the code of a contract that starts with STOP: it can neither run nor destroy itself, so
/// the address commits to them for good, and reading two costs the same for any number of rows.
library RowPlan {
    uint256 private constant ENTRY = 12;

    /// @notice Whether `agreement.rows` holds one balance for every row.
    function isValid(Agreement memory agreement) internal view returns (bool valid) {
        address rows = agreement.rows;
        uint256 size = 1 + ENTRY * uint256(agreement.count);
        assembly ("memory-safe") {
            extcodecopy(rows, 0, 0, 1)
            valid := and(eq(extcodesize(rows), size), iszero(byte(0, mload(0))))
        }
    }

    /// @notice Planned balances before and after row `k`, base units.
    function around(Agreement memory agreement, uint256 k)
        internal
        view
        returns (uint256 before, uint256 afterwards)
    {
        address rows = agreement.rows;
        if (k == 0) return (agreement.principal, balanceAfter(agreement, 0));
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(rows, 8, add(1, mul(ENTRY, sub(k, 1))), 24)
            let pair := mload(0)
            afterwards := and(pair, 0xffffffffffffffffffffffff)
            before := and(shr(96, pair), 0xffffffffffffffffffffffff)
        }
    }

    /// @notice Planned balance after row `k`, base units.
    function balanceAfter(Agreement memory agreement, uint256 k)
        internal
        view
        returns (uint256 left)
    {
        address rows = agreement.rows;
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(rows, 20, add(1, mul(ENTRY, k)), 12)
            left := mload(0)
        }
    }
}
