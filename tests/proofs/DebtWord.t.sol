// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DebtWord} from "../../contracts/libraries/DebtWord.sol";
import {Debt, Status} from "../../contracts/types/Agreement.sol";
import {vm} from "../invariants/support/Vm.sol";

/// @notice No member of a debt can leak into another: what is packed is read back, and each change of the
/// flags changes only what it names. Over all debts and all valid words.
contract DebtWordProof {
    uint256 private constant FLAGS = (1 << 32) - 1;

    function check_unpack_undoes_pack(
        uint96 balance,
        uint96 rowPaid,
        uint16 row,
        uint16 accruedTo,
        uint256 flags
    ) external pure {
        vm.assume(flags <= FLAGS && flags & DebtWord.STATUS <= uint256(Status.WrittenOff));
        uint256 word = DebtWord.pack(balance, rowPaid, row, accruedTo, flags);
        Debt memory debt = DebtWord.unpack(word);
        assert(debt.balance == balance && debt.rowPaid == rowPaid);
        assert(debt.row == row && debt.accruedTo == accruedTo);
        assert(DebtWord.flagsOf(word) == flags && _flags(debt) == flags & ~DebtWord.SEAT);
    }

    function check_withFlags_keeps_the_amounts(uint256 word, uint256 flags) external pure {
        vm.assume(flags <= FLAGS);
        uint256 changed = DebtWord.withFlags(word, flags);
        assert(uint224(changed) == uint224(word) && DebtWord.flagsOf(changed) == flags);
    }

    function check_withStatus_changes_the_status_alone(uint256 flags, uint8 status) external pure {
        vm.assume(flags <= FLAGS && status <= uint8(Status.WrittenOff));
        uint256 changed = DebtWord.withStatus(flags, Status(status));
        assert(uint8(DebtWord.statusOf(changed)) == status);
        assert((changed ^ flags) & ~DebtWord.STATUS == 0);
    }

    function check_withHolder_changes_the_holder_alone(uint256 flags, uint8 seat) external pure {
        vm.assume(flags <= FLAGS && seat < 128);
        uint256 changed = DebtWord.withHolder(flags, seat);
        assert(DebtWord.seatOf(changed) == seat && changed & DebtWord.ASSIGNED != 0);
        assert((changed ^ flags) & ~(DebtWord.SEAT | DebtWord.ASSIGNED) == 0);
    }

    function check_withWatch_changes_the_watch_alone(uint256 flags, uint8 rows) external pure {
        vm.assume(flags <= FLAGS);
        uint256 changed = DebtWord.withWatch(flags, rows);
        assert(DebtWord.watchRows(changed) == rows);
        assert((changed & DebtWord.WATCH_LEFT) >> 9 == rows);
        assert((changed ^ flags) & ~(DebtWord.WATCH_LEFT | DebtWord.WATCH_ROWS) == 0);
    }

    function _flags(Debt memory debt) private pure returns (uint256 flags) {
        flags = uint256(debt.status) | uint256(debt.watchLeft) << 9 | uint256(debt.watchRows) << 17;
        if (debt.late) flags |= DebtWord.LATE;
        if (debt.carried) flags |= DebtWord.CARRIED;
        if (debt.accelerated) flags |= DebtWord.ACCELERATED;
        if (debt.manual) flags |= DebtWord.MANUAL;
        if (debt.assigned) flags |= DebtWord.ASSIGNED;
        if (debt.amended) flags |= DebtWord.AMENDED;
    }
}
