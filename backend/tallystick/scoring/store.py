"""A model's folder: the card named by its hash, what was measured, and a signed manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.scoring.card import Card, load_card
from tallystick.scoring.errors import ModelInvalid
from tallystick.scoring.layout import MANIFEST, METRICS, card_name
from tallystick.scoring.signing import check_signature, public_hex, signing_key


@dataclass(frozen=True)
class Model:
    """`hash` is the SHA-256 of the card's bytes, hexadecimal; `key` the public key that signed;
    `metrics` the bytes of what was measured, empty where the folder holds none."""

    card: Card
    hash: str
    key: str
    metrics: bytes = b""


def sign_folder(folder: Path) -> tuple[str, str, bool]:
    """Write the manifest; the card's hash, the public key, and whether the key is new."""
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    }
    digest = next(digest for name, digest in files.items() if name.startswith("card-"))
    key, made = signing_key()
    signed = {"card": digest, "files": files, "key": public_hex(key)}
    signature = key.sign(_message(signed)).hex()
    text = json.dumps(signed | {"signature": signature}, indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return digest, public_hex(key), made


def _message(signed: dict[str, Any]) -> bytes:
    return b"tallystick-model/1\n" + json.dumps(
        signed, sort_keys=True, separators=(",", ":")
    ).encode("utf-8")


def load_model(folder: Path, trusted: Collection[str] | None = None) -> Model:
    """A model whose signature and every file's hash were checked.

    `trusted` are public keys, those of the environment by default.

    Raises:
        ModelInvalid: a file is missing or altered, or the signer is not trusted.
    """
    try:
        signed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        signature, public = str(signed.pop("signature")), str(signed["key"])
        digest, files = str(signed["card"]), dict(signed["files"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelInvalid(f"{folder} holds no model: {MANIFEST} is missing or damaged") from error
    check_signature(_message(signed), signature, public, trusted)
    data = metrics = b""
    for name, expected in files.items():
        try:
            content = (folder / Path(name).name).read_bytes()
        except OSError as error:
            raise ModelInvalid(f"{folder / name} cannot be read") from error
        if hashlib.sha256(content).hexdigest() != expected:
            raise ModelInvalid(f"{folder / name} is not what was signed")
        if name == card_name(digest) and expected == digest:
            data = content
        if name == METRICS:
            metrics = content
    if not data:
        raise ModelInvalid(f"{folder} has no card that its manifest names")
    return Model(load_card(data), digest, public, metrics)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill that takes `folder`'s place only when all went well.

    Raises:
        ModelInvalid: `folder` exists and holds something that is not a model.
    """
    if folder.exists() and not _replaceable(folder):
        raise ModelInvalid(f"{folder} exists and is not a model; name another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ModelInvalid(f"{folder} cannot be written: {error.strerror}") from error
    try:
        filled = scratch / "new"
        filled.mkdir()
        yield filled
        if folder.exists():
            folder.rename(scratch / "old")
        filled.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _replaceable(folder: Path) -> bool:
    return folder.is_dir() and (not any(folder.iterdir()) or (folder / MANIFEST).exists())
