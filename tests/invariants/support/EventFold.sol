// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILoanBook} from "../../../contracts/interfaces/ILoanBook.sol";
import {Agreement, Amendment, Conditions, Status} from "../../../contracts/types/Agreement.sol";
import {Vm, vm} from "./Vm.sol";

/// @notice What the book's events alone say about every loan and account, for comparison with its state.
abstract contract EventFold {
    /// @dev A loan as its events tell it; amounts in base units.
    struct Story {
        Status status;
        bool accelerated;
        bool manual;
        bytes32 terms;
        address holder;
        uint256 outstanding;
        /// all that was ever lent or added to the principal by new terms
        uint256 principal;
        uint256 repaid;
        uint256 forgiven;
        uint256 collateral;
    }

    mapping(bytes32 loanId => Story) private _stories;
    mapping(bytes32 loanId => mapping(address guarantor => uint256)) public recourse;
    mapping(address token => mapping(address account => uint256)) public credits;
    mapping(address token => uint256) public escrowed;

    error ArrowUnknown(Status from, Status to);
    error Uneven(string what);

    function story(bytes32 loanId) public view returns (Story memory) {
        return _stories[loanId];
    }

    /// @dev Reads the events recorded since the last call.
    /// @return paid sum of all components of all payments, base units
    function _fold(address book) internal returns (uint256 paid) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != book) continue;
            bytes32 topic = logs[i].topics[0];
            if (topic == ILoanBook.Paid.selector) paid += _paid(logs[i]);
            else if (!_statusEvent(topic, logs[i])) _moneyEvent(topic, logs[i]);
        }
    }

    function _paid(Vm.Log memory log) private returns (uint256) {
        (uint256 penalty, uint256 interest, uint256 fee, uint256 principal, uint256 outstanding) =
            abi.decode(log.data, (uint256, uint256, uint256, uint256, uint256));
        Story storage s = _stories[log.topics[1]];
        s.repaid += principal;
        s.outstanding = outstanding;
        return penalty + interest + fee + principal;
    }

    function _statusEvent(bytes32 topic, Vm.Log memory log) private returns (bool) {
        bytes32 loanId = log.topics[1];
        Story storage s = _stories[loanId];
        if (topic == ILoanBook.Originated.selector) {
            Agreement memory a = abi.decode(log.data, (Agreement));
            _move(s, Status.None, Status.Active);
            (s.terms, s.holder) = (loanId, a.lender);
            (s.outstanding, s.principal) = (a.principal, a.principal);
        } else if (topic == ILoanBook.Amended.selector) {
            _amended(s, log);
        } else if (topic == ILoanBook.Closed.selector) {
            require(s.status != Status.None, Uneven("closed before it began"));
            _move(s, s.status, Status.Closed);
        } else if (topic == ILoanBook.Defaulted.selector) {
            _move(s, Status.Active, Status.Defaulted);
        } else if (topic == ILoanBook.Cured.selector) {
            require(!s.accelerated, Uneven("an acceleration is not cured"));
            _move(s, Status.Defaulted, Status.Active);
        } else if (topic == ILoanBook.WrittenOff.selector) {
            _move(s, Status.Defaulted, Status.WrittenOff);
        } else if (topic == ILoanBook.Accelerated.selector) {
            require(
                !s.accelerated && s.status != Status.Active && s.status != Status.Closed,
                Uneven("accelerated once, after default")
            );
            s.accelerated = true;
        } else {
            return false;
        }
        return true;
    }

    function _amended(Story storage s, Vm.Log memory log) private {
        (Agreement memory a,,, uint256[3] memory waived, uint256 balance,) =
            abi.decode(log.data, (Agreement, Conditions, Amendment, uint256[3], uint256, uint256));
        require(
            s.status != Status.None && s.status != Status.Closed, Uneven("amended while closed")
        );
        s.status = Status.Active;
        s.accelerated = false;
        (s.terms, s.holder) = (log.topics[2], a.lender);
        s.forgiven += waived[2];
        // what is owed beyond the old principal is interest that became principal
        s.principal += balance - (s.outstanding - waived[2]);
        s.outstanding = balance;
    }

    function _moneyEvent(bytes32 topic, Vm.Log memory log) private {
        if (topic == ILoanBook.Assigned.selector) {
            Story storage s = _stories[log.topics[1]];
            require(s.holder == _address(log.topics[2]), Uneven("assigned by the holder"));
            s.holder = _address(log.topics[3]);
        } else if (topic == ILoanBook.AutopaySet.selector) {
            _stories[log.topics[1]].manual = !abi.decode(log.data, (bool));
        } else if (topic == ILoanBook.Settled.selector) {
            (,, uint256 principal,,) =
                abi.decode(log.data, (uint256, uint256, uint256, uint8, bytes32));
            Story storage s = _stories[log.topics[1]];
            s.forgiven += principal;
            s.outstanding -= principal;
        } else if (topic == ILoanBook.RecourseRecorded.selector) {
            recourse[log.topics[1]][_address(log.topics[2])] = abi.decode(log.data, (uint256));
        } else if (topic == ILoanBook.RecourseRepaid.selector) {
            recourse[log.topics[1]][_address(log.topics[2])] -= abi.decode(log.data, (uint256));
        } else if (topic == ILoanBook.Credited.selector) {
            credits[
                _address(log.topics[2])
            ][_address(log.topics[3])] += abi.decode(log.data, (uint256));
        } else if (topic == ILoanBook.Claimed.selector) {
            credits[
                _address(log.topics[1])
            ][_address(log.topics[2])] -= abi.decode(log.data, (uint256));
        } else {
            _collateralEvent(topic, log);
        }
    }

    function _collateralEvent(bytes32 topic, Vm.Log memory log) private {
        if (topic == ILoanBook.CollateralAdded.selector) {
            (address token, uint256 amount) = abi.decode(log.data, (address, uint256));
            _stories[log.topics[1]].collateral += amount;
            escrowed[token] += amount;
        } else if (topic == ILoanBook.CollateralSold.selector) {
            (address token, uint256 amount,) = abi.decode(log.data, (address, uint256, uint256));
            _stories[log.topics[1]].collateral -= amount;
            escrowed[token] -= amount;
        } else if (topic == ILoanBook.CollateralReleased.selector) {
            (address token, uint256 amount) = abi.decode(log.data, (address, uint256));
            _stories[log.topics[1]].collateral -= amount;
            escrowed[token] -= amount;
        }
    }

    function _move(Story storage s, Status from, Status to) private {
        require(s.status == from && from != Status.Closed, ArrowUnknown(s.status, to));
        s.status = to;
    }

    function _address(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}
