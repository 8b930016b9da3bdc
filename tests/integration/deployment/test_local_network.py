"""The deployment script as a person runs it, against a node that runs already."""

import json
import os
import subprocess
from pathlib import Path

from tests.integration.anvil import Anvil

ROOT = Path(__file__).resolve().parents[3]


def deploy(node: str, record: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "tools/brownie", "run", "scripts/deploy.py", "--network", "local"],
        env=os.environ | {"TALLYSTICK_RPC_URL": node, "TALLYSTICK_DEPLOYMENT": str(record)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_deploys_once(anvil: Anvil, tmp_path: Path) -> None:
    record = tmp_path / "record.json"

    first = deploy(anvil.url, record)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Traceback" not in first.stdout + first.stderr
    address = json.loads(record.read_text())["book"]["address"]
    assert f"The book stands at {address}" in first.stdout

    second = deploy(anvil.url, record)
    assert second.returncode == 0
    assert f"Already deployed at {address}" in second.stdout


def test_refuses_another_chain(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    with Anvil("--chain-id", "4242") as anvil:
        result = deploy(anvil.url, record)
    assert result.returncode == 1
    assert "is chain 31337, but the node serves chain 4242" in result.stderr
    assert not record.exists()
