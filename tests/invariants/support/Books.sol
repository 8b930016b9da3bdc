// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {LoanAgreements} from "../../../contracts/LoanAgreements.sol";
import {LoanBook} from "../../../contracts/LoanBook.sol";
import {LoanServicing} from "../../../contracts/LoanServicing.sol";
import {ITallystick} from "../../../contracts/interfaces/ITallystick.sol";

/// @notice Deploys a book in its parts.
library Books {
    function deploy(address permit2) internal returns (ITallystick) {
        address servicing = address(new LoanServicing(permit2));
        address agreements = address(new LoanAgreements(permit2, servicing));
        return ITallystick(address(new LoanBook(permit2, agreements)));
    }
}
