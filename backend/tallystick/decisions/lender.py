"""Who lends: the account whose key signs offers, and the token that is lent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tallystick.chain.deployment import checked_address
from tallystick.config import Settings, SettingsError
from tallystick.decisions.case import Ledger
from tallystick.decisions.document import SCALE

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


@dataclass(frozen=True, slots=True)
class Lender:
    """The policy's signer. Its account must hold the money and let the book take it."""

    token: str
    _account: LocalAccount = field(repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """None where no lender is configured. Raises `SettingsError`."""
        key, token = settings.lender_key, settings.lender_token
        if key is None and token is None:
            return None
        if key is None or token is None:
            raise SettingsError("Set both TALLYSTICK_LENDER_KEY and TALLYSTICK_LENDER_TOKEN.")
        from eth_account import Account  # slow to load, and most services do not lend

        try:
            account = Account.from_key(key.get_secret_value())
        except (ValueError, TypeError):  # whose text might show the key
            raise SettingsError("TALLYSTICK_LENDER_KEY is not a private key.") from None
        try:
            return cls(checked_address(token), account)
        except ValueError as error:
            raise SettingsError("TALLYSTICK_LENDER_TOKEN is not an address.") from error

    @property
    def address(self) -> str:
        """EIP-55."""
        return str(self._account.address)

    def ledger(self, decimals: int | None) -> Ledger:
        """Where offers are made. Raises `SettingsError` for a token too coarse for hundredths."""
        if decimals is None or decimals < SCALE:
            raise SettingsError(f"the token {self.token} has fewer than {SCALE} decimals")
        return Ledger(lender=self.address, token=self.token, decimals=decimals)

    def sign(self, digest: bytes) -> bytes:
        """65 bytes over an EIP-712 digest."""
        return bytes(self._account.unsafe_sign_hash(digest).signature)  # type: ignore[arg-type]
