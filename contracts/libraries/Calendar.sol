// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DateTimeLib} from "solady/utils/DateTimeLib.sol";

import {Agreement, Frequency} from "../types/Agreement.sol";

/// @notice Due dates of an agreement. Definitions: docs/ledger.md, "Due dates".
library Calendar {
    /// @notice Day number (days since 1970-01-01) of the yyyymmdd date.
    function dayOf(uint256 date) internal pure returns (uint256) {
        unchecked {
            return DateTimeLib.dateToEpochDay(date / 1e4, (date / 100) % 100, date % 100);
        }
    }

    /// @notice Whether `date` is a real yyyymmdd date from 1970 up to 2199.
    function isDate(uint256 date) internal pure returns (bool) {
        uint256 year = date / 1e4;
        return year < 2200 && DateTimeLib.isSupportedDate(year, (date / 100) % 100, date % 100);
    }

    /// @notice Due day of row `k`, counted from 0.
    function dueDay(Agreement memory agreement, uint256 k) internal pure returns (uint256) {
        uint256 first = agreement.firstDueDate;
        unchecked {
            uint256 units = k * agreement.every;
            if (agreement.frequency == Frequency.Months) {
                return monthDay(_monthOf(first) + units, agreement.dueDay);
            }
            return dayOf(first) + (agreement.frequency == Frequency.Weeks ? 7 * units : units);
        }
    }

    /// @notice Day from which row `k` bears interest: the due day before it, or the start date.
    function beginDay(Agreement memory agreement, uint256 k) internal pure returns (uint256) {
        unchecked {
            return k == 0 ? dayOf(agreement.startDate) : dueDay(agreement, k - 1);
        }
    }

    /// @notice Day number of `day` in `month` (counted from January of year 0), clamped to the month's end.
    function monthDay(uint256 month, uint256 day) internal pure returns (uint256) {
        unchecked {
            uint256 year = month / 12;
            month = month % 12 + 1;
            uint256 length = DateTimeLib.daysInMonth(year, month);
            return DateTimeLib.dateToEpochDay(year, month, day < length ? day : length);
        }
    }

    /// @notice The least number of days between the due days of two rows.
    /// @dev Lets most payments do without the date of the row after the one they pay.
    function shortestPeriod(Agreement memory agreement) internal pure returns (uint256) {
        unchecked {
            Frequency frequency = agreement.frequency;
            uint256 unit = frequency == Frequency.Months ? 28 : frequency == Frequency.Weeks ? 7 : 1;
            return unit * agreement.every;
        }
    }

    /// @notice 30/360 days of row `k`: 30 for every whole month, otherwise 30E/360 from its begin to its due day.
    function days360(Agreement memory agreement, uint256 k) internal pure returns (uint256) {
        unchecked {
            uint256 every = agreement.every;
            if (agreement.frequency != Frequency.Months) {
                return _days30E(_dateOf(beginDay(agreement, k)), _dateOf(dueDay(agreement, k)));
            }
            if (k > 0) return 30 * every;
            (uint256 start, uint256 first) = (agreement.startDate, agreement.firstDueDate);
            uint256 startMonth = _monthOf(start);
            bool regular = _monthOf(first) == startMonth + every
                && dayOf(start) == monthDay(startMonth, agreement.dueDay);
            return regular ? 30 * every : _days30E(start, first);
        }
    }

    /// @dev 30E/360 between two yyyymmdd dates; the 30th and the 31st of one month are the same day here.
    function _days30E(uint256 from, uint256 to) private pure returns (uint256) {
        unchecked {
            uint256 begin = 30 * _monthOf(from) + _atMost30(from % 100);
            uint256 end = 30 * _monthOf(to) + _atMost30(to % 100);
            return end > begin ? end - begin : 0;
        }
    }

    /// @dev The yyyymmdd date of a day number.
    function _dateOf(uint256 epochDay) private pure returns (uint256) {
        unchecked {
            (uint256 year, uint256 month, uint256 day) = DateTimeLib.epochDayToDate(epochDay);
            return year * 1e4 + month * 100 + day;
        }
    }

    /// @dev Months from January of year 0 to the month of the yyyymmdd date.
    function _monthOf(uint256 date) private pure returns (uint256) {
        unchecked {
            return (date / 1e4) * 12 + (date / 100) % 100 - 1;
        }
    }

    function _atMost30(uint256 day) private pure returns (uint256) {
        return day < 30 ? day : 30;
    }
}
