// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Amortization, Frequency} from "../../../contracts/types/Agreement.sol";

/// @notice Random terms of an agreement from a seed: ordinary ones, and one in four at the ends of
/// what the book accepts. Some are refused; what matters is that many are not.
library RandomTerms {
    uint256 private constant DAY = 1 days;
    uint256 private constant MAX_RATE = 1e10;

    /// @param now_ Unix time of the origination
    function make(uint256 seed, uint256 now_) internal pure returns (Agreement memory a) {
        a.principal = uint96(1 + (seed >> 8) % 1e24);
        a.quantum = uint96(1 + (seed >> 24) % 10_000);
        a.annualRate = uint64((seed >> 96) % MAX_RATE);
        a.penaltyRate = uint64((seed >> 64) % MAX_RATE);
        a.graceDays = uint16((seed >> 32) % 10);
        a.penaltyCapDays = uint16((seed >> 40) % 1000);
        a.count = uint16(1 + (seed >> 128) % 12);
        a.frequency = Frequency((seed >> 136) % 3);
        a.amortization = Amortization((seed >> 144) % 4);
        a.every = uint16(1 + (seed >> 152) % 3);
        uint256 first = 1 + (seed >> 160) % 60;
        if (seed % 4 == 0) first = _extremes(a, seed >> 168, first);
        if (a.quantum > a.principal) a.quantum = a.principal;
        _installment(a, seed >> 200);
        a.startDate = date(now_ / DAY);
        a.firstDueDate = date(now_ / DAY + first);
        if (a.frequency == Frequency.Months) a.dueDay = uint8(a.firstDueDate % 100);
        a.deadline = uint40(now_);
    }

    /// @notice Civil date of a day number from 2030 on as yyyymmdd, by walking; independent of the library
    /// under test.
    function date(uint256 day) internal pure returns (uint32) {
        uint256 year = 2030;
        day -= 21_915;
        while (day >= (_leap(year) ? 366 : 365)) day -= _leap(year++) ? 366 : 365;
        uint8[12] memory lengths =
            [31, _leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        uint256 month;
        while (day >= lengths[month]) day -= lengths[month++];
        return uint32(year * 10_000 + (month + 1) * 100 + day + 1);
    }

    /// @dev Every member at its least or its most, each by its own bits.
    function _extremes(Agreement memory a, uint256 bits, uint256 first)
        private
        pure
        returns (uint256)
    {
        if (bits & 1 != 0) a.annualRate = bits & 2 != 0 ? uint64(MAX_RATE) : 0;
        if (bits & 4 != 0) a.penaltyRate = uint64(MAX_RATE);
        if (bits & 8 != 0) a.graceDays = bits & 16 != 0 ? 365 : 0;
        if (bits & 32 != 0) a.penaltyCapDays = bits & 64 != 0 ? 3650 : 0;
        if (bits & 128 != 0) a.quantum = bits & 256 != 0 ? type(uint96).max : 1;
        if (bits & 0x600 == 0) a.principal = 1;
        if (bits & 0x3800 == 0) {
            (a.count, a.every, a.frequency) = (600, bits & 0x4000 != 0 ? 1 : 30, Frequency.Days);
            first = 1;
        }
        if (bits & 0x600 == 0x200) a.principal = _most(a, first);
        return first;
    }

    /// @dev The most principal that `AgreementCheck` lets through for this rate, term and quantum.
    function _most(Agreement memory a, uint256 first) private pure returns (uint96) {
        uint256 period =
            a.frequency == Frequency.Months ? 31 : a.frequency == Frequency.Weeks ? 7 : 1;
        uint256 termDays = first + period * a.every * (a.count - 1);
        if (a.quantum > 1e20) a.quantum = 1e20;
        uint256 room = type(uint96).max - 600 * uint256(a.quantum);
        return uint96(room * 360e9 / (360e9 + uint256(a.annualRate) * (termDays + 360)));
    }

    function _installment(Agreement memory a, uint256 bits) private pure {
        if (a.amortization == Amortization.Bullet) a.count = 1;
        if (a.amortization == Amortization.Level) {
            a.installment = uint96(1 + a.principal / a.count + bits % (a.principal / 20 + 1));
        } else if (a.amortization == Amortization.EqualPrincipal) {
            a.installment = (a.principal - 1) / a.count;
        }
    }

    function _leap(uint256 year) private pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }
}
