// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DebtWord} from "../../contracts/libraries/DebtWord.sol";
import {Debt, Status} from "../../contracts/types/Agreement.sol";
import {vm} from "../invariants/support/Vm.sol";

/// @notice `pack` and `unpack` are inverse to each other over all debts and all valid words, so no
/// member of a debt can leak into another.
contract DebtWordProof {
    function check_unpack_undoes_pack(
        uint96 balance,
        uint96 rowPaid,
        uint16 row,
        uint16 accruedTo,
        uint8 status,
        bool late
    ) external pure {
        vm.assume(status <= uint8(Status.Closed));
        Debt memory debt = DebtWord.unpack(
            DebtWord.pack(Debt(balance, rowPaid, row, accruedTo, Status(status), late))
        );
        assert(debt.balance == balance && debt.rowPaid == rowPaid);
        assert(debt.row == row && debt.accruedTo == accruedTo);
        assert(uint8(debt.status) == status && debt.late == late);
    }

    function check_pack_undoes_unpack(uint256 word) external pure {
        vm.assume(word >> 233 == 0 && uint8(word >> 224) <= uint8(Status.Closed));
        assert(DebtWord.pack(DebtWord.unpack(word)) == word);
    }
}
