// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILoanBook} from "../../../contracts/interfaces/ILoanBook.sol";
import {Vm, vm} from "./Vm.sol";

/// @notice What the book's events alone say about every loan, for comparison with its state.
abstract contract EventFold {
    /// principal paid so far, base units
    mapping(bytes32 loanId => uint256) public principalPaid;
    /// principal outstanding after the last payment, base units
    mapping(bytes32 loanId => uint256) public outstandingLast;
    mapping(bytes32 loanId => bool) public closed;

    /// @dev Reads the events recorded since the last call.
    /// @return paid sum of all components of all payments, base units
    function _fold(address book) internal returns (uint256 paid) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != book) continue;
            bytes32 topic = logs[i].topics[0];
            bytes32 loanId = logs[i].topics[1];
            if (topic == ILoanBook.Paid.selector) {
                (uint256 penalty, uint256 interest, uint256 principal, uint256 outstanding,) =
                    abi.decode(logs[i].data, (uint256, uint256, uint256, uint256, bool));
                principalPaid[loanId] += principal;
                outstandingLast[loanId] = outstanding;
                paid += penalty + interest + principal;
            } else if (topic == ILoanBook.Closed.selector) {
                require(!closed[loanId], "closed twice");
                closed[loanId] = true;
            }
        }
    }
}
