"""A node that misbehaves: a proxy in front of the real one that may change its answers."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Twist = Callable[[str, list[Any], Any], Any]
"""Method, parameters and true result to the result given; raise `Refusal` to refuse."""


class Refusal(Exception):
    """Makes the proxy answer a call with a JSON-RPC error."""


def honest(method: str, params: list[Any], result: Any) -> Any:
    """Changes nothing."""
    return result


class Proxy(ThreadingHTTPServer):
    """Forwards JSON-RPC to `target`, passing every result through `twist`."""

    daemon_threads = True

    def __init__(self, target: str, twist: Twist = honest) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.twist = twist
        self.calls: list[tuple[str, list[Any]]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, request: Any) -> Any:
        """The answer to one request or a batch."""
        if isinstance(request, list):
            return [self.answer(item) for item in request]
        method, params = request["method"], request["params"]
        self.calls.append((method, params))
        body = json.dumps(request).encode()
        headers = {"Content-Type": "application/json"}
        forwarded = urllib.request.Request(self.target, body, headers)
        with urllib.request.urlopen(forwarded) as response:
            answer = json.load(response)
        if "result" in answer:
            try:
                answer["result"] = self.twist(method, params, answer["result"])
            except Refusal as refusal:
                del answer["result"]
                answer["error"] = {"code": -32602, "message": str(refusal)}
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(self.server.answer(request)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
