// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Debt, Status} from "../types/Agreement.sol";

/// @notice A `Debt` as one storage word, from the low bits: balance 96, rowPaid 96, row 16, accruedTo 16,
/// status 8, late 1.
/// @dev By hand, because the compiler reads and writes a struct member by member, 1,500 gas more for every payment.
library DebtWord {
    function pack(Debt memory debt) internal pure returns (uint256 word) {
        word = uint256(debt.balance) | uint256(debt.rowPaid) << 96 | uint256(debt.row) << 192
            | uint256(debt.accruedTo) << 208 | uint256(debt.status) << 224;
        if (debt.late) word |= 1 << 232;
    }

    function unpack(uint256 word) internal pure returns (Debt memory debt) {
        debt.balance = uint96(word);
        debt.rowPaid = uint96(word >> 96);
        debt.row = uint16(word >> 192);
        debt.accruedTo = uint16(word >> 208);
        debt.status = Status(uint8(word >> 224));
        debt.late = word >> 232 != 0;
    }
}
