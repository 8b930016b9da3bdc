"""Attestations: what the service, as an issuer, says of a wallet, for anybody to check.

EIP-712 for `contracts/periphery/IssuerGate.sol`. A kind is the hash of a public name; a salt keeps
two equal attestations apart, so nothing personal is in them. Validity is from `issued_at` to
`expires_at`, both included, unless it is revoked on chain.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tallystick.chain.hashing import keccak, to_checksum_address

if TYPE_CHECKING:
    from tallystick.chain.sender import Receipt, Sender

KINDS = (
    "kyc_basic",
    "kyc_verified",
    "kyc_enhanced",
    "score_band_a",
    "score_band_b",
    "score_band_c",
    "score_band_d",
    "restored_standing",
    "repair_fund",
)
"""Names that this issuer attests; on chain each is the keccak-256 of `tallystick:` and the name."""

_DOMAIN_TYPE = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_DOMAIN = _DOMAIN_TYPE + keccak(text="Tallystick IssuerGate") + keccak(text="1")
_TYPE = keccak(
    text="Attestation(address subject,bytes32 kind,uint40 issuedAt,uint40 expiresAt,bytes32 salt)"
)
_REVOKE = keccak(text="revoke(bytes32)")[:4]
_LAST = 2**40 - 1


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate on one chain: the domain of its attestations."""

    chain_id: int
    address: str

    def separator(self) -> bytes:
        """The EIP-712 domain separator."""
        return keccak(_DOMAIN + _number(self.chain_id) + _account(self.address))


@dataclass(frozen=True, slots=True)
class Attestation:
    """A signed attestation. Accounts in EIP-55, times in Unix seconds."""

    issuer: str
    wallet: str
    kind: bytes
    issued_at: int
    expires_at: int
    salt: bytes
    signature: bytes

    @classmethod
    def issue(cls, key: str, gate: Gate, wallet: str, name: str, times: tuple[int, int]) -> Self:
        """Signs that `name` holds for `wallet` from the first to the last second of `times`.

        Raises ValueError for an unknown name, times out of order, and a key that is none.
        """
        issued_at, expires_at = times
        if not 0 <= issued_at <= expires_at <= _LAST:
            raise ValueError("an attestation ends after it begins, within 40 bits")
        salt, kind = secrets.token_bytes(32), kind_of(name)
        owner = to_checksum_address(wallet)
        digest = digest_of(gate, owner, kind, times, salt)
        from eth_account import Account  # slow to load, and few requests need it

        issuer = Account.from_key(key)
        signature = bytes(issuer.unsafe_sign_hash(digest).signature)
        return cls(issuer.address, owner, kind, issued_at, expires_at, salt, signature)

    def digest(self, gate: Gate) -> bytes:
        """What the issuer signed, and what is revoked."""
        return digest_of(gate, self.wallet, self.kind, (self.issued_at, self.expires_at), self.salt)

    def encoded(self) -> bytes:
        """As `IssuerGate.admits` takes it: issuer, times and salt, one word each, and signature."""
        head = _account(self.issuer) + _number(self.issued_at) + _number(self.expires_at)
        return head + self.salt + self.signature

    def to_json(self, gate: Gate) -> dict[str, Any]:
        """For the holder: everything that another institution needs to check it."""
        return {
            "chain_id": gate.chain_id,
            "gate": gate.address,
            "issuer": self.issuer,
            "subject": self.wallet,
            "kind": "0x" + self.kind.hex(),
            "issued_at": self.issued_at,
            "expires_at": self.expires_at,
            "salt": "0x" + self.salt.hex(),
            "signature": "0x" + self.signature.hex(),
            "digest": "0x" + self.digest(gate).hex(),
            "attestation": "0x" + self.encoded().hex(),
        }


def kind_of(name: str) -> bytes:
    """The kind of a name. Raises ValueError."""
    if name not in KINDS:
        raise ValueError(f"there is no kind {name!r}: {', '.join(KINDS)}")
    return keccak(text=f"tallystick:{name}")


def digest_of(gate: Gate, wallet: str, kind: bytes, times: tuple[int, int], salt: bytes) -> bytes:
    """The EIP-712 digest of an attestation, equal to `IssuerGate.digestOf`."""
    issued_at, expires_at = times
    words = _account(wallet) + kind + _number(issued_at) + _number(expires_at) + salt
    return keccak(b"\x19\x01" + gate.separator() + keccak(_TYPE + words))


def revoke(sender: Sender, gate: Gate, digest: bytes) -> Receipt:
    """Revokes an attestation on chain, for every institution. Raises BookRevert, SendError."""
    return sender.send(gate.address, _REVOKE + digest)


def _number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _account(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")
