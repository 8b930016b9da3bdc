"""A real development chain for one test: its own anvil process on a free port."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from tallystick.chain.errors import RpcUnavailable
from tallystick.chain.rpc import Rpc

ANVIL = Path(__file__).resolve().parents[2] / ".tools" / "bin" / "anvil"

GENESIS = 1_767_225_600
"""2026-01-01T00:00:00Z, so that every run of a test sees the same calendar."""


class Anvil:
    """One anvil process; a context manager that ends it."""

    def __init__(self, *options: str, port: int | None = None) -> None:
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.rpc = Rpc(self.url, retries=0)
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Starts the process and waits until it answers."""
        command = [ANVIL, "--port", str(self.port), "--silent", "--auto-impersonate"]
        if "--timestamp" not in self._options and "--state" not in self._options:
            command += ["--timestamp", str(GENESIS)]
        self._process = subprocess.Popen([*command, *self._options])
        for _ in range(200):
            try:
                self.rpc.call("eth_chainId")
            except RpcUnavailable:
                time.sleep(0.02)
            else:
                return
        self.stop()
        raise TimeoutError("anvil did not start")

    def stop(self) -> None:
        """Ends the process, which keeps its state if it was started with ``--state``."""
        if self._process is not None:
            self._process.send_signal(2)
            self._process.wait(10)
            self._process = None

    @contextmanager
    def outage(self) -> Iterator[None]:
        """The node hangs meanwhile: it accepts connections and does not answer."""
        assert self._process is not None
        self._process.send_signal(19)
        try:
            yield
        finally:
            self._process.send_signal(18)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
