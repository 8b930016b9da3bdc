"""The conditions of an agreement: consent, security, and what follows when the borrower fails."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.loans.kinds import Transfer
from tallystick.loans.members import (
    NO_ADDRESS,
    NO_HASH,
    Address,
    Bytes32,
    Uint16,
    Uint40,
    Uint96,
    Uint256,
)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Members in EIP-712 order, as in `contracts/types/Agreement.sol`.

    Amounts in base units: `guaranteed` and the prices in the loan's token, `collateral` in
    `collateral_token`. Days are days past the oldest unpaid due date, 0 for never; `deadline` is
    Unix seconds.
    """

    document_hash: Bytes32
    borrower_nonce: Uint256
    lender_nonce: Uint256
    guarantor_nonce: Uint256
    deadline: Uint40
    default_days: Uint16 = 0
    acceleration_days: Uint16 = 0
    write_off_days: Uint16 = 0
    guarantor: Address = NO_ADDRESS
    guaranteed: Uint96 = 0
    guarantee_days: Uint16 = 0
    collateral_token: Address = NO_ADDRESS
    collateral: Uint96 = 0
    collateral_price: Uint96 = 0
    collateral_floor: Uint96 = 0
    auction_days: Uint16 = 0
    transfer: Transfer = Transfer.FREE
    transferees: Bytes32 = NO_HASH
    gate: Address = NO_ADDRESS
    borrower_kind: Bytes32 = NO_HASH
    lender_kind: Bytes32 = NO_HASH
