"""The stack as its user meets it: a process with a terminal and two ports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tallystick.chain.rpc import Rpc
from tallystick.stack.layout import Layout

READY = "Press Ctrl-C to stop."


class RunningStack:
    """Starts and stops `python -m tallystick.stack` with its own folder and ports."""

    def __init__(self, var: Path, port: int, chain_port: int) -> None:
        self.layout = Layout(var, port, chain_port)
        self.rpc = Rpc(self.layout.rpc_url, retries=0)
        self._terminal = var.with_name(var.name + ".terminal")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, until: str | None = READY, seconds: float = 400.0) -> str:
        """Starts it and returns what it printed up to `until`, or up to its end if None."""
        environment = os.environ | {
            "PORT": str(self.layout.port),
            "CHAIN_PORT": str(self.layout.chain_port),
            "TALLYSTICK_VAR": str(self.layout.var),
            "COLUMNS": "80",
        }
        with self._terminal.open("wb") as terminal:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tallystick.stack"],
                env=environment,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if until is None:
            self.wait(seconds)
            return self.printed()
        return self.read_until(until, seconds)

    def read_until(self, text: str, seconds: float = 60.0) -> str:
        """What it printed, once `text` is among it."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            printed = self.printed()
            if text in printed:
                return printed
            if self._process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"{text!r} was not printed:\n{self.printed()}\n{self.logs()}")

    def printed(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._terminal.read_text())

    def logs(self) -> str:
        """The end of every log."""
        files = sorted((self.layout.var / "log").glob("*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text()[-2000:]}" for file in files)

    def wait(self, seconds: float = 60.0) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(seconds)

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code. Fine when it has ended already."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """Ends it without a chance to stop its children."""
        self._process.kill()
        self._process.wait()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ensure(self) -> None:
        """Starts it unless it runs."""
        if not self.is_running:
            self.start()

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.layout.url + path, timeout=20.0)

    def processes(self) -> list[str]:
        """Command lines of the living processes that work with this stack's folder or ports."""
        listing = subprocess.run(
            ["ps", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True
        ).stdout
        register = self.layout.processes.read_text() if self.layout.processes.exists() else ""
        marks = (str(self.layout.var), f"--port {self.layout.chain_port}")
        pids = set(re.findall(r'"pid": (\d+)', register))
        return [
            args
            for pid, stat, args in (line.split(None, 2) for line in listing.splitlines())
            if not stat.startswith("Z") and (pid in pids or any(mark in args for mark in marks))
        ]
