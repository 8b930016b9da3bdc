"""`tallystick serve` as its own process, and what monitoring sees of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.integration.api.server import Stage, wait_until, write_record
from tests.integration.world import World

TALLYSTICK = [str(Path(sys.executable).with_name("tallystick"))]


def environment(world: World, folder: Path) -> dict[str, str]:
    write_record(world, folder / "deployment.json")
    return os.environ | {
        "TALLYSTICK_RPC_URL": world.url,
        "TALLYSTICK_DB": str(folder / "index.db"),
        "TALLYSTICK_DEPLOYMENT": str(folder / "deployment.json"),
    }


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_serve_follows_the_chain_and_stops_when_asked(world: World, tmp_path: Path) -> None:
    world.originate()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*TALLYSTICK, "serve", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, env=environment(world, tmp_path), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_until(lambda: answers(f"{url}/readyz"))
            assert len(httpx.get(f"{url}/v1/loans").json()["data"]) == 1
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
            assert (process.returncode, out) == (0, f"Serving {url}/\n")
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"TALLYSTICK_DEPLOYMENT": "/nowhere.json"},
            "Error: no deployment record at /nowhere.json",
        ),
        ({"TALLYSTICK_RPC_URL": "ftp://x"}, "Error: TALLYSTICK_RPC_URL: "),
    ],
)
def test_what_cannot_work_is_one_sentence(
    world: World, tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    result = subprocess.run(
        [*TALLYSTICK, "serve"],
        env=environment(world, tmp_path) | changes,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith(sentence)
    assert "Traceback" not in result.stderr


def test_metrics_tell_where_the_index_is(stage: Stage) -> None:
    stage.world.mine(3)
    stage.sync()
    stage.get("/v1/loans")
    text = stage.http.get("/metrics").text
    head = stage.world.head()
    assert f"tallystick_indexed_block {head:.1f}" in text
    assert f"tallystick_chain_head_block {head:.1f}" in text
    assert "tallystick_index_lag_blocks 0.0" in text
    assert 'tallystick_ready{part="chain"} 1.0' in text
    assert 'route="/v1/loans",status="200"' in text
