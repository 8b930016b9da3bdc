// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {BookPart} from "./base/BookPart.sol";
import {Delegation} from "./base/Delegation.sol";
import {IGate} from "./interfaces/IGate.sol";
import {ILoanAgreements} from "./interfaces/ILoanAgreements.sol";
import {ILoanBook} from "./interfaces/ILoanBook.sol";
import {AgreementCheck} from "./libraries/AgreementCheck.sol";
import {DebtWord} from "./libraries/DebtWord.sol";
import {Errors} from "./libraries/Errors.sol";
import {Account, Ledger} from "./libraries/Ledger.sol";
import {Schedule} from "./libraries/Schedule.sol";
import {TermsHash} from "./libraries/TermsHash.sol";
import {TermsLog} from "./libraries/TermsLog.sol";
import {
    Agreement,
    Amendment,
    Assignment,
    Conditions,
    Consents,
    Escrow,
    Row,
    Status,
    Transfer
} from "./types/Agreement.sol";

/// @title What parties sign
/// @notice See `ILoanAgreements`.
/// @dev The second part of the book; calls that it does not know go on to the third, `LoanServicing`.
contract LoanAgreements is ILoanAgreements, BookPart, Delegation {
    /// @param permit2_ Uniswap's Permit2, or 0 on a chain without it
    /// @param next the code of `LoanServicing`
    constructor(address permit2_, address next) BookPart(permit2_) Delegation(next) {}

    /// @inheritdoc ILoanAgreements
    function originate(
        Agreement calldata agreement,
        Conditions calldata conditions,
        Consents calldata consents
    ) external nonReentrant returns (bytes32 loanId) {
        // Check
        require(agreement.amends == 0, Errors.AgreementInvalid("amends"));
        loanId = _digestOf(agreement);
        require(_debts[loanId] == 0, Errors.LoanExists(loanId));
        (Agreement memory terms,,) = _checkTerms(agreement, conditions);
        _checkConsents(terms, conditions, consents, loanId);

        // Effect
        _useNonces(terms, conditions);
        _debts[loanId] = DebtWord.pack(terms.principal, 0, 0, 0, uint256(Status.Active));

        // Interaction
        _transferExactly(terms.token, terms.lender, terms.borrower, terms.principal);

        // Log, before the collateral: the first event of a loan is its origination
        TermsLog.originated(loanId, agreement, conditions);
        if (conditions.collateral > 0) {
            _addCollateral(loanId, conditions, terms.borrower, conditions.collateral);
        }
    }

    /// @inheritdoc ILoanAgreements
    function amend(
        Agreement calldata agreementBefore,
        Agreement calldata agreementAfter,
        Conditions calldata conditionsAfter,
        Amendment calldata amendment,
        Consents calldata consents
    ) external nonReentrant {
        // Check
        Entry memory entry = _begin(agreementBefore);
        (Agreement memory terms, uint256 startDay, uint256 most) =
            _checkTerms(agreementAfter, conditionsAfter);
        _checkAmendment(terms, amendment, entry);
        bytes32 termsAfter = TermsHash.ofAgreement(agreementAfter);
        _checkConsents(
            terms, conditionsAfter, consents, _typed(TermsHash.ofAmendment(termsAfter, amendment))
        );
        termsAfter = _typed(termsAfter);

        // Effect
        _useNonces(terms, conditionsAfter);
        uint256[5] memory amounts = _restructure(entry, terms, amendment, startDay, most);
        _terms[entry.loanId] = termsAfter;
        _store(entry);

        // Interaction
        _completeCollateral(entry.loanId, conditionsAfter, terms.borrower);

        // Log
        TermsLog.amended(
            entry.loanId, termsAfter, agreementAfter, conditionsAfter, amendment, amounts
        );
    }

    /// @inheritdoc ILoanAgreements
    function assign(
        Agreement calldata agreement,
        Conditions calldata conditions,
        Assignment calldata assignment,
        bytes calldata holderSignature,
        bytes calldata consent,
        bytes calldata attestation,
        uint256 minOutstanding
    ) external nonReentrant {
        // Check
        Entry memory entry = _begin(agreement);
        _checkKnown(agreement, conditions);
        address holder = entry.holder;
        require(assignment.loanId == entry.loanId, Errors.LoanNotOpen(assignment.loanId));
        require(assignment.from == holder, Errors.NotTheHolder(holder));
        _checkDeadline(assignment.deadline);
        _checkReceiver(agreement, conditions, assignment, consent);
        _checkGate(conditions, conditions.lenderKind, assignment.to, attestation);
        if (minOutstanding > 0) _checkOutstanding(entry, minOutstanding);

        // Effect
        if (msg.sender != holder || holderSignature.length > 0) {
            _checkSignature(holder, assignmentDigest(assignment), holderSignature);
            _useNonce(holder, assignment.nonce);
        }
        _seat(entry, assignment.to);

        // Interaction
        _payPrice(assignment, holder);

        // Log
        emit ILoanBook.Assigned(
            entry.loanId, holder, assignment.to, assignment.token, assignment.price
        );
    }

    /// @inheritdoc ILoanAgreements
    function revokeNonce(uint256 nonce) external {
        _useNonce(msg.sender, nonce);
        emit ILoanBook.NonceRevoked(msg.sender, nonce);
    }

    /// @inheritdoc ILoanAgreements
    function scheduleOf(Agreement calldata agreement) external view returns (Row[] memory) {
        Agreement memory terms = agreement;
        AgreementCheck.check(terms);
        return Schedule.rows(terms);
    }

    /// @inheritdoc ILoanAgreements
    function conditionsHash(Conditions calldata conditions) external pure returns (bytes32) {
        return TermsHash.ofConditions(conditions);
    }

    /// @inheritdoc ILoanAgreements
    function termsOf(bytes32 loanId) external view returns (bytes32) {
        bool amended = DebtWord.flagsOf(_debts[loanId]) & DebtWord.AMENDED != 0;
        return amended ? _terms[loanId] : loanId;
    }

    /// @inheritdoc ILoanAgreements
    function holderOf(Agreement calldata agreement) external view returns (address) {
        return _begin(agreement).holder;
    }

    /// @inheritdoc ILoanAgreements
    function amendmentDigest(Agreement calldata agreementAfter, Amendment calldata amendment)
        public
        view
        returns (bytes32)
    {
        return _typed(TermsHash.ofAmendment(TermsHash.ofAgreement(agreementAfter), amendment));
    }

    /// @inheritdoc ILoanAgreements
    function assignmentDigest(Assignment calldata assignment) public view returns (bytes32) {
        return _typed(TermsHash.ofAssignment(assignment));
    }

    /// @dev Collateral that the new conditions ask for beyond what lies in escrow comes from the borrower.
    function _completeCollateral(bytes32 loanId, Conditions calldata conditions, address borrower)
        private
    {
        Escrow memory escrow = _escrows[loanId];
        require(
            escrow.amount == 0 || escrow.token == conditions.collateralToken
                || conditions.collateralToken == address(0),
            Errors.ConditionsInvalid("collateralToken")
        );
        if (conditions.collateral > escrow.amount) {
            _addCollateral(loanId, conditions, borrower, conditions.collateral - escrow.amount);
        }
    }

    /// @dev The second claim that a lender sells to the same buyer finds it in its seat and stores nothing new.
    /// Only the lender's own sales fill seats, so that no later holder can take them all.
    function _seat(Entry memory entry, address to) private {
        bytes32 loanId = entry.loanId;
        address lender = entry.terms.lender;
        uint256 flags = DebtWord.withHolder(entry.account.flags, 1 + uint160(to) % 127);
        bytes32 key = _holderKey(loanId, lender, flags);
        address seated = _holders[key];
        if (seated != to) {
            if (seated != address(0) || entry.holder != lender) {
                flags = DebtWord.withHolder(flags, 0);
                key = loanId;
            }
            _holders[key] = to;
        }
        _debts[loanId] = DebtWord.withFlags(entry.wordBefore, flags);
    }

    /// @dev The buyer pays by its own call, so no signature of the holder can take a stranger's money.
    function _payPrice(Assignment calldata assignment, address holder) private {
        uint256 price = assignment.price;
        if (price == 0) return;
        require(msg.sender == assignment.to, Errors.NotTheHolder(assignment.to));
        require(
            _pull(assignment.token, assignment.to, holder, price, gasleft()),
            Errors.TokenTransferFailed(assignment.token, assignment.to, price)
        );
    }

    function _useNonces(Agreement memory terms, Conditions calldata conditions) private {
        _useNonce(terms.borrower, conditions.borrowerNonce);
        _useNonce(terms.lender, conditions.lenderNonce);
        if (conditions.guarantor != address(0)) {
            _useNonce(conditions.guarantor, conditions.guarantorNonce);
        }
    }

    /// @dev Turns what is owed into the new balance. The penalty must be gone: new terms would charge it anew.
    function _restructure(
        Entry memory entry,
        Agreement memory termsAfter,
        Amendment calldata amendment,
        uint256 startDay,
        uint256 most
    ) private returns (uint256[5] memory amounts) {
        Account memory account = entry.account;
        (uint256 principal, uint256 interest, uint256 penalty) =
            Ledger.unpaid(entry.terms, account, _today());
        amounts[0] = _atMost(penalty, amendment.waivedPenalty);
        amounts[1] = _atMost(interest, amendment.waivedInterest);
        amounts[2] = _atMost(principal, amendment.waivedPrincipal);
        require(penalty == amounts[0], Errors.PenaltyOwed(penalty - amounts[0]));
        interest -= amounts[1];
        principal -= amounts[2];
        if (amendment.capitalise) (principal, interest) = (principal + interest, 0);
        (amounts[3], amounts[4]) = (principal, interest);
        require(
            principal > 0 && principal <= termsAfter.principal,
            Errors.DebtAbove(principal, termsAfter.principal)
        );
        require(
            most + interest <= type(uint96).max, Errors.DebtAbove(interest, type(uint96).max - most)
        );
        Ledger.restart(account, principal, interest, _today() - startDay);
        account.flags = DebtWord.withWatch(
            uint256(Status.Active) | DebtWord.AMENDED | (account.flags & DebtWord.MANUAL),
            amendment.watchRows
        );
        // the new terms name the holder as their lender
        uint256 before = DebtWord.flagsOf(entry.wordBefore) & (DebtWord.ASSIGNED | DebtWord.SEAT);
        if (before == DebtWord.ASSIGNED) delete _holders[entry.loanId];
    }

    /// @dev Whoever buys a claim says how much of it must still be there.
    function _checkOutstanding(Entry memory entry, uint256 minOutstanding) private view {
        (uint256 outstanding,,) = Ledger.unpaid(entry.terms, entry.account, _today());
        require(outstanding >= minOutstanding, Errors.OutstandingBelow(outstanding, minOutstanding));
    }

    function _checkAmendment(
        Agreement memory termsAfter,
        Amendment calldata amendment,
        Entry memory entry
    ) private view {
        bytes32 loanId = entry.loanId;
        require(amendment.termsBefore == _inForce(entry), Errors.TermsNotInForce(loanId));
        require(
            amendment.statusBefore == DebtWord.statusOf(entry.account.flags),
            Errors.StatusChanged(loanId)
        );
        (amendment.reason, amendment.watchRows); // reading refuses dirty bits
        require(termsAfter.amends == loanId, Errors.AgreementInvalid("amends"));
        require(
            termsAfter.borrower == entry.terms.borrower && termsAfter.lender == entry.holder
                && termsAfter.token == entry.terms.token,
            Errors.PartyChanged()
        );
    }

    /// @return terms the agreement, of which no word has bits that its type does not
    /// @return startDay days since 1970-01-01
    /// @return most the most that the loan can ever cost without penalty, base units
    function _checkTerms(Agreement calldata agreement, Conditions calldata conditions)
        private
        view
        returns (Agreement memory terms, uint256 startDay, uint256 most)
    {
        require(block.chainid == _chainId, Errors.ChainChanged(block.chainid));
        _checkKnown(agreement, conditions);
        terms = agreement;
        uint256 firstDueDay;
        (startDay, firstDueDay, most) = AgreementCheck.check(terms);
        AgreementCheck.checkConditions(terms, conditions);
        _checkDeadline(conditions.deadline);
        uint256 today = _today();
        require(
            today >= startDay && today < firstDueDay,
            Errors.OutsideStartWindow(startDay, firstDueDay, today)
        );
    }

    function _checkConsents(
        Agreement memory terms,
        Conditions calldata conditions,
        Consents calldata consents,
        bytes32 digest
    ) private view {
        (address borrower, address lender) = (terms.borrower, terms.lender);
        _checkSignature(borrower, digest, consents.borrower);
        _checkSignature(lender, digest, consents.lender);
        address guarantor = conditions.guarantor;
        if (guarantor != address(0)) _checkSignature(guarantor, digest, consents.guarantor);
        _checkGate(conditions, conditions.borrowerKind, borrower, consents.borrowerAttestation);
        _checkGate(conditions, conditions.lenderKind, lender, consents.lenderAttestation);
    }

    function _checkGate(
        Conditions calldata conditions,
        bytes32 kind,
        address party,
        bytes calldata attestation
    ) private view {
        if (kind == 0) return;
        // not through the interface: a gate that reverts, or has no code, says no
        (bool ok, bytes memory answer) =
            conditions.gate.staticcall(abi.encodeCall(IGate.admits, (party, kind, attestation)));
        bool admitted = ok && answer.length == 32 && abi.decode(answer, (uint256)) == 1;
        require(admitted, Errors.NotAdmitted(party, kind));
    }

    function _checkReceiver(
        Agreement calldata agreement,
        Conditions calldata conditions,
        Assignment calldata assignment,
        bytes calldata consent
    ) private view {
        address to = assignment.to;
        require(
            to != address(0) && to != address(this) && to != agreement.borrower
                && to != conditions.guarantor,
            Errors.RecipientInvalid(to)
        );
        Transfer rule = conditions.transfer;
        if (rule == Transfer.Consent) {
            _checkSignature(agreement.borrower, assignmentDigest(assignment), consent);
        } else if (rule == Transfer.Listed) {
            // hashed twice, so that no inner node of the tree passes for an account
            bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(to))));
            bytes32[] memory proof = abi.decode(consent, (bytes32[]));
            require(
                MerkleProof.verify(proof, conditions.transferees, leaf),
                Errors.TransferNotAllowed(to)
            );
        }
    }
}
