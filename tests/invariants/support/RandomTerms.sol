// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    Agreement,
    Amortization,
    Conditions,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Transfer,
    Waterfall
} from "../../../contracts/types/Agreement.sol";

/// @notice Random terms of an agreement from a seed: ordinary ones, and one in four at the ends of
/// what the book accepts. Some are refused; what matters is that many are not.
library RandomTerms {
    uint256 private constant DAY = 1 days;
    uint256 private constant MAX_RATE = 1e10;

    /// @dev A stream of numbers.
    struct Dice {
        uint256 seed;
    }

    /// @notice Everything but the parties, the tokens and the rows of a custom schedule.
    /// @param now_ Unix time at which the terms take effect
    function make(uint256 seed, uint256 now_) internal pure returns (Agreement memory a) {
        Dice memory dice = Dice(seed);
        a.principal = uint96(1 + roll(dice, 1e24));
        a.quantum = uint96(1 + roll(dice, 10_000));
        a.annualRate = uint64(roll(dice, MAX_RATE));
        a.penaltyRate = uint64(roll(dice, MAX_RATE));
        a.prepaymentFee = roll(dice, 3) == 0 ? uint64(roll(dice, 1e9)) : 0;
        a.graceDays = uint16(roll(dice, 10));
        a.penaltyCapDays = uint16(roll(dice, 1000));
        a.count = uint16(1 + roll(dice, 12));
        a.every = uint16(1 + roll(dice, 3));
        _kinds(a, dice);
        uint256 first = 1 + roll(dice, 60);
        if (roll(dice, 4) == 0) first = _extremes(a, dice, first);
        if (a.quantum > a.principal) a.quantum = a.principal;
        _repayment(a, dice);
        a.startDate = date(now_ / DAY);
        a.firstDueDate = date(now_ / DAY + first);
        if (a.frequency == Frequency.Months) a.dueDay = uint8(a.firstDueDate % 100);
    }

    /// @notice Conditions without parties and tokens, of which some are agreed and some not.
    function conditions(uint256 seed, uint256 now_) internal pure returns (Conditions memory c) {
        Dice memory dice = Dice(seed ^ type(uint128).max);
        c.deadline = uint40(now_);
        if (roll(dice, 4) > 0) {
            c.defaultDays = uint16(1 + roll(dice, 30));
            if (roll(dice, 4) > 0) c.accelerationDays = c.defaultDays + uint16(roll(dice, 30));
            if (roll(dice, 2) > 0) c.writeOffDays = c.defaultDays + uint16(roll(dice, 60));
        }
        c.transfer = Transfer(roll(dice, 2));
    }

    /// @notice Balances of a custom schedule, mostly falling to 0.
    function plan(uint256 seed, uint256 principal, uint256 count)
        internal
        pure
        returns (uint96[] memory balances)
    {
        Dice memory dice = Dice(seed ^ type(uint64).max);
        balances = new uint96[](count);
        bool odd = roll(dice, 8) == 0;
        uint256 left = principal;
        for (uint256 k; k < count; ++k) {
            if (odd) {
                left = roll(dice, 2 * principal);
            } else {
                left -= roll(dice, 2) == 0 ? 0 : roll(dice, 2 * left / (count - k) + 1) % (left + 1);
            }
            balances[k] = uint96(left);
        }
    }

    /// @notice The next number below `bound`, which is not 0.
    function roll(Dice memory dice, uint256 bound) internal pure returns (uint256) {
        dice.seed = uint256(keccak256(abi.encode(dice.seed)));
        return dice.seed % bound;
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

    function _kinds(Agreement memory a, Dice memory dice) private pure {
        a.frequency = Frequency(roll(dice, 3));
        a.amortization = Amortization(roll(dice, 5));
        a.dayCount = DayCount(roll(dice, 3));
        a.prepayment = Prepayment(roll(dice, 2));
        a.waterfall = Waterfall(roll(dice, 3));
        if (a.amortization <= Amortization.EqualPrincipal) {
            a.interestMethod = InterestMethod(roll(dice, 2));
        }
    }

    /// @dev Every member at its least or its most, each by its own throw.
    function _extremes(Agreement memory a, Dice memory dice, uint256 first)
        private
        pure
        returns (uint256)
    {
        if (roll(dice, 2) == 0) a.annualRate = roll(dice, 2) == 0 ? uint64(MAX_RATE) : 0;
        if (roll(dice, 2) == 0) a.penaltyRate = uint64(MAX_RATE);
        if (roll(dice, 4) == 0) a.prepaymentFee = 1e9;
        if (roll(dice, 2) == 0) a.graceDays = roll(dice, 2) == 0 ? 365 : 0;
        if (roll(dice, 2) == 0) a.penaltyCapDays = roll(dice, 2) == 0 ? 3650 : 0;
        if (roll(dice, 2) == 0) a.quantum = roll(dice, 2) == 0 ? type(uint96).max : 1;
        if (roll(dice, 8) == 0) {
            (a.count, a.every, a.frequency) = (600, roll(dice, 2) == 0 ? 1 : 30, Frequency.Days);
            first = 1;
        }
        uint256 size = roll(dice, 4);
        if (size == 0) a.principal = 1;
        if (size == 1) a.principal = _most(a, first);
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

    function _repayment(Agreement memory a, Dice memory dice) private pure {
        if (a.amortization == Amortization.Bullet) a.count = 1;
        if (a.amortization <= Amortization.EqualPrincipal && roll(dice, 3) == 0) {
            a.gracePrincipal = uint16(roll(dice, a.count));
        }
        if (roll(dice, 3) == 0 && a.amortization != Amortization.Custom) {
            uint256 most =
                a.amortization == Amortization.InterestOnly ? a.count : a.gracePrincipal + 1;
            if (a.amortization != Amortization.Bullet) a.graceInterest = uint16(roll(dice, most));
        }
        if (a.amortization == Amortization.Level) {
            a.installment = uint96(1 + a.principal / a.count + roll(dice, a.principal / 20 + 1));
        } else if (a.amortization == Amortization.EqualPrincipal) {
            a.installment = (a.principal - 1) / a.count;
        }
    }

    function _leap(uint256 year) private pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }
}
