// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IPermit2} from "../interfaces/IPermit2.sol";
import {ITallystick} from "../interfaces/ITallystick.sol";
import {Agreement, Debt, Owed} from "../types/Agreement.sol";

/// @title Collection by an existing keeper network
/// @notice Implements Chainlink Automation's `AutomationCompatibleInterface`, so that its nodes can pull
/// due installments instead of, or beside, our own keeper.
/// @dev Holds no money and no right: collecting is open to everyone, and the book itself decides what is
/// due. `checkUpkeep` runs off chain; `performUpkeep` costs at most `maxLoans` collections.
contract CollectUpkeep {
    /// @dev Most gas that one look at a token may use.
    uint256 private constant READ_GAS = 100_000;

    ITallystick public immutable book;

    /// @notice Uniswap's Permit2 as the book knows it, or 0.
    address public immutable permit2;

    /// @notice Most loans of one `performUpkeep`.
    uint256 public immutable maxLoans;

    /// @notice Thrown when a bound of no loans is asked for.
    error NoLoans();

    /// @notice Thrown when more loans than `maxLoans` are to be collected at once.
    error TooManyLoans(uint256 loans, uint256 maxLoans);

    /// @param permit2_ the Permit2 of the book, or 0
    constructor(ITallystick book_, address permit2_, uint256 maxLoans_) {
        require(maxLoans_ > 0, NoLoans());
        (book, permit2, maxLoans) = (book_, permit2_, maxLoans_);
    }

    /// @notice Which of the watched loans can be collected now.
    /// @param checkData `abi.encode(Agreement[])`, the loans to watch
    /// @return upkeepNeeded whether any is due, pays automatically, and its borrower has balance and allowance
    /// @return performData `abi.encode(Agreement[])` of these, at most `maxLoans`
    function checkUpkeep(bytes calldata checkData)
        external
        view
        returns (bool upkeepNeeded, bytes memory performData)
    {
        Agreement[] memory watched = abi.decode(checkData, (Agreement[]));
        Agreement[] memory due = new Agreement[](watched.length);
        uint256 found;
        for (uint256 i; i < watched.length && found < maxLoans; ++i) {
            if (_isCollectable(watched[i])) due[found++] = watched[i];
        }
        assembly ("memory-safe") {
            mstore(due, found)
        }
        return (found > 0, abi.encode(due));
    }

    /// @notice Collects what `checkUpkeep` found; whatever is no longer due is reported by the book.
    /// @dev Reverts with `TooManyLoans`.
    function performUpkeep(bytes calldata performData) external {
        Agreement[] memory due = abi.decode(performData, (Agreement[]));
        require(due.length <= maxLoans, TooManyLoans(due.length, maxLoans));
        book.collectMany(due);
    }

    /// @dev A token that does not answer makes its loan uncollectable and stops no other.
    function _isCollectable(Agreement memory agreement) private view returns (bool) {
        Owed memory owed = book.owedAt(agreement, block.timestamp);
        uint256 amount = owed.due.penalty + owed.due.interest + owed.due.principal;
        if (amount == 0 || _isManual(agreement)) return false;
        (address token, address borrower) = (agreement.token, agreement.borrower);
        if (_read(token, abi.encodeCall(IERC20.balanceOf, (borrower))) < amount) return false;
        return _allowance(token, borrower, address(book)) >= amount
            || _permit2Allowance(token, borrower) >= amount;
    }

    function _isManual(Agreement memory agreement) private view returns (bool) {
        bytes32 loanId = agreement.amends == 0 ? book.loanIdOf(agreement) : agreement.amends;
        (Debt memory debt,,) = book.debtOf(loanId);
        return debt.manual;
    }

    function _allowance(address token, address owner, address spender)
        private
        view
        returns (uint256)
    {
        return _read(token, abi.encodeCall(IERC20.allowance, (owner, spender)));
    }

    /// @dev Bounded by what Permit2 itself may take of the token.
    function _permit2Allowance(address token, address owner) private view returns (uint256) {
        if (permit2.code.length == 0) return 0;
        (uint256 amount, uint256 expiration,) =
            IPermit2(permit2).allowance(owner, token, address(book));
        if (block.timestamp > expiration) return 0;
        uint256 most = _allowance(token, owner, permit2);
        return amount < most ? amount : most;
    }

    function _read(address token, bytes memory call) private view returns (uint256) {
        (bool ok, bytes memory answer) = token.staticcall{gas: READ_GAS}(call);
        return ok && answer.length == 32 ? abi.decode(answer, (uint256)) : 0;
    }
}
