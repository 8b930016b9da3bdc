"""Starting, stopping, crashing and refusing to start."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from itertools import takewhile
from pathlib import Path

import pytest
from tests.integration.stack.running import RunningStack

from tallystick.db.lock import try_lock
from tallystick.stack import state
from tallystick.stack.chainfile import ChainFile
from tallystick.stack.layout import Layout
from tallystick.stack.process import Child, stop_leftovers, write_register


def table_of(printed: str) -> list[str]:
    lines = printed.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("loan "))
    return [lines[start], *takewhile(lambda line: line.startswith("0x"), lines[start + 1 :])]


@pytest.mark.parametrize(("which", "variable"), [("port", "PORT"), ("chain_port", "CHAIN_PORT")])
def test_a_taken_port_is_named_with_the_way_out(
    fresh: RunningStack, which: str, variable: str
) -> None:
    port = getattr(fresh.layout, which)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        printed = fresh.start(until=None)
    spare = 8001 if variable == "PORT" else 8546
    sentence = f"Port {port} is taken; stop the other program or run `make run {variable}={spare}`."
    assert printed.strip() == sentence
    assert fresh.wait() == 1
    assert not fresh.processes()


def test_a_machine_without_node_is_told_so(
    fresh: RunningStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    printed = fresh.start(until=None)
    assert printed.strip() == (
        "Tallystick needs Node.js 20 or newer, but found none; install it and run this again."
    )
    assert fresh.wait() == 1


def test_an_old_node_is_named(
    fresh: RunningStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.4\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert "but found v18.20.4;" in fresh.start(until=None)


def test_a_second_stack_in_the_same_folder_is_refused(fresh: RunningStack) -> None:
    fresh.layout.var.mkdir()
    with try_lock(fresh.layout.lock):
        printed = fresh.start(until=None)
    assert printed.startswith("Tallystick already runs with")
    assert fresh.wait() == 1


def test_stop_and_second_start_keep_everything(stack: RunningStack) -> None:
    loans = stack.get("/v1/loans").json()["data"]
    assert len(stack.processes()) == 5
    assert stack.interrupt() == 0
    assert not stack.processes()
    assert json.loads(stack.layout.chain_state.read_bytes())

    printed = stack.start()
    assert "demo" not in printed
    found = stack.get("/v1/loans").json()["data"]
    for loan in (*loans, *found):  # blocks are mined meanwhile only if something fell due
        for ref in (loan["originated"], loan["closed"]):
            if ref:
                del ref["confirmations"]
    assert found == loans
    assert len(table_of(printed)) == 1 + len(loans)


def test_what_a_killed_stack_leaves_is_stopped_by_the_next(stack: RunningStack) -> None:
    loans = [loan["loan_id"] for loan in stack.get("/v1/loans").json()["data"]]
    stack.kill()
    assert len(stack.processes()) == 5
    printed = stack.start()
    told = " ".join(printed.split())  # as lines fit the terminal
    assert "an earlier run had left running: chain, service, keeper, messages, jobs." in told
    assert [loan["loan_id"] for loan in stack.get("/v1/loans").json()["data"]] == loans
    assert len(stack.processes()) == 5


def test_a_chain_that_dies_is_named_ends_the_rest_and_comes_back(stack: RunningStack) -> None:
    loans = len(stack.get("/v1/loans").json()["data"])
    register = json.loads(stack.layout.processes.read_text())
    os.kill(register["chain"]["pid"], signal.SIGKILL)
    assert stack.wait() == 1
    printed = " ".join(stack.printed().split())
    log = re.escape(str(stack.layout.log("chain")))
    assert re.search(rf"The chain ended with exit code -9; its log is {log}\.", printed)
    assert not stack.processes()
    stack.start()
    assert len(stack.get("/v1/loans").json()["data"]) == loans > 0


def test_an_interrupted_first_start_begins_again_on_an_empty_chain(fresh: RunningStack) -> None:
    fresh.start(until="Compiling and deploying")
    assert fresh.interrupt() == 0
    assert not fresh.processes()
    assert state.look(fresh.layout) is state.Found.UNFINISHED_DEMO
    printed = fresh.start(until="Compiling and deploying")
    assert "The last demo was interrupted: starting it again on an empty chain." in printed


def test_a_damaged_chain_state_is_set_aside(tmp_path: Path) -> None:
    layout = Layout(tmp_path, 1, 2)
    assert state.look(layout) is state.Found.NOTHING
    layout.chain_state.parent.mkdir()
    layout.chain_state.write_text('{"accounts": {')
    for path in (layout.database, layout.record):
        path.write_text("{}")
    state.mark_finished(layout)
    ChainFile(layout).adopt()
    assert state.look(layout) is state.Found.DAMAGED
    folder = Path(state.set_aside(layout))
    assert (folder / "chain" / "state.json").read_text() == '{"accounts": {'
    assert (folder / "tallystick.db").exists()
    assert state.look(layout) is state.Found.NOTHING


def test_half_a_file_never_replaces_a_whole_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path, 1, 2)
    chain = ChainFile(layout)
    assert chain.prepare() is None
    whole = '{"blocks": [{"header": {"number": "0x0", "timestamp": "0x10"}}]}'
    layout.chain_working.write_text(whole)
    chain.adopt()
    for half in ("", whole[:-1], '{"blocks": []}'):
        layout.chain_working.write_text(half)
        chain.adopt()
        assert layout.chain_state.read_text() == whole
    assert ChainFile(layout).prepare() == 16
    assert layout.chain_working.read_text() == whole


def test_a_reused_process_number_is_left_alone(tmp_path: Path) -> None:
    register = tmp_path / "processes.json"
    sleeper = Child.start("sleeper", ["sleep", "60"], {}, tmp_path / "log")
    try:
        write_register(register, [sleeper])
        entries = json.loads(register.read_text())
        entries["sleeper"]["started"] = "Thu Jan  1 00:00:00 1970"
        register.write_text(json.dumps(entries))
        assert stop_leftovers(register) == []
        assert sleeper.exit_code is None
    finally:
        sleeper.stop()


def test_a_child_that_ignores_the_request_is_ended(tmp_path: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True)"
    log = tmp_path / "log"
    child = Child.start("stubborn", [sys.executable, "-c", code + "; time.sleep(60)"], {}, log)
    until = time.monotonic() + 10
    while not log.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    child.stop(seconds=0.2)
    assert child.exit_code == -signal.SIGKILL


def test_help_names_the_variables() -> None:
    command = [sys.executable, "-m", "tallystick.stack", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Run chain, service, indexer and keeper until Ctrl-C" in done.stdout
