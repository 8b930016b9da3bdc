// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILoanBook} from "../interfaces/ILoanBook.sol";
import {Agreement, Debt, Owed, Penalty, Row} from "../types/Agreement.sol";

/// @title One call for an auditor
/// @notice Everything the book knows about a loan at a time, consistent because it is one call.
contract LoanLens {
    /// @notice A loan as of a time.
    struct Reading {
        /// EIP-712 digest of the agreement in that book
        bytes32 loanId;
        Debt debt;
        Penalty penalty;
        /// as of the time asked for
        Owed owed;
        /// the whole schedule as agreed
        Row[] schedule;
        /// what waits in the book for the lender in the loan's token, base units
        uint256 lenderCredit;
    }

    /// @notice Reads one loan.
    /// @dev Reverts with the book's `AgreementInvalid` when the terms break a bound. `debt.status` is `None`
    /// when the book does not know the loan.
    function read(ILoanBook book, Agreement calldata agreement, uint256 timestamp)
        public
        view
        returns (Reading memory reading)
    {
        reading.loanId = book.loanIdOf(agreement);
        (reading.debt, reading.penalty) = book.debtOf(reading.loanId);
        reading.owed = book.owedAt(agreement, timestamp);
        reading.schedule = book.scheduleOf(agreement);
        reading.lenderCredit = book.creditOf(agreement.token, agreement.lender);
    }

    /// @notice Reads many loans at one block and time.
    function readMany(ILoanBook book, Agreement[] calldata agreements, uint256 timestamp)
        external
        view
        returns (Reading[] memory readings)
    {
        readings = new Reading[](agreements.length);
        for (uint256 i; i < agreements.length; ++i) {
            readings[i] = read(book, agreements[i], timestamp);
        }
    }
}
