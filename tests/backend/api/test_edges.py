"""What a client that does not follow the description is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from tests.backend.api import crowd

from tallystick.api.app import create_app

UPLOAD = "/v1/me/identity/cases/case_1/files/front"


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(crowd.make_index(tmp_path_factory.mktemp("edges"), 20))) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("OPTIONS", "/v1/sessions", "GET, POST"),
        ("PUT", "/v1/loans", "GET"),
        ("TRACE", "/v1/quotes", "POST"),
        ("DELETE", "/v1/me/records/person", "GET, PUT"),
        ("POST", UPLOAD, "PUT"),
    ],
)
def test_a_wrong_method_is_told_every_right_one(
    http: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = http.request(method, path, content=b"x", headers={"Content-Type": "image/jpeg"})
    if answer.status_code == 415:  # the kind of body is looked at first where there may be one
        answer = http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("text", ["0", "20260331", "2026-3-31", "1767225600"])
def test_a_date_is_never_read_from_a_number(http: TestClient, text: str) -> None:
    loan = "0x" + crowd.loan_id(7).hex()
    answer = http.get(f"/v1/loans/{loan}/statement", params={"from": text})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert http.get(f"/v1/loans/{loan}/statement", params={"from": "2026-03-31"}).status_code == 200
