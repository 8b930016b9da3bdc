// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AgreementCheck} from "../libraries/AgreementCheck.sol";
import {Calendar} from "../libraries/Calendar.sol";
import {DebtWord} from "../libraries/DebtWord.sol";
import {Account, Ledger} from "../libraries/Ledger.sol";
import {Agreement, Conditions, Owed, Status} from "../types/Agreement.sol";

/// @notice Plays a whole life of a loan in one call, so that thousands of lives can be compared with the
/// Python reference. For tests only.
contract LedgerHarness {
    enum Act {
        Pay,
        Collect,
        Accelerate,
        Restart
    }

    struct Step {
        Act act;
        uint256 day;
        /// Pay: most that is paid; Restart: new balance
        uint256 amount;
        /// Restart: interest carried over
        uint256 deferred;
        /// Restart: rows to watch
        uint256 watch;
    }

    struct Snapshot {
        Owed owed;
        Account account;
    }

    /// @notice What is owed before each step, and the account with the split of the payment after it.
    function play(Agreement calldata agreement, Step[] calldata steps)
        external
        view
        returns (Snapshot[] memory life)
    {
        Agreement memory terms = agreement;
        AgreementCheck.check(terms);
        life = new Snapshot[](steps.length);
        Account memory account;
        account.balance = terms.principal;
        account.flags = uint256(Status.Active);
        for (uint256 i; i < steps.length && account.balance > 0; ++i) {
            // what the book loads from storage never carries the split of an earlier payment
            (account.penalty, account.interest, account.fee, account.principal) = (0, 0, 0, 0);
            life[i].owed = Ledger.owedOn(terms, _copy(account), steps[i].day);
            _step(terms, account, steps[i]);
            life[i].account = _copy(account);
        }
    }

    function check(Agreement calldata agreement) external view {
        AgreementCheck.check(agreement);
    }

    function checkConditions(Agreement calldata agreement, Conditions calldata conditions)
        external
        pure
    {
        AgreementCheck.checkConditions(agreement, conditions);
    }

    function _step(Agreement memory agreement, Account memory account, Step calldata step)
        private
        view
    {
        if (step.act == Act.Accelerate) {
            Ledger.accelerate(agreement, account, step.day);
        } else if (step.act == Act.Restart) {
            Ledger.restart(
                account, step.amount, step.deferred, step.day - Calendar.dayOf(agreement.startDate)
            );
            account.flags = DebtWord.withWatch(uint256(Status.Active), step.watch);
        } else {
            bool ahead = step.act == Act.Pay;
            Ledger.applyPayment(
                agreement,
                account,
                step.day,
                ahead ? step.amount : type(uint256).max,
                ahead,
                ahead ? agreement.prepaymentFee : 0
            );
        }
    }

    function _copy(Account memory account) private pure returns (Account memory) {
        return abi.decode(abi.encode(account), (Account));
    }
}
