// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Amendment, Assignment, Conditions, Settlement} from "../types/Agreement.sol";

/// @notice EIP-712 struct hashes of everything that is signed for the loan book.
/// @dev All members are static words, so the calldata encoding is the EIP-712 encoding. Words with dirty
/// upper bits hash to something that nobody signed; they need no cleaning here.
library TermsHash {
    bytes32 internal constant AGREEMENT_TYPEHASH = keccak256(
        "Agreement(address borrower,address lender,address token,uint96 principal,uint96 installment,"
        "uint96 quantum,uint64 annualRate,uint64 penaltyRate,uint64 prepaymentFee,uint16 graceDays,"
        "uint16 penaltyCapDays,uint8 amortization,uint8 interestMethod,uint8 dayCount,uint8 prepayment,"
        "uint8 waterfall,uint8 frequency,uint16 every,uint16 count,uint16 gracePrincipal,"
        "uint16 graceInterest,uint32 startDate,uint32 firstDueDate,uint8 dueDay,address rows,"
        "bytes32 amends,Conditions conditions)"
        "Conditions(bytes32 documentHash,uint256 borrowerNonce,uint256 lenderNonce,"
        "uint256 guarantorNonce,uint40 deadline,uint16 defaultDays,uint16 accelerationDays,"
        "uint16 writeOffDays,address guarantor,uint96 guaranteed,uint16 guaranteeDays,"
        "address collateralToken,uint96 collateral,uint96 collateralPrice,uint96 collateralFloor,"
        "uint16 auctionDays,uint8 transfer,bytes32 transferees,address gate,bytes32 borrowerKind,"
        "bytes32 lenderKind)"
    );
    bytes32 internal constant CONDITIONS_TYPEHASH = keccak256(
        "Conditions(bytes32 documentHash,uint256 borrowerNonce,uint256 lenderNonce,"
        "uint256 guarantorNonce,uint40 deadline,uint16 defaultDays,uint16 accelerationDays,"
        "uint16 writeOffDays,address guarantor,uint96 guaranteed,uint16 guaranteeDays,"
        "address collateralToken,uint96 collateral,uint96 collateralPrice,uint96 collateralFloor,"
        "uint16 auctionDays,uint8 transfer,bytes32 transferees,address gate,bytes32 borrowerKind,"
        "bytes32 lenderKind)"
    );
    bytes32 internal constant AMENDMENT_TYPEHASH = keccak256(
        "Amendment(Agreement agreement,bytes32 termsBefore,uint8 statusBefore,uint96 waivedPenalty,"
        "uint96 waivedInterest,uint96 waivedPrincipal,bool capitalise,uint8 watchRows,uint8 reason,"
        "bytes32 planHash)"
        "Agreement(address borrower,address lender,address token,uint96 principal,uint96 installment,"
        "uint96 quantum,uint64 annualRate,uint64 penaltyRate,uint64 prepaymentFee,uint16 graceDays,"
        "uint16 penaltyCapDays,uint8 amortization,uint8 interestMethod,uint8 dayCount,uint8 prepayment,"
        "uint8 waterfall,uint8 frequency,uint16 every,uint16 count,uint16 gracePrincipal,"
        "uint16 graceInterest,uint32 startDate,uint32 firstDueDate,uint8 dueDay,address rows,"
        "bytes32 amends,Conditions conditions)"
        "Conditions(bytes32 documentHash,uint256 borrowerNonce,uint256 lenderNonce,"
        "uint256 guarantorNonce,uint40 deadline,uint16 defaultDays,uint16 accelerationDays,"
        "uint16 writeOffDays,address guarantor,uint96 guaranteed,uint16 guaranteeDays,"
        "address collateralToken,uint96 collateral,uint96 collateralPrice,uint96 collateralFloor,"
        "uint16 auctionDays,uint8 transfer,bytes32 transferees,address gate,bytes32 borrowerKind,"
        "bytes32 lenderKind)"
    );
    bytes32 internal constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(bytes32 terms,uint96 amount,uint8 reason,bytes32 planHash,uint256 borrowerNonce,"
        "uint256 lenderNonce,uint40 deadline)"
    );
    bytes32 internal constant ASSIGNMENT_TYPEHASH = keccak256(
        "Assignment(bytes32 loanId,address from,address to,address token,uint96 price,uint256 nonce,"
        "uint40 deadline)"
    );

    uint256 internal constant AGREEMENT_SIZE = 27 * 32;
    uint256 internal constant CONDITIONS_SIZE = 21 * 32;
    uint256 internal constant AMENDMENT_SIZE = 9 * 32;

    /// @notice keccak256(TYPEHASH ‖ members), EIP-712 "Definition of hashStruct".
    function ofAgreement(Agreement calldata agreement) internal pure returns (bytes32) {
        uint256 at;
        assembly {
            at := agreement
        }
        return _hash(AGREEMENT_TYPEHASH, at, AGREEMENT_SIZE);
    }

    function ofConditions(Conditions calldata conditions) internal pure returns (bytes32) {
        uint256 at;
        assembly {
            at := conditions
        }
        return _hash(CONDITIONS_TYPEHASH, at, CONDITIONS_SIZE);
    }

    function ofSettlement(Settlement calldata settlement) internal pure returns (bytes32) {
        uint256 at;
        assembly {
            at := settlement
        }
        return _hash(SETTLEMENT_TYPEHASH, at, 7 * 32);
    }

    function ofAssignment(Assignment calldata assignment) internal pure returns (bytes32) {
        uint256 at;
        assembly {
            at := assignment
        }
        return _hash(ASSIGNMENT_TYPEHASH, at, 7 * 32);
    }

    /// @dev The new agreement stands before the other members.
    function ofAmendment(bytes32 agreementHash, Amendment calldata amendment)
        internal
        pure
        returns (bytes32 hash)
    {
        bytes32 typehash = AMENDMENT_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), agreementHash)
            calldatacopy(add(free, 0x40), amendment, AMENDMENT_SIZE)
            hash := keccak256(free, add(0x40, AMENDMENT_SIZE))
        }
    }

    function _hash(bytes32 typehash, uint256 at, uint256 size) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), at, size)
            hash := keccak256(free, add(0x20, size))
        }
    }
}
