// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Agreement, Conditions} from "../types/Agreement.sol";
import {Calendar} from "./Calendar.sol";

/// @notice The falling price of collateral. Definition: docs/ledger.md, "Collateral".
library Sale {
    /// @notice Price of `conditions.collateral` now, base units of the loan's token.
    /// @param acceleratedOn days from `startDate` to the acceleration
    function price(
        Agreement memory agreement,
        Conditions calldata conditions,
        uint256 acceleratedOn
    ) internal view returns (uint256) {
        uint256 begin =
            (Calendar.dayOf(agreement.startDate) + acceleratedOn + 1) * 1 days;
        uint256 elapsed = block.timestamp > begin ? block.timestamp - begin : 0;
        uint256 span = uint256(conditions.auctionDays) * 1 days;
        uint256 left = span > elapsed ? span - elapsed : 0;
        uint256 floor = conditions.collateralFloor;
        return floor + _ceilDiv((conditions.collateralPrice - floor) * left, span);
    }

    /// @notice How much of `amount` is sold, and for what, so that no more than `debt` is paid.
    function quote(Conditions calldata conditions, uint256 amount, uint256 debt, uint256 priceOfAll)
        internal
        pure
        returns (uint256 bought, uint256 cost)
    {
        uint256 all = conditions.collateral;
        cost = _ceilDiv(priceOfAll * amount, all);
        if (cost <= debt) return (amount, cost);
        return (debt * all / priceOfAll, debt);
    }

    function _ceilDiv(uint256 a, uint256 b) private pure returns (uint256) {
        return (a + b - 1) / b;
    }
}
