"""Who lends: the account whose key signs offers, and the token that is lent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tallystick.chain.deployment import checked_address
from tallystick.config import Settings, SettingsError
from tallystick.decisions.case import Ledger
from tallystick.decisions.document import SCALE

if TYPE_CHECKING:
    from eth_keys.datatypes import PrivateKey


@dataclass(frozen=True, slots=True)
class Lender:
    """The policy's signer, addresses EIP-55. It must hold the money and let the book take it."""

    token: str
    address: str
    _key: PrivateKey = field(repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """None where no lender is configured. Raises `SettingsError`."""
        key, token = settings.lender_key, settings.lender_token
        if key is None and token is None:
            return None
        if key is None or token is None:
            raise SettingsError("Set both TALLYSTICK_LENDER_KEY and TALLYSTICK_LENDER_TOKEN.")
        from eth_keys.datatypes import PrivateKey  # slow to load, and most services do not lend
        from eth_utils.exceptions import ValidationError

        try:
            secret = PrivateKey(bytes.fromhex(key.get_secret_value().removeprefix("0x")))
            address = secret.public_key.to_checksum_address()
        except (ValueError, ValidationError):  # whose text might show the key
            raise SettingsError("TALLYSTICK_LENDER_KEY is not a private key.") from None
        try:
            return cls(checked_address(token), address, secret)
        except ValueError as error:
            raise SettingsError("TALLYSTICK_LENDER_TOKEN is not an address.") from error

    def ledger(self, decimals: int | None) -> Ledger:
        """Where offers are made. Raises `SettingsError` for a token too coarse for hundredths."""
        if decimals is None or decimals < SCALE:
            raise SettingsError(f"the token {self.token} has fewer than {SCALE} decimals")
        return Ledger(lender=self.address, token=self.token, decimals=decimals)

    def sign(self, digest: bytes) -> bytes:
        """65 bytes over an EIP-712 digest."""
        signature = self._key.sign_msg_hash(digest)
        r, s = signature.r.to_bytes(32, "big"), signature.s.to_bytes(32, "big")
        return bytes(r + s) + bytes([27 + signature.v])
