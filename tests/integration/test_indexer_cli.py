"""The command `tallystick index` as an operator runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.integration.contracts import ROOT
from tests.integration.scenario import assert_exact
from tests.integration.world import World

from tallystick.indexer.cli import index

COMMAND = (sys.executable, "-c", "from tallystick.cli import main; main()", "index")


@pytest.fixture(autouse=True)
def unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command does not set up the process of the tests."""
    monkeypatch.setattr("tallystick.indexer.cli.be_lean", lambda: None)


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )


def book_options(world: World, path: Path) -> list[str]:
    from_block = str(world.deployment.from_block)
    return [
        *("--rpc", world.url, "--book", world.book),
        *("--from-block", from_block, "--db", str(path)),
    ]


def test_until_head(world: World, database_path: Path) -> None:
    world.originate()
    world.mine(300)
    done = run(*book_options(world, database_path), "--until-head")
    assert done.returncode == 0, done.stderr
    assert f"Indexed to block {world.head()} (0x" in done.stdout
    assert_exact(world, database_path)


def test_following_until_told_to_stop(world: World, database_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, *book_options(world, database_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Indexed to block")
        assert process.stdout.readline().startswith("Following")
        second = run(*book_options(world, database_path), "--until-head")
        assert second.returncode == 1
        assert f"another indexer (process {process.pid})" in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline().startswith("Stopped at block")
        assert process.wait(10) == 0


def test_problems_are_one_plain_sentence(world: World, database_path: Path) -> None:
    path = str(database_path)
    for options, sentence in [
        (["--rpc", "http://127.0.0.1:9", "--book", world.book], "no answer from"),
        (["--rpc", world.url, "--book", "0x12"], "not an address"),
        (["--rpc", world.url, "--book", world.parties["ada"].address], "no contract at"),
        (["--rpc", world.url, "--deployment", path], "no deployment record"),
        (["--rpc", "ftp://x", "--book", world.book], "not an http"),
    ]:
        failed = CliRunner().invoke(index, [*options, "--db", path, "--until-head"])
        assert failed.exit_code == 1, failed.output
        assert failed.output.startswith("Error: ")
        assert sentence in failed.output


@pytest.mark.parametrize("options", [["--from-block", "1"], ["--book", "0x1", "--deployment", "x"]])
def test_options_that_do_not_go_together(options: list[str]) -> None:
    assert CliRunner().invoke(index, options).exit_code == 2
