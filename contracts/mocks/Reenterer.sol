// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITransferHook} from "./AwkwardToken.sol";

/// @notice Calls back into a target from a token's transfer hook and remembers how that ended. For tests only.
contract Reenterer is ITransferHook {
    address public target;
    bytes public data;
    bool public called;
    bool public succeeded;
    bytes4 public reason;

    function aim(address target_, bytes calldata data_) external {
        (target, data, called, succeeded, reason) = (target_, data_, false, false, 0);
    }

    function onTransfer(address, address, uint256) external {
        if (called || target == address(0)) return;
        called = true;
        bytes memory result;
        (succeeded, result) = target.call(data);
        if (!succeeded && result.length >= 4) reason = bytes4(result);
    }
}
