// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Every reason for which the loan book refuses. Amounts in base units, times in Unix seconds,
/// days since 1970-01-01.
library Errors {
    /// @notice Thrown when a member of the agreement breaks a bound of docs/ledger.md; `field` is its name.
    error AgreementInvalid(bytes32 field);

    /// @notice Thrown when a member of the conditions breaks a bound of docs/ledger.md; `field` is its name.
    error ConditionsInvalid(bytes32 field);

    /// @notice Thrown when the conditions are not those of the agreement.
    error ConditionsUnknown();

    /// @notice Thrown when the agreement is originated after its deadline.
    error AgreementExpired(uint256 deadline, uint256 timestamp);

    /// @notice Thrown when today is before the start date or not before the first due date.
    error OutsideStartWindow(uint256 startDay, uint256 firstDueDay, uint256 today);

    /// @notice Thrown when this very agreement was originated before.
    error LoanExists(bytes32 loanId);

    /// @notice Thrown when the loan is unknown to this book or already closed.
    error LoanNotOpen(bytes32 loanId);

    /// @notice Thrown when the loan is not closed yet.
    error LoanStillOpen(bytes32 loanId);

    /// @notice Thrown when other terms are in force, because of an amendment.
    error TermsNotInForce(bytes32 loanId);

    /// @notice Thrown when the status is not the one that the call or the signatures presume.
    error StatusChanged(bytes32 loanId);

    /// @notice Thrown when the terms do not provide for the call.
    error NotAgreed();

    /// @notice Thrown when the borrower is not as many days past due as the terms demand.
    error TooEarly(uint256 daysPastDue, uint256 needed);

    /// @notice Thrown when somebody else than the holder of the claim acts for it.
    error NotTheHolder(address holder);

    /// @notice Thrown when somebody else than the borrower acts for it.
    error NotTheBorrower(address borrower);

    /// @notice Thrown when the borrower has switched autopay off.
    error AutopayOff(bytes32 loanId);

    /// @notice Thrown when the gate of the conditions does not admit a party.
    error NotAdmitted(address party, bytes32 kind);

    /// @notice Thrown when an amendment leaves penalty that is neither waived nor paid before.
    error PenaltyOwed(uint256 penalty);

    /// @notice Thrown when more would be owed than the new terms state, or nothing at all.
    error DebtAbove(uint256 debt, uint256 principal);

    /// @notice Thrown when a part of the book is called at its own address.
    error NotABook();

    /// @notice Thrown when new terms name another borrower, lender or token.
    error PartyChanged();

    /// @notice Thrown when less principal is outstanding than the buyer of a claim demands.
    error OutstandingBelow(uint256 outstanding, uint256 minOutstanding);

    /// @notice Thrown when collateral costs more than the buyer accepts.
    error CostAbove(uint256 cost, uint256 maxCost);

    /// @notice Thrown when the assignment's rule does not allow its receiver.
    error TransferNotAllowed(address to);

    /// @notice Thrown when a nonce was used by another agreement or revoked by its owner.
    error NonceUsed(address owner, uint256 nonce);

    /// @notice Thrown when `signer` neither signed the agreement nor sent the transaction.
    error SignatureInvalid(address signer);

    /// @notice Thrown when a payment of nothing is attempted.
    error AmountZero();

    /// @notice Thrown when no row is due and no penalty is owed.
    error NothingDue(bytes32 loanId);

    /// @notice Thrown when closing the loan takes more than the payer accepts.
    error PayoffAbove(uint256 payoff, uint256 maxAmount);

    /// @notice Thrown when the token did not move `amount`: too little balance or allowance, a token
    /// that reverted or returned false, or no contract at all.
    error TokenTransferFailed(address token, address from, uint256 amount);

    /// @notice Thrown when what arrived is not what was sent.
    error TokenTookFee(address token, uint256 expected, uint256 received);

    /// @notice Thrown at origination when the chain's id is no longer that of the book's deployment.
    error ChainChanged(uint256 chainId);

    /// @notice Thrown when a credit is sent to nobody or back into the book.
    error RecipientInvalid(address recipient);

    /// @notice Thrown when the caller has no credit in the token.
    error NoCredit(address token, address account);
}
