"""The scorecard by which Lindiwe lends, trained on the public German data: `make demo-card`.

Its signing key is the hash of a public sentence, so nobody but the demo trusts it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tallystick.chain.hashing import keccak

ROOT: Final = Path(__file__).resolve().parents[3]
LENDING: Final = ROOT / "lending"
"""Catalogue, policy and scorecard."""
FOLDER: Final = LENDING / "scorecard"
KEY: Final = keccak(text="tallystick demo: scorecard")
PUBLIC: Final = "6425a426661fcdfa73f12a38a3c0b8e22ce20554bea5976e669cee398ac78a3a"
"""The key's public half, hexadecimal."""


def train() -> None:
    """Trains it anew; the same bytes unless data, schema or method have changed."""
    from tallystick.scoring import signing

    with tempfile.NamedTemporaryFile("w", suffix=".key") as file:
        file.write(KEY.hex())
        file.flush()
        data = [f"data/german{end}" for end in ("_credit_1k.csv.gz", ".yaml")]
        command = [str(Path(sys.executable).with_name("tallystick")), "score", "train"]
        command += ["--data", data[0], "--schema", data[1], "--seed", "1", "--out", str(FOLDER)]
        environment = os.environ | {signing.KEY: file.name}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)  # noqa: S603


if __name__ == "__main__":
    train()
