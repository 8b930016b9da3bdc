// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {ITransferHook} from "./AwkwardToken.sol";

/// @notice A token that, as ERC-777 does, calls the sender before and the recipient after it moves. For tests only.
/// @dev The state between the two calls is what such tokens are feared for.
contract HookedToken is ERC20("Hooked Token", "HOOK") {
    mapping(address account => ITransferHook) public hookOf;

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setHook(ITransferHook hook) external {
        hookOf[msg.sender] = hook;
    }

    function setHookOf(address account, ITransferHook hook) external {
        hookOf[account] = hook;
    }

    function _update(address from, address to, uint256 value) internal override {
        _call(from, from, to, value);
        super._update(from, to, value);
        _call(to, from, to, value);
    }

    function _call(address account, address from, address to, uint256 value) private {
        ITransferHook hook = hookOf[account];
        if (address(hook) != address(0)) hook.onTransfer(from, to, value);
    }
}
