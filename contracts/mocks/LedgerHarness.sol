// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AgreementCheck} from "../libraries/AgreementCheck.sol";
import {Ledger} from "../libraries/Ledger.sol";
import {Agreement, Debt, Owed, Penalty, Split, Status} from "../types/Agreement.sol";

/// @notice Plays a whole life of a loan in one call, so that thousands of lives can be compared with the
/// Python reference. For tests only.
contract LedgerHarness {
    struct Step {
        uint256 day;
        uint256 amount;
        bool ahead;
    }

    struct Snapshot {
        Owed owed;
        Split split;
        uint256 outstanding;
        Debt debt;
        Penalty penalty;
    }

    /// @notice What is owed before each step, how the payment is split, and the state after it.
    function play(Agreement calldata agreement, Step[] calldata steps)
        external
        pure
        returns (Snapshot[] memory life)
    {
        AgreementCheck.check(agreement);
        life = new Snapshot[](steps.length);
        Debt memory debt;
        debt.balance = agreement.principal;
        debt.status = Status.Active;
        Penalty memory penalty;
        for (uint256 i; i < steps.length && debt.balance > 0; ++i) {
            uint256 day = steps[i].day;
            life[i].owed = Ledger.owedOn(agreement, _copy(debt), _copy(penalty), day);
            (life[i].split, life[i].outstanding) =
                Ledger.applyPayment(agreement, debt, penalty, day, steps[i].amount, steps[i].ahead);
            if (debt.balance == 0) debt.status = Status.Closed;
            life[i].debt = _copy(debt);
            life[i].penalty = _copy(penalty);
        }
    }

    function check(Agreement calldata agreement) external pure {
        AgreementCheck.check(agreement);
    }

    function _copy(Debt memory d) private pure returns (Debt memory) {
        return Debt(d.balance, d.rowPaid, d.row, d.accruedTo, d.status, d.late);
    }

    function _copy(Penalty memory p) private pure returns (Penalty memory) {
        return Penalty(p.points, p.paid, p.day);
    }
}
