// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement} from "../types/Agreement.sol";
import {TermsHash} from "./TermsHash.sol";

/// @notice The terms of a loan as its computations read them.
library Terms {
    /// @notice Copies an agreement whose digest was found in the book.
    /// @dev The compiler checks the upper bits of a calldata member at every single read, 50 gas each, a
    /// hundred times in a restructuring. Their digest says that they were clean when they were signed.
    function load(Agreement calldata agreement, Agreement memory terms) internal pure {
        uint256 size = TermsHash.AGREEMENT_SIZE;
        assembly ("memory-safe") {
            calldatacopy(terms, agreement, size)
        }
    }
}
