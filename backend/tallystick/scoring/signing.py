"""Ed25519 signatures over a model's files, and which keys are trusted.

The key that signs is a file of 32 bytes in hexadecimal, named by TALLYSTICK_MODEL_KEY; without it a
local key is made once, readable by its owner only. A model is trusted if its key is listed in
TALLYSTICK_MODEL_TRUST (public keys in hexadecimal, separated by commas) or, where that is not set,
if it is the key that would sign here. Anything else is refused.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tallystick.scoring.environment import project_folder
from tallystick.scoring.errors import ModelInvalid

KEY: Final = "TALLYSTICK_MODEL_KEY"
TRUST: Final = "TALLYSTICK_MODEL_TRUST"


def key_file() -> Path:
    """Where the signing key is."""
    named = os.environ.get(KEY)
    return Path(named) if named else project_folder() / "var" / "scoring" / "model.key"


def signing_key() -> tuple[Ed25519PrivateKey, bool]:
    """The key that signs here, and whether it was made just now.

    Raises:
        ModelInvalid: TALLYSTICK_MODEL_KEY names no file, or the file holds no key.
    """
    path = key_file()
    made = False
    if not path.exists():
        if KEY in os.environ:
            raise ModelInvalid(f"{KEY} names {path}, which does not exist")
        _make_key(path)
        made = True
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text().strip())), made
    except (OSError, ValueError) as error:
        raise ModelInvalid(f"{path} holds no Ed25519 key: 64 hexadecimal digits") from error


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = Ed25519PrivateKey.generate().private_bytes_raw().hex()
    # refuses to replace a key that another process has made meanwhile
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")


def public_hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def trusted_keys() -> frozenset[str]:
    """Public keys whose models are scored with."""
    listed = os.environ.get(TRUST)
    if listed is not None:
        return frozenset(part.strip().lower() for part in listed.split(",") if part.strip())
    if not key_file().exists():
        return frozenset()
    return frozenset({public_hex(signing_key()[0])})


def check_signature(
    message: bytes, signature: str, public: str, trusted: Collection[str] | None = None
) -> None:
    """Raises ModelInvalid unless a trusted key signed exactly this message; `trusted` are public
    keys, those of the environment by default."""
    if public not in (trusted_keys() if trusted is None else trusted):
        raise ModelInvalid(
            f"the model is signed by {public[:16]}…, which is not trusted here; "
            f"if it is yours, list the whole key in {TRUST}"
        )
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError) as error:
        raise ModelInvalid("the model's signature does not fit its files") from error
