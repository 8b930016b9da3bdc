"""A bank statement from a file that nobody has looked at."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Final

from tallystick.intake.camt import read_camt
from tallystick.intake.csvfile import Layout, read_csv
from tallystick.intake.errors import DocumentRefused
from tallystick.intake.limits import MOST_BYTES
from tallystick.intake.ofx import read_ofx
from tallystick.intake.statement import Entry, Format, Statement

_PACKED: Final = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "a ZIP archive",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"(\xb5/\xfd": "zstd",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}


def read_statement(path: Path, layout: Layout | None = None) -> Statement:
    """A statement, oldest entry first. `layout` is for CSV. Raises `DocumentRefused`."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DocumentRefused(f"{path} cannot be read: {error.strerror}") from error
    return parse_statement(raw, layout)


def parse_statement(raw: bytes, layout: Layout | None = None) -> Statement:
    """The same of bytes at hand. Raises `DocumentRefused`."""
    if len(raw) > MOST_BYTES:
        raise DocumentRefused(f"is larger than {MOST_BYTES} bytes")
    for magic, name in _PACKED.items():
        if raw.startswith(magic):
            raise DocumentRefused(f"is {name}; hand in the statement itself: CSV, OFX or camt.053")
    kind = _format(raw)
    opening = closing = None
    if kind == "ofx":
        entries, decimals, closing = read_ofx(raw)
    elif kind == "camt":
        entries, decimals, opening, closing = read_camt(raw)
    else:
        entries, decimals = read_csv(raw, layout or Layout())
    document = hashlib.sha256(raw).hexdigest()
    return Statement(document, kind, _oldest_first(entries), decimals, opening, closing)


def _format(raw: bytes) -> Format:
    head = raw[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").upper()
    if head.startswith(b"OFXHEADER") or b"<OFX>" in head or b"<?OFX" in head:
        return "ofx"
    return "camt" if head.startswith(b"<") else "csv"


def _oldest_first(entries: list[Entry]) -> tuple[Entry, ...]:
    """Banks print upwards or downwards; most neighbours tell which."""
    rises = sum(one.day < two.day for one, two in pairwise(entries))
    falls = sum(one.day > two.day for one, two in pairwise(entries))
    return tuple(reversed(entries)) if falls > rises else tuple(entries)
