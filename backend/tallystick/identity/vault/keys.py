"""Key-encryption keys: they wrap the subjects' keys and never touch data.

They come from the environment, or stay inside a key-management service behind `KeyService`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

from tallystick.config import Settings
from tallystick.identity.vault.envelope import KEY_BYTES, new_key, seal, unseal
from tallystick.identity.vault.errors import KeyServiceInvalid, KeyUnknown

_KEY_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class KeyService(Protocol):
    """What the vault asks of whoever holds the key-encryption keys.

    `context` is authenticated, not secret: it names the subject, so that a wrapped key is of no use
    to another one. A service raises `KeyUnknown` for a key that it does not hold and `SealBroken`
    for a wrapped key that was altered or moved.
    """

    @property
    def current(self) -> str:
        """Id of the key that wraps what is new."""

    def wrap(self, key: bytes, context: str) -> bytes:
        """`key` wrapped by the current key-encryption key."""

    def unwrap(self, key_id: str, wrapped: bytes, context: str) -> bytes:
        """The key that `wrap` was given when `key_id` was current."""


class LocalKeys:
    """Key-encryption keys of 32 bytes in memory, by id; the first is current."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise KeyServiceInvalid("at least one key-encryption key is needed")
        for key_id, key in keys.items():
            if not _KEY_ID.fullmatch(key_id):
                raise KeyServiceInvalid("the id of a key is up to 63 of a-z 0-9 . _ -")
            if len(key) != KEY_BYTES:
                raise KeyServiceInvalid(f"the key {key_id} is not {KEY_BYTES} bytes")
        self._keys = dict(keys)

    @property
    def current(self) -> str:
        return next(iter(self._keys))

    def wrap(self, key: bytes, context: str) -> bytes:
        return seal(self._keys[self.current], key, _place(self.current, context))

    def unwrap(self, key_id: str, wrapped: bytes, context: str) -> bytes:
        if key_id not in self._keys:
            raise KeyUnknown(key_id)
        return unseal(self._keys[key_id], wrapped, _place(key_id, context))


def keys_from(settings: Settings) -> KeyService:
    """The key service that the settings name. Raises `KeyServiceInvalid`."""
    if settings.vault_kms is not None:
        return _kms(settings.vault_kms)
    if settings.vault_keys is None:
        raise KeyServiceInvalid("TALLYSTICK_VAULT_KEYS or TALLYSTICK_VAULT_KMS must be set")
    return parse_keys(settings.vault_keys.get_secret_value())


def parse_keys(text: str) -> LocalKeys:
    """``id:base64,id:base64``, the current one first. Raises `KeyServiceInvalid`."""
    keys: dict[str, bytes] = {}
    for item in text.split(","):
        key_id, _, encoded = item.strip().partition(":")
        if key_id in keys:
            raise KeyServiceInvalid(f"TALLYSTICK_VAULT_KEYS has two keys {key_id}")
        keys[key_id] = decode_key(encoded, "TALLYSTICK_VAULT_KEYS")
    return LocalKeys(keys)


def decode_key(encoded: str, setting: str) -> bytes:
    """32 bytes from base64. Raises `KeyServiceInvalid` without repeating what was given."""
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise KeyServiceInvalid(f"a key in {setting} is not base64") from None
    if len(key) != KEY_BYTES:
        raise KeyServiceInvalid(f"a key in {setting} is not {KEY_BYTES} bytes")
    return key


def new_key_text() -> str:
    """A new random key in base64."""
    return base64.b64encode(new_key()).decode()


def _kms(path: str) -> KeyService:
    module, _, factory = path.partition(":")
    try:
        made = getattr(import_module(module), factory)()
    except (ImportError, AttributeError, ValueError) as error:
        raise KeyServiceInvalid(f"TALLYSTICK_VAULT_KMS cannot be loaded: {error}") from error
    if not all(hasattr(made, name) for name in ("current", "wrap", "unwrap")):
        raise KeyServiceInvalid("TALLYSTICK_VAULT_KMS makes no key service")
    return cast("KeyService", made)


def _place(key_id: str, context: str) -> tuple[str, str, str]:
    return "subject_keys", key_id, context
