"""Who takes part. Their keys follow from their names, so they are worthless on a real chain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from eth_account import Account
from eth_account.signers.local import LocalAccount

from tallystick.chain.hashing import keccak


@dataclass(frozen=True)
class Person:
    """A wallet with a name."""

    name: str
    role: Literal["borrower", "lender", "guarantor"]

    @cached_property
    def account(self) -> LocalAccount:
        """The wallet; its key is the hash of a public sentence."""
        account: LocalAccount = Account.from_key(keccak(text=f"tallystick demo: {self.name}"))
        return account

    @property
    def address(self) -> str:
        """EIP-55."""
        address: str = self.account.address
        return address


AMARA: Final = Person("Amara", "borrower")
BASHIR: Final = Person("Bashir", "borrower")
CARMEN: Final = Person("Carmen", "borrower")
DIEGO: Final = Person("Diego", "borrower")
FELIX: Final = Person("Felix", "borrower")
LINDIWE: Final = Person("Lindiwe", "lender")
MARCO: Final = Person("Marco", "lender")

ESTER: Final = Person("Ester", "guarantor")

PEOPLE: Final = (AMARA, BASHIR, CARMEN, DIEGO, FELIX, LINDIWE, MARCO, ESTER)
