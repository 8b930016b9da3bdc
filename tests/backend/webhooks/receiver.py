"""A receiver on this machine that behaves as it is told, and remembers what it got."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass
class Got:
    """One request."""

    headers: dict[str, str]
    body: str


@dataclass
class Receiver:
    """Answers by `behave`; None answers 204."""

    behave: Callable[[BaseHTTPRequestHandler], None] | None = None
    got: list[Got] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                receiver.got.append(Got({k.lower(): v for k, v in self.headers.items()}, body))
                if receiver.behave is None:
                    self.send_response(204)
                    self.end_headers()
                else:
                    receiver.behave(self)

            def do_GET(self) -> None:  # where a redirect would lead
                receiver.got.append(Got({}, "redirected"))

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=x"


def answer(status: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Says only this."""

    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()

    return behave


def drip(request: BaseHTTPRequestHandler) -> None:
    """A byte at a time, for ever."""
    try:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            request.wfile.write(b"x")
            time.sleep(0.05)
    except OSError:
        return


def hang(request: BaseHTTPRequestHandler) -> None:
    """Says nothing until the other side leaves."""
    request.connection.settimeout(5)
    try:
        request.connection.recv(1)
    except OSError:
        return


def cut(request: BaseHTTPRequestHandler) -> None:
    """Takes the message and hangs up."""
    request.connection.shutdown(socket.SHUT_RDWR)
