// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITallystick} from "../../../contracts/interfaces/ITallystick.sol";
import {vm} from "./Vm.sol";

/// @notice Deploys a book in its parts.
/// @dev From their artifacts: a test that contained their code would be compiled again with each of them.
library Books {
    function deploy(address permit2) internal returns (ITallystick) {
        address servicing = _create("LoanServicing", abi.encode(permit2));
        address agreements = _create("LoanAgreements", abi.encode(permit2, servicing));
        return ITallystick(_create("LoanBook", abi.encode(permit2, agreements)));
    }

    function _create(string memory name, bytes memory arguments) private returns (address made) {
        bytes memory artifact = bytes.concat(bytes(name), ".sol:", bytes(name));
        bytes memory code = bytes.concat(vm.getCode(string(artifact)), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        require(made != address(0), "not deployed");
    }
}
