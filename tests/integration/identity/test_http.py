"""Signing in over HTTP: cookies, tokens, other sites, and who may call what."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.integration.anvil import Anvil
from tests.integration.identity.browser import bearer, problem, sign_in, signed
from tests.integration.identity.gate import ADA, BEN, ORIGIN, Person

from tallystick.api.app import create_app
from tallystick.api.people import COOKIE


def test_a_program_signs_in_and_out(http: TestClient) -> None:
    session = sign_in(http, ADA)
    assert session["csrf_token"] is None
    assert "set-cookie" not in http.get("/v1/me", headers=bearer(session)).headers
    me = http.get("/v1/me", headers=bearer(session)).json()
    assert me["subject"] == session["subject"]
    assert [wallet["address"] for wallet in me["wallets"]] == [ADA.address]
    path = f"/v1/sessions/{session['session_id']}"
    other = sign_in(http, BEN)
    problem(http.delete(path, headers=bearer(other)), 404, "session_not_found")
    assert len(http.get("/v1/sessions", headers=bearer(other)).json()["data"]) == 1
    assert http.delete(path, headers=bearer(session)).status_code == 204
    problem(http.get("/v1/me", headers=bearer(session)), 401, "unauthorized")


def test_a_browser_needs_more_than_its_cookie_for_a_change(http: TestClient) -> None:
    answer = http.post("/v1/sessions", json=signed(http, ADA, carrier="cookie"))
    session = answer.json()
    assert session["token"] is None
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert http.get("/v1/me").json()["csrf_token"] == session["csrf_token"]
    path = f"/v1/sessions/{session['session_id']}"
    right = {"X-CSRF-Token": session["csrf_token"]}
    for headers in (
        {},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        right | {"Origin": "https://evil.example"},
        right | {"Origin": "null"},
        right | {"Sec-Fetch-Site": "cross-site"},
        right | {"Sec-Fetch-Site": "same-site"},
    ):
        problem(http.delete(path, headers=headers), 403, "csrf_refused")
    done = http.delete(path, headers=right | {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    assert done.status_code == 204
    assert 'tallystick=""' in done.headers["set-cookie"]


def test_a_session_cannot_be_fixed_or_signed_in_from_elsewhere(http: TestClient) -> None:
    planted = "a" * 64
    headers = {"Cookie": f"{COOKIE}={planted}"}
    http.post("/v1/sessions", json=signed(http, ADA, carrier="cookie"), headers=headers)
    http.cookies.clear()
    problem(http.get("/v1/me", headers=headers), 401, "unauthorized")
    # the attacker's own, open session in the victim's browser: it ends when the victim signs in
    http.post("/v1/sessions", json=signed(http, BEN, carrier="cookie"))
    attackers = dict(http.cookies)
    http.post("/v1/sessions", json=signed(http, ADA, carrier="cookie"))
    assert dict(http.cookies) != attackers
    http.cookies.clear()
    problem(
        http.get("/v1/me", headers={"Cookie": f"{COOKIE}={attackers[COOKIE]}"}), 401, "unauthorized"
    )
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = http.post("/v1/sessions", json=signed(http, ADA), headers=headers)
        problem(answer, 403, "csrf_refused")


def test_a_cookies_token_is_no_bearer_token(http: TestClient) -> None:
    http.post("/v1/sessions", json=signed(http, ADA, carrier="cookie"))
    token = http.cookies[COOKIE]
    http.cookies.clear()
    headers = {"Authorization": f"Bearer {token}"}
    problem(http.get("/v1/me", headers=headers), 401, "unauthorized")


def test_refusals_say_why(http: TestClient) -> None:
    body = signed(http, ADA)
    http.post("/v1/sessions", json=body)
    answer = problem(http.post("/v1/sessions", json=body), 403, "signed_message_refused")
    assert answer["reason"] == "nonce"


def test_wallets_are_bound_and_unbound(http: TestClient) -> None:
    session = sign_in(http, ADA)

    def sign(act: str, person: Person, about: str) -> dict[str, str]:
        body = {"act": act, "signer": person.address, "address": about}
        answer = http.post("/v1/me/challenges", json=body, headers=bearer(session))
        message = answer.json()["message"]
        assert about in message
        return {"message": message, "signature": "0x" + person.sign(message).hex()}

    def bind(own: Person, confirming: Person) -> Response:
        body = {
            "address": BEN.address,
            "own": sign("bind_wallet", own, BEN.address),
            "confirmation": sign("bind_wallet", confirming, BEN.address),
        }
        return http.post("/v1/me/wallets", json=body, headers=bearer(session))

    problem(bind(BEN, BEN), 403, "signed_message_refused")
    assert len(bind(BEN, ADA).json()["data"]) == 2
    path = f"/v1/me/wallets/{ADA.address}/unbind"
    unbound = http.post(path, json=sign("unbind_wallet", BEN, ADA.address), headers=bearer(session))
    assert [wallet["address"] for wallet in unbound.json()["data"]] == [BEN.address]
    # the session was the wallet's, and went with it
    problem(http.get("/v1/me", headers=bearer(session)), 401, "unauthorized")


def test_an_outcome_is_replayed_to_its_own_caller_only(http: TestClient) -> None:
    first, again, other = (bearer(sign_in(http, person)) for person in (ADA, ADA, BEN))

    def quote(headers: dict[str, str], count: str = "x") -> Response:
        body = {"principal": "1", "number_of_repayments": count}
        return http.post("/v1/quotes", json=body, headers={"Idempotency-Key": "same"} | headers)

    assert quote(first).status_code == 422
    for headers in (first, again):  # the same subject in another session
        assert "idempotency-replayed" in quote(headers).headers
    problem(quote(again, "y"), 422, "idempotency_key_reused")
    for headers in (other, {}):
        assert "idempotency-replayed" not in quote(headers).headers
    problem(quote({"Authorization": "Bearer x"}), 401, "unauthorized")
    problem(quote({"Authorization": "Bearer tsk_x"}), 401, "unauthorized")


def test_without_keys_there_are_no_identities(chain: Anvil, app: FastAPI) -> None:
    settings = app.state.server.settings.model_copy(
        update={"vault_keys": None, "vault_index_key": None}
    )
    with TestClient(create_app(settings), base_url=ORIGIN) as client:
        problem(client.get("/v1/me"), 503, "identity_unavailable")
        answer = client.post("/v1/sign-in/challenges", json={"address": ADA.address})
        problem(answer, 503, "identity_unavailable")
