"""Statements, receipts and the books over HTTP: by role, and each decision on record."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.server import Stage
from tests.integration.identity.gate import Person
from tests.integration.identity.people import Someone

from tallystick.api.app import create_app
from tallystick.channels.catalogue import load_channels
from tallystick.channels.errors import ChannelsInvalid
from tallystick.channels.reference import reference_of
from tallystick.config import Settings
from tallystick.identity.authority.roles import Role, Scope
from tallystick.identity.vault.keys import new_key_text


class Counter:
    """A collector and an auditor beside a server whose index is real."""

    def __init__(self, http: TestClient) -> None:
        self.http = http
        self.clerk = Someone(http, Person("clerk"), Role.COLLECTOR)
        self.auditor = Someone(http, Person("auditor"), Role.AUDITOR)

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(f"/v1{path}", json=body, headers=self.clerk.headers)

    def get(self, path: str, who: Someone | None = None) -> Any:
        return self.http.get(f"/v1{path}", headers=(who or self.clerk).headers)


@pytest.fixture
def counter(stage: Stage, tmp_path: Path) -> Iterator[Counter]:
    secrets = {"vault_keys": f"k:{new_key_text()}", "vault_index_key": new_key_text()}
    names = ("identity", "vault", "webhooks", "messages", "receipts")
    files: dict[str, Path] = {name: tmp_path / f"{name}.db" for name in names}
    files["channels"] = tmp_path / "channels.yaml"
    token = stage.world.token
    files["channels"].write_text(
        f"bank: {{kind: bank, currency: USD, token: '{token}', token_decimals: 6}}"
    )
    wanted = Settings.model_validate(stage.settings.model_dump() | secrets | files)
    with TestClient(create_app(wanted), base_url=wanted.origin) as http:
        yield Counter(http)


def test_from_a_statement_to_a_decision(stage: Stage, counter: Counter) -> None:
    world = stage.world
    loan = world.originate()
    loan_id = world.loan_id(loan)
    stage.sync()
    told = counter.http.get(f"/v1/loans/0x{loan_id.hex()}/reference").json()
    assert told["reference"] == reference_of(loan_id) == told["printed"].replace(" ", "")

    lines = f"Date,Amount,Currency,Description\n2026-03-31,10.00,USD,{told['printed']}\n"
    lines += "2026-03-31,12.00,USD,cash from Ada\n"
    body = {"document": base64.b64encode(lines.encode()).decode()}
    taken = counter.post("/channels/bank/statements", body).json()
    assert (taken["matched"], taken["open"], taken["known"]) == (1, 1, 0)
    assert counter.post("/channels/bank/statements", body).json()["known"] == 2
    slip = {"external_id": "slip-7", "reference": told["printed"], "amount": "500",
            "day": "2026-04-01"}  # fmt: skip
    assert counter.post("/channels/bank/receipts", slip).json()["state"] == "matched"
    assert counter.post("/channels/bank/receipts", slip).json()["code"] == "receipt_known"

    (open_,) = counter.get("/receipts?state=open").json()["data"]
    assert (open_["reason"], open_["loan"]) == ("no_reference", None)
    path = f"/receipts/{open_['receipt_id']}/resolution"
    wrong = counter.post(path, {"act": "match", "loan": "0x" + "9c" * 32})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "resolution_refused")
    done = counter.post(path, {"act": "match", "loan": f"0x{loan_id.hex()}"})
    assert done.json()["state"] == "matched"
    assert counter.post(path, {"act": "ignore"}).json()["code"] == "receipt_settled"
    access = counter.clerk.access
    with access.file.open() as db:
        acts = [
            act
            for (act,) in db.execute(
                "SELECT act FROM trail WHERE actor = ?", (counter.clerk.subject,)
            )
        ]
    assert acts.count("resolve_receipt:match") == 2

    page = counter.get("/receipts?limit=2", counter.auditor).json()
    assert page["has_more"]
    after = page["data"][-1]["receipt_id"]
    assert len(counter.get(f"/receipts?starting_after={after}").json()["data"]) == 1
    books = counter.get("/reconciliation?from=2026-03-31&to=2026-03-31", counter.auditor).json()
    assert books["verdict"] == "waits"
    (row,) = books["rows"]
    assert (row["came"], row["waits"], row["differs"]) == ("22.00", "22.00", "0.00")


def test_what_is_wrong_is_named(counter: Counter) -> None:
    good = base64.b64encode(b"Date,Amount\n").decode()
    for path, body, code in [
        ("/channels/shop/statements", {"document": good}, "channel_not_found"),
        ("/channels/bank/statements", {"document": good}, "document_refused"),
        ("/channels/bank/statements", {"document": "abcde"}, "validation_failed"),
        (
            "/channels/bank/statements",
            {"document": good, "layout": {"x": "y"}},
            "validation_failed",
        ),
        (f"/receipts/receipt_{'a' * 26}/resolution", {"act": "ignore"}, "receipt_not_found"),
        (
            "/channels/bank/receipts",
            {"external_id": "1", "reference": "", "amount": "1", "day": "2026-02-30"},
            "validation_failed",
        ),
    ]:
        assert counter.post(path, body).json()["code"] == code, path


def test_a_key_takes_in_for_the_channels_that_name_its_owner(
    stage: Stage, counter: Counter, tmp_path: Path
) -> None:
    loan = stage.world.originate()
    stage.sync()
    shop = Someone(counter.http, Person("shop"), Role.INTEGRATOR)
    key = shop.with_key(Scope.CHANNELS_WRITE)
    slip = {
        "external_id": "till-1",
        "reference": reference_of(stage.world.loan_id(loan)),
        "amount": "700",
        "day": "2026-04-01",
    }

    def tell(who: Someone, channel: str) -> Any:
        path = f"/v1/channels/{channel}/receipts"
        return counter.http.post(path, json=slip, headers=who.headers)

    assert tell(key, "bank").json()["code"] == "channel_not_found"
    path = tmp_path / "channels.yaml"
    named = path.read_text().replace("}", f", integrators: [{shop.subject}]}}")
    path.write_text(f"{named}\n{path.read_text().replace('bank:', 'other:', 1)}")
    counter.http.app.state.channels = load_channels(path)  # type: ignore[attr-defined]
    assert tell(key, "other").json()["code"] == "channel_not_found"
    taken = tell(key, "bank")
    assert (taken.status_code, taken.json()["state"]) == (201, "matched")
    assert tell(key, "bank").json()["code"] == "receipt_known"
    lines = "Date,Amount,Currency,Description\n2026-03-31,10.00,USD,cash\n"
    body = {"document": base64.b64encode(lines.encode()).decode()}
    answer = counter.http.post("/v1/channels/bank/statements", json=body, headers=key.headers)
    assert answer.json()["open"] == 1
    assert tell(shop, "bank").json()["code"] == "role_missing"  # signed in, it is no collector
    assert tell(shop.with_key(Scope.WEBHOOKS_WRITE), "bank").json()["code"] == "scope_missing"
    assert counter.http.get("/v1/receipts", headers=key.headers).json()["code"] == "scope_missing"
    with shop.access.file.open() as db:
        acts = db.execute("SELECT act FROM trail WHERE actor = ?", (shop.subject,)).fetchall()
    assert [act for (act,) in acts].count("take_receipt") == 2
    path.write_text(named.replace(shop.subject, "nobody"))
    with pytest.raises(ChannelsInvalid):
        load_channels(path)
