// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IGate} from "../interfaces/IGate.sol";
import {ITallystick} from "../interfaces/ITallystick.sol";
import {Agreement, Debt, Owed, Status, Waterfall} from "../types/Agreement.sol";

/// @title A pot that helps repaired loans over their first installments
/// @notice Sponsors put money in; a borrower under watch after an amendment, whom an issuer attests, lets
/// the fund pay what is due on its loan, and pays it back later without interest. A penalty that stands in
/// the way of an amendment is paid alike. The rules are fixed when the fund is made: it has no owner.
/// @dev The fund has no right in the book; it pays as anybody may, with a channel tag. Money is counted
/// here and never read from balances, so that transfers from outside change no share. Assumes a plain
/// ERC-20: one that keeps a fee of a transfer is refused.
contract RepairFund is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Channel under which the book records the fund's payments.
    bytes32 public constant CHANNEL = "repair-fund";

    /// @notice Whom the fund helps, and how far. Amounts in base units.
    struct Rules {
        /// gate that says whose attestations count
        IGate gate;
        /// kind of the attestation that a borrower must have
        bytes32 kind;
        /// most that is ever paid for one loan
        uint128 perLoan;
        /// most that one borrower may owe the fund
        uint128 perBorrower;
        /// only rows of an amended loan with a lower index are paid
        uint16 firstRows;
        /// seconds between a sponsor's latest deposit and its first withdrawal
        uint32 lock;
    }

    /// @notice A sponsor's part. It is worth nothing once the fund was used up since (`epoch`).
    struct Sponsor {
        uint256 shares;
        uint64 epoch;
        uint40 unlocked;
    }

    ITallystick public immutable book;
    IERC20 public immutable token;
    Rules private _rules;

    /// @notice Money of the sponsors that is still there, base units.
    uint256 public sponsored;
    /// @notice Money that borrowers paid back; nobody's, and used first.
    uint256 public repaid;
    /// @notice What borrowers owe the fund in all.
    uint256 public lent;
    uint256 public totalShares;
    uint64 public epoch;
    mapping(address sponsor => Sponsor) private _sponsors;
    mapping(bytes32 loanId => uint256 amount) public paidFor;
    mapping(address borrower => uint256 amount) public owedBy;

    event Deposited(address indexed sponsor, uint256 amount, uint256 shares);
    event Withdrawn(address indexed sponsor, uint256 amount, uint256 shares);
    /// @notice The fund paid `amount` of a loan; `fromRepaid` of it had come back from borrowers before.
    event Helped(
        bytes32 indexed loanId,
        address indexed borrower,
        uint256 amount,
        uint256 fromRepaid,
        bool penaltyOnly
    );
    event PaidBack(address indexed borrower, address indexed payer, uint256 amount);

    /// @notice Thrown when a rule is empty or the token is none.
    error RulesInvalid();
    /// @notice Thrown when nobody but the loan's borrower may take the fund's money.
    error NotTheBorrower(address borrower);
    /// @notice Thrown for a loan in another token.
    error TokenOther(address token);
    /// @notice Thrown when no issuer attests the borrower.
    error NotAdmitted(address borrower);
    /// @notice Thrown when the loan is neither under watch in its first rows, nor owes a penalty alone.
    error NotQualified(bytes32 loanId);
    /// @notice Thrown when more is asked for than is due, allowed, or there.
    error AmountAbove(uint256 amount, uint256 most);
    error AmountZero();
    error StillLocked(uint256 unlocked);
    error TokenTookFee(uint256 expected, uint256 received);

    constructor(ITallystick book_, IERC20 token_, Rules memory rules_) {
        require(
            address(book_).code.length > 0 && address(token_).code.length > 0
                && address(rules_.gate).code.length > 0 && rules_.kind != 0 && rules_.perLoan > 0
                && rules_.perBorrower > 0 && rules_.firstRows > 0,
            RulesInvalid()
        );
        (book, token, _rules) = (book_, token_, rules_);
    }

    /// @notice Puts `amount` in. A sponsor that deposits again locks everything again.
    function deposit(uint256 amount) external nonReentrant returns (uint256 shares) {
        require(amount > 0, AmountZero());
        shares = totalShares == 0 ? amount : amount * totalShares / sponsored;
        require(shares > 0, AmountZero());
        Sponsor storage sponsor = _sponsors[msg.sender];
        uint256 before = sponsor.epoch == epoch ? sponsor.shares : 0;
        (sponsor.shares, sponsor.epoch) = (before + shares, epoch);
        sponsor.unlocked = uint40(block.timestamp + _rules.lock);
        (sponsored, totalShares) = (sponsored + amount, totalShares + shares);
        _take(msg.sender, amount);
        emit Deposited(msg.sender, amount, shares);
    }

    /// @notice Takes out what `shares` are worth now: a part of the sponsors' money that is left.
    function withdraw(uint256 shares) external nonReentrant returns (uint256 amount) {
        Sponsor storage sponsor = _sponsors[msg.sender];
        uint256 held = sponsor.epoch == epoch ? sponsor.shares : 0;
        require(shares <= held, AmountAbove(shares, held));
        require(block.timestamp >= sponsor.unlocked, StillLocked(sponsor.unlocked));
        require(shares > 0, AmountZero());
        amount = shares * sponsored / totalShares;
        sponsor.shares = held - shares;
        (sponsored, totalShares) = (sponsored - amount, totalShares - shares);
        if (sponsored == 0) _useUp();
        token.safeTransfer(msg.sender, amount);
        emit Withdrawn(msg.sender, amount, shares);
    }

    /// @notice Pays `amount` of what is due on the caller's loan; the caller owes it to the fund.
    /// @param agreement the terms in force, as the book takes them
    /// @param attestation what the gate takes
    /// @dev Reverts with `NotTheBorrower`, `TokenOther`, `NotAdmitted`, `NotQualified`, `AmountAbove`.
    function help(Agreement calldata agreement, uint256 amount, bytes calldata attestation)
        external
        nonReentrant
    {
        require(msg.sender == agreement.borrower, NotTheBorrower(agreement.borrower));
        require(agreement.token == address(token), TokenOther(agreement.token));
        require(amount > 0, AmountZero());
        Rules memory r = _rules;
        require(r.gate.admits(msg.sender, r.kind, attestation), NotAdmitted(msg.sender));
        (bytes32 loanId, uint256 due, bool penaltyOnly) = _due(agreement, r.firstRows);
        uint256 most = _least(due, _least(r.perLoan - paidFor[loanId], _left(r.perBorrower)));
        most = _least(most, sponsored + repaid);
        require(amount <= most, AmountAbove(amount, most));

        paidFor[loanId] += amount;
        owedBy[msg.sender] += amount;
        lent += amount;
        uint256 fromRepaid = _least(amount, repaid);
        repaid -= fromRepaid;
        sponsored -= amount - fromRepaid;
        if (sponsored == 0) _useUp();

        token.forceApprove(address(book), amount);
        uint256 taken = book.payThrough(agreement, amount, CHANNEL, bytes32(uint256(epoch)));
        require(taken == amount, AmountAbove(amount, taken));
        emit Helped(loanId, msg.sender, amount, fromRepaid, penaltyOnly);
    }

    /// @notice Pays back what `borrower` owes the fund; anyone may.
    function payBack(address borrower, uint256 amount) external nonReentrant {
        uint256 owed = owedBy[borrower];
        require(amount > 0, AmountZero());
        require(amount <= owed, AmountAbove(amount, owed));
        owedBy[borrower] = owed - amount;
        (lent, repaid) = (lent - amount, repaid + amount);
        _take(msg.sender, amount);
        emit PaidBack(borrower, msg.sender, amount);
    }

    /// @notice The rules of this fund.
    function rules() external view returns (Rules memory) {
        return _rules;
    }

    /// @notice A sponsor's part, and what it is worth now.
    function sponsorOf(address account)
        external
        view
        returns (uint256 shares, uint256 worth, uint256 unlocked)
    {
        Sponsor memory sponsor = _sponsors[account];
        if (sponsor.epoch != epoch || sponsor.shares == 0) return (0, 0, 0);
        return (sponsor.shares, sponsor.shares * sponsored / totalShares, sponsor.unlocked);
    }

    /// @dev What is due now: everything in the first rows of a watched loan, and else the penalty, which is
    /// first in its waterfall.
    function _due(Agreement calldata agreement, uint256 firstRows)
        private
        view
        returns (bytes32 loanId, uint256 due, bool penaltyOnly)
    {
        loanId = agreement.amends == 0 ? book.loanIdOf(agreement) : agreement.amends;
        (Debt memory debt,,) = book.debtOf(loanId);
        Owed memory owed = book.owedAt(agreement, block.timestamp);
        bool watched = debt.amended && debt.watchLeft > 0 && debt.row < firstRows;
        if (watched && debt.status != Status.Closed) {
            return (loanId, owed.due.penalty + owed.due.interest + owed.due.principal, false);
        }
        bool first = agreement.waterfall != Waterfall.InterestPrincipalPenalty;
        require(first && owed.due.penalty > 0, NotQualified(loanId));
        return (loanId, owed.due.penalty, true);
    }

    /// @dev What the caller may still owe.
    function _left(uint256 perBorrower) private view returns (uint256) {
        uint256 owed = owedBy[msg.sender];
        return owed < perBorrower ? perBorrower - owed : 0;
    }

    /// @dev Nothing of the sponsors' money is left: whatever shares there were are worth nothing.
    function _useUp() private {
        totalShares = 0;
        ++epoch;
    }

    function _take(address from, uint256 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, TokenTookFee(amount, received));
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
