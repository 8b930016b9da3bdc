"""Webhooks from the chain to a receiver, over a reorganisation and a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.backend.webhooks.receiver import Receiver
from tests.integration.api.server import Stage
from tests.integration.identity.gate import Person
from tests.integration.identity.people import Someone

from tallystick.api.app import create_app
from tallystick.api.notifier import Notifier
from tallystick.config import Settings
from tallystick.identity.authority.roles import Role, Scope
from tallystick.identity.vault.keys import new_key_text


class Office:
    """A bank with a key, beside a server whose index is real."""

    def __init__(self, http: TestClient) -> None:
        self.http = http
        held = http.app.state  # type: ignore[attr-defined]
        self.held = held
        self.notifier = Notifier(held.server, held.access, held.notices)
        bank = Someone(http, Person("bank"), Role.INTEGRATOR)
        self.key = bank.with_key(Scope.WEBHOOKS_READ, Scope.WEBHOOKS_WRITE)

    def restart(self) -> None:
        self.notifier.dispatcher.close()
        self.notifier = Notifier(self.held.server, self.held.access, self.held.notices)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.http.request(method, f"/v1{path}", json=body, headers=self.key.headers)

    def hook(self, url: str, **wanted: Any) -> str:
        answer = self.call("POST", "/webhooks", {"url": url, **wanted})
        assert answer.status_code == 201, answer.text
        self.notifier.collect()  # from now on
        return str(answer.json()["webhook_id"])

    def run(self) -> None:
        while self.notifier.collect() + self.notifier.dispatcher.round():
            self.notifier.dispatcher.settle()


@contextmanager
def office_on(stage: Stage, folder: Path, **settings: Any) -> Iterator[Office]:
    secrets = {"vault_keys": f"k:{new_key_text()}", "vault_index_key": new_key_text()}
    files = {name: folder / f"{name}.db" for name in ("identity", "vault", "webhooks")}
    wanted = Settings.model_validate(stage.settings.model_dump() | secrets | files | settings)
    with TestClient(create_app(wanted), base_url=wanted.origin) as http:
        office = Office(http)
        yield office
        office.notifier.dispatcher.close()


@pytest.fixture
def office(stage: Stage, tmp_path: Path) -> Iterator[Office]:
    with office_on(stage, tmp_path, webhooks_private=True) as opened:
        yield opened


def told(receiver: Receiver) -> list[tuple[str, int]]:
    bodies = [json.loads(got.body) for got in receiver.got]
    return [(body["type"], body["sequence"]) for body in bodies]


def test_events_corrections_and_a_restart(stage: Stage, office: Office) -> None:
    world = stage.world
    with Receiver() as all_, Receiver() as some:
        everything = office.hook(all_.url)
        office.hook(some.url, types=["closed"])
        agreement = world.originate()
        world.pay(agreement, 5_000_000)
        stage.sync()
        office.run()
        assert told(all_) == [("originated", 1), ("paid", 2)]
        gone = json.loads(all_.got[1].body)["data"]["chain"]["block_number"]
        world.reorg(1)
        world.mine()
        office.restart()
        world.payoff(agreement)
        stage.sync()
        office.run()
        assert told(all_)[2:] == [("reorg", 3), ("paid", 4), ("closed", 5)]
        assert json.loads(all_.got[2].body)["data"]["block_number"] < gone
        assert told(some) == [("closed", 1)]  # told nothing that was taken back
        log = office.call("GET", f"/webhooks/{everything}/messages?limit=2").json()
        assert ([m["sequence"] for m in log["data"]], log["has_more"]) == ([5, 4], True)
        last = log["data"][-1]["message_id"]
        rest = office.call("GET", f"/webhooks/{everything}/messages?starting_after={last}").json()
        assert ([m["sequence"] for m in rest["data"]], rest["has_more"]) == ([3, 2, 1], False)
        detail = office.call("GET", f"/webhooks/{everything}/messages/{last}").json()
        assert detail["body"] == all_.got[3].body
        assert detail["attempts"][0]["status"] == 204
        office.call("POST", f"/webhooks/{everything}/messages/{last}/resend")
        assert office.call("POST", f"/webhooks/{everything}/ping").status_code == 202
        office.run()
        assert sorted(told(all_)[5:]) == [("paid", 4), ("ping", 6)]
        assert office.call("DELETE", f"/webhooks/{everything}").status_code == 204
        assert len(office.call("GET", "/webhooks").json()["data"]) == 1


def test_addresses_inside_are_refused_at_the_door(stage: Stage, tmp_path: Path) -> None:
    with office_on(stage, tmp_path) as office:
        for url, reason in (
            ("http://example.org/", "scheme"),
            ("https://127.0.0.1/", "private"),
            ("https://169.254.169.254/latest/meta-data", "private"),
            ("https://[::1]/", "private"),
        ):
            answer = office.call("POST", "/webhooks", {"url": url}).json()
            assert (answer["code"], answer["reason"]) == ("url_refused", reason)
        assert office.call("GET", "/webhooks").json()["data"] == []
