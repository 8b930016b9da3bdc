"""Vendored files are those of the pinned npm packages, byte for byte."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VENDORED = ROOT / "backend" / "tallystick" / "web" / "static" / "vendor" / "noble-hashes"
PACKAGE = ROOT / "node_modules" / "@noble" / "hashes"


@pytest.mark.parametrize("name", ["LICENSE", "_u64.js", "sha3.js", "utils.js"])
def test_nothing_was_changed(name: str) -> None:
    assert (VENDORED / name).read_bytes() == (PACKAGE / name).read_bytes()


def test_nothing_else_lies_there() -> None:
    assert len(list(VENDORED.iterdir())) == 4
