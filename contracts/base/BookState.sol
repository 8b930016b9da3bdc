// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ILoanBook} from "../interfaces/ILoanBook.sol";
import {DebtWord} from "../libraries/DebtWord.sol";
import {Errors} from "../libraries/Errors.sol";
import {Account, Ledger} from "../libraries/Ledger.sol";
import {Terms} from "../libraries/Terms.sol";
import {TermsHash} from "../libraries/TermsHash.sol";
import {Tokens} from "../libraries/Tokens.sol";
import {Agreement, Carry, Escrow, Guarantee, Penalty, Source, Status} from "../types/Agreement.sol";

/// @title What both halves of the book share
/// @notice The storage, and how one payment is found, stored, moved and logged.
/// @dev Storage is declared here and nowhere else, so that both halves agree on every slot.
abstract contract BookState is ReentrancyGuardTransient {
    /// @dev see `DebtWord`
    mapping(bytes32 loanId => uint256 word) internal _debts;
    mapping(bytes32 loanId => Penalty) internal _penalties;
    mapping(bytes32 loanId => Carry) internal _carries;
    mapping(address owner => mapping(uint256 word => uint256 bits)) internal _nonces;
    mapping(address token => mapping(address account => uint256)) internal _credits;
    /// @dev digest of the terms in force, of amended loans only
    mapping(bytes32 loanId => bytes32 digest) internal _terms;
    /// @dev of assigned claims only, see `_holderKey`
    mapping(bytes32 key => address) internal _holders;
    mapping(bytes32 loanId => mapping(address guarantor => Guarantee)) internal _guarantees;
    mapping(bytes32 loanId => Escrow) internal _escrows;

    /// @dev Permit2, or 0 on a chain without it.
    address internal immutable _permit2;

    /// @dev One payment on its way: the terms, what was stored before it, and the account after it.
    struct Entry {
        Agreement terms;
        bytes32 loanId;
        uint256 wordBefore;
        address holder;
        Account account;
        uint256 total;
    }

    constructor(address permit2_) {
        _permit2 = permit2_;
    }

    /// @dev Separator of the book's EIP-712 domain under the chain id of its deployment.
    function _domain() internal view virtual returns (bytes32);

    function _digestOf(Agreement calldata agreement) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_domain(), TermsHash.ofAgreement(agreement));
    }

    /// @dev Which loan the terms belong to, its word, and whether they are in force.
    function _locate(Agreement calldata agreement)
        internal
        view
        returns (bytes32 loanId, uint256 word, bool inForce)
    {
        bytes32 digest = _digestOf(agreement);
        loanId = agreement.amends;
        if (loanId == 0) loanId = digest;
        word = _debts[loanId];
        inForce = DebtWord.flagsOf(word) & DebtWord.AMENDED == 0
            ? digest == loanId
            : _terms[loanId] == digest;
    }

    /// @dev Finds an open loan by the terms in force; otherwise `failure` is the error's selector.
    function _find(Agreement calldata agreement)
        internal
        view
        returns (bytes32 loanId, uint256 word, bytes4 failure)
    {
        bool inForce;
        (loanId, word, inForce) = _locate(agreement);
        if (!_isOpen(DebtWord.flagsOf(word))) failure = Errors.LoanNotOpen.selector;
        else if (!inForce) failure = Errors.TermsNotInForce.selector;
    }

    /// @dev Loads an open loan. Reverts with `LoanNotOpen` or `TermsNotInForce`.
    function _begin(Agreement calldata agreement) internal view returns (Entry memory entry) {
        (bytes32 loanId, uint256 word, bytes4 failure) = _find(agreement);
        require(failure != Errors.LoanNotOpen.selector, Errors.LoanNotOpen(loanId));
        require(failure == 0, Errors.TermsNotInForce(loanId));
        _load(agreement, entry, loanId, word);
    }

    function _load(Agreement calldata agreement, Entry memory entry, bytes32 loanId, uint256 word)
        internal
        view
    {
        Terms.load(agreement, entry.terms);
        (entry.loanId, entry.wordBefore) = (loanId, word);
        uint256 flags = DebtWord.flagsOf(word);
        Account memory account = entry.account;
        account.balance = uint96(word);
        account.rowPaid = uint96(word >> 96);
        account.row = uint16(word >> 192);
        account.accruedTo = uint16(word >> 208);
        account.flags = flags;
        if (flags & DebtWord.LATE != 0) {
            Penalty memory penalty = _penalties[loanId];
            account.points = penalty.points;
            account.penaltyPaid = penalty.paid;
            account.penaltyDay = penalty.day;
        }
        if (flags & DebtWord.CARRIED != 0) {
            Carry memory carry = _carries[loanId];
            account.deferred = carry.deferred;
            account.installment = carry.installment;
        }
        address lender = entry.terms.lender;
        entry.holder =
            flags & DebtWord.ASSIGNED == 0 ? lender : _holders[_holderKey(loanId, lender, flags)];
    }

    /// @dev Computes a payment of at most `amount`; nothing is stored yet.
    function _apply(Entry memory entry, uint256 amount, bool ahead, uint256 feeRate) internal view {
        Account memory account = entry.account;
        Ledger.applyPayment(entry.terms, account, _today(), amount, ahead, feeRate);
        entry.total = account.penalty + account.interest + account.fee + account.principal;
        if (account.balance == 0) account.installment = 0;
        account.flags = _afterPayment(account.balance, account.due, account.flags);
    }

    /// @dev Stores the payment, moves the money, tells of it.
    function _settle(Entry memory entry, address payer, Source source) internal {
        require(entry.total > 0, Errors.NothingDue(entry.loanId));
        // Effect
        _store(entry);
        // Interaction
        address token = entry.terms.token;
        require(
            _deliver(entry.loanId, token, payer, entry.holder, entry.total, type(uint256).max),
            Errors.TokenTransferFailed(token, payer, entry.total)
        );
        // Log
        _log(entry, payer, source);
    }

    function _store(Entry memory entry) internal {
        Account memory account = entry.account;
        bytes32 loanId = entry.loanId;
        uint256 flags = account.flags;
        uint256 flagsBefore = DebtWord.flagsOf(entry.wordBefore);
        if ((flags | flagsBefore) & DebtWord.LATE != 0) _storePenalty(loanId, account);
        bool carries = account.deferred | account.installment != 0;
        flags = carries ? flags | DebtWord.CARRIED : flags & ~DebtWord.CARRIED;
        if ((flags | flagsBefore) & DebtWord.CARRIED != 0) {
            _carries[loanId] = Carry(uint96(account.deferred), uint96(account.installment));
        }
        account.flags = flags;
        _debts[loanId] =
            DebtWord.pack(account.balance, account.rowPaid, account.row, account.accruedTo, flags);
    }

    /// @dev Tries the payer's allowances in turn. A receiver that cannot receive never blocks a repayment: the
    /// book then takes the money and owes it to the receiver.
    function _deliver(
        bytes32 loanId,
        address token,
        address payer,
        address to,
        uint256 amount,
        uint256 gasLimit
    ) internal returns (bool) {
        if (_pull(token, payer, to, amount, gasLimit)) return true;
        uint256 before = Tokens.balanceOf(token, address(this), gasLimit);
        if (!_pull(token, payer, address(this), amount, gasLimit)) return false;
        uint256 balance = Tokens.balanceOf(token, address(this), gasLimit);
        // credit what arrived, never more: the book's balance always covers its credits
        uint256 received = balance > before ? balance - before : 0;
        _credit(loanId, token, to, received < amount ? received : amount);
        return true;
    }

    /// @dev From the allowance that `payer` gave the book in the token, or else in Permit2.
    function _pull(address token, address payer, address to, uint256 amount, uint256 gasLimit)
        internal
        returns (bool)
    {
        return Tokens.tryTransferFrom(token, payer, to, amount, gasLimit)
            || Tokens.tryPermit2TransferFrom(_permit2, token, payer, to, amount, gasLimit);
    }

    function _credit(bytes32 loanId, address token, address account, uint256 amount) internal {
        _credits[token][account] += amount;
        emit ILoanBook.Credited(loanId, token, account, amount);
    }

    /// @dev Where the holder of an assigned claim stands: in one of the seats of its lender's buyers, which
    /// all claims sold to that buyer share, or else in a slot of the loan's own.
    function _holderKey(bytes32 loanId, address lender, uint256 flags)
        internal
        pure
        returns (bytes32)
    {
        uint256 seat = DebtWord.seatOf(flags);
        return seat == 0 ? loanId : keccak256(abi.encode(lender, seat));
    }

    function _log(Entry memory entry, address payer, Source source) internal {
        Account memory account = entry.account;
        emit ILoanBook.Paid(
            entry.loanId,
            payer,
            source,
            account.penalty,
            account.interest,
            account.fee,
            account.principal,
            account.outstanding
        );
        uint256 flags = account.flags;
        uint256 changed = DebtWord.flagsOf(entry.wordBefore) ^ flags;
        if (changed & (DebtWord.STATUS | DebtWord.WATCH_ROWS) == 0) return;
        if (changed & DebtWord.WATCH_ROWS != 0) emit ILoanBook.Restored(entry.loanId);
        if (changed & DebtWord.STATUS == 0) return;
        if (account.balance == 0) emit ILoanBook.Closed(entry.loanId);
        else emit ILoanBook.Cured(entry.loanId);
    }

    /// @dev Days since 1970-01-01 UTC. A validator can shift it by seconds around midnight only.
    function _today() internal view returns (uint256) {
        return block.timestamp / 1 days;
    }

    function _isOpen(uint256 flags) internal pure returns (bool) {
        Status status = DebtWord.statusOf(flags);
        return status != Status.None && status != Status.Closed;
    }

    function _storePenalty(bytes32 loanId, Account memory account) private {
        if (account.flags & DebtWord.LATE == 0) {
            delete _penalties[loanId];
        } else {
            _penalties[loanId] = Penalty(
                uint128(account.points), uint104(account.penaltyPaid), uint24(account.penaltyDay)
            );
        }
    }

    /// @dev A debt of nothing is closed; a default that was not accelerated is cured once nothing is overdue.
    function _afterPayment(uint256 balance, uint256 due, uint256 flags)
        private
        view
        returns (uint256)
    {
        if (balance == 0) return DebtWord.withStatus(flags, Status.Closed);
        if (
            DebtWord.statusOf(flags) == Status.Defaulted
                && flags & (DebtWord.ACCELERATED | DebtWord.LATE) == 0 && due >= _today()
        ) return DebtWord.withStatus(flags, Status.Active);
        return flags;
    }
}
