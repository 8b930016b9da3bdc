// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Schedule} from "../../contracts/libraries/Schedule.sol";
import {Agreement, Amortization} from "../../contracts/types/Agreement.sol";
import {vm} from "../invariants/support/Vm.sol";

/// @notice What a row repays, over every agreement (valid or not), row, balance, interest and installment.
/// @dev Not of custom schedules, whose rows lie in another contract's code, which the solver does not model.
contract ScheduleProof {
    function check_a_row_repays_at_most_the_balance(
        Agreement memory agreement,
        uint16 k,
        uint96 balance,
        uint256 interest,
        uint96 installment
    ) external view {
        vm.assume(agreement.amortization != Amortization.Custom);
        assert(Schedule.rowPrincipal(agreement, k, balance, interest, installment) <= balance);
    }

    function check_the_last_row_repays_all(
        Agreement memory agreement,
        uint96 balance,
        uint256 interest,
        uint96 installment
    ) external view {
        vm.assume(agreement.count > 0);
        uint256 k = agreement.count - 1;
        assert(Schedule.rowPrincipal(agreement, k, balance, interest, installment) == balance);
    }

    function check_a_row_of_grace_repays_nothing(
        Agreement memory agreement,
        uint16 k,
        uint96 balance,
        uint256 interest,
        uint96 installment
    ) external view {
        vm.assume(k < agreement.gracePrincipal && uint256(k) + 1 != agreement.count);
        assert(Schedule.rowPrincipal(agreement, k, balance, interest, installment) == 0);
    }
}
