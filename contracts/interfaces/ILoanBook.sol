// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    Agreement,
    Amendment,
    Assignment,
    Carry,
    Conditions,
    Consents,
    Debt,
    Escrow,
    Guarantee,
    Owed,
    Penalty,
    Row,
    Settlement,
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
        bytes32 indexed loanId, address indexed from, address indexed to, address token, uint256 price
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

/// @title Everything about a loan beside its payments
/// @notice The second half of the book, at the book's own address: calls that `ILoanBook` does not know
/// are executed by code that was fixed when the book was deployed.
interface ILoanServicing {
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

    /// @notice Pays as `pay` and says through which channel.
    function payThrough(Agreement calldata agreement, uint256 amount, bytes32 channel, bytes32 ref)
        external
        returns (uint256 taken);

    /// @notice Switches autopay of the caller's own loan on or off; paying by hand always works.
    /// @dev Reverts with `NotTheBorrower`, `LoanNotOpen`, `TermsNotInForce`.
    function setAutopay(Agreement calldata agreement, bool on) external;

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

    /// @notice Several calls of the book in one transaction, all or nothing.
    function multicall(bytes[] calldata calls) external returns (bytes[] memory results);

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

    /// @notice Closes the loan for `settlement.amount`, or the payoff if that is less, taken from the caller.
    /// @return taken base units taken from the caller
    function settle(
        Agreement calldata agreement,
        Settlement calldata settlement,
        bytes calldata borrowerSignature,
        bytes calldata lenderSignature
    ) external returns (uint256 taken);

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

    /// @notice Pays at most `amount` of the borrower's debt to the guarantor, from the caller's allowance.
    function repayRecourse(
        Agreement calldata agreement,
        Conditions calldata conditions,
        uint256 amount
    ) external returns (uint256 taken);

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

    /// @notice Transfers the claim, against payment if a price is agreed; the buyer then is the caller.
    /// @param holderSignature may be empty when the holder calls
    /// @param consent Transfer.Consent: the borrower's signature over the assignment; Transfer.Listed:
    /// `abi.encode(bytes32[] proof)`; otherwise empty
    /// @param attestation for the gate, when the conditions demand one of whoever holds the claim
    function assign(
        Agreement calldata agreement,
        Conditions calldata conditions,
        Assignment calldata assignment,
        bytes calldata holderSignature,
        bytes calldata consent,
        bytes calldata attestation
    ) external;

    /// @notice Makes a nonce of the caller unusable, so that no signature that carries it takes effect.
    function revokeNonce(uint256 nonce) external;

    /// @notice Sends the caller's credit in `token` to `to`.
    /// @dev Reverts with `RecipientInvalid`, `NoCredit`, `TokenTransferFailed`.
    function claim(address token, address to) external returns (uint256 amount);

    /// @notice What the loan owes at `timestamp` if nothing is paid until then. All zero when closed or unknown.
    function owedAt(Agreement calldata agreement, uint256 timestamp)
        external
        view
        returns (Owed memory);

    /// @notice The whole schedule as agreed, row by row. Depends on the terms only.
    function scheduleOf(Agreement calldata agreement) external view returns (Row[] memory);

    /// @notice EIP-712 struct hash of the conditions, the member `conditions` of their agreement.
    function conditionsHash(Conditions calldata conditions) external pure returns (bytes32);

    /// @notice What borrower, holder and guarantor sign for an amendment.
    function amendmentDigest(Agreement calldata agreementAfter, Amendment calldata amendment)
        external
        view
        returns (bytes32);

    /// @notice What borrower and holder sign for a settlement.
    function settlementDigest(Settlement calldata settlement) external view returns (bytes32);

    /// @notice What the holder, and the borrower where its consent is needed, sign for an assignment.
    function assignmentDigest(Assignment calldata assignment) external view returns (bytes32);

    /// @notice Digest of the terms in force: the loan id itself until the first amendment.
    function termsOf(bytes32 loanId) external view returns (bytes32);

    /// @notice Who holds the claim of an open loan under `agreement`.
    function holderOf(Agreement calldata agreement) external view returns (address);

    /// @notice What the guarantor has paid and may reclaim.
    function guaranteeOf(bytes32 loanId) external view returns (Guarantee memory);

    /// @notice What lies in escrow.
    function escrowOf(bytes32 loanId) external view returns (Escrow memory);
}
