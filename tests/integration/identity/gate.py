"""Signing in, with real keys, a real chain and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils import keccak
from tests.integration.anvil import Anvil

from tallystick.identity.access.access import Access, Signed, identity_file
from tallystick.identity.access.challenges import Act, Place
from tallystick.identity.access.sessions import Session
from tallystick.identity.vault import Vault
from tallystick.identity.vault.keys import LocalKeys

ORIGIN = "https://ledger.example"
CHAIN_ID = 31337


@dataclass
class Clock:
    seconds: float = 1_800_000_000

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Person:
    """Somebody with a key."""

    name: str

    @property
    def key(self) -> bytes:
        return keccak(text=self.name)

    @property
    def address(self) -> str:
        return str(Account.from_key(self.key).address)

    def sign(self, text: str) -> bytes:
        """As a wallet signs by `personal_sign`."""
        signed = Account.sign_message(encode_defunct(text=text), self.key)
        return bytes(signed.signature)


ADA, BEN, EVE = Person("ada"), Person("ben"), Person("eve")


@dataclass(frozen=True)
class Gate:
    access: Access
    clock: Clock
    chain: Anvil

    @classmethod
    @contextmanager
    def open(
        cls, chain: Anvil, folder: Path, clock: Clock, place: Place | None = None
    ) -> Iterator[Gate]:
        vault = Vault(folder / "vault.db", LocalKeys({"k": b"\x01" * 32}), b"\x02" * 32, clock)
        file = identity_file(folder / "identity.db")
        access = Access(file, vault, place or Place(ORIGIN, CHAIN_ID), chain.rpc)
        try:
            yield cls(access, clock, chain)
        finally:
            access.close()

    def message(self, person: Person, act: Act = Act.SIGN_IN, about: str = "") -> str:
        return self.access.challenges.issue(person.address, act, about).message

    def sign_in(self, person: Person) -> tuple[Session, str]:
        text = self.message(person)
        return self.access.sign_in(Signed(text, person.sign(text)), "bearer")

    def signed(self, session: Session, person: Person, act: Act, about: str) -> Signed:
        text = self.access.challenge(session, person.address, act, about).message
        return Signed(text, person.sign(text))
