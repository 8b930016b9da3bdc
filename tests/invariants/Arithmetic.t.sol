// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Calendar} from "../../contracts/libraries/Calendar.sol";
import {Schedule} from "../../contracts/libraries/Schedule.sol";
import {Agreement, DayCount, Frequency, InterestMethod} from "../../contracts/types/Agreement.sol";

/// @notice Arithmetic that divides, which solvers do not finish: the calendar over its whole domain,
/// rounding over all small numbers and random large ones.
contract Arithmetic {
    uint8[12] private _lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

    /// @dev Last due dates lie before 2251: a start before 2200 and 18,300 days.
    function test_every_day_of_every_month_is_clamped_to_its_end() external view {
        uint256 first;
        for (uint256 month = 1970 * 12; month < 2251 * 12; ++month) {
            uint256 length = _length(month / 12, month % 12);
            for (uint256 day = 1; day <= 31; ++day) {
                uint256 clamped = day < length ? day : length;
                assert(Calendar.monthDay(month, day) == first + clamped - 1);
            }
            first += length;
        }
    }

    function test_every_date_has_its_day_and_nothing_else_is_a_date() external view {
        uint256 number;
        for (uint256 year = 1970; year < 2200; ++year) {
            for (uint256 month; month <= 99; ++month) {
                bool real = month > 0 && month <= 12;
                uint256 length = real ? _length(year, month - 1) : 0;
                uint256 date = year * 10_000 + month * 100;
                for (uint256 day = 1; day <= length; ++day) {
                    assert(Calendar.isDate(date + day) && Calendar.dayOf(date + day) == number++);
                }
                assert(!Calendar.isDate(date) && !Calendar.isDate(date + length + 1));
                assert(!Calendar.isDate(date + 32) && !Calendar.isDate(date + 99));
            }
        }
        assert(!Calendar.isDate(19_691_231) && !Calendar.isDate(22_000_101));
        assert(!Calendar.isDate(0) && !Calendar.isDate(type(uint32).max));
    }

    function test_small_numbers_round_half_to_even() external pure {
        for (uint256 num; num < 400; ++num) {
            for (uint256 den = 1; den <= 16; ++den) {
                for (uint256 quantum = 1; quantum <= 8; ++quantum) {
                    _checkRounding(num, den, quantum);
                }
            }
        }
    }

    /// @dev The largest numbers that `AgreementCheck` lets through.
    function testFuzz_numbers_round_half_to_even(uint256 num, uint64 den, uint96 quantum)
        external
        pure
    {
        _checkRounding(num >> 81, 1 + den % 1_314_000e9, 1 + quantum % (type(uint96).max - 1));
    }

    /// @dev Exact ties and their neighbours, which random numbers never meet.
    function testFuzz_ties_round_to_even(uint32 half, uint32 den, uint64 quantum) external pure {
        uint256 divisor = 2 * (1 + uint256(den));
        uint256 unit = 1 + uint256(quantum);
        uint256 tie = (2 * uint256(half) + 1) * (divisor / 2) * unit;
        _checkRounding(tie, divisor, unit);
        _checkRounding(tie - 1, divisor, unit);
        _checkRounding(tie + 1, divisor, unit);
        uint256 even = (uint256(half) + (half & 1)) * unit;
        assert(Schedule.roundHalfEven(tie, divisor, unit) == even);
    }

    /// @notice Interest accrues from nothing to the row's, never backwards, and less on a lower balance.
    function testFuzz_accrued_interest_only_grows(
        uint96 balance,
        uint96 less,
        uint64 rate,
        uint32 quantum,
        uint8 frequency,
        uint16 day
    ) external view {
        Agreement memory a;
        a.annualRate = rate % 1e10;
        a.quantum = 1 + uint96(quantum);
        a.frequency = Frequency(frequency % 3);
        a.dayCount = DayCount(frequency / 3 % 3);
        (a.every, a.count, a.dueDay) = (1, 12, 28);
        (a.startDate, a.firstDueDate) = (20_260_128, 20_270_228);
        uint256 begin = Calendar.dayOf(a.startDate);
        uint256 due = Calendar.dayOf(a.firstDueDate);
        uint256 today = begin + day % (due - begin);

        uint256 sum = this.accrued(a, balance, today, due);
        assert(sum % a.quantum == 0);
        assert(sum <= this.accrued(a, balance, today + 1, due));
        assert(sum <= this.accrued(a, balance, due, due));
        assert(less > balance || sum >= this.accrued(a, less, today, due));
        assert(this.accrued(a, balance, begin, due) == 0);
    }

    function accrued(Agreement calldata a, uint256 balance, uint256 today, uint256 due)
        external
        pure
        returns (uint256)
    {
        return Schedule.accruedInterest(a, 0, balance, 0, due, today);
    }

    /// @notice What bears interest: the balance, or the principal in proportion to a lowered installment.
    function testFuzz_flat_interest_falls_with_the_installment(
        uint96 principal,
        uint96 balance,
        uint96 agreed,
        uint96 lowered
    ) external view {
        Agreement memory a;
        a.principal = principal;
        a.installment = agreed == 0 ? 1 : agreed;
        uint96 installment = lowered % a.installment;
        assert(this.base(a, balance, installment) == balance);
        a.interestMethod = InterestMethod.Flat;
        uint256 base_ = this.base(a, balance, installment);
        assert(base_ <= principal && this.base(a, balance, 0) == principal);
        assert(installment == 0 || base_ == uint256(principal) * installment / a.installment);
    }

    function base(Agreement calldata a, uint256 balance, uint256 installment)
        external
        pure
        returns (uint256)
    {
        return Schedule.interestBase(a, balance, installment);
    }

    function _checkRounding(uint256 num, uint256 den, uint256 quantum) private pure {
        uint256 rounded = Schedule.roundHalfEven(num, den, quantum);
        uint256 scaled = rounded * den;
        uint256 off = 2 * (scaled > num ? scaled - num : num - scaled);
        assert(rounded % quantum == 0);
        assert(off <= den * quantum);
        assert(off != den * quantum || rounded / quantum % 2 == 0);
    }

    function _length(uint256 year, uint256 month) private view returns (uint256) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return month == 1 && leap ? 29 : _lengths[month];
    }
}
