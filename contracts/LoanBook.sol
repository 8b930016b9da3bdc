// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {BookState} from "./base/BookState.sol";
import {Delegation} from "./base/Delegation.sol";
import {ILoanBook} from "./interfaces/ILoanBook.sol";
import {DebtWord} from "./libraries/DebtWord.sol";
import {Errors} from "./libraries/Errors.sol";
import {Agreement, Carry, Debt, Penalty, Source} from "./types/Agreement.sol";

/// @title The loan book
/// @notice See `ILoanBook`, `ILoanAgreements` and `ILoanServicing`, which say everything a caller needs to know.
/// @dev What happens every month stands here and is cheap; what happens once in a loan's life stands in
/// `LoanAgreements` and `LoanServicing`, whose code runs in this contract's storage and is fixed for good
/// when the book is deployed. Three parts, because one contract has room for 24,576 bytes (EIP-170).
contract LoanBook is ILoanBook, BookState, Delegation, EIP712 {
    /// @dev Most gas one token call of a batch may use, so that one token cannot starve the rest.
    uint256 private constant BATCH_TOKEN_GAS = 300_000;

    /// @dev Loan ids are digests under the chain id of the deployment, for good: a chain that changes its
    /// id must not lose its loans. New agreements are then refused, so no signature counts on two chains.
    bytes32 private immutable _separator;

    /// @param permit2 Uniswap's Permit2, or 0 on a chain without it
    /// @param next the code of `LoanAgreements`
    constructor(address permit2, address next)
        BookState(permit2)
        Delegation(next)
        EIP712("Tallystick", "1")
    {
        _separator = _domainSeparatorV4();
    }

    /// @inheritdoc ILoanBook
    function pay(Agreement calldata agreement, uint256 amount)
        external
        nonReentrant
        returns (uint256 taken)
    {
        require(amount > 0, Errors.AmountZero());
        Entry memory entry = _begin(agreement);
        _apply(entry, amount, true, entry.terms.prepaymentFee);
        _settle(entry, msg.sender, Source.Paid);
        return entry.total;
    }

    /// @inheritdoc ILoanBook
    function payoff(Agreement calldata agreement, uint256 maxAmount)
        external
        nonReentrant
        returns (uint256 taken)
    {
        Entry memory entry = _begin(agreement);
        _apply(entry, type(uint256).max, true, entry.terms.prepaymentFee);
        require(entry.total <= maxAmount, Errors.PayoffAbove(entry.total, maxAmount));
        _settle(entry, msg.sender, Source.Paid);
        return entry.total;
    }

    /// @inheritdoc ILoanBook
    function collect(Agreement calldata agreement) external nonReentrant returns (uint256 taken) {
        Entry memory entry = _begin(agreement);
        require(entry.account.flags & DebtWord.MANUAL == 0, Errors.AutopayOff(entry.loanId));
        _apply(entry, type(uint256).max, false, 0);
        _settle(entry, entry.terms.borrower, Source.Collected);
        return entry.total;
    }

    /// @inheritdoc ILoanBook
    function collectMany(Agreement[] calldata agreements)
        external
        nonReentrant
        returns (uint256[] memory taken)
    {
        taken = new uint256[](agreements.length);
        for (uint256 i; i < agreements.length; ++i) {
            Agreement calldata agreement = agreements[i];
            (bytes32 loanId, uint256 word, bytes4 failure) = _find(agreement);
            if (failure == 0) (taken[i], failure) = _tryCollect(agreement, loanId, word);
            if (failure != 0) emit CollectFailed(loanId, failure);
        }
    }

    /// @inheritdoc ILoanBook
    function loanIdOf(Agreement calldata agreement) external view returns (bytes32) {
        return _digestOf(agreement);
    }

    /// @inheritdoc ILoanBook
    function debtOf(bytes32 loanId)
        external
        view
        returns (Debt memory, Penalty memory, Carry memory)
    {
        return (DebtWord.unpack(_debts[loanId]), _penalties[loanId], _carries[loanId]);
    }

    /// @inheritdoc ILoanBook
    function creditOf(address token, address account) external view returns (uint256) {
        return _credits[token][account];
    }

    /// @inheritdoc ILoanBook
    function isNonceUsed(address owner, uint256 nonce) external view returns (bool) {
        return _nonces[owner][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    /// @dev As `collect`, but a failure is returned and leaves the stored state as it was.
    function _tryCollect(Agreement calldata agreement, bytes32 loanId, uint256 word)
        private
        returns (uint256, bytes4)
    {
        if (DebtWord.flagsOf(word) & DebtWord.MANUAL != 0) {
            return (0, Errors.AutopayOff.selector);
        }
        Entry memory entry;
        _load(agreement, entry, loanId, word);
        _apply(entry, type(uint256).max, false, 0);
        if (entry.total == 0) return (0, Errors.NothingDue.selector);
        Penalty memory penalty;
        Carry memory carry;
        if (DebtWord.flagsOf(word) & DebtWord.LATE != 0) penalty = _penalties[loanId];
        if (DebtWord.flagsOf(word) & DebtWord.CARRIED != 0) carry = _carries[loanId];
        _store(entry);
        address borrower = entry.terms.borrower;
        if (!_deliver(
                loanId, entry.terms.token, borrower, entry.holder, entry.total, BATCH_TOKEN_GAS
            )) {
            _debts[loanId] = word;
            if (DebtWord.flagsOf(word) & DebtWord.LATE != 0) _penalties[loanId] = penalty;
            if (DebtWord.flagsOf(word) & DebtWord.CARRIED != 0) _carries[loanId] = carry;
            return (0, Errors.TokenTransferFailed.selector);
        }
        _log(entry, borrower, Source.Collected);
        return (entry.total, 0);
    }

    function _domain() internal view override returns (bytes32) {
        return _separator;
    }
}
