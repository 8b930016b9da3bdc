// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice An ERC-1271 wallet with one owner that can call anything, and can be told to refuse. For tests only.
contract ContractWallet {
    address public immutable owner;
    bool public refuses;

    constructor(address owner_) {
        owner = owner_;
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        (address signer,,) = ECDSA.tryRecoverCalldata(hash, signature);
        return signer == owner && !refuses ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    function execute(address target, bytes calldata data) external returns (bytes memory) {
        require(msg.sender == owner, "owner only");
        (bool ok, bytes memory result) = target.call(data);
        require(ok, "call failed");
        return result;
    }
}
