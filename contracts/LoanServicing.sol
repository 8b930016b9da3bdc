// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BookPart} from "./base/BookPart.sol";
import {ILoanBook} from "./interfaces/ILoanBook.sol";
import {ILoanServicing} from "./interfaces/ILoanServicing.sol";
import {DebtWord} from "./libraries/DebtWord.sol";
import {Errors} from "./libraries/Errors.sol";
import {Account, Ledger} from "./libraries/Ledger.sol";
import {Permits} from "./libraries/Permits.sol";
import {Sale} from "./libraries/Sale.sol";
import {TermsHash} from "./libraries/TermsHash.sol";
import {Tokens} from "./libraries/Tokens.sol";
import {
    Agreement,
    Conditions,
    Escrow,
    Guarantee,
    Owed,
    Settlement,
    Source,
    Status
} from "./types/Agreement.sol";

/// @title What happens to a loan beside its installments
/// @notice See `ILoanServicing`.
/// @dev The third part of the book.
contract LoanServicing is ILoanServicing, BookPart {
    /// @param permit2_ Uniswap's Permit2, or 0 on a chain without it
    constructor(address permit2_) BookPart(permit2_) {}

    /// @inheritdoc ILoanServicing
    function payThrough(Agreement calldata agreement, uint256 amount, bytes32 channel, bytes32 ref)
        external
        nonReentrant
        returns (uint256 taken)
    {
        require(amount > 0, Errors.AmountZero());
        Entry memory entry = _begin(agreement);
        _apply(entry, amount, true, entry.terms.prepaymentFee);
        _settle(entry, msg.sender, Source.Paid);
        emit ILoanBook.PaidThrough(entry.loanId, channel, ref, entry.total);
        return entry.total;
    }

    /// @inheritdoc ILoanServicing
    function setAutopay(Agreement calldata agreement, bool on) external nonReentrant {
        require(msg.sender == agreement.borrower, Errors.NotTheBorrower(agreement.borrower));
        Entry memory entry = _begin(agreement);
        uint256 flags = entry.account.flags;
        flags = on ? flags & ~DebtWord.MANUAL : flags | DebtWord.MANUAL;
        _debts[entry.loanId] = DebtWord.withFlags(entry.wordBefore, flags);
        emit ILoanBook.AutopaySet(entry.loanId, on);
    }

    /// @inheritdoc ILoanServicing
    function multicall(bytes[] calldata calls) external returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i; i < calls.length; ++i) {
            bool ok;
            (ok, results[i]) = address(this).delegatecall(calls[i]);
            if (!ok) Permits.bubble(results[i]);
        }
    }

    /// @inheritdoc ILoanServicing
    function declareDefault(Agreement calldata agreement, Conditions calldata conditions)
        external
        nonReentrant
    {
        Entry memory entry = _beginAsHolder(agreement, conditions);
        uint256 flags = entry.account.flags;
        require(DebtWord.statusOf(flags) == Status.Active, Errors.StatusChanged(entry.loanId));
        uint256 overdue = _requireOverdue(entry, conditions.defaultDays);
        flags = DebtWord.withStatus(flags, Status.Defaulted);
        flags = DebtWord.withWatch(flags, DebtWord.watchRows(flags));
        _debts[entry.loanId] = DebtWord.withFlags(entry.wordBefore, flags);
        emit ILoanBook.Defaulted(entry.loanId, overdue);
    }

    /// @inheritdoc ILoanServicing
    function accelerate(Agreement calldata agreement, Conditions calldata conditions)
        external
        nonReentrant
    {
        Entry memory entry = _beginAsHolder(agreement, conditions);
        Account memory account = entry.account;
        require(
            DebtWord.statusOf(account.flags) != Status.Active
                && account.flags & DebtWord.ACCELERATED == 0,
            Errors.StatusChanged(entry.loanId)
        );
        _requireOverdue(entry, conditions.accelerationDays);
        Ledger.accelerate(entry.terms, account, _today());
        // with no principal left there is nothing that is not due already
        require(account.balance > 0, Errors.NothingDue(entry.loanId));
        _store(entry);
        emit ILoanBook.Accelerated(entry.loanId, account.balance, account.deferred);
    }

    /// @inheritdoc ILoanServicing
    function writeOff(Agreement calldata agreement, Conditions calldata conditions)
        external
        nonReentrant
    {
        Entry memory entry = _beginAsHolder(agreement, conditions);
        uint256 flags = entry.account.flags;
        require(DebtWord.statusOf(flags) == Status.Defaulted, Errors.StatusChanged(entry.loanId));
        _requireOverdue(entry, conditions.writeOffDays);
        (uint256 outstanding,,) = Ledger.unpaid(entry.terms, entry.account, _today());
        flags = DebtWord.withStatus(flags, Status.WrittenOff);
        _debts[entry.loanId] = DebtWord.withFlags(entry.wordBefore, flags);
        emit ILoanBook.WrittenOff(entry.loanId, outstanding);
    }

    /// @inheritdoc ILoanServicing
    function drawGuarantor(Agreement calldata agreement, Conditions calldata conditions)
        external
        nonReentrant
        returns (uint256 taken)
    {
        Entry memory entry = _begin(agreement);
        _checkKnown(agreement, conditions);
        _requireOverdue(entry, conditions.guaranteeDays);
        address guarantor = conditions.guarantor;
        Guarantee storage guarantee = _guarantees[entry.loanId][guarantor];
        uint256 drawn = guarantee.drawn;
        uint256 guaranteed = conditions.guaranteed;
        _apply(entry, guaranteed > drawn ? guaranteed - drawn : 0, false, 0);
        taken = entry.total;
        uint256 recourse = guarantee.recourse + taken;
        (guarantee.drawn, guarantee.recourse) = (uint96(drawn + taken), uint96(recourse));
        _settle(entry, guarantor, Source.Guarantor);
        emit ILoanBook.RecourseRecorded(entry.loanId, guarantor, recourse);
    }

    /// @inheritdoc ILoanServicing
    function repayRecourse(Agreement calldata agreement, address guarantor, uint256 amount)
        external
        nonReentrant
        returns (uint256 taken)
    {
        (bytes32 loanId,) = _known(agreement);
        Guarantee storage guarantee = _guarantees[loanId][guarantor];
        uint256 recourse = guarantee.recourse;
        taken = _atMost(amount, recourse);
        require(taken > 0, Errors.NothingDue(loanId));
        guarantee.recourse = uint96(recourse - taken);
        address token = agreement.token;
        require(
            _deliver(loanId, token, msg.sender, guarantor, taken, type(uint256).max),
            Errors.TokenTransferFailed(token, msg.sender, taken)
        );
        emit ILoanBook.RecourseRepaid(loanId, guarantor, msg.sender, taken);
    }

    /// @inheritdoc ILoanServicing
    function addCollateral(
        Agreement calldata agreement,
        Conditions calldata conditions,
        uint256 amount
    ) external nonReentrant {
        Entry memory entry = _begin(agreement);
        _checkKnown(agreement, conditions);
        require(conditions.collateralToken != address(0), Errors.NotAgreed());
        require(amount > 0, Errors.AmountZero());
        _addCollateral(entry.loanId, conditions, msg.sender, amount);
    }

    /// @inheritdoc ILoanServicing
    function buyCollateral(
        Agreement calldata agreement,
        Conditions calldata conditions,
        uint256 amount,
        uint256 maxCost
    ) external nonReentrant returns (uint256 bought, uint256 cost) {
        // Check
        Entry memory entry = _begin(agreement);
        _checkKnown(agreement, conditions);
        require(entry.account.flags & DebtWord.ACCELERATED != 0, Errors.StatusChanged(entry.loanId));
        require(conditions.collateral > 0, Errors.NotAgreed());
        Escrow memory escrow = _escrows[entry.loanId];
        uint256 debt = Ledger.dueOn(entry.terms, entry.account, _today());
        (bought, cost) = Sale.quote(
            conditions,
            amount < escrow.amount ? amount : escrow.amount,
            debt,
            Sale.price(entry.terms, conditions, entry.account.accruedTo)
        );
        require(bought > 0, Errors.NothingDue(entry.loanId));
        require(cost <= maxCost, Errors.CostAbove(cost, maxCost));

        // Effect, Interaction, Log
        _escrows[entry.loanId].amount = uint96(escrow.amount - bought);
        _apply(entry, cost, false, 0);
        _settle(entry, msg.sender, Source.Collateral);
        require(
            Tokens.tryTransfer(escrow.token, msg.sender, bought),
            Errors.TokenTransferFailed(escrow.token, address(this), bought)
        );
        emit ILoanBook.CollateralSold(entry.loanId, msg.sender, escrow.token, bought, cost);
    }

    /// @inheritdoc ILoanServicing
    function releaseCollateral(Agreement calldata agreement)
        external
        nonReentrant
        returns (uint256 amount)
    {
        (bytes32 loanId, uint256 word) = _known(agreement);
        require(!_isOpen(DebtWord.flagsOf(word)), Errors.LoanStillOpen(loanId));
        Escrow memory escrow = _escrows[loanId];
        amount = escrow.amount;
        require(amount > 0, Errors.NoCredit(escrow.token, agreement.borrower));
        delete _escrows[loanId];
        address borrower = agreement.borrower;
        if (!Tokens.tryTransfer(escrow.token, borrower, amount)) {
            _credit(loanId, escrow.token, borrower, amount);
        }
        emit ILoanBook.CollateralReleased(loanId, borrower, escrow.token, amount);
    }

    /// @inheritdoc ILoanServicing
    function owedAt(Agreement calldata agreement, uint256 timestamp)
        external
        view
        returns (Owed memory owed)
    {
        (bytes32 loanId, uint256 word, bytes4 failure) = _find(agreement);
        if (failure != 0) return owed;
        Entry memory entry;
        _load(agreement, entry, loanId, word);
        return Ledger.owedOn(entry.terms, entry.account, timestamp / 1 days);
    }

    /// @inheritdoc ILoanServicing
    function guaranteeOf(bytes32 loanId, address guarantor)
        external
        view
        returns (Guarantee memory)
    {
        return _guarantees[loanId][guarantor];
    }

    /// @inheritdoc ILoanServicing
    function escrowOf(bytes32 loanId) external view returns (Escrow memory) {
        return _escrows[loanId];
    }

    /// @inheritdoc ILoanServicing
    function settle(
        Agreement calldata agreement,
        Settlement calldata settlement,
        bytes calldata borrowerSignature,
        bytes calldata lenderSignature
    ) external nonReentrant returns (uint256 taken) {
        // Check
        Entry memory entry = _begin(agreement);
        require(settlement.terms == _inForce(entry), Errors.TermsNotInForce(entry.loanId));
        require(settlement.amount > 0, Errors.AmountZero());
        _checkDeadline(settlement.deadline);
        bytes32 digest = settlementDigest(settlement);
        _checkSignature(agreement.borrower, digest, borrowerSignature);
        _checkSignature(entry.holder, digest, lenderSignature);

        // Effect
        _useNonce(agreement.borrower, settlement.borrowerNonce);
        _useNonce(entry.holder, settlement.lenderNonce);
        uint256[3] memory waived = _forgive(entry, settlement.amount);

        // Effect, Interaction, Log
        _settle(entry, msg.sender, Source.Settlement);
        emit ILoanBook.Settled(
            entry.loanId, waived[0], waived[1], waived[2], settlement.reason, settlement.planHash
        );
        return entry.total;
    }

    /// @inheritdoc ILoanServicing
    function permit(
        address token,
        address owner,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        Permits.tryPermit(token, owner, value, deadline, v, r, s);
    }

    /// @inheritdoc ILoanServicing
    function permit2(
        address owner,
        uint256[4] calldata allowance,
        uint256 sigDeadline,
        bytes calldata signature
    ) external nonReentrant {
        Permits.tryPermit2(_permit2, owner, allowance, sigDeadline, signature);
    }

    /// @inheritdoc ILoanServicing
    function claim(address token, address to) external nonReentrant returns (uint256 amount) {
        require(to != address(0) && to != address(this), Errors.RecipientInvalid(to));
        amount = _credits[token][msg.sender];
        require(amount > 0, Errors.NoCredit(token, msg.sender));
        delete _credits[token][msg.sender];
        require(
            Tokens.tryTransfer(token, to, amount),
            Errors.TokenTransferFailed(token, address(this), amount)
        );
        emit ILoanBook.Claimed(token, msg.sender, to, amount);
    }

    /// @inheritdoc ILoanServicing
    function settlementDigest(Settlement calldata settlement) public view returns (bytes32) {
        return _typed(TermsHash.ofSettlement(settlement));
    }

    /// @dev Applies `amount` to principal, then interest, then penalty; the rest is forgiven.
    function _forgive(Entry memory entry, uint256 amount)
        private
        view
        returns (uint256[3] memory waived)
    {
        Account memory account = entry.account;
        Ledger.bringUpTo(entry.terms, account, _today());
        (uint256 principal, uint256 interest, uint256 penalty) =
            Ledger.unpaid(entry.terms, account, _today());
        account.principal = _atMost(principal, amount);
        account.interest = _atMost(interest, amount - account.principal);
        account.penalty = _atMost(penalty, amount - account.principal - account.interest);
        entry.total = account.principal + account.interest + account.penalty;
        account.outstanding = principal - account.principal;
        waived =
            [penalty - account.penalty, interest - account.interest, principal - account.principal];
        Ledger.close(account);
    }

    function _beginAsHolder(Agreement calldata agreement, Conditions calldata conditions)
        private
        view
        returns (Entry memory entry)
    {
        entry = _begin(agreement);
        _checkKnown(agreement, conditions);
        require(msg.sender == entry.holder, Errors.NotTheHolder(entry.holder));
    }

    /// @dev A loan of the book, open or closed, by the terms in force.
    function _known(Agreement calldata agreement)
        private
        view
        returns (bytes32 loanId, uint256 word)
    {
        bool inForce;
        (loanId, word, inForce) = _locate(agreement);
        require(word != 0, Errors.LoanNotOpen(loanId));
        require(inForce, Errors.TermsNotInForce(loanId));
    }

    function _requireOverdue(Entry memory entry, uint256 needed)
        private
        view
        returns (uint256 overdue)
    {
        require(needed > 0, Errors.NotAgreed());
        overdue = Ledger.daysPastDue(entry.terms, entry.account, _today());
        require(overdue >= needed, Errors.TooEarly(overdue, needed));
    }
}
