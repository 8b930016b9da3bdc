"""The inbox, wishes, the one click and the calendar, over HTTP beside a real index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar
from tests.integration.api.server import Stage
from tests.integration.identity.gate import Person
from tests.integration.identity.people import Someone

from tallystick.api.app import create_app
from tallystick.config import Settings
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.keys import new_key_text
from tallystick.messages.outbox import enqueue
from tallystick.messages.stops import stop_token

LOAN = "0x" + "9c" * 32


class Desk:
    """Ada with her wallet of the chain, and a stranger."""

    def __init__(self, http: TestClient) -> None:
        self.http = http
        self.file: PrivateFile = http.app.state.messages  # type: ignore[attr-defined]
        self.ada = Someone(http, Person("ada"))
        self.eve = Someone(http, Person("eve"))

    def tell(self, recipient: str, key: str) -> str:
        facts = {"loan": LOAN, "closed_on": "2026-03-31"}
        with self.file.open() as db:
            told = enqueue(db, recipient, "loan_closed", facts, key)
        assert told is not None
        return told


@contextmanager
def desk_on(stage: Stage, folder: Path) -> Iterator[Desk]:
    secrets = {"vault_keys": f"k:{new_key_text()}", "vault_index_key": new_key_text()}
    files = {n: folder / f"{n}.db" for n in ("identity", "vault", "webhooks", "messages")}
    wanted = Settings.model_validate(stage.settings.model_dump() | secrets | files)
    with TestClient(create_app(wanted), base_url=wanted.origin) as http:
        yield Desk(http)


@pytest.fixture
def desk(stage: Stage, tmp_path: Path) -> Iterator[Desk]:
    with desk_on(stage, tmp_path) as opened:
        yield opened


def test_the_inbox_is_one_s_own_in_one_s_own_language(desk: Desk) -> None:
    ada, eve = desk.ada, desk.eve
    first, second = desk.tell(ada.subject, "1"), desk.tell(ada.person.address, "2")
    page = ada.get("/messages?limit=1").json()
    assert [note["message_id"] for note in page["data"]] == [second]
    assert page["has_more"]
    rest = ada.get(f"/messages?starting_after={second}").json()
    assert [note["message_id"] for note in rest["data"]] == [first]
    assert rest["data"][0]["subject"] == "Your loan is closed"
    assert ada.post(f"/messages/{first}/read", None).status_code == 204
    assert ada.get(f"/messages/{first}").json()["read_at"] is not None
    assert len(ada.get("/messages?unread=true").json()["data"]) == 1
    assert eve.get("/messages").json() == {"data": [], "has_more": False}
    for answer in (eve.get(f"/messages/{first}"), eve.post(f"/messages/{first}/read", None)):
        assert (answer.status_code, answer.json()["code"]) == (404, "message_not_found")

    wishes = {"language": "zh", "time_zone": "Asia/Shanghai", "quiet": "22:00-07:30",
              "channels": ["sms", "email"], "most_per_day": 2, "stopped": ["receipt"]}  # fmt: skip
    assert put(ada, wishes).json() == wishes
    assert ada.get("/notifications").json() == wishes
    assert ada.get(f"/messages/{first}").json()["subject"] == "您的贷款已结清"
    for wrong, field in [
        ({"time_zone": "Mars/Olympus"}, "#/time_zone"),
        ({"quiet": "08:00-21:00"}, "#/quiet"),
        ({"stopped": ["duty"]}, "#/stopped/0"),
    ]:
        answer = put(ada, wishes | wrong)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [field]
    assert ada.get("/notifications").json() == wishes


def test_one_click_stops_and_a_look_does_not(desk: Desk) -> None:
    ada = desk.ada
    link = f"/v1/stops/{stop_token(ada.access.vault, ada.subject, 'reminder')}"
    page = desk.http.get(link, headers={"Accept-Language": "zh"})
    assert page.status_code == 200
    assert "还款到期提醒" in page.text
    assert ada.get("/notifications").json()["stopped"] == []
    click = desk.http.post(
        link,
        content="List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert click.status_code == 204
    assert ada.get("/notifications").json()["stopped"] == ["reminder"]
    again = desk.http.post(link, headers={"Accept": "text/html"}, follow_redirects=False)
    assert (again.status_code, again.headers["location"]) == (303, f"{link}?done=true")
    assert "no more of these" in desk.http.get(f"{link}?done=true").text
    for wrong in (f"{link[:-1]}x", "/v1/stops/x"):
        assert desk.http.post(wrong).json()["code"] == "stop_not_found"
        assert desk.http.get(wrong).status_code == 404


def test_a_calendar_of_all_loans_behind_a_secret_link(stage: Stage, desk: Desk) -> None:
    world, ada = stage.world, desk.ada
    assert world.parties["ada"].address == ada.person.address
    loans = [world.originate(), world.originate(), world.originate(borrower="cem")]
    stage.sync()
    made = ada.post("/calendar", None)
    assert made.status_code == 201
    url = made.json()["url"]
    feed = desk.http.get(url)
    assert feed.headers["cache-control"] == "private, no-store"
    events = list(Calendar.from_ical(feed.content).walk("VEVENT"))
    assert len(events) == 24
    assert len({str(event["uid"]) for event in events}) == 24
    ids = {world.loan_id(loan).hex() for loan in loans[:2]}
    assert {str(event["uid"]).rpartition("-")[0] for event in events} == ids
    world.payoff(loans[0])
    stage.sync()
    assert desk.http.get(url).content.count(b"BEGIN:VEVENT") == 12

    second = ada.post("/calendar", None).json()["url"]
    assert desk.http.get(url).json()["code"] == "calendar_not_found"
    assert desk.http.get(second).status_code == 200
    revoked = desk.http.delete("/v1/me/calendar", headers=ada.headers)
    assert revoked.status_code == 204
    assert desk.http.get(second).status_code == 404
    assert desk.http.delete("/v1/me/calendar", headers=ada.headers).status_code == 404
    for secret in ("a" * 43, "b"):
        assert desk.http.get(f"/v1/calendars/{secret}.ics").status_code in (404, 422)
    for path in desk.file.path.parent.glob("messages.db*"):
        assert second.rpartition("/")[2].removesuffix(".ics").encode() not in path.read_bytes()


def test_erasure_takes_the_messages_along(desk: Desk) -> None:
    ada = desk.ada
    desk.tell(ada.subject, "1")
    desk.tell(ada.person.address, "2")
    erased = ada.post("/erasure", ada.sign("erase"))
    assert erased.status_code == 200, erased.text
    for path in desk.file.path.parent.glob("messages.db*"):
        for name in (ada.subject, ada.person.address):
            assert name.encode() not in path.read_bytes()


def put(who: Someone, wishes: dict[str, Any]) -> Any:
    return who.http.put("/v1/me/notifications", json=wishes, headers=who.headers)
