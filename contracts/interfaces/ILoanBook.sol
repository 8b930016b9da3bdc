// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Debt, Owed, Penalty, Row} from "../types/Agreement.sol";

/// @title The loan book
/// @notice Records loans that borrower and lender both signed and settles them in the agreed token.
/// Nobody but the parties can touch a loan, and nobody at all can change its terms, pause it or move
/// money other than as signed: there is no owner, no proxy, no upgrade.
/// @dev The book stores no terms. The loan id is the EIP-712 digest of the agreement, and whoever calls
/// supplies the agreement again, so its terms are proved by hashing. The mathematics is defined in
/// docs/ledger.md; token assumptions stand in docs/assumptions.md.
interface ILoanBook {
    /// @notice A loan was recorded and the principal moved from `lender` to `borrower`.
    event Originated(
        bytes32 indexed loanId,
        address indexed borrower,
        address indexed lender,
        Agreement agreement
    );

    /// @notice A payment was applied. Amounts in base units of the agreement's token.
    /// @param payer whose tokens were taken
    /// @param outstanding principal outstanding after the payment
    /// @param collected true when pulled by `collect` or `collectMany` from the borrower's allowance
    event Paid(
        bytes32 indexed loanId,
        address indexed payer,
        uint256 penalty,
        uint256 interest,
        uint256 principal,
        uint256 outstanding,
        bool collected
    );

    /// @notice Nothing is owed any more.
    event Closed(bytes32 indexed loanId);

    /// @notice The lender could not receive `amount`; it waits in the book until claimed.
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

    /// @notice Records the loan and moves the principal from lender to borrower.
    /// @dev Requirements, each with its error:
    /// - every bound of docs/ledger.md, "Agreement" (`AgreementInvalid`)
    /// - `block.timestamp <= deadline` (`AgreementExpired`), today within `[startDate, firstDueDate)`
    ///   (`OutsideStartWindow`)
    /// - the chain's id is that of the book's deployment (`ChainChanged`)
    /// - the loan is new (`LoanExists`), both nonces unused and not revoked (`NonceUsed`)
    /// - both signatures valid (`SignatureInvalid`): ECDSA by the account itself (65 bytes or EIP-2098,
    ///   low s), also for accounts with EIP-7702 code, or ERC-1271. A party that sends the transaction
    ///   itself may leave its signature empty.
    /// - the token moves exactly `principal` (`TokenTransferFailed`, `TokenTookFee`)
    /// @return loanId the EIP-712 digest of the agreement
    function originate(
        Agreement calldata agreement,
        bytes calldata borrowerSignature,
        bytes calldata lenderSignature
    ) external returns (bytes32 loanId);

    /// @notice Pays at most `amount` from the caller's allowance; anyone may pay any loan.
    /// @dev Never takes more than the payoff. Reverts with `LoanNotActive`, `AmountZero`,
    /// `TokenTransferFailed`.
    /// @return taken base units taken from the caller
    function pay(Agreement calldata agreement, uint256 amount) external returns (uint256 taken);

    /// @notice Closes the loan, taking at most `maxAmount` from the caller's allowance.
    /// @dev Reverts with `PayoffAbove(payoff, maxAmount)` when more is owed, for instance because a day has passed.
    function payoff(Agreement calldata agreement, uint256 maxAmount)
        external
        returns (uint256 taken);

    /// @notice Pulls what is due now from the borrower's allowance. Anyone may call.
    /// @dev Reverts with `LoanNotActive`, `NothingDue`, `TokenTransferFailed`.
    function collect(Agreement calldata agreement) external returns (uint256 taken);

    /// @notice `collect` for many loans. A loan that cannot be collected is reported by `CollectFailed`
    /// and stops nothing.
    /// @return taken base units taken per agreement, 0 for those that failed
    function collectMany(Agreement[] calldata agreements) external returns (uint256[] memory taken);

    /// @notice Makes a nonce of the caller unusable, so that no signature that carries it can originate.
    function revokeNonce(uint256 nonce) external;

    /// @notice Sends the caller's credit in `token` to `to`.
    /// @dev Reverts with `RecipientInvalid`, `NoCredit`, `TokenTransferFailed`.
    function claim(address token, address to) external returns (uint256 amount);

    /// @notice The EIP-712 digest of the agreement in this book: what both sign, and the loan's id.
    /// @dev Always under the chain id of the deployment, also if the chain changes its id later.
    function loanIdOf(Agreement calldata agreement) external view returns (bytes32);

    /// @notice The stored state of a loan; `status` is `None` for an unknown id.
    function debtOf(bytes32 loanId) external view returns (Debt memory debt, Penalty memory penalty);

    /// @notice What the loan owes at `timestamp` if nothing is paid until then. All zero when closed or unknown.
    function owedAt(Agreement calldata agreement, uint256 timestamp)
        external
        view
        returns (Owed memory);

    /// @notice The whole schedule as agreed, row by row. Depends on the terms only.
    function scheduleOf(Agreement calldata agreement) external pure returns (Row[] memory);

    /// @notice Credit of `account` in `token`, base units.
    function creditOf(address token, address account) external view returns (uint256);

    /// @notice Whether `nonce` of `owner` was used or revoked.
    function isNonceUsed(address owner, uint256 nonce) external view returns (bool);
}
