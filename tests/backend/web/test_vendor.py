"""Vendored files are those of the pinned npm packages, byte for byte."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VENDOR = ROOT / "backend" / "tallystick" / "web" / "static" / "vendor"
NOBLE = ROOT / "node_modules" / "@noble"
FILES = {
    "hashes": {"LICENSE", "_u64.js", "sha3.js", "utils.js"},
    "secp256k1": {"LICENSE", "index.js"},
}


@pytest.mark.parametrize("package", FILES)
def test_nothing_was_changed(package: str) -> None:
    vendored = VENDOR / f"noble-{package}"
    assert {file.name for file in vendored.iterdir()} == FILES[package]
    for name in FILES[package]:
        assert (vendored / name).read_bytes() == (NOBLE / package / name).read_bytes()


def test_nothing_else_lies_there() -> None:
    assert {folder.name for folder in VENDOR.iterdir()} == {f"noble-{name}" for name in FILES}
