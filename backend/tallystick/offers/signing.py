"""What offers and changes of loans have in common: parties who sign until a deadline."""

from __future__ import annotations

from typing import Protocol

from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import signed_by
from tallystick.offers.errors import (
    OfferExpired,
    SignatureInvalid,
    SignatureMissing,
    SignerNotParty,
)
from tallystick.offers.store import Role, StoredSignature


class Signable(Protocol):
    """Something that parties sign, each in a role."""

    @property
    def digest(self) -> bytes:
        """What is signed, 32 bytes."""
        ...

    @property
    def deadline(self) -> int:
        """Last second at which it can take effect, Unix seconds."""
        ...

    @property
    def parties(self) -> dict[Role, str]:
        """Who has to sign, in which role."""
        ...

    @property
    def missing(self) -> tuple[Role, ...]:
        """Roles that have not signed."""
        ...

    @property
    def signatures(self) -> dict[Role, StoredSignature]:
        """Those that were given."""
        ...


def checked(
    rpc: Rpc, wanted: Signable, signer: str, signature: bytes, now: int
) -> tuple[Role, StoredSignature]:
    """A signature, checked as the book will check it, and the role in which it is given.

    Raises `OfferExpired`, `SignerNotParty`, `SignatureInvalid`, `RpcUnavailable`.
    """
    _check_open(wanted, now)
    role = _role_of(wanted, signer)
    if not signed_by(rpc, signer, wanted.digest, signature):
        raise SignatureInvalid(signer)
    return role, StoredSignature(signature, now)


def given(wanted: Signable, sender: str | None, now: int) -> dict[Role, bytes]:
    """The signatures to send; a party that sends itself needs none of its own.

    Raises `OfferExpired`, `SignatureMissing`.
    """
    _check_open(wanted, now)
    needed = [
        role
        for role in wanted.missing
        if sender is None or wanted.parties[role].lower() != sender.lower()
    ]
    if needed:
        raise SignatureMissing(tuple(needed))
    return {role: stored.signature for role, stored in wanted.signatures.items()}


def _role_of(wanted: Signable, account: str) -> Role:
    for role, party in wanted.parties.items():
        if party.lower() == account.lower():
            return role
    raise SignerNotParty(account)


def _check_open(wanted: Signable, now: int) -> None:
    if now > wanted.deadline:
        raise OfferExpired(wanted.deadline)
