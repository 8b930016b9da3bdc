"""The JSON-RPC client against a real HTTP server that can be made to misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tallystick.chain.errors import RpcRefused, RpcUnavailable
from tallystick.chain.rpc import Rpc

Answer = tuple[int, bytes]


class Server(ThreadingHTTPServer):
    """Echoes parameters back as results; `script` holds the answers to give first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Answer | Callable[[Any], Answer]] = []
        self.connections = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}/key?token=secret"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        step = self.server.script.pop(0) if self.server.script else echo
        status, body = step(request) if callable(step) else step
        if status == 0:  # hang up without an answer
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def echo(request: Any) -> Answer:
    if isinstance(request, list):  # out of order on purpose: answers are matched by id
        return 200, json.dumps([one(item) for item in reversed(request)]).encode()
    return 200, json.dumps(one(request)).encode()


def one(request: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request["id"], "result": request["params"]}


def error(code: int, message: str, data: object = None) -> Callable[[Any], Answer]:
    def answer(request: Any) -> Answer:
        details = {"code": code, "message": message, "data": data}
        identity = request["id"] if isinstance(request, dict) else None
        return 200, json.dumps({"jsonrpc": "2.0", "id": identity, "error": details}).encode()

    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def rpc(server: Server, waits: list[float]) -> Iterator[Rpc]:
    client = Rpc(server.url, timeout=5, retries=2, sleep=waits.append)
    yield client
    client.close()


def test_calls_and_batches_use_one_connection(server: Server, rpc: Rpc) -> None:
    assert rpc.call("echo", 1, "two") == [1, "two"]
    assert rpc.batch([("echo", (n,)) for n in range(50)]) == [[n] for n in range(50)]
    assert rpc.batch([]) == []
    assert server.connections == 1


def test_threads_have_connections_of_their_own(server: Server, rpc: Rpc) -> None:
    rpc.call("echo")
    thread = threading.Thread(target=rpc.call, args=("echo",))
    thread.start()
    thread.join()
    assert server.connections == 2


@pytest.mark.parametrize(
    "failure",
    [(503, b"busy"), (429, b"{}"), (200, b"<html>"), (403, b"no"), (0, b""), (200, b"{}")],
)
def test_a_failure_is_tried_again(
    server: Server, rpc: Rpc, waits: list[float], failure: Answer
) -> None:
    server.script = [failure, failure]
    assert rpc.call("echo", 7) == [7]
    assert len(waits) == 2
    assert waits[0] <= 0.1
    assert waits[0] < waits[1] <= 0.2


def test_an_idle_connection_that_was_closed_is_no_failure(
    server: Server, rpc: Rpc, waits: list[float]
) -> None:
    rpc.call("echo")
    server.script = [(0, b"")]
    assert rpc.call("echo", 1) == [1]
    assert waits == []


def test_a_lasting_failure_is_raised_without_the_secrets_of_the_url(
    server: Server, rpc: Rpc
) -> None:
    server.script = [(503, b"busy")] * 3
    with pytest.raises(RpcUnavailable, match="HTTP 503") as raised:
        rpc.call("echo")
    assert "secret" not in str(raised.value)
    assert "key" not in str(raised.value)


def test_a_rate_limit_is_waited_for(server: Server, rpc: Rpc, waits: list[float]) -> None:
    server.script = [error(-32005, "limit exceeded")]
    assert rpc.call("echo", 7) == [7]
    assert len(waits) == 1


def test_a_refusal_is_final(server: Server, rpc: Rpc, waits: list[float]) -> None:
    server.script = [error(3, "execution reverted", "0x01")]
    with pytest.raises(RpcRefused) as raised:
        rpc.call("eth_call")
    refused = raised.value
    assert (refused.method, refused.code, refused.data) == ("eth_call", 3, "0x01")
    assert waits == []


def test_a_batch_refused_as_a_whole(server: Server, rpc: Rpc) -> None:
    server.script = [error(-32600, "batch too large")]
    with pytest.raises(RpcRefused, match="batch too large"):
        rpc.batch([("echo", ()), ("echo", ())])


def test_a_silent_node_times_out() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as silent:  # listens, never serves
        rpc = Rpc(f"http://127.0.0.1:{silent.server_address[1]}", timeout=0.1, retries=0)
        with pytest.raises(RpcUnavailable, match="timed out"):
            rpc.call("echo")


@pytest.mark.parametrize("url", ["", "ws://host", "http://", "127.0.0.1:8545"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        Rpc(url)
