"""Who takes part. Their keys follow from their names, so they are worthless on a real chain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from tallystick.chain.hashing import keccak


@dataclass(frozen=True)
class Person:
    """A wallet with a name."""

    name: str
    role: Literal["borrower", "lender", "guarantor", "staff"]

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

    def sign_text(self, text: str) -> str:
        """As a wallet signs by `personal_sign`; 0x and 65 bytes."""
        return "0x" + bytes(self.account.sign_message(encode_defunct(text=text)).signature).hex()

    def sign_data(self, document: dict[str, Any]) -> str:
        """Over EIP-712 typed data; 0x and 65 bytes."""
        return "0x" + bytes(self.account.sign_typed_data(full_message=document).signature).hex()


AMARA: Final = Person("Amara", "borrower")
BASHIR: Final = Person("Bashir", "borrower")
CARMEN: Final = Person("Carmen", "borrower")
DIEGO: Final = Person("Diego", "borrower")
FELIX: Final = Person("Felix", "borrower")
GIDEON: Final = Person("Gideon", "borrower")
LINDIWE: Final = Person("Lindiwe", "lender")
MARCO: Final = Person("Marco", "lender")

ESTER: Final = Person("Ester", "guarantor")

PEOPLE: Final = (AMARA, BASHIR, CARMEN, DIEGO, FELIX, GIDEON, LINDIWE, MARCO, ESTER)
"""Whoever owns money."""

ADMINISTRATORS: Final = (Person("Imani", "staff"), Person("Jonas", "staff"))
NADIA: Final = Person("Nadia", "staff")
OMAR: Final = Person("Omar", "staff")
OFFICERS: Final = (NADIA, OMAR)
"""Two who release Lindiwe's lending rules, and look at what these leave to people."""
