// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title The part of Uniswap's Permit2 that is looked at
interface IPermit2 {
    /// @notice What `owner` lets `spender` take of `token`.
    /// @return amount base units
    /// @return expiration last second at which it counts, Unix time
    /// @return nonce of the next signature
    function allowance(address owner, address token, address spender)
        external
        view
        returns (uint160 amount, uint48 expiration, uint48 nonce);
}
