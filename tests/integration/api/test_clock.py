"""The settable clock: chain, answers, keeper and stream go by it; nowhere but in development."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from tests.integration.anvil import Anvil
from tests.integration.api.server import Stage, serving
from tests.integration.api.test_errors import problem_of
from tests.integration.api.test_events import stream
from tests.integration.proxy import Proxy, Refusal
from tests.integration.world import World

from tallystick.api.routes.clock import MOST_DAYS
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


def refused(stage: Stage, status: int, code: str) -> None:
    head, now = stage.world.head(), stage.world.now()
    problem_of(put(stage, later(stage, days=1)), status, code)
    assert (stage.world.head(), stage.world.now()) == (head, now)
