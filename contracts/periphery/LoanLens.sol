// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITallystick} from "../interfaces/ITallystick.sol";
import {
    Agreement,
    Carry,
    Debt,
    Escrow,
    Guarantee,
    Owed,
    Penalty,
    Row
} from "../types/Agreement.sol";

/// @title One call for an auditor
/// @notice Everything the book knows about a loan at a time, consistent because it is one call.
contract LoanLens {
    /// @notice A loan as of a time.
    struct Reading {
        bytes32 loanId;
        /// EIP-712 digest of the terms in force
        bytes32 terms;
        Debt debt;
        Penalty penalty;
        Carry carry;
        /// as of the time asked for; all zero unless the loan is open and the terms given are in force
        Owed owed;
        /// the whole schedule as agreed by the terms given
        Row[] schedule;
        /// who holds the claim; 0 unless the loan is open and the terms given are in force
        address holder;
        Guarantee guarantee;
        Escrow escrow;
        /// what waits in the book, in the loan's token, for the holder, or for the lender if there is none
        uint256 credit;
    }

    /// @notice Reads one loan.
    /// @param agreement the terms in force
    /// @param guarantor whose guarantee is read, 0 for none
    /// @dev Reverts with the book's `AgreementInvalid` when the terms break a bound. `debt.status` is `None`
    /// when the book does not know the loan.
    function read(
        ITallystick book,
        Agreement calldata agreement,
        address guarantor,
        uint256 timestamp
    ) public view returns (Reading memory reading) {
        bytes32 digest = book.loanIdOf(agreement);
        bytes32 loanId = agreement.amends == 0 ? digest : agreement.amends;
        reading.loanId = loanId;
        reading.terms = book.termsOf(loanId);
        (reading.debt, reading.penalty, reading.carry) = book.debtOf(loanId);
        reading.owed = book.owedAt(agreement, timestamp);
        reading.schedule = book.scheduleOf(agreement);
        reading.guarantee = book.guaranteeOf(loanId, guarantor);
        reading.escrow = book.escrowOf(loanId);
        address creditor = agreement.lender;
        if (reading.debt.balance > 0 && reading.terms == digest) {
            creditor = book.holderOf(agreement);
            reading.holder = creditor;
        }
        reading.credit = book.creditOf(agreement.token, creditor);
    }

    /// @notice Reads many loans at one block and time.
    /// @param guarantors one for every agreement, 0 for none
    function readMany(
        ITallystick book,
        Agreement[] calldata agreements,
        address[] calldata guarantors,
        uint256 timestamp
    ) external view returns (Reading[] memory readings) {
        readings = new Reading[](agreements.length);
        for (uint256 i; i < agreements.length; ++i) {
            readings[i] = read(book, agreements[i], guarantors[i], timestamp);
        }
    }
}
