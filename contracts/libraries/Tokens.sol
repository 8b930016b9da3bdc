// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice ERC-20 calls that report failure instead of reverting.
/// @dev Success means: the call went through, and the token returned nothing (as USDT does) and is a
/// contract, or returned exactly true. Return data beyond one word is never copied, so a token cannot
/// exhaust the caller's memory.
library Tokens {
    /// @dev `transferFrom(address from, address to, uint160 amount, address token)`
    bytes4 private constant _PERMIT2_TRANSFER_FROM = 0x36c78516;

    /// @notice `token.transferFrom(from, to, amount)` with at most `gasLimit` gas.
    function tryTransferFrom(
        address token,
        address from,
        address to,
        uint256 amount,
        uint256 gasLimit
    ) internal returns (bool ok) {
        return _tryCall(token, abi.encodeCall(IERC20.transferFrom, (from, to, amount)), gasLimit);
    }

    /// @notice The same out of an allowance in Permit2, `AllowanceTransfer.transferFrom`.
    /// @param permit2 0 on a chain without it
    function tryPermit2TransferFrom(
        address permit2,
        address token,
        address from,
        address to,
        uint256 amount,
        uint256 gasLimit
    ) internal returns (bool ok) {
        if (permit2.code.length == 0 || token.code.length == 0) return false;
        if (amount > type(uint160).max) return false;
        return _tryCall(
            permit2,
            abi.encodeWithSelector(_PERMIT2_TRANSFER_FROM, from, to, amount, token),
            gasLimit
        );
    }

    /// @notice `token.transfer(to, amount)`.
    function tryTransfer(address token, address to, uint256 amount) internal returns (bool ok) {
        return _tryCall(token, abi.encodeCall(IERC20.transfer, (to, amount)), gasleft());
    }

    /// @notice `token.balanceOf(account)` with at most `gasLimit` gas; 0 when the token does not answer.
    function balanceOf(address token, address account, uint256 gasLimit)
        internal
        view
        returns (uint256 amount)
    {
        bytes memory data = abi.encodeCall(IERC20.balanceOf, (account));
        assembly ("memory-safe") {
            let ok := staticcall(gasLimit, token, add(data, 0x20), mload(data), 0, 0x20)
            if and(ok, gt(returndatasize(), 0x1f)) { amount := mload(0) }
        }
    }

    function _tryCall(address token, bytes memory data, uint256 gasLimit)
        private
        returns (bool ok)
    {
        assembly ("memory-safe") {
            ok := call(gasLimit, token, 0, add(data, 0x20), mload(data), 0, 0x20)
            switch returndatasize()
            case 0 { ok := and(ok, gt(extcodesize(token), 0)) }
            default { ok := and(ok, and(gt(returndatasize(), 0x1f), eq(mload(0), 1))) }
        }
    }
}
