// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Who may be a party
/// @notice Named by an agreement's conditions, asked when a loan begins and when its claim changes hands,
/// never for a payment. Every agreement may name another; there is none for all.
interface IGate {
    /// @notice Whether `party` has a valid attestation of `kind`.
    /// @param attestation as the gate understands it; no personal data
    function admits(address party, bytes32 kind, bytes calldata attestation)
        external
        view
        returns (bool);
}
