"""One archive of the package: every file with its hash in an index, equal bytes for equal facts."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from tallystick.statements.letter import Letter, letter_pdf
from tallystick.statements.words import Language

INDEX: Final = "index.pdf"
MANIFEST: Final = "manifest.json"


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of each file, by name."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}


def pack(files: Mapping[str, bytes], letter: Letter, language: Language, at: int) -> bytes:
    """The archive. `letter` becomes the index; `at` (Unix seconds) is the only time in it.

    Stored without compression, whose bytes differ between versions of zlib.
    """
    created = datetime.fromtimestamp(at, UTC)
    everything = dict(files)
    everything[MANIFEST] = json.dumps(hashes(files), indent=1).encode() + b"\n"
    everything[INDEX] = letter_pdf(letter, language, created)
    stamp = max(created.timetuple()[:6], (1980, 1, 1, 0, 0, 0))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(everything):
            member = zipfile.ZipInfo(name, stamp)
            member.external_attr = 0o644 << 16
            archive.writestr(member, everything[name])
    return out.getvalue()
