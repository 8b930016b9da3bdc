// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Schedule} from "../../contracts/libraries/Schedule.sol";
import {Agreement} from "../../contracts/types/Agreement.sol";
import {vm} from "../invariants/support/Vm.sol";

/// @notice What a row repays, over every agreement (valid or not), row, balance and interest.
contract ScheduleProof {
    function check_a_row_repays_at_most_the_balance(
        Agreement calldata agreement,
        uint16 k,
        uint96 balance,
        uint256 interest
    ) external pure {
        assert(Schedule.rowPrincipal(agreement, k, balance, interest) <= balance);
    }

    function check_the_last_row_repays_all(
        Agreement calldata agreement,
        uint96 balance,
        uint256 interest
    ) external pure {
        vm.assume(agreement.count > 0);
        uint256 k = agreement.count - 1;
        assert(Schedule.rowPrincipal(agreement, k, balance, interest) == balance);
    }
}
