"""One file of several, in chunks that are sealed in their order.

``magic | (length (4 bytes) | sealed chunk)...``: first the manifest, then the files in its order.
Each chunk is bound to its number, its file and whether it is the last of all, so that one which is
missing, moved or added breaks the archive.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from tallystick.backup.errors import BackupBroken
from tallystick.identity.vault.envelope import seal, unseal
from tallystick.identity.vault.errors import SealBroken

MAGIC = b"tallystick backup 1\n"
CHUNK = 1 << 20
_MOST_SEALED = 4 * CHUNK


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive: its name, bytes, and SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive holds; `at` in Unix seconds."""

    at: int
    release: str
    members: tuple[Member, ...]


def describe(path: Path) -> Member:
    """A file as the manifest names it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Member(path.name, path.stat().st_size, digest)


def pack(target: Path, key: bytes, manifest: Manifest, folder: Path) -> None:
    """Writes the manifest's files, which lie in `folder`, into `target`."""
    with target.open("xb") as out:
        out.write(MAGIC)
        for number, (name, chunk, last) in enumerate(_chunks(manifest, folder)):
            sealed = seal(key, chunk, _place(number, name, last=last))
            out.write(len(sealed).to_bytes(4, "big") + sealed)


def unpack(source: Path, key: bytes, folder: Path) -> Manifest:
    """Writes an archive's files into `folder`, each compared with the manifest.

    Raises `BackupBroken`; then what lies in `folder` must not be used.
    """
    with source.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise BackupBroken("this is no backup")
        chunks = _Chunks(file, key)
        manifest = _manifest(chunks.next("manifest"))
        for member in manifest.members:
            _restore(chunks, member, folder)
        if not chunks.finished or file.read(1):
            raise BackupBroken("the backup goes on after its end, or ends before it")
    return manifest


class _Chunks:
    """Reads chunk after chunk."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file = file
        self._key = key
        self._number = 0
        self.finished = False

    def next(self, name: str) -> bytes:
        """The next chunk, which must be one of the file `name`."""
        length = int.from_bytes(self._file.read(4), "big")
        if not 0 < length <= _MOST_SEALED or self.finished:
            raise BackupBroken("the backup is cut")
        sealed = self._file.read(length)
        for last in (False, True):
            try:
                chunk = unseal(self._key, sealed, _place(self._number, name, last=last))
            except SealBroken:
                continue
            self._number += 1
            self.finished = last
            return chunk
        raise BackupBroken("the backup was altered, or the key is another one")


def _chunks(manifest: Manifest, folder: Path) -> Iterator[tuple[str, bytes, bool]]:
    empty = all(member.size == 0 for member in manifest.members)
    yield "manifest", json.dumps(asdict(manifest)).encode(), empty
    left = sum(member.size for member in manifest.members)
    for member in manifest.members:
        with (folder / member.name).open("rb") as file:
            while chunk := file.read(CHUNK):
                left -= len(chunk)
                yield member.name, chunk, left == 0


def _manifest(encoded: bytes) -> Manifest:
    try:
        found = json.loads(encoded)
        members = tuple(Member(**member) for member in found["members"])
        return Manifest(found["at"], found["release"], members)
    except (ValueError, KeyError, TypeError) as error:
        raise BackupBroken("this release cannot read the backup") from error


def _restore(chunks: _Chunks, member: Member, folder: Path) -> None:
    if Path(member.name).name != member.name:
        raise BackupBroken("a file of the backup would lie elsewhere")
    target = folder / member.name
    left = member.size
    with target.open("xb") as out:
        while left > 0:
            chunk = chunks.next(member.name)
            out.write(chunk)
            left -= len(chunk)
    if describe(target) != member:
        raise BackupBroken(f"{member.name} is not what was saved")


def _place(number: int, name: str, *, last: bool) -> tuple[str, ...]:
    return "backup", str(number), name, "last" if last else "more"
