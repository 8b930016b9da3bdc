"""The deployment script as a person runs it, against a node that runs already."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def node(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a fresh development chain with the chain id of the parameter."""
    port = free_port()
    command = [ROOT / ".tools/bin/anvil", "--quiet", "--port", str(port), "--chain-id"]
    process = subprocess.Popen([*command, str(request.param)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def deploy(node: str, record: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "tools/brownie", "run", "scripts/deploy.py", "--network", "local"],
        env=os.environ | {"TALLYSTICK_RPC_URL": node, "TALLYSTICK_DEPLOYMENT": str(record)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("node", [31337], indirect=True)
def test_deploys_once(node: str, tmp_path: Path) -> None:
    record = tmp_path / "record.json"

    first = deploy(node, record)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Traceback" not in first.stdout + first.stderr
    address = json.loads(record.read_text())["book"]["address"]
    assert f"The book stands at {address}" in first.stdout

    second = deploy(node, record)
    assert second.returncode == 0
    assert f"Already deployed at {address}" in second.stdout


@pytest.mark.parametrize("node", [4242], indirect=True)
def test_refuses_another_chain(node: str, tmp_path: Path) -> None:
    result = deploy(node, tmp_path / "record.json")
    assert result.returncode == 1
    assert "is chain 31337, but the node serves chain 4242" in result.stderr
    assert not (tmp_path / "record.json").exists()
