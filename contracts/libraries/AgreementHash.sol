// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement} from "../types/Agreement.sol";

/// @notice EIP-712 struct hash of an agreement.
library AgreementHash {
    bytes32 internal constant TYPEHASH = keccak256(
        "Agreement(address borrower,address lender,address token,uint96 principal,uint96 installment,"
        "uint96 quantum,uint64 annualRate,uint64 penaltyRate,uint16 graceDays,uint16 penaltyCapDays,"
        "uint8 amortization,uint8 frequency,uint16 every,uint16 count,uint32 startDate,"
        "uint32 firstDueDate,uint8 dueDay,bytes32 documentHash,uint256 borrowerNonce,"
        "uint256 lenderNonce,uint40 deadline)"
    );

    /// @notice keccak256(TYPEHASH ‖ members), EIP-712 "Definition of hashStruct".
    /// @dev All 21 members are static words, so the calldata encoding is the EIP-712 encoding. Words with
    /// dirty upper bits hash to an id that nobody signed and no loan has; they need no cleaning here.
    function structHash(Agreement calldata agreement) internal pure returns (bytes32 hash) {
        bytes32 typehash = TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), agreement, 672)
            hash := keccak256(free, 704)
        }
    }
}
