"""Who lends, an account with a key or a contract that accepts a key's signatures, and what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tallystick.chain.deployment import checked_address
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import signed_by
from tallystick.config import Settings, SettingsError
from tallystick.decisions.case import Ledger
from tallystick.decisions.document import SCALE
from tallystick.decisions.errors import LenderRefuses

if TYPE_CHECKING:
    from eth_keys.datatypes import PrivateKey


@dataclass(frozen=True, slots=True)
class Lender:
    """The policy's signer, addresses EIP-55. `address` holds the money and lets the book take it;
    where it is a `contract`, the book asks it by ERC-1271 whether it accepts the key's signature.
    """

    token: str
    address: str
    contract: bool
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
            own = secret.public_key.to_checksum_address()
        except (ValueError, ValidationError):  # whose text might show the key
            raise SettingsError("TALLYSTICK_LENDER_KEY is not a private key.") from None
        try:
            contract = settings.lender is not None
            address = checked_address(settings.lender or own)
            return cls(checked_address(token), address, contract, secret)
        except ValueError as error:
            raise SettingsError(f"The lender or its token is no address: {error}.") from error

    def ledger(self, decimals: int | None) -> Ledger:
        """Where offers are made. Raises `SettingsError` for a token too coarse for hundredths."""
        if decimals is None or decimals < SCALE:
            raise SettingsError(f"the token {self.token} has fewer than {SCALE} decimals")
        return Ledger(lender=self.address, token=self.token, decimals=decimals)

    def sign(self, rpc: Rpc, digest: bytes) -> bytes:
        """65 bytes over an EIP-712 digest.

        Raises `LenderRefuses` when the contract that lends does not accept them, `RpcUnavailable`.
        """
        signed = self._signed(digest)
        if self.contract and not signed_by(rpc, self.address, digest, signed):
            raise LenderRefuses(f"{self.address} does not accept the signature of its signer")
        return signed

    def _signed(self, digest: bytes) -> bytes:
        signature = self._key.sign_msg_hash(digest)
        r, s = signature.r.to_bytes(32, "big"), signature.s.to_bytes(32, "big")
        return bytes(r + s) + bytes([27 + signature.v])
