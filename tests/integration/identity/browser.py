"""A client of the service, and shorthand for what it does."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from tests.integration.identity.gate import Person


def signed(http: TestClient, person: Person, **more: str) -> dict[str, Any]:
    body = {"address": person.address}
    message = http.post("/v1/sign-in/challenges", json=body).json()["message"]
    return {"message": message, "signature": "0x" + person.sign(message).hex(), **more}


def sign_in(http: TestClient, person: Person, carrier: str = "bearer") -> dict[str, Any]:
    """Signs in, by the chain's clock as it is now: tests move it without telling the service."""
    app = getattr(http, "app", None)  # none where the service is another process
    if app is not None:
        app.state.server.clock.was_set()
    response = http.post("/v1/sessions", json=signed(http, person, carrier=carrier))
    assert response.status_code == 201, response.text
    assert response.headers["cache-control"] == "no-store"
    answer: dict[str, Any] = response.json()
    return answer


def bearer(session: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['token']}"}


def problem(response: Response, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    answer: dict[str, Any] = response.json()
    return answer
