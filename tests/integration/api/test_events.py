"""The stream of events, read from a real server: order, filters, resumption, reorganisations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest
from tests.integration.api.server import Stage

from tallystick.api.routes.events import MOST_STREAMS


class Heard(NamedTuple):
    event: str
    id: str
    data: Any


class Stream:
    """What a browser's EventSource would make of the lines."""

    def __init__(self, response: httpx.Response) -> None:
        self.last_id = ""
        self._lines = response.iter_lines()

    def begin(self) -> str:
        """Reads the comment that opens a stream; the place in it."""
        assert next(self._lines).startswith(":")
        self.last_id = next(self._lines).removeprefix("id: ")
        assert next(self._lines) == ""
        return self.last_id

    def hear(self) -> Heard:
        fields: dict[str, str] = {}
        while line := next(self._lines):
            name, _, value = line.partition(": ")
            fields[name] = value
        if "data" not in fields:  # a heartbeat
            return self.hear()
        self.last_id = fields["id"]
        return Heard(fields["event"], fields["id"], json.loads(fields["data"]))


@contextmanager
def stream(stage: Stage, last_id: str | None = None, **params: str) -> Iterator[Stream]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    with stage.http.stream("GET", "/v1/events", params=params, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        stream = Stream(response)
        stream.begin()
        yield stream


def test_events_come_in_order_with_their_place(stage: Stage) -> None:
    world = stage.world
    with stream(stage) as heard:
        agreement = world.originate()
        world.payoff(agreement)
        loan_id = "0x" + world.loan_id(agreement).hex()
        messages = [heard.hear() for _ in range(3)]
    assert [message.event for message in messages] == ["originated", "paid", "closed"]
    assert {message.data["loan_id"] for message in messages} == {loan_id}
    assert messages[0].data["details"]["principal"] == str(agreement.principal)
    paid = messages[1].data
    assert paid["details"]["total"] == str(agreement.principal)
    receipt = world.rpc.call("eth_getTransactionReceipt", paid["chain"]["transaction_hash"])
    assert int(receipt["blockNumber"], 16) == paid["chain"]["block_number"]
    assert paid["chain"]["confirmations"] >= 1


def test_filters_keep_what_concerns_one_loan_or_party(stage: Stage) -> None:
    world = stage.world
    other = world.originate(borrower="cem", lender="dora")
    stage.sync()
    ada, dora = world.parties["ada"].address, world.parties["dora"].address
    loan = "0x" + world.loan_id(other).hex()
    with (
        stream(stage, loan=loan) as of_loan,
        stream(stage, lender=dora.lower()) as of_lender,
        stream(stage, borrower=ada) as of_borrower,
    ):
        agreement = world.originate(borrower="ada", lender="ben")
        world.pay(other, 5_000_000)
        heard = [reader.hear() for reader in (of_loan, of_lender, of_borrower)]
    assert [message.event for message in heard] == ["paid", "paid", "originated"]
    assert [message.data["loan_id"] for message in heard[:2]] == [loan, loan]
    assert heard[2].data["loan_id"] == "0x" + world.loan_id(agreement).hex()


def test_a_stream_goes_on_where_it_broke_off(stage: Stage) -> None:
    world = stage.world
    with stream(stage) as heard:
        agreement = world.originate()
        last_id = heard.hear().id
    world.pay(agreement, 5_000_000)
    world.pay(agreement, 6_000_000)
    stage.sync()
    with stream(stage, last_id) as heard:
        again = [heard.hear() for _ in range(2)]
    assert [message.data["details"]["total"] for message in again] == ["5000000", "6000000"]


@pytest.mark.parametrize("connected", [True, False])
def test_a_reorganisation_withdraws_what_was_told(stage: Stage, *, connected: bool) -> None:
    world = stage.world
    with stream(stage) as heard:
        agreement = world.originate()
        kept = heard.hear()
        world.pay(agreement, 5_000_000)
        gone = heard.hear()
        if connected:
            world.reorg(1)
            world.mine()
            world.pay(agreement, 7_000_000)
            messages = [heard.hear(), heard.hear()]
    if not connected:
        world.reorg(1)
        world.mine()
        world.pay(agreement, 7_000_000)
        stage.sync()
        world.reorg(1)  # and the block in which the stream would have gone on
        world.mine()
        world.pay(agreement, 7_000_000)
        stage.sync()
        with stream(stage, gone.id) as heard:
            messages = [heard.hear() for _ in range(2)]
    assert [message.event for message in messages] == ["reorg", "paid"]
    assert messages[0].data["block_number"] < gone.data["chain"]["block_number"]
    assert messages[-1].data["details"]["total"] == "7000000"
    # exactly to the block below: what was told before stands
    assert messages[0].data["block_number"] >= kept.data["chain"]["block_number"]


def test_ids_that_are_none_are_refused(stage: Stage) -> None:
    answer = stage.http.get("/v1/events", headers={"Last-Event-ID": "7"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "Last-Event-ID"


def test_streams_are_bounded_and_given_back(stage: Stage) -> None:
    server = stage.http
    limits = httpx.Limits(max_connections=MOST_STREAMS + 5)
    with httpx.Client(base_url=server.base_url, limits=limits, timeout=30) as many:
        open_ones = [
            many.send(many.build_request("GET", "/v1/events"), stream=True)
            for _ in range(MOST_STREAMS)
        ]
        refused = server.get("/v1/events")
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        for response in open_ones:
            response.close()
    with stream(stage) as heard:
        stage.world.originate()
        assert heard.hear().event == "originated"
