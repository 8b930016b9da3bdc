"""AES-256-GCM, with everything that says where a value belongs as associated data.

A sealed value is ``version (1 byte) | nonce (12 bytes) | ciphertext | tag (16 bytes)``. Nonces are
random; a subject's key seals far fewer than the 2^32 values up to which that is sound (NIST SP
800-38D, 8.3).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tallystick.identity.vault.errors import SealBroken

KEY_BYTES = 32
FORM = b"\x01"
_NONCE_BYTES = 12
_SHORTEST = len(FORM) + _NONCE_BYTES + 16


def new_key() -> bytes:
    """32 random bytes."""
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def seal(key: bytes, value: bytes, place: Sequence[str]) -> bytes:
    """`value` under `key`, to be opened at `place` only."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return FORM + nonce + AESGCM(key).encrypt(nonce, value, _bound(place))


def unseal(key: bytes, sealed: bytes, place: Sequence[str]) -> bytes:
    """What was sealed. Raises `SealBroken`."""
    if len(sealed) < _SHORTEST or not sealed.startswith(FORM):
        raise SealBroken("/".join(place))
    nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, rest, _bound(place))
    except InvalidTag:
        raise SealBroken("/".join(place)) from None


def encode(parts: Sequence[str]) -> bytes:
    """Each part in UTF-8 after its length: two different sequences never give the same bytes."""
    texts = [part.encode() for part in parts]
    return b"".join(len(text).to_bytes(4, "big") + text for text in texts)


def _bound(place: Sequence[str]) -> bytes:
    return FORM + encode(place)
