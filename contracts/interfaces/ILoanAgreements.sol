// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Amendment, Assignment, Conditions, Consents, Row} from "../types/Agreement.sol";

/// @title What parties sign
/// @notice The second part of the book, at the book's own address. See `ILoanBook`.
interface ILoanAgreements {
    /// @notice Records the loan and moves the principal from lender to borrower, collateral into escrow.
    /// @dev Requirements, each with its error:
    /// - every bound of docs/ledger.md, "Agreement" and "Conditions" (`AgreementInvalid`,
    ///   `ConditionsInvalid`), `conditions` are those of the agreement (`ConditionsUnknown`)
    /// - `block.timestamp <= deadline` (`AgreementExpired`), today within `[startDate, firstDueDate)`
    ///   (`OutsideStartWindow`)
    /// - the chain's id is that of the book's deployment (`ChainChanged`)
    /// - the loan is new (`LoanExists`), the nonces unused and not revoked (`NonceUsed`)
    /// - all signatures valid (`SignatureInvalid`): ECDSA by the account itself (65 bytes or EIP-2098,
    ///   low s), also for accounts with EIP-7702 code, or ERC-1271. A party that sends the transaction
    ///   itself may leave its signature empty.
    /// - the gate admits both parties (`NotAdmitted`)
    /// - the tokens move exactly what is agreed (`TokenTransferFailed`, `TokenTookFee`)
    /// @return loanId the EIP-712 digest of the agreement
    function originate(
        Agreement calldata agreement,
        Conditions calldata conditions,
        Consents calldata consents
    ) external returns (bytes32 loanId);

    /// @notice Puts `agreementAfter` in the place of `agreementBefore` for the debt as it is now.
    /// @dev docs/ledger.md, "Amendment". Reverts as `originate` and with `TermsNotInForce`, `StatusChanged`,
    /// `PenaltyOwed` (penalty beyond what is waived), `DebtAbove` (more owed than the new principal).
    function amend(
        Agreement calldata agreementBefore,
        Agreement calldata agreementAfter,
        Conditions calldata conditionsAfter,
        Amendment calldata amendment,
        Consents calldata consents
    ) external;

    /// @notice Transfers the claim, against payment if a price is agreed; the buyer then is the caller.
    /// @param holderSignature may be empty when the holder calls; then no nonce is used either
    /// @param consent Transfer.Consent: the borrower's signature over the assignment; Transfer.Listed:
    /// `abi.encode(bytes32[] proof)`; otherwise empty
    /// @param attestation for the gate, when the conditions demand one of whoever holds the claim
    /// @param minOutstanding least principal that must still be outstanding, base units (`OutstandingBelow`)
    function assign(
        Agreement calldata agreement,
        Conditions calldata conditions,
        Assignment calldata assignment,
        bytes calldata holderSignature,
        bytes calldata consent,
        bytes calldata attestation,
        uint256 minOutstanding
    ) external;

    /// @notice Makes a nonce of the caller unusable, so that no signature that carries it takes effect.
    function revokeNonce(uint256 nonce) external;

    /// @notice The whole schedule as agreed, row by row. Depends on the terms only.
    function scheduleOf(Agreement calldata agreement) external view returns (Row[] memory);

    /// @notice EIP-712 struct hash of the conditions, the member `conditions` of their agreement.
    function conditionsHash(Conditions calldata conditions) external pure returns (bytes32);

    /// @notice Digest of the terms in force: the loan id itself until the first amendment.
    function termsOf(bytes32 loanId) external view returns (bytes32);

    /// @notice Who holds the claim of an open loan under `agreement`.
    function holderOf(Agreement calldata agreement) external view returns (address);

    /// @notice What borrower, holder and guarantor sign for an amendment.
    function amendmentDigest(Agreement calldata agreementAfter, Amendment calldata amendment)
        external
        view
        returns (bytes32);

    /// @notice What the holder, and the borrower where its consent is needed, sign for an assignment.
    function assignmentDigest(Assignment calldata assignment) external view returns (bytes32);
}
