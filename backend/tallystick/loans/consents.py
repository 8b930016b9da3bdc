"""What the parties sign after the agreement: amendments, settlements, transfers of the claim."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.loans.kinds import Status
from tallystick.loans.members import Address, Bytes32, Uint8, Uint40, Uint96, Uint256


@dataclass(frozen=True, slots=True)
class Amendment:
    """What becomes of a debt under new terms, signed beside these by both and the guarantor.

    `terms_before` is the digest of the agreement in force; waived amounts are the most that is
    forgiven, base units; `reason` as in `docs/ledger.md`.
    """

    terms_before: Bytes32
    status_before: Status
    waived_penalty: Uint96
    waived_interest: Uint96
    waived_principal: Uint96
    capitalise: bool
    watch_rows: Uint8
    reason: Uint8
    plan_hash: Bytes32


@dataclass(frozen=True, slots=True)
class Settlement:
    """An offer, signed by both, to take `amount` base units for everything owed.

    `terms` is the digest of the agreement in force, `deadline` Unix seconds.
    """

    terms: Bytes32
    amount: Uint96
    reason: Uint8
    plan_hash: Bytes32
    borrower_nonce: Uint256
    lender_nonce: Uint256
    deadline: Uint40


@dataclass(frozen=True, slots=True)
class Assignment:
    """A transfer of the claim against `price` base units of `token`, signed by its holder."""

    loan_id: Bytes32
    from_: Address
    to: Address
    token: Address
    price: Uint96
    nonce: Uint256
    deadline: Uint40
