// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Stablecoin with 6 decimals for development chains; anyone mints.
contract TestDollar is ERC20("Test Dollar", "TUSD") {
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @param amount base units
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
