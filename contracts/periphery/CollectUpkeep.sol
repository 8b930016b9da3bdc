// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ILoanBook} from "../interfaces/ILoanBook.sol";
import {Agreement, Owed} from "../types/Agreement.sol";

/// @title Collection by an existing keeper network
/// @notice Implements Chainlink Automation's `AutomationCompatibleInterface`, so that its nodes can pull
/// due installments instead of, or beside, our own keeper.
/// @dev Holds no money and no right: collecting is open to everyone, and the book itself decides what is
/// due. `checkUpkeep` runs off chain; `performUpkeep` costs at most `maxLoans` collections.
contract CollectUpkeep {
    ILoanBook public immutable book;

    /// @notice Most loans of one `performUpkeep`.
    uint256 public immutable maxLoans;

    /// @notice Thrown when a bound of no loans is asked for.
    error NoLoans();

    /// @notice Thrown when more loans than `maxLoans` are to be collected at once.
    error TooManyLoans(uint256 loans, uint256 maxLoans);

    constructor(ILoanBook book_, uint256 maxLoans_) {
        require(maxLoans_ > 0, NoLoans());
        (book, maxLoans) = (book_, maxLoans_);
    }

    /// @notice Which of the watched loans can be collected now.
    /// @param checkData `abi.encode(Agreement[])`, the loans to watch
    /// @return upkeepNeeded whether any is due and its borrower has balance and allowance
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
        if (amount == 0 || agreement.token.code.length == 0) return false;
        IERC20 token = IERC20(agreement.token);
        address borrower = agreement.borrower;
        return _read(token, abi.encodeCall(token.balanceOf, (borrower))) >= amount
            && _read(token, abi.encodeCall(token.allowance, (borrower, address(book)))) >= amount;
    }

    function _read(IERC20 token, bytes memory call) private view returns (uint256) {
        (bool ok, bytes memory answer) = address(token).staticcall{gas: 100_000}(call);
        return ok && answer.length == 32 ? abi.decode(answer, (uint256)) : 0;
    }
}
