// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice How principal is repaid over the rows of the schedule.
/// @dev `Level`: every row pays `installment` in total. `EqualPrincipal`: every row pays
/// `installment` of principal plus interest. `InterestOnly`: interest each row, principal in the
/// last. `Bullet`: one row at maturity carries everything. The last row always takes the remainder.
enum Amortization {
    Level,
    EqualPrincipal,
    InterestOnly,
    Bullet
}

/// @notice Unit of the period between two due dates. `Months` bears interest by 30/360, `Days` and
/// `Weeks` by actual/365.
enum Frequency {
    Days,
    Weeks,
    Months
}

/// @notice The terms of one loan, signed by borrower and lender as EIP-712 typed data.
/// @dev Static on purpose: every member is one word, so the struct hash is one copy of calldata.
/// The member order is the EIP-712 order; `AgreementHash` holds the matching type string.
struct Agreement {
    address borrower;
    address lender;
    /// ERC-20 in which everything is lent and repaid
    address token;
    /// amount lent, base units
    uint96 principal;
    /// base units; Level: total of a row; EqualPrincipal: principal of a row; otherwise 0
    uint96 installment;
    /// rounding quantum, base units (e.g. 10_000 = 1 cent of a 6-decimal token)
    uint96 quantum;
    /// nominal interest per year, in 1e-9 (120_000_000 = 12 %)
    uint64 annualRate;
    /// nominal penalty interest per year on the overdue part, in 1e-9
    uint64 penaltyRate;
    /// days after a due date before the penalty starts to run
    uint16 graceDays;
    /// most days of penalty that any one row can bear
    uint16 penaltyCapDays;
    Amortization amortization;
    Frequency frequency;
    /// due dates lie this many units of `frequency` apart
    uint16 every;
    /// number of rows
    uint16 count;
    /// first day that bears interest, yyyymmdd
    uint32 startDate;
    /// due date of row 1, yyyymmdd
    uint32 firstDueDate;
    /// Months: day of the month of the due dates, clamped to the month's end; otherwise 0
    uint8 dueDay;
    /// salted hash of the agreement's document
    bytes32 documentHash;
    uint256 borrowerNonce;
    uint256 lenderNonce;
    /// last second at which the agreement can be originated, Unix time
    uint40 deadline;
}

enum Status {
    None,
    Active,
    Closed
}

/// @notice All that changes when a plain loan is paid; `DebtWord` keeps it in one storage slot.
struct Debt {
    /// principal not yet repaid by completed rows and prepayments
    uint96 balance;
    /// paid into the open row so far, interest before principal
    uint96 rowPaid;
    /// rows completed; the open row's index
    uint16 row;
    /// days from `startDate` to the day from which the open row's interest counts; 0: the row's own start
    uint16 accruedTo;
    Status status;
    /// the loan has an entry in the penalty book
    bool late;
}

/// @notice Penalty carried while something overdue has been paid in part; empty for clean loans.
struct Penalty {
    /// overdue amount x days up to `day`, base units x days
    uint128 points;
    /// penalty paid since the loan was last clean, base units
    uint104 paid;
    /// days since 1970-01-01 up to which `points` runs
    uint24 day;
}

/// @notice How one payment was applied, or what is owed, by component, base units.
struct Split {
    uint256 penalty;
    uint256 interest;
    uint256 principal;
}

/// @notice One row of the schedule.
struct Row {
    /// days since 1970-01-01
    uint256 dueDay;
    uint256 interest;
    uint256 principal;
    /// principal left after this row
    uint256 balance;
}

/// @notice What a loan owes at a given time, base units.
struct Owed {
    /// due now and unpaid
    Split due;
    /// interest from the open row's start to today, not yet due
    uint256 accrued;
    /// everything, to close the loan today
    uint256 payoff;
    /// principal still outstanding
    uint256 outstanding;
    /// days past the oldest unpaid due date; 0 on the due date
    uint256 daysPastDue;
    /// index of the oldest row that is not fully paid
    uint256 row;
    /// its due day, days since 1970-01-01
    uint256 dueDay;
}
