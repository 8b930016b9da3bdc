// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @notice Allowances given by signature, handed on to whoever keeps them.
/// @dev A failure is no failure here: anyone can carry a permit out of the mempool before us, and then it is
/// used up but the allowance is there. Whether there is one, the transfer that needs it finds out.
library Permits {
    /// @notice ERC-2612 `permit` for this contract.
    function tryPermit(
        address token,
        address owner,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) internal {
        _tryCall(
            token,
            abi.encodeCall(IERC20Permit.permit, (owner, address(this), value, deadline, v, r, s))
        );
    }

    /// @notice Permit2's `AllowanceTransfer.permit` for this contract.
    /// @param allowance `PermitDetails`: token, amount, expiration, nonce
    function tryPermit2(
        address permit2,
        address owner,
        uint256[4] calldata allowance,
        uint256 sigDeadline,
        bytes calldata signature
    ) internal {
        // permit(address owner, PermitSingle{PermitDetails, address spender, uint256 sigDeadline}, bytes)
        bytes4 selector = 0x2b67b570;
        _tryCall(
            permit2,
            abi.encodePacked(
                selector,
                abi.encode(
                    owner, allowance, address(this), sigDeadline, uint256(0x100), signature.length
                ),
                signature,
                new bytes((32 - signature.length % 32) % 32)
            )
        );
    }

    /// @notice Reverts with the data of a failed call.
    function bubble(bytes memory reason) internal pure {
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }

    function _tryCall(address target, bytes memory data) private {
        assembly ("memory-safe") {
            pop(call(gas(), target, 0, add(data, 0x20), mload(data), 0, 0))
        }
    }
}
