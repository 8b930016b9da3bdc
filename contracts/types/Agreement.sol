// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice How principal is repaid over the rows of the schedule.
/// @dev `Level`: every row pays `installment` in total. `EqualPrincipal`: every row pays
/// `installment` of principal plus interest. `InterestOnly`: interest each row, principal in the
/// last. `Bullet`: one row at maturity carries everything. `Custom`: every row states its principal,
/// see `Agreement.rows`. The last row always takes the remainder, so a small installment makes a balloon.
enum Amortization {
    Level,
    EqualPrincipal,
    InterestOnly,
    Bullet,
    Custom
}

/// @notice What bears interest: the balance, or the whole principal until the end.
enum InterestMethod {
    Declining,
    Flat
}

/// @notice How the days of a period are counted: 30-day months over 360, or actual days over 365 or 360.
enum DayCount {
    Thirty360,
    Actual365,
    Actual360
}

/// @notice Unit of the period between two due dates.
enum Frequency {
    Days,
    Weeks,
    Months
}

/// @notice What becomes of later rows when principal is prepaid.
enum Prepayment {
    ShorterTerm,
    LowerInstallment
}

/// @notice Order in which money pays what is due. Rows are paid oldest first, each in the order of its
/// two components; the penalty, which belongs to all of them together, comes before or after.
enum Waterfall {
    PenaltyInterestPrincipal,
    InterestPrincipalPenalty,
    PenaltyPrincipalInterest
}

/// @notice To whom the lender may transfer its claim: to anyone, with the borrower's consent, or to the
/// accounts in the Merkle tree `Conditions.transferees`.
enum Transfer {
    Free,
    Consent,
    Listed
}

/// @notice The terms of one loan that every payment needs, signed by borrower and lender as EIP-712 typed data.
/// @dev Static on purpose: every member is one word, so the struct hash is one copy of calldata.
/// The member order is the EIP-712 order; `AgreementHash` holds the matching type string. In the signed
/// data the last member is the nested struct `Conditions`; here it is its hash, which is how EIP-712
/// encodes it, so that payments need not carry what they do not need.
struct Agreement {
    address borrower;
    address lender;
    /// ERC-20 in which everything is lent and repaid
    address token;
    /// amount lent, base units; of an amended loan: the most that it may still owe
    uint96 principal;
    /// base units; Level: total of a row; EqualPrincipal: principal of a row; otherwise 0
    uint96 installment;
    /// rounding quantum, base units (e.g. 10_000 = 1 cent of a 6-decimal token)
    uint96 quantum;
    /// nominal interest per year, in 1e-9 (120_000_000 = 12 %)
    uint64 annualRate;
    /// nominal penalty interest per year on the overdue part, in 1e-9
    uint64 penaltyRate;
    /// fee on principal paid before it is due, in 1e-9 of it
    uint64 prepaymentFee;
    /// days after a due date before the penalty starts to run
    uint16 graceDays;
    /// most days of penalty that any one row can bear
    uint16 penaltyCapDays;
    Amortization amortization;
    InterestMethod interestMethod;
    DayCount dayCount;
    Prepayment prepayment;
    Waterfall waterfall;
    Frequency frequency;
    /// due dates lie this many units of `frequency` apart
    uint16 every;
    /// number of rows
    uint16 count;
    /// rows at the beginning that repay no principal
    uint16 gracePrincipal;
    /// rows at the beginning that pay nothing; their interest is collected with the row after them
    uint16 graceInterest;
    /// first day that bears interest, yyyymmdd
    uint32 startDate;
    /// due date of row 1, yyyymmdd
    uint32 firstDueDate;
    /// Months: day of the month of the due dates, clamped to the month's end; otherwise 0
    uint8 dueDay;
    /// Custom: contract whose code lists the balances left after each row (`CustomRows`); otherwise 0
    address rows;
    /// id of the loan that these terms amend; 0 for a new loan
    bytes32 amends;
    /// EIP-712 hash of the `Conditions`
    bytes32 conditions;
}

/// @notice The rest of what both sign: consent, security and what may happen when the borrower fails.
/// @dev Days are days past the oldest unpaid due date; 0 means: not agreed, never.
struct Conditions {
    /// salted hash of the agreement's document
    bytes32 documentHash;
    uint256 borrowerNonce;
    uint256 lenderNonce;
    uint256 guarantorNonce;
    /// last second at which the agreement can take effect, Unix time
    uint40 deadline;
    /// after so many days the lender may declare default
    uint16 defaultDays;
    /// after so many days the lender may call the whole debt of a defaulted loan due
    uint16 accelerationDays;
    /// after so many days the lender may write a defaulted loan off
    uint16 writeOffDays;
    /// who answers for the borrower, and signs too; 0 for nobody
    address guarantor;
    /// most that the guarantor pays, base units
    uint96 guaranteed;
    /// after so many days the guarantor can be drawn on
    uint16 guaranteeDays;
    /// ERC-20 that the borrower leaves in escrow; 0 for none
    address collateralToken;
    /// amount in escrow, base units of that token
    uint96 collateral;
    /// price at which its sale begins after acceleration, base units of the loan's token for all of it
    uint96 collateralPrice;
    /// price at which its sale ends, for all of it
    uint96 collateralFloor;
    /// days in which the price falls from the first to the second
    uint16 auctionDays;
    Transfer transfer;
    /// Listed: root of the Merkle tree of accounts that may hold the claim; otherwise 0
    bytes32 transferees;
    /// `IGate` that says whose attestations count; 0 for none
    address gate;
    /// attestation that the borrower must have; 0 for none
    bytes32 borrowerKind;
    /// attestation that whoever holds the claim must have; 0 for none
    bytes32 lenderKind;
}

/// @notice What shows that everybody agrees. A party that sends the transaction itself may leave its
/// signature empty.
struct Consents {
    bytes borrower;
    bytes lender;
    bytes guarantor;
    /// handed to the gate; empty when the conditions demand none
    bytes borrowerAttestation;
    bytes lenderAttestation;
}

/// @notice A restructuring: what becomes of a debt under new terms, signed by borrower, holder of the claim
/// and, if there is one, guarantor. In the signed data the new agreement stands before these members.
struct Amendment {
    /// digest of the agreement in force, which the new one replaces
    bytes32 termsBefore;
    /// status in which the loan must be, so that no default in between is undone by an old signature
    Status statusBefore;
    /// most that is forgiven of each component, base units
    uint96 waivedPenalty;
    uint96 waivedInterest;
    uint96 waivedPrincipal;
    /// whether unpaid interest becomes principal; otherwise the first row that pays interest carries it
    bool capitalise;
    /// rows to be paid on time, in an unbroken run, until the loan's standing is restored; 0 for none
    uint8 watchRows;
    /// why, see docs/ledger.md, "Reasons"
    uint8 reason;
    /// salted hash of the repayment plan that led here
    bytes32 planHash;
}

/// @notice An offer to take `amount` for everything owed, signed by borrower and holder of the claim.
struct Settlement {
    /// digest of the agreement in force
    bytes32 terms;
    /// base units
    uint96 amount;
    uint8 reason;
    bytes32 planHash;
    uint256 borrowerNonce;
    uint256 lenderNonce;
    uint40 deadline;
}

/// @notice A transfer of the claim, signed by its holder.
struct Assignment {
    bytes32 loanId;
    address from;
    address to;
    /// ERC-20 of the price
    address token;
    /// what `to` pays to `from`, base units; 0 for a gift
    uint96 price;
    uint256 nonce;
    /// last second at which the transfer can happen, Unix time
    uint40 deadline;
}

enum Status {
    None,
    Active,
    Closed,
    Defaulted,
    WrittenOff
}

/// @notice Where the money of a payment came from.
enum Source {
    Paid,
    Collected,
    Guarantor,
    Collateral,
    Settlement
}

/// @notice All that changes when a plain loan is paid; `DebtWord` keeps it in one storage slot.
struct Debt {
    /// principal not yet repaid by completed rows and prepayments
    uint96 balance;
    /// paid into the open row so far
    uint96 rowPaid;
    /// rows completed; the open row's index
    uint16 row;
    /// days from `startDate` to the day from which the open row's interest counts; 0: the row's own
    /// start. Of an accelerated loan: to the day on which everything fell due
    uint16 accruedTo;
    Status status;
    /// the loan has a `Penalty`
    bool late;
    /// the loan has a `Carry`
    bool carried;
    /// everything is due
    bool accelerated;
    /// the borrower switched autopay off
    bool manual;
    /// somebody other than `lender` holds the claim
    bool assigned;
    /// terms other than those of the loan id are in force
    bool amended;
    /// rows still to be paid on time until standing is restored
    uint8 watchLeft;
    /// rows with which the watch begins again; 0 when nothing is watched
    uint8 watchRows;
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

/// @notice What few loans carry from row to row.
struct Carry {
    /// interest that is owed, bears none itself and is collected with the next row that pays interest
    uint96 deferred;
    /// installment in place of the agreed one after a prepayment lowered it; 0: as agreed
    uint96 installment;
}

/// @notice How one payment was applied, or what is owed, by component, base units.
struct Split {
    uint256 penalty;
    uint256 interest;
    uint256 fee;
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
    /// due now and unpaid; its fee is 0
    Split due;
    /// interest from the open row's start to today, not yet due
    uint256 accrued;
    /// prepayment fee if the loan were closed today
    uint256 fee;
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

/// @notice What a guarantor has paid for a loan and what of it the borrower still owes it, base units.
struct Guarantee {
    uint96 drawn;
    uint96 recourse;
}

/// @notice What lies in escrow for a loan.
struct Escrow {
    address token;
    uint96 amount;
}
