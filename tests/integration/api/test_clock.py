"""The settable clock: chain, answers, keeper and stream go by it; nowhere but in development."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from fastapi.testclient import TestClient
from tests.integration.anvil import Anvil
from tests.integration.api.server import Stage, serving, write_record
from tests.integration.api.test_errors import problem_of
from tests.integration.api.test_events import stream
from tests.integration.identity.gate import ADA
from tests.integration.identity.people import Someone
from tests.integration.proxy import Proxy, Refusal
from tests.integration.world import World

from tallystick.api.app import create_app
from tallystick.api.routes.clock import MOST_DAYS
from tallystick.chain.clock import clock_of
from tallystick.config import Settings
from tallystick.identity.access.sessions import IDLE_SECONDS
from tallystick.identity.vault.keys import new_key_text
from tallystick.identity.vault.retention import daily
from tallystick.jobs.job import Turn
from tallystick.settlement.assembly import assemble

KEEPER = "0x" + "42" * 32
KEEPER_ACCOUNT = Account.from_key(KEEPER).address
MONTHS = 12
DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"


def put(stage: Stage, now: Any) -> Any:
    return stage.http.put("/v1/chain/clock", json={"now": now})


def later(stage: Stage, **by: float) -> str:
    now = datetime.fromisoformat(stage.get("/v1/chain")["now"])
    return (now + timedelta(**by)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def keeping(stage: Stage) -> Iterator[None]:
    """A keeper at work meanwhile, with the server's own database."""
    stage.world.rpc.call("anvil_setBalance", KEEPER_ACCOUNT, hex(10**21))
    settings = stage.settings.model_validate(stage.settings.model_dump() | {"keeper_key": KEEPER})
    service, stop = assemble(settings, interval=0.05, batch=50), threading.Event()
    thread = threading.Thread(target=service.follow, args=[stop])
    thread.start()
    yield
    stop.set()
    thread.join(20)


def test_a_year_in_a_few_seconds(stage: Stage, keeping: None) -> None:
    loan_id = "0x" + stage.world.loan_id(stage.world.originate(count=MONTHS)).hex()
    stage.sync()
    begun = stage.get("/v1/chain")["now"]
    with stream(stage) as heard:
        for month in range(1, MONTHS + 1):
            due = stage.get(f"/v1/loans/{loan_id}")["next_due"]["due_date"]
            answer = put(stage, f"{due}T09:00:00Z")
            assert answer.status_code == 200, answer.text
            assert answer.json()["now"] >= f"{due}T09:00:00Z"
            assert answer.json()["indexed"]["number"] >= answer.json()["head"]["number"]
            paid = heard.hear()
            assert (paid.event, paid.data["loan_id"]) == ("paid", loan_id)
            assert paid.data["chain"]["block_time"][:10] == due
            stage.sync()
            assert len(stage.get(f"/v1/loans/{loan_id}/payments")["data"]) == month
        assert heard.hear().event == "closed"
    assert stage.get(f"/v1/loans/{loan_id}")["status"] == "closed"
    lived = datetime.fromisoformat(stage.get("/v1/chain")["now"]) - datetime.fromisoformat(begun)
    assert lived > timedelta(days=360)


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl", "jq"))), reason="tools missing")
def test_the_example_of_the_documentation(stage: Stage, keeping: None) -> None:
    stage.world.originate(count=2)
    stage.sync()
    (example,) = re.findall(r"```sh\n(API=\$.*?)```", DOCUMENT.read_text(), re.DOTALL)
    environment = os.environ | {"API": str(stage.http.base_url)}
    told = subprocess.run(
        ["bash", "-c", example], env=environment, capture_output=True, text=True, timeout=60
    )
    lines = sorted(told.stdout.splitlines())
    assert lines[:3] == ["event: closed", "event: paid", "event: paid"], told
    assert [line[:6] for line in lines[3:]] == ["it is "] * 2, told


def test_what_is_due_follows_at_once(stage: Stage) -> None:
    loan_id = "0x" + stage.world.loan_id(stage.world.originate()).hex()
    stage.sync()
    assert stage.get(f"/v1/loans/{loan_id}/due")["due"]["total"] == "0"
    head = put(stage, later(stage, days=40)).json()["head"]
    assert head == stage.get("/v1/chain")["head"]
    assert stage.get(f"/v1/loans/{loan_id}")["days_past_due"] > 0
    assert int(stage.get(f"/v1/loans/{loan_id}/due")["due"]["total"]) > 0


def test_a_clock_that_would_go_back_or_too_far(stage: Stage) -> None:
    head = stage.world.head()
    problem = problem_of(put(stage, later(stage, seconds=-1)), 409, "clock_behind")
    assert datetime.fromisoformat(problem["now"]).tzinfo == UTC
    for wrong in (
        later(stage, days=MOST_DAYS + 1),
        "9999-12-31T23:59:59Z",
        "tomorrow",
        "",
        5,
        None,
    ):
        problem = problem_of(put(stage, wrong), 422, "validation_failed")
        assert problem["errors"][0]["pointer"] == "#/now"
    assert stage.world.head() == head
    assert put(stage, later(stage, days=MOST_DAYS)).status_code == 200


def test_a_chain_with_another_id_keeps_its_time(tmp_path: Path) -> None:
    """Though its node would obey."""
    with Anvil("--chain-id", "5") as anvil, serving(World(anvil), tmp_path) as stage:
        refused(stage, 403, "clock_not_settable")


def test_a_node_that_is_none_of_development_keeps_its_time(world: World, tmp_path: Path) -> None:
    """Though its chain bears the id of one."""

    def as_others(method: str, params: list[Any], result: Any) -> Any:
        if method.startswith("anvil_"):
            raise Refusal("the method does not exist")
        return result

    with Proxy(world.url, as_others) as proxy:
        world.url = proxy.url
        with serving(world, tmp_path) as stage:
            refused(stage, 403, "clock_not_settable")
            assert not any(method.startswith("evm_") for method, _ in proxy.calls)


def test_a_silent_node(stage: Stage) -> None:
    moment = later(stage, days=1)
    stage.world.anvil.stop()
    problem_of(put(stage, moment), 503, "chain_unavailable")


def test_people_live_by_the_same_clock(stage: Stage, tmp_path: Path) -> None:
    """Sessions end and data is deleted when the chain's day has come, in every process."""
    secrets = {"vault_keys": f"k:{new_key_text()}", "vault_index_key": new_key_text()}
    files = {name: tmp_path / f"{name}.db" for name in ("identity", "vault", "webhooks")}
    settings = Settings.model_validate(stage.settings.model_dump() | secrets | files)
    with TestClient(create_app(settings), base_url=settings.origin) as http:
        ada = Someone(http, ADA)
        vault = ada.access.vault
        vault.put(ada.subject, "note", {"text": b"x"}, keep_until=vault.now() + 86_400)
        moved = http.put("/v1/chain/clock", json={"now": later(stage, minutes=50)})
        assert moved.status_code == 200, moved.text
        assert ada.get("").status_code == 200
        http.put("/v1/chain/clock", json={"now": later(stage, seconds=IDLE_SECONDS + 60)})
        assert problem_of(ada.get(""), 401, "unauthorized")
        ada = Someone(http, ADA)
        assert daily(settings, Turn(0, 0, 0)).startswith("0 deleted")
        http.put("/v1/chain/clock", json={"now": later(stage, days=1)})
        assert daily(settings, Turn(0, 0, 0)).startswith("1 deleted")


def test_elsewhere_people_live_by_the_wall_clock(tmp_path: Path) -> None:
    with Anvil("--chain-id", "5") as anvil:
        world = World(anvil)
        world.travel(world.now() + 400 * 86_400)
        write_record(world, tmp_path / "deployment.json")
        settings = Settings(rpc_url=world.url, deployment=tmp_path / "deployment.json")
        assert clock_of(settings) is time.time


def refused(stage: Stage, status: int, code: str) -> None:
    head, now = stage.world.head(), stage.world.now()
    problem_of(put(stage, later(stage, days=1)), status, code)
    assert (stage.world.head(), stage.world.now()) == (head, now)
