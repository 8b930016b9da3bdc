// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    Agreement,
    Amendment,
    Carry,
    Conditions,
    Debt,
    Penalty,
    Source
} from "../types/Agreement.sol";

/// @title The loan book
/// @notice Records loans that borrower and lender both signed and settles them in the agreed token.
/// Nobody but the parties can touch a loan, and nobody at all can change its terms without both, pause it
/// or move money other than as signed: there is no owner, no proxy, no upgrade.
/// @dev The book stores no terms. The loan id is the EIP-712 digest of the agreement, and whoever calls
/// supplies the agreement in force again, so its terms are proved by hashing. The mathematics is defined in
/// docs/ledger.md; token assumptions stand in docs/assumptions.md.
///
/// Wherever an `agreement` is asked for, it is the one in force: the original or, after an amendment, the
/// newest (`TermsNotInForce`). "Holder" is whoever holds the claim: the lender, or the newest assignee.
interface ILoanBook {
    /// @notice A loan was recorded and the principal moved from `lender` to `borrower`.
    event Originated(
        bytes32 indexed loanId,
        address indexed borrower,
        address indexed lender,
        Agreement agreement,
        Conditions conditions
    );

    /// @notice A payment was applied. Amounts in base units of the agreement's token.
    /// @param payer whose tokens were taken
    /// @param outstanding principal outstanding after the payment
    event Paid(
        bytes32 indexed loanId,
        address indexed payer,
        Source indexed source,
        uint256 penalty,
        uint256 interest,
        uint256 fee,
        uint256 principal,
        uint256 outstanding
    );

    /// @notice The payment before this event in the same transaction came through `channel`.
    /// @param channel agreed tag of a bank counter, a merchant, an employer; no personal data
    /// @param ref the channel's own reference
    event PaidThrough(
        bytes32 indexed loanId, bytes32 indexed channel, bytes32 indexed ref, uint256 amount
    );

    /// @notice Nothing is owed any more.
    event Closed(bytes32 indexed loanId);

    /// @notice Whoever should have received `amount` could not; it waits in the book until claimed.
    event Credited(
        bytes32 indexed loanId, address indexed token, address indexed account, uint256 amount
    );

    /// @notice `account` took a credit of `amount` out to `to`.
    event Claimed(
        address indexed token, address indexed account, address indexed to, uint256 amount
    );

    /// @notice One loan of a batch could not be collected; `reason` is the selector of the error.
    event CollectFailed(bytes32 indexed loanId, bytes4 reason);

    /// @notice `nonce` of `owner` can no longer be used. Emitted for revocations only.
    event NonceRevoked(address indexed owner, uint256 nonce);

    /// @notice The borrower switched autopay on or off.
    event AutopaySet(bytes32 indexed loanId, bool on);

    /// @notice New terms took the place of `amendment.termsBefore`.
    /// @param termsAfter digest of `agreement`, the terms in force from now on
    /// @param waived what was forgiven, base units
    /// @param balance principal owed under the new terms
    /// @param deferred interest owed under the new terms that bears none itself
    event Amended(
        bytes32 indexed loanId,
        bytes32 indexed termsAfter,
        Agreement agreement,
        Conditions conditions,
        Amendment amendment,
        uint256[3] waived,
        uint256 balance,
        uint256 deferred
    );

    /// @notice The rest of the debt was forgiven after an agreed payment; waived amounts in base units.
    event Settled(
        bytes32 indexed loanId,
        uint256 waivedPenalty,
        uint256 waivedInterest,
        uint256 waivedPrincipal,
        uint8 reason,
        bytes32 planHash
    );

    /// @notice As many rows in a row as agreed were paid on time after an amendment.
    event Restored(bytes32 indexed loanId);

    /// @notice The holder declared default after `daysPastDue` days.
    event Defaulted(bytes32 indexed loanId, uint256 daysPastDue);

    /// @notice Everything overdue was paid; the loan is no longer in default.
    event Cured(bytes32 indexed loanId);

    /// @notice The whole debt fell due: `principal` and `interest`, base units, beside any penalty.
    event Accelerated(bytes32 indexed loanId, uint256 principal, uint256 interest);

    /// @notice The holder no longer expects `outstanding` principal; payments are still accepted.
    event WrittenOff(bytes32 indexed loanId, uint256 outstanding);

    /// @notice The guarantor's latest payment made the borrower's debt to it `recourse`, base units.
    event RecourseRecorded(bytes32 indexed loanId, address indexed guarantor, uint256 recourse);

    /// @notice `payer` paid `amount` of the borrower's debt to the guarantor.
    event RecourseRepaid(
        bytes32 indexed loanId, address indexed guarantor, address indexed payer, uint256 amount
    );

    /// @notice `amount` of collateral came into escrow.
    event CollateralAdded(
        bytes32 indexed loanId, address indexed from, address token, uint256 amount
    );

    /// @notice `buyer` got `amount` of collateral for `price`, which the `Paid` event before applies.
    event CollateralSold(
        bytes32 indexed loanId, address indexed buyer, address token, uint256 amount, uint256 price
    );

    /// @notice Collateral that is no longer needed went back to the borrower.
    event CollateralReleased(
        bytes32 indexed loanId, address indexed to, address token, uint256 amount
    );

    /// @notice The claim moved; every later payment goes to `to`.
    event Assigned(
        bytes32 indexed loanId,
        address indexed from,
        address indexed to,
        address token,
        uint256 price
    );

    /// @notice Pays at most `amount` from the caller's allowance; anyone may pay any loan.
    /// @dev Never takes more than the payoff. Reverts with `LoanNotOpen`, `TermsNotInForce`, `AmountZero`,
    /// `NothingDue` (when the amount cannot pay anything), `TokenTransferFailed`.
    /// @return taken base units taken from the caller
    function pay(Agreement calldata agreement, uint256 amount) external returns (uint256 taken);

    /// @notice Closes the loan, taking at most `maxAmount` from the caller's allowance.
    /// @dev Reverts with `PayoffAbove(payoff, maxAmount)` when more is owed, for instance because a day has passed.
    function payoff(Agreement calldata agreement, uint256 maxAmount)
        external
        returns (uint256 taken);

    /// @notice Pulls what is due now from the borrower's allowance. Anyone may call.
    /// @dev Reverts with `LoanNotOpen`, `TermsNotInForce`, `AutopayOff`, `NothingDue`, `TokenTransferFailed`.
    function collect(Agreement calldata agreement) external returns (uint256 taken);

    /// @notice `collect` for many loans. A loan that cannot be collected is reported by `CollectFailed`
    /// and stops nothing.
    /// @return taken base units taken per agreement, 0 for those that failed
    function collectMany(Agreement[] calldata agreements) external returns (uint256[] memory taken);

    /// @notice The EIP-712 digest of the agreement in this book: what both sign, and the loan's id.
    /// @dev Always under the chain id of the deployment, also if the chain changes its id later.
    function loanIdOf(Agreement calldata agreement) external view returns (bytes32);

    /// @notice The stored state of a loan; `status` is `None` for an unknown id.
    function debtOf(bytes32 loanId)
        external
        view
        returns (Debt memory debt, Penalty memory penalty, Carry memory carry);

    /// @notice Credit of `account` in `token`, base units.
    function creditOf(address token, address account) external view returns (uint256);

    /// @notice Whether `nonce` of `owner` was used or revoked.
    function isNonceUsed(address owner, uint256 nonce) external view returns (bool);
}
