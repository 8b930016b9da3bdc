// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20, ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice A stablecoin whose allowance can be signed (ERC-2612). For tests only.
contract PermitDollar is ERC20Permit {
    constructor() ERC20("Permit Dollar", "PUSD") ERC20Permit("Permit Dollar") {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
