// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITransferHook} from "./AwkwardToken.sol";

/// @notice A party that is a contract, agrees to everything and does harm when it is paid or asked for
/// its signature. For tests only.
contract MaliciousHolder is ITransferHook {
    enum Harm {
        None,
        Reverts,
        BurnsGas,
        Reenters
    }

    address public target;
    bytes public data;
    Harm public whenPaid;
    Harm public whenAsked;
    bool public entered;
    bool public succeeded;
    bytes4 public reason;

    function aim(address target_, bytes calldata data_) external {
        (target, data, entered, succeeded, reason) = (target_, data_, false, false, 0);
    }

    function behave(Harm whenPaid_, Harm whenAsked_) external {
        (whenPaid, whenAsked) = (whenPaid_, whenAsked_);
    }

    function execute(address to, bytes calldata call) external returns (bytes memory) {
        (bool ok, bytes memory result) = to.call(call);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
        return result;
    }

    function onTransfer(address, address, uint256) external {
        require(whenPaid != Harm.Reverts, "I take nothing");
        if (whenPaid == Harm.BurnsGas) while (true) {}
        if (whenPaid != Harm.Reenters || entered) return;
        entered = true;
        bytes memory result;
        (succeeded, result) = target.call(data);
        if (!succeeded && result.length >= 4) reason = bytes4(result);
    }

    /// @dev Asked by `STATICCALL`: it can look, but change nothing.
    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        require(whenAsked != Harm.Reverts, "I sign nothing");
        if (whenAsked == Harm.BurnsGas) while (true) {}
        if (whenAsked == Harm.Reenters) {
            (bool ok,) = target.call(data);
            require(ok, "no way in");
        }
        return this.isValidSignature.selector;
    }
}
