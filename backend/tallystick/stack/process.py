"""Child processes: started with a log, watched, stopped in order, found again after a crash."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Child:
    """A process of the stack in a session of its own: Ctrl-C reaches the stack, which then stops
    its children one after the other."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> Self:
        """Starts `command` with `environment` on top of ours; output is appended to `log`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603
                command,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(name, log, process)

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll()

    def stop(self, seconds: float = 20.0) -> None:
        """Asks it to end; ends it by force when it does not within `seconds`."""
        if self.exit_code is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def write_register(path: Path, children: Sequence[Child]) -> None:
    """Remembers which processes are ours, by number and start time."""
    register = {
        child.name: {"pid": child.process.pid, "started": _started(child.process.pid)}
        for child in children
    }
    path.write_text(json.dumps(register))


def stop_leftovers(path: Path, seconds: float = 20.0) -> list[str]:
    """Stops what a stack that was killed has left running; returns their names.

    A number that another program has been given since is left alone: its start time differs.
    """
    try:
        register = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return []
    left = {
        name: entry
        for name, entry in register.items()
        if entry["started"] and _started(entry["pid"]) == entry["started"]
    }
    for entry in reversed(left.values()):
        _end(entry["pid"], entry["started"], seconds)
    path.unlink()
    return list(left)


def _end(pid: int, started: str, seconds: float) -> None:
    for number, patience in ((signal.SIGINT, seconds), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if _started(pid) != started:
                return
            time.sleep(0.1)


def _started(pid: int) -> str:
    """When a process started, as `ps` of Linux and macOS alike tells; empty when there is none."""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:  # a system without ps: then nothing is found again
        return ""
    return answer.stdout.strip()
