"""A small portfolio lived from beginning to end, and its report."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

TALLYSTICK = Path(sys.executable).with_name("tallystick")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def live(folder: Path, *options: str) -> tuple[int, str]:
    ports = ["--port", str(free_port()), "--chain-port", str(free_port())]
    command = [TALLYSTICK, "simulate", "--out", folder, *ports, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_small_portfolio_is_lived_and_audited(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    code, output = live(folder, "--borrowers", "12", "--months", "3", "--seed", "5")
    assert code == 0, output
    assert "equal; 0 invariants broken" in output
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert report["audit"] == {"equal": True, "block": report["audit"]["block"], "differences": []}
    assert report["loans"] >= 12
    assert report["sources"]["collected"] == (
        report["keeper"]["collected"] - report["keeper"].get("undone", 0)
    )
    # 1 January to 1 April: the months' ends, and the last day
    assert [line["month"] for line in report["months"]] == [
        "2026-01",
        "2026-02",
        "2026-03",
        "2026-04",
    ]
    lent = sum(int(line["lent"]) for line in report["habits"].values())
    repaid = sum(int(line["repaid"]) for line in report["habits"].values())
    if not any(line["amended"] + line["settled"] for line in report["habits"].values()):
        assert lent - repaid == int(report["months"][-1]["outstanding"])
    assert "<svg" in (folder / "report.html").read_text("utf-8")
    assert (folder / "repairs.html").exists()
    assert report["work"]["dates closed"] == report["days"]
    kinds = report["messages"]["kinds"]
    assert kinds["due_soon"] >= report["loans"]
    ways = {
        (way["channel"], way["state"]): way["count"] for way in report["messages"]["deliveries"]
    }
    assert ways[("email", "sent")] == report["messages"]["mails"] > 0


def test_ended_early_it_leaves_nothing_running(tmp_path: Path) -> None:
    port, chain_port = free_port(), free_port()
    ports = ["--port", str(port), "--chain-port", str(chain_port)]
    command = [TALLYSTICK, "simulate", "--out", tmp_path / "run", *ports, "--months", "100"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not answers(port):
            assert process.poll() is None
            time.sleep(0.1)
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM
    assert not answers(port)
    assert not answers(chain_port)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    code, output = live(tmp_path)
    assert code == 1
    assert "not empty" in output
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("wrong", [("--borrowers", "0"), ("--months", "0")])
def test_nobody_and_never_are_refused(tmp_path: Path, wrong: tuple[str, str]) -> None:
    assert live(tmp_path / "run", *wrong)[0] == 2
