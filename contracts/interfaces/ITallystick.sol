// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILoanAgreements} from "./ILoanAgreements.sol";
import {ILoanBook} from "./ILoanBook.sol";
import {ILoanServicing} from "./ILoanServicing.sol";

/// @title Everything that a book answers at its one address
interface ITallystick is ILoanBook, ILoanAgreements, ILoanServicing {}
