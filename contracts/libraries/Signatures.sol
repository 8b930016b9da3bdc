// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice Signatures of accounts of every kind.
library Signatures {
    /// @notice Whether `signer` signed `digest`: ECDSA with low s (65 bytes, or 64 bytes by EIP-2098), or
    /// ERC-1271 when the account has code.
    /// @dev ECDSA comes first also for accounts with code, because an account delegated by EIP-7702 keeps
    /// its key, whatever its delegate implements.
    function isValid(address signer, bytes32 digest, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        if (_recover(digest, signature) == signer) return true;
        return signer.code.length > 0
            && SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }

    /// @dev The zero address when the signature is malformed; no agreement has a zero party.
    function _recover(bytes32 digest, bytes calldata signature)
        private
        pure
        returns (address signer)
    {
        if (signature.length == 65) {
            (signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        } else if (signature.length == 64) {
            (signer,,) = ECDSA.tryRecover(digest, bytes32(signature[:32]), bytes32(signature[32:]));
        }
    }
}
