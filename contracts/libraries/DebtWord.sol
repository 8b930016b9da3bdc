// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Debt, Status} from "../types/Agreement.sol";

/// @notice A `Debt` as one storage word, from the low bits: balance 96, rowPaid 96, row 16, accruedTo 16,
/// then the flags: status 3, late, carried, accelerated, manual, assigned, amended 1 each, watchLeft 8,
/// watchRows 8, and 7 bits of bookkeeping: the seat of the claim's holder, see `BookState`.
/// @dev By hand, because the compiler reads and writes a struct member by member, 1,500 gas more for every
/// payment. While a payment is computed the flags stay together as one number.
library DebtWord {
    uint256 internal constant STATUS = 7;
    uint256 internal constant LATE = 1 << 3;
    uint256 internal constant CARRIED = 1 << 4;
    uint256 internal constant ACCELERATED = 1 << 5;
    uint256 internal constant MANUAL = 1 << 6;
    uint256 internal constant ASSIGNED = 1 << 7;
    uint256 internal constant AMENDED = 1 << 8;
    uint256 internal constant WATCH_LEFT = 0xff << 9;
    uint256 internal constant WATCH_ROWS = 0xff << 17;
    uint256 internal constant WATCH_ONE = 1 << 9;
    uint256 internal constant SEAT = 0x7f << 25;
    uint256 private constant FLAGS_AT = 224;

    /// @notice The word of these members; each must fit its width.
    function pack(uint256 balance, uint256 rowPaid, uint256 row, uint256 accruedTo, uint256 flags)
        internal
        pure
        returns (uint256)
    {
        return balance | rowPaid << 96 | row << 192 | accruedTo << 208 | flags << FLAGS_AT;
    }

    /// @notice The flags of a word.
    function flagsOf(uint256 word) internal pure returns (uint256) {
        return word >> FLAGS_AT;
    }

    /// @notice The word with other flags.
    function withFlags(uint256 word, uint256 flags) internal pure returns (uint256) {
        return uint224(word) | flags << FLAGS_AT;
    }

    /// @notice The status among the flags.
    function statusOf(uint256 flags) internal pure returns (Status) {
        return Status(flags & STATUS);
    }

    /// @notice The flags with another status.
    function withStatus(uint256 flags, Status status) internal pure returns (uint256) {
        return (flags & ~STATUS) | uint256(status);
    }

    /// @notice The flags with a watch of `rows` rows that begins now; 0 ends it.
    function withWatch(uint256 flags, uint256 rows) internal pure returns (uint256) {
        return (flags & ~(WATCH_LEFT | WATCH_ROWS)) | rows << 9 | rows << 17;
    }

    /// @notice The flags of a loan whose claim is held by the account in `seat`, or 0 for its own slot.
    function withHolder(uint256 flags, uint256 seat) internal pure returns (uint256) {
        return (flags & ~SEAT) | ASSIGNED | seat << 25;
    }

    /// @notice Seat of the claim's holder; 0: in the loan's own slot.
    function seatOf(uint256 flags) internal pure returns (uint256) {
        return (flags & SEAT) >> 25;
    }

    /// @notice Rows with which the watch begins again.
    function watchRows(uint256 flags) internal pure returns (uint256) {
        return (flags & WATCH_ROWS) >> 17;
    }

    /// @notice The word as a struct, for reading.
    function unpack(uint256 word) internal pure returns (Debt memory debt) {
        uint256 flags = flagsOf(word);
        debt.balance = uint96(word);
        debt.rowPaid = uint96(word >> 96);
        debt.row = uint16(word >> 192);
        debt.accruedTo = uint16(word >> 208);
        debt.status = statusOf(flags);
        debt.late = flags & LATE != 0;
        debt.carried = flags & CARRIED != 0;
        debt.accelerated = flags & ACCELERATED != 0;
        debt.manual = flags & MANUAL != 0;
        debt.assigned = flags & ASSIGNED != 0;
        debt.amended = flags & AMENDED != 0;
        debt.watchLeft = uint8(flags >> 9);
        debt.watchRows = uint8(flags >> 17);
    }
}
