"""Every error is a problem document, whatever was sent and whatever is broken."""

from __future__ import annotations

import gzip
import resource
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.integration.api.server import serving, wait_until
from tests.integration.api.story import Story
from tests.integration.world import World

MEMBERS = {"type", "title", "status", "detail", "code", "trace_id"}
JSON = {"Content-Type": "application/json"}
PACKED = JSON | {"Content-Encoding": "gzip"}


def problem_of(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert set(problem) >= MEMBERS
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["trace_id"] == response.headers["x-trace-id"]
    return problem


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/loans/0x" + "00" * 32, 404, "loan_not_found"),
        ("GET", "/v1/loans/0x" + "00" * 31, 404, "loan_not_found"),
        ("GET", "/v1/loans/%00", 404, "loan_not_found"),
        ("GET", "/v1/loans/' OR 1=1 --", 404, "loan_not_found"),
        ("GET", "/v1/loans/0x" + "00" * 32 + "/due?at=now", 404, "loan_not_found"),
        ("GET", "/v1/loans/%F0%9F%92%B0/schedule", 404, "loan_not_found"),
        ("GET", "/v1/offers/offer_unknown", 404, "offer_not_found"),
        ("GET", "/v1/offers/" + "x" * 65, 422, "validation_failed"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/loans/", 404, "not_found"),
        ("GET", "/static/../config.py", 404, "not_found"),
        ("PUT", "/v1/loans", 405, "method_not_allowed"),
        ("DELETE", "/v1/chain", 405, "method_not_allowed"),
        ("GET", "/v1/loans?limit=0", 422, "validation_failed"),
        ("GET", "/v1/loans?limit=many", 422, "validation_failed"),
        ("GET", "/v1/loans?status=lost", 422, "validation_failed"),
        ("GET", "/v1/loans?borrower=0x12", 422, "validation_failed"),
        ("GET", "/v1/loans?starting_after=0x" + "00" * 32, 422, "cursor_unknown"),
        ("GET", "/v1/loans?starting_after=x", 422, "cursor_unknown"),
    ],
)
def test_what_does_not_exist_or_fit(
    story: Story, method: str, path: str, status: int, code: str
) -> None:
    problem_of(story.stage.http.request(method, path), status, code)


def test_405_names_the_methods_that_work(story: Story) -> None:
    assert story.stage.http.put("/v1/chain").headers["allow"] == "GET"


def test_huge_bodies_are_refused_and_never_held(story: Story) -> None:
    """100 MB, announced or in pieces, to a public route, to one for people and to one for files."""
    address = ("127.0.0.1", story.stage.http.base_url.port)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    piece = b" " * 65_536
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece)
    for path in ("/v1/offers", "/v1/me/consents", "/v1/me/identity/cases/case_x/files/face"):
        method = "PUT" if "files" in path else "POST"
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        for length, sent in (
            ("Content-Length: 104857600", piece),
            ("Transfer-Encoding: chunked", chunk),
        ):
            with socket.create_connection(address, timeout=20) as line:
                line.sendall(f"{head}{length}\r\n\r\n".encode())
                try:
                    for _ in range(1_600):
                        line.sendall(sent)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # refused while still sending
                try:
                    answer = line.recv(64)
                except ConnectionResetError:
                    continue
                assert answer[:12] in (b"", b"HTTP/1.1 413", b"HTTP/1.1 503", b"HTTP/1.1 401"), path
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # kB, of client and server
    assert grown < 20_000
    assert story.stage.http.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", JSON, 400, "malformed_request"),
        (b"\xff\xfe", JSON, 400, "malformed_request"),
        (b"[" * 100_000, JSON, 400, "malformed_request"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, JSON, 400, "malformed_request"),
        (b'{"borrower": "a", "borrower": "b"}', JSON, 400, "malformed_request"),
        (b'{"a": [{"b": 1, "\\u0062": 2}]}', JSON, 400, "malformed_request"),
        (b'{"a": 1, "a": 2}', {"Content-Type": "Application/JSON"}, 400, "malformed_request"),
        (b'{"a": 1, "a": 2}', {"Content-Type": "application/json; a=b"}, 400, "malformed_request"),
        (gzip.compress(b" " * 50_000_000), PACKED, 400, "malformed_request"),
        (b'{"a": "\\ud800"}', JSON, 422, "validation_failed"),
        ('{"\u202egro\\u0000": "\u2066"}'.encode(), JSON, 422, "validation_failed"),
        (b"", JSON, 422, "validation_failed"),
        (b"null", JSON, 422, "validation_failed"),
        (b"[]", JSON, 422, "validation_failed"),
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415, None),
        (b"{}", {"Content-Type": "text/plain"}, 415, None),
        (b" " * 300_000, JSON, 413, "payload_too_large"),
    ],
)
def test_bodies_that_cannot_be_read(
    story: Story, content: bytes, headers: dict[str, str], status: int, code: str | None
) -> None:
    for path in ("/v1/offers", "/v1/quotes/schedule"):
        response = story.stage.http.post(path, content=content, headers=headers)
        problem_of(response, status, code or "unsupported_media_type")


def test_a_streamed_body_is_cut_off_too(story: Story) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * 100_000

    try:
        response = story.stage.http.post("/v1/offers", content=endless(), headers=JSON)
    except httpx.WriteError:  # refused while still sending
        return
    problem_of(response, 413, "payload_too_large")


def test_the_callers_trace_is_kept(story: Story) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    problem = problem_of(story.stage.http.get("/v1/x", headers=headers), 404, "not_found")
    assert problem["trace_id"] == trace
    other = story.stage.http.get("/v1/x", headers={"traceparent": "<script>"}).json()["trace_id"]
    assert len(other) == 32


def test_too_many_posts(world: World, tmp_path: Path) -> None:
    with serving(world, tmp_path, posts_per_minute=2) as stage:
        for _ in range(2):
            assert stage.post("/v1/quotes/schedule", {}).status_code == 422
        response = stage.post("/v1/quotes/schedule", {})
        problem_of(response, 429, "rate_limited")
        assert 1 <= int(response.headers["retry-after"]) <= 61
        assert stage.http.get("/v1/loans").status_code == 200


def test_a_silent_node_degrades_what_needs_it(world: World, tmp_path: Path) -> None:
    world.originate()
    with serving(world, tmp_path) as stage:
        loan = stage.get("/v1/loans")["data"][0]
        assert stage.get("/readyz")["ready"] is True
        body = {"kind": "payoff", "sender": loan["borrower"]}
        world.anvil.stop()
        assert stage.get(f"/v1/loans/{loan['loan_id']}")["status"] == "active"
        assert stage.get("/v1/chain")["head"] is None
        offer = {
            "borrower": loan["borrower"],
            "lender": loan["lender"],
            "token": "0x" + "99" * 20,
            "principal": "100",
            "annual_rate_pct": "1",
            "amortization": "bullet",
            "frequency": "months",
            "count": 1,
            "first_due_date": "2026-02-01",
            "document": {"text": "x"},
        }
        problem_of(stage.post("/v1/offers", offer), 503, "chain_unavailable")
        assert stage.http.get("/").status_code == 200
        response = stage.post(f"/v1/loans/{loan['loan_id']}/transactions", body)
        problem_of(response, 503, "chain_unavailable")
        ready = stage.http.get("/readyz")
        assert (ready.status_code, ready.json()["chain"]) == (503, "the node does not answer")
        assert stage.get("/healthz") == {"status": "ok"}


def test_a_hanging_node_does_not_hang_what_is_indexed(world: World, tmp_path: Path) -> None:
    world.originate()
    with serving(world, tmp_path) as stage:
        loan = stage.get("/v1/loans")["data"][0]
        with world.anvil.outage():
            begun = time.monotonic()
            for _ in range(5):
                assert stage.http.get(f"/loans/{loan['loan_id']}").status_code == 200
                assert stage.get("/v1/loans")["data"][0]["token"] == loan["token"]
            assert time.monotonic() - begun < 50  # ten requests that would wait ten seconds each
            assert stage.http.get("/readyz").status_code == 503
        wait_until(lambda: stage.http.get("/readyz").status_code == 200)


def test_before_the_first_block_is_indexed(world: World, tmp_path: Path) -> None:
    with serving(world, tmp_path, index=False) as stage:
        response = stage.http.get("/v1/loans")
        problem_of(response, 503, "index_not_ready")
        assert response.headers["retry-after"] == "2"
        assert stage.get("/v1/chain")["indexed"] is None
        assert stage.http.get("/readyz").status_code == 503


def test_an_unforeseen_error_tells_nothing_and_is_logged(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(world, tmp_path) as stage:
        pass
    with serving(world, tmp_path, index=False) as stage:
        broken = sqlite3.connect(stage.settings.db)
        broken.execute("ALTER TABLE loans RENAME TO lost")
        broken.close()
        response = stage.http.get("/v1/loans")
        problem = problem_of(response, 500, "internal_error")
        assert "loans" not in problem["detail"]
        assert problem["trace_id"] in caplog.text
        assert "no such table: loans" in caplog.text
        wait_until(lambda: stage.http.get("/healthz").status_code == 200)
