"""`tallystick serve` as its own process, and what monitoring sees of it."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.integration.api.server import Stage, wait_until, write_record
from tests.integration.world import World

TALLYSTICK = [str(Path(sys.executable).with_name("tallystick"))]


def environment(world: World, folder: Path) -> dict[str, str]:
    write_record(world, folder / "deployment.json")
    return os.environ | {
        "TALLYSTICK_RPC_URL": world.url,
        "TALLYSTICK_DB": str(folder / "index.db"),
        "TALLYSTICK_DEPLOYMENT": str(folder / "deployment.json"),
    }


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_serve_follows_the_chain_and_stops_when_asked(world: World, tmp_path: Path) -> None:
    world.originate()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*TALLYSTICK, "serve", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, env=environment(world, tmp_path), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_until(lambda: answers(f"{url}/readyz"))
            assert len(httpx.get(f"{url}/v1/loans").json()["data"]) == 1
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=20)
            assert (process.returncode, out) == (0, f"Serving {url}/\n")
        finally:
            process.kill()


class Collector(BaseHTTPRequestHandler):
    """Takes spans as an OpenTelemetry collector does."""

    spans: ClassVar[list[Span]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def test_requests_are_logged_and_traced_without_what_they_hold(
    world: World, tmp_path: Path
) -> None:
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    collector = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, args=(0.01,)).start()
    endpoint = f"http://127.0.0.1:{collector.server_address[1]}/v1/traces"
    with subprocess.Popen(
        [*TALLYSTICK, "serve", "--port", str(port)],
        env=environment(world, tmp_path) | {"TALLYSTICK_OTLP_ENDPOINT": endpoint},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            wait_until(lambda: answers(f"{url}/readyz"))
            headers = {
                "traceparent": f"00-{trace}-{parent}-01",
                "Authorization": "Bearer secret-token",
                "User-Agent": "secret-agent",
            }
            path = f"/v1/loans/0x{'5e' * 32}?secret=query"
            answer = httpx.post(url + path, headers=headers, json={"secret": "body"})
            assert answer.headers["x-trace-id"] == trace
            process.send_signal(signal.SIGINT)
            _, written = process.communicate(timeout=20)
        finally:
            process.kill()
            collector.shutdown()
            collector.server_close()
    lines = [json.loads(line) for line in written.splitlines()]
    (line,) = [line for line in lines if line.get("trace_id") == trace]
    assert (line["logger"], line["level"]) == ("tallystick.requests", "info")
    assert (line["method"], line["route"]) == ("POST", "/v1/loans/{loan_id}")
    assert line["status"] == answer.status_code == 405
    assert line["ms"] > 0
    assert not any(word in written for word in ("secret", "5e5e", "127.0.0.1"))
    (span,) = [span for span in Collector.spans if span.trace_id.hex() == trace]
    assert span.parent_span_id.hex() == parent
    assert span.name == "POST /v1/loans/{loan_id}"
    assert not any(word in str(span) for word in ("secret", "5e5e", "127.0.0.1"))
    assert len({span.trace_id for span in Collector.spans}) > 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"TALLYSTICK_DEPLOYMENT": "/nowhere.json"},
            "Error: no deployment record at /nowhere.json",
        ),
        ({"TALLYSTICK_RPC_URL": "ftp://x"}, "Error: TALLYSTICK_RPC_URL: "),
        ({"TALLYSTICK_CHANNELS": "/nowhere.yaml"}, "Error: "),
    ],
)
def test_what_cannot_work_is_one_sentence(
    world: World, tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    result = subprocess.run(
        [*TALLYSTICK, "serve"],
        env=environment(world, tmp_path) | changes,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith(sentence)
    assert "Traceback" not in result.stderr


def test_metrics_tell_where_the_index_is(stage: Stage) -> None:
    stage.world.mine(3)
    stage.sync()
    stage.get("/v1/loans")
    text = stage.http.get("/metrics").text
    head = stage.world.head()
    chain = '{chain_id="31337"}'
    assert f"tallystick_indexed_block{chain} {head:.1f}" in text
    assert f"tallystick_chain_head_block{chain} {head:.1f}" in text
    assert f"tallystick_index_lag_blocks{chain} 0.0" in text
    assert 'tallystick_ready{part="chain"} 1.0' in text
    assert 'route="/v1/loans",status="200"' in text
