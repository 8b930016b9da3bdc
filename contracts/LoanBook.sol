// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ILoanBook} from "./interfaces/ILoanBook.sol";
import {AgreementCheck} from "./libraries/AgreementCheck.sol";
import {AgreementHash} from "./libraries/AgreementHash.sol";
import {DebtWord} from "./libraries/DebtWord.sol";
import {Errors} from "./libraries/Errors.sol";
import {Ledger} from "./libraries/Ledger.sol";
import {Schedule} from "./libraries/Schedule.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Tokens} from "./libraries/Tokens.sol";
import {Agreement, Debt, Owed, Penalty, Row, Split, Status} from "./types/Agreement.sol";

/// @title The loan book
/// @notice See `ILoanBook`, which says everything a caller needs to know.
contract LoanBook is ILoanBook, EIP712, ReentrancyGuardTransient {
    /// @dev Most gas one token call of a batch may use, so that one token cannot starve the rest.
    uint256 private constant BATCH_TOKEN_GAS = 300_000;

    /// @dev see `DebtWord`
    mapping(bytes32 loanId => uint256 word) private _debts;
    mapping(bytes32 loanId => Penalty) private _penalties;
    mapping(address owner => mapping(uint256 word => uint256 bits)) private _nonces;
    mapping(address token => mapping(address account => uint256)) private _credits;

    /// @dev One payment on its way: the state after it, what was stored before, and what moves.
    struct Entry {
        bytes32 loanId;
        uint256 wordBefore;
        bool wasLate;
        Debt debt;
        Penalty penalty;
        Split split;
        uint256 outstanding;
        uint256 total;
    }

    /// @dev Loan ids are digests under the chain id of the deployment, for good: a chain that changes its
    /// id must not lose its loans. New agreements are then refused, so no signature counts on two chains.
    bytes32 private immutable _domain = _domainSeparatorV4();

    constructor() EIP712("Tallystick", "1") {}

    /// @inheritdoc ILoanBook
    function originate(
        Agreement calldata agreement,
        bytes calldata borrowerSignature,
        bytes calldata lenderSignature
    ) external nonReentrant returns (bytes32 loanId) {
        // Check
        require(_domainSeparatorV4() == _domain, Errors.ChainChanged(block.chainid));
        loanId = _idOf(agreement);
        require(_debts[loanId] == 0, Errors.LoanExists(loanId));
        _checkTime(agreement);
        _checkSignature(agreement.borrower, loanId, borrowerSignature);
        _checkSignature(agreement.lender, loanId, lenderSignature);

        // Effect
        _useNonce(agreement.borrower, agreement.borrowerNonce);
        _useNonce(agreement.lender, agreement.lenderNonce);
        _debts[loanId] = DebtWord.pack(
            Debt({
                balance: agreement.principal,
                rowPaid: 0,
                row: 0,
                accruedTo: 0,
                status: Status.Active,
                late: false
            })
        );

        // Interaction
        _lend(agreement);

        // Log
        emit Originated(loanId, agreement.borrower, agreement.lender, agreement);
    }

    /// @inheritdoc ILoanBook
    function pay(Agreement calldata agreement, uint256 amount)
        external
        nonReentrant
        returns (uint256 taken)
    {
        require(amount > 0, Errors.AmountZero());
        Entry memory entry = _enter(agreement, amount, true);
        _settle(agreement, entry, msg.sender, false);
        return entry.total;
    }

    /// @inheritdoc ILoanBook
    function payoff(Agreement calldata agreement, uint256 maxAmount)
        external
        nonReentrant
        returns (uint256 taken)
    {
        Entry memory entry = _enter(agreement, type(uint256).max, true);
        require(entry.total <= maxAmount, Errors.PayoffAbove(entry.total, maxAmount));
        _settle(agreement, entry, msg.sender, false);
        return entry.total;
    }

    /// @inheritdoc ILoanBook
    function collect(Agreement calldata agreement) external nonReentrant returns (uint256 taken) {
        Entry memory entry = _enter(agreement, type(uint256).max, false);
        require(entry.total > 0, Errors.NothingDue(entry.loanId));
        _settle(agreement, entry, agreement.borrower, true);
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
            bytes4 failure;
            bytes32 loanId = _idOf(agreements[i]);
            (taken[i], failure) = _tryCollect(agreements[i], loanId);
            if (failure != 0) emit CollectFailed(loanId, failure);
        }
    }

    /// @inheritdoc ILoanBook
    function revokeNonce(uint256 nonce) external {
        _useNonce(msg.sender, nonce);
        emit NonceRevoked(msg.sender, nonce);
    }

    /// @inheritdoc ILoanBook
    function claim(address token, address to) external nonReentrant returns (uint256 amount) {
        require(to != address(0) && to != address(this), Errors.RecipientInvalid(to));
        amount = _credits[token][msg.sender];
        require(amount > 0, Errors.NoCredit(token, msg.sender));
        delete _credits[token][msg.sender];
        require(
            Tokens.tryTransfer(token, to, amount),
            Errors.TokenTransferFailed(token, address(this), amount)
        );
        emit Claimed(token, msg.sender, to, amount);
    }

    /// @inheritdoc ILoanBook
    function loanIdOf(Agreement calldata agreement) external view returns (bytes32) {
        return _idOf(agreement);
    }

    /// @inheritdoc ILoanBook
    function debtOf(bytes32 loanId) external view returns (Debt memory, Penalty memory) {
        return (DebtWord.unpack(_debts[loanId]), _penalties[loanId]);
    }

    /// @inheritdoc ILoanBook
    function owedAt(Agreement calldata agreement, uint256 timestamp)
        external
        view
        returns (Owed memory owed)
    {
        bytes32 loanId = _idOf(agreement);
        Debt memory debt = DebtWord.unpack(_debts[loanId]);
        if (debt.status != Status.Active) return owed;
        return Ledger.owedOn(agreement, debt, _penalties[loanId], timestamp / 1 days);
    }

    /// @inheritdoc ILoanBook
    function scheduleOf(Agreement calldata agreement) external pure returns (Row[] memory) {
        AgreementCheck.check(agreement);
        return Schedule.rows(agreement);
    }

    /// @inheritdoc ILoanBook
    function creditOf(address token, address account) external view returns (uint256) {
        return _credits[token][account];
    }

    /// @inheritdoc ILoanBook
    function isNonceUsed(address owner, uint256 nonce) external view returns (bool) {
        return _nonces[owner][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    function _idOf(Agreement calldata agreement) private view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_domain, AgreementHash.structHash(agreement));
    }

    function _checkTime(Agreement calldata agreement) private view {
        (uint256 startDay, uint256 firstDueDay) = AgreementCheck.check(agreement);
        uint256 deadline = agreement.deadline;
        require(block.timestamp <= deadline, Errors.AgreementExpired(deadline, block.timestamp));
        uint256 today = _today();
        require(
            today >= startDay && today < firstDueDay,
            Errors.OutsideStartWindow(startDay, firstDueDay, today)
        );
    }

    /// @dev Sending the transaction is as good as signing it.
    function _checkSignature(address signer, bytes32 loanId, bytes calldata signature)
        private
        view
    {
        if (msg.sender == signer && signature.length == 0) return;
        require(Signatures.isValid(signer, loanId, signature), Errors.SignatureInvalid(signer));
    }

    function _useNonce(address owner, uint256 nonce) private {
        uint256 bit = 1 << (nonce & 0xff);
        uint256 word = _nonces[owner][nonce >> 8];
        require(word & bit == 0, Errors.NonceUsed(owner, nonce));
        _nonces[owner][nonce >> 8] = word | bit;
    }

    /// @dev Measures what arrives, so that no token that takes a fee ever enters the book.
    function _lend(Agreement calldata agreement) private {
        (address token, address borrower) = (agreement.token, agreement.borrower);
        uint256 principal = agreement.principal;
        uint256 before = Tokens.balanceOf(token, borrower, gasleft());
        require(
            Tokens.tryTransferFrom(token, agreement.lender, borrower, principal, gasleft()),
            Errors.TokenTransferFailed(token, agreement.lender, principal)
        );
        uint256 balance = Tokens.balanceOf(token, borrower, gasleft());
        uint256 received = balance > before ? balance - before : 0;
        require(received == principal, Errors.TokenTookFee(token, principal, received));
    }

    /// @dev Computes a payment of an active loan; nothing is stored yet.
    function _enter(Agreement calldata agreement, uint256 amount, bool ahead)
        private
        view
        returns (Entry memory entry)
    {
        entry = _open(_idOf(agreement));
        require(entry.debt.status == Status.Active, Errors.LoanNotActive(entry.loanId));
        _apply(agreement, entry, amount, ahead);
    }

    function _open(bytes32 loanId) private view returns (Entry memory entry) {
        entry.loanId = loanId;
        entry.wordBefore = _debts[loanId];
        entry.debt = DebtWord.unpack(entry.wordBefore);
    }

    function _apply(Agreement calldata agreement, Entry memory entry, uint256 amount, bool ahead)
        private
        view
    {
        entry.wasLate = entry.debt.late;
        if (entry.wasLate) entry.penalty = _penalties[entry.loanId];
        (entry.split, entry.outstanding) =
            Ledger.applyPayment(agreement, entry.debt, entry.penalty, _today(), amount, ahead);
        if (entry.debt.balance == 0) entry.debt.status = Status.Closed;
        entry.total = entry.split.penalty + entry.split.interest + entry.split.principal;
    }

    function _settle(
        Agreement calldata agreement,
        Entry memory entry,
        address payer,
        bool collected
    ) private {
        // Effect
        _store(entry);
        // Interaction
        require(
            _move(agreement, entry.loanId, payer, entry.total, type(uint256).max),
            Errors.TokenTransferFailed(agreement.token, payer, entry.total)
        );
        // Log
        _log(entry, payer, collected);
    }

    /// @dev As `collect`, but a failure is returned and leaves the stored state as it was.
    function _tryCollect(Agreement calldata agreement, bytes32 loanId)
        private
        returns (uint256 taken, bytes4 failure)
    {
        Entry memory entry = _open(loanId);
        if (entry.debt.status != Status.Active) return (0, Errors.LoanNotActive.selector);
        _apply(agreement, entry, type(uint256).max, false);
        if (entry.total == 0) return (0, Errors.NothingDue.selector);
        Penalty memory before;
        if (entry.wasLate) before = _penalties[loanId];
        _store(entry);
        address borrower = agreement.borrower;
        if (!_move(agreement, loanId, borrower, entry.total, BATCH_TOKEN_GAS)) {
            _debts[loanId] = entry.wordBefore;
            if (entry.wasLate) _penalties[loanId] = before;
            return (0, Errors.TokenTransferFailed.selector);
        }
        _log(entry, borrower, true);
        return (entry.total, 0);
    }

    /// @dev A collection pays everything due, so after it nothing is late; only `pay` can leave a penalty.
    function _store(Entry memory entry) private {
        _debts[entry.loanId] = DebtWord.pack(entry.debt);
        if (entry.debt.late) _penalties[entry.loanId] = entry.penalty;
        else if (entry.wasLate) delete _penalties[entry.loanId];
    }

    /// @dev Pays the lender. A lender that cannot receive never blocks a repayment: the book then takes
    /// the money and owes it to the lender.
    function _move(
        Agreement calldata agreement,
        bytes32 loanId,
        address payer,
        uint256 amount,
        uint256 gasLimit
    ) private returns (bool) {
        (address token, address lender) = (agreement.token, agreement.lender);
        if (Tokens.tryTransferFrom(token, payer, lender, amount, gasLimit)) return true;
        uint256 before = Tokens.balanceOf(token, address(this), gasLimit);
        if (!Tokens.tryTransferFrom(token, payer, address(this), amount, gasLimit)) return false;
        uint256 balance = Tokens.balanceOf(token, address(this), gasLimit);
        // credit what arrived, never more: the book's balance always covers its credits
        uint256 received = balance > before ? balance - before : 0;
        if (received > amount) received = amount;
        _credits[token][lender] += received;
        emit Credited(loanId, token, lender, received);
        return true;
    }

    function _log(Entry memory entry, address payer, bool collected) private {
        emit Paid(
            entry.loanId,
            payer,
            entry.split.penalty,
            entry.split.interest,
            entry.split.principal,
            entry.outstanding,
            collected
        );
        if (entry.debt.status == Status.Closed) emit Closed(entry.loanId);
    }

    /// @dev Days since 1970-01-01 UTC. A validator can shift it by seconds around midnight only.
    function _today() private view returns (uint256) {
        return block.timestamp / 1 days;
    }
}
