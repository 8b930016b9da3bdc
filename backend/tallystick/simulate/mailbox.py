"""A mail server beside the service that can be down, and counts what it takes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller

_HOST = "127.0.0.1"


class Mailbox:
    """Takes mails on a port of its own on loopback; `taken` counts them."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind((_HOST, 0))
            self.port = int(free.getsockname()[1])
        self.taken = 0
        self._server: Controller | None = None

    @property
    def url(self) -> str:
        """As the service is told it."""
        return f"smtp://{_HOST}:{self.port}?tls=off"

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - the name that aiosmtpd calls
        """Counts a mail."""
        self.taken += 1
        return "250 OK"

    def start(self) -> None:
        """Answers from now on."""
        self._server = Controller(self, hostname=_HOST, port=self.port)
        self._server.start()

    def stop(self) -> None:
        """Answers no more."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Meanwhile nobody answers."""
        self.stop()
        try:
            yield
        finally:
            self.start()
