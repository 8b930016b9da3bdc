// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Conditions, Escrow, Guarantee, Owed, Settlement} from "../types/Agreement.sol";

/// @title What happens to a loan beside its installments
/// @notice The third part of the book, at the book's own address. See `ILoanBook`.
interface ILoanServicing {
    /// @notice Pays as `pay` and says through which channel.
    function payThrough(Agreement calldata agreement, uint256 amount, bytes32 channel, bytes32 ref)
        external
        returns (uint256 taken);

    /// @notice Switches autopay of the caller's own loan on or off; paying by hand always works.
    /// @dev Reverts with `NotTheBorrower`, `LoanNotOpen`, `TermsNotInForce`.
    function setAutopay(Agreement calldata agreement, bool on) external;

    /// @notice Several calls of the book in one transaction, all or nothing.
    function multicall(bytes[] calldata calls) external returns (bytes[] memory results);

    /// @notice The holder declares default after the agreed days.
    /// @dev These three revert with `NotTheHolder`, `LoanNotOpen`, `TermsNotInForce`, `StatusChanged`,
    /// `ConditionsUnknown`, `TooEarly(daysPastDue, needed)`, `NotAgreed`.
    function declareDefault(Agreement calldata agreement, Conditions calldata conditions) external;

    /// @notice The holder calls the whole debt of a defaulted loan due after the agreed days.
    function accelerate(Agreement calldata agreement, Conditions calldata conditions) external;

    /// @notice The holder writes a defaulted loan off after the agreed days; the debt stays owed.
    function writeOff(Agreement calldata agreement, Conditions calldata conditions) external;

    /// @notice Pulls what is due from the guarantor after the agreed days, and records its recourse.
    function drawGuarantor(Agreement calldata agreement, Conditions calldata conditions)
        external
        returns (uint256 taken);

    /// @notice Pays at most `amount` of the borrower's debt to a guarantor, of this or of earlier terms, from the
    /// caller's allowance. The loan may be closed.
    function repayRecourse(Agreement calldata agreement, address guarantor, uint256 amount)
        external
        returns (uint256 taken);

    /// @notice Adds collateral from the caller's allowance.
    function addCollateral(
        Agreement calldata agreement,
        Conditions calldata conditions,
        uint256 amount
    ) external;

    /// @notice Buys collateral of an accelerated loan at the price of the moment; the money pays the debt.
    /// @param amount most that is bought, base units of the collateral's token
    /// @param maxCost most that is paid for it, base units of the loan's token
    /// @return bought less than `amount` when the rest is not needed to pay the debt
    function buyCollateral(
        Agreement calldata agreement,
        Conditions calldata conditions,
        uint256 amount,
        uint256 maxCost
    ) external returns (uint256 bought, uint256 cost);

    /// @notice Returns what is left of the collateral of a closed loan to the borrower. Anyone may call.
    function releaseCollateral(Agreement calldata agreement) external returns (uint256 amount);

    /// @notice What the loan owes at `timestamp` if nothing is paid until then. All zero when closed or unknown.
    function owedAt(Agreement calldata agreement, uint256 timestamp)
        external
        view
        returns (Owed memory);

    /// @notice What the guarantor has paid and may reclaim.
    function guaranteeOf(bytes32 loanId, address guarantor) external view returns (Guarantee memory);

    /// @notice What lies in escrow.
    function escrowOf(bytes32 loanId) external view returns (Escrow memory);

    /// @notice Closes the loan for `settlement.amount`, or the payoff if that is less, taken from the caller.
    /// @return taken base units taken from the caller
    function settle(
        Agreement calldata agreement,
        Settlement calldata settlement,
        bytes calldata borrowerSignature,
        bytes calldata lenderSignature
    ) external returns (uint256 taken);

    /// @notice Hands an ERC-2612 permit for the book to its token; anyone may carry it.
    /// @dev A permit that somebody else has carried already is no failure: what counts is the allowance.
    function permit(
        address token,
        address owner,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Hands a Permit2 allowance for the book, which expires by itself, to Permit2.
    /// @param allowance token, amount (uint160), expiration, nonce, as Permit2's `PermitDetails`
    function permit2(
        address owner,
        uint256[4] calldata allowance,
        uint256 sigDeadline,
        bytes calldata signature
    ) external;

    /// @notice Sends the caller's credit in `token` to `to`.
    /// @dev Reverts with `RecipientInvalid`, `NoCredit`, `TokenTransferFailed`.
    function claim(address token, address to) external returns (uint256 amount);

    /// @notice What borrower and holder sign for a settlement.
    function settlementDigest(Settlement calldata settlement) external view returns (bytes32);
}
