// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILoanBook} from "../interfaces/ILoanBook.sol";
import {Agreement, Amendment, Conditions} from "../types/Agreement.sol";
import {TermsHash} from "./TermsHash.sol";

/// @notice The two events that carry whole terms.
/// @dev Copied from calldata word by word, which is their ABI encoding because all members are static; the
/// compiler's own way costs 3,000 gas and 2,000 bytes more. No word has dirty upper bits: the agreement was
/// decoded and every narrow member of the conditions read before.
library TermsLog {
    /// @notice Emits `ILoanBook.Originated`.
    function originated(
        bytes32 loanId,
        Agreement calldata agreement,
        Conditions calldata conditions
    ) internal {
        (bytes memory data, uint256 at) = _terms(agreement, conditions, 0);
        bytes32 topic = ILoanBook.Originated.selector;
        (address borrower, address lender) = (agreement.borrower, agreement.lender);
        assembly ("memory-safe") {
            let begin := add(data, 0x20)
            log4(begin, sub(at, begin), topic, loanId, borrower, lender)
        }
    }

    /// @notice Emits `ILoanBook.Amended`.
    function amended(
        bytes32 loanId,
        bytes32 termsAfter,
        Agreement calldata agreement,
        Conditions calldata conditions,
        Amendment calldata amendment,
        uint256[5] memory amounts
    ) internal {
        uint256 size = TermsHash.AMENDMENT_SIZE;
        (bytes memory data, uint256 at) = _terms(agreement, conditions, size + 5 * 32);
        bytes32 topic = ILoanBook.Amended.selector;
        assembly ("memory-safe") {
            let begin := add(data, 0x20)
            calldatacopy(at, amendment, size)
            mcopy(add(at, size), amounts, 160)
            log3(begin, sub(add(add(at, size), 160), begin), topic, loanId, termsAfter)
        }
    }

    /// @dev Both in memory, with room for `more` bytes at `end`.
    function _terms(Agreement calldata agreement, Conditions calldata conditions, uint256 more)
        private
        pure
        returns (bytes memory data, uint256 end)
    {
        (uint256 a, uint256 c) = (TermsHash.AGREEMENT_SIZE, TermsHash.CONDITIONS_SIZE);
        data = new bytes(a + c + more);
        assembly ("memory-safe") {
            let begin := add(data, 0x20)
            calldatacopy(begin, agreement, a)
            calldatacopy(add(begin, a), conditions, c)
            end := add(begin, add(a, c))
        }
    }
}
