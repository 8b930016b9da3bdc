"""Books, tokens and chains side by side: every answer says of which it is, and nothing is mixed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.backend.webhooks.receiver import Receiver
from tests.integration.anvil import Anvil
from tests.integration.api.server import Stage, serving, wait_until, write_record
from tests.integration.api.test_offers import create, send, sign, terms
from tests.integration.api.test_webhooks import office_on
from tests.integration.world import World

from tallystick.api.schemas.types import iso_date
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at

OTHER = 4242


@pytest.fixture(scope="module")
def worlds() -> Iterator[tuple[World, World, World]]:
    """Two books with a token each on one chain; one on another, with the first one's addresses."""
    with Anvil() as anvil, Anvil("--chain-id", str(OTHER)) as further:
        home, other = World(anvil), World(further)
        assert (home.token, home.book) == (other.token, other.book)
        home.originate(principal=100_000_000)
        second = World(anvil)
        for world, principal in ((second, 20_000_000), (other, 3_000_000), (home, 400_000_000)):
            world.travel(world.now() + 1_000)
            world.originate(principal=principal)
        yield home, second, other


@pytest.fixture(scope="module")
def stage(
    worlds: tuple[World, World, World], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A server of the first book that the others join while it runs."""
    home, second, other = worlds
    folder = tmp_path_factory.mktemp("books")
    with serving(home, folder, chains={OTHER: (other.url,)}) as running:
        assert [one["book"] for one in running.get("/v1/books")["data"]] == [home.book]
        (folder / "deployments").mkdir()
        write_record(second, folder / "deployments" / "second.json")
        write_record(other, folder / "deployments" / "other.json")
        wait_until(lambda: [b["complete"] for b in running.get("/v1/books")["data"]] == [True] * 3)
        wait_until(lambda: len(running.get("/v1/loans")["data"]) == 4)
        yield running


def listed(stage: Stage, **conditions: object) -> list[tuple[int, str, str]]:
    page = stage.get("/v1/loans", **conditions)
    return [(one["chain_id"], one["book"], one["principal"]) for one in page["data"]]


def test_lists_say_of_what_they_are(stage: Stage, worlds: tuple[World, World, World]) -> None:
    home, second, other = worlds
    rows = listed(stage)
    assert sorted(rows) == sorted(
        [
            (31337, home.book, "400000000"),
            (OTHER, other.book, "3000000"),
            (31337, second.book, "20000000"),
            (31337, home.book, "100000000"),
        ]
    )
    assert listed(stage, chain_id=OTHER) == [(OTHER, other.book, "3000000")]
    assert listed(stage, book=second.book) == [(31337, second.book, "20000000")]
    assert len(listed(stage, book=home.book)) == 3  # the other chain has one at this address
    assert len(listed(stage, book=home.book, chain_id=31337)) == 2
    assert listed(stage, token=second.token) == [(31337, second.book, "20000000")]
    page = stage.get("/v1/loans")
    assert [(one["chain_id"], one["book"]) for one in page["chains"]] == [
        (31337, None),
        (OTHER, None),
    ]
    assert [one["block_number"] for one in page["chains"]] == [home.head(), other.head()]
    for wrong in ({"chain_id": 9}, {"book": home.parties["ada"].address}):
        assert stage.http.get("/v1/loans", params=wrong).status_code == 422


def test_pages_go_through_all_chains_by_age(stage: Stage) -> None:
    whole = stage.get("/v1/loans")["data"]
    times = [one["originated"]["block_time"] for one in whole]
    assert times == sorted(times, reverse=True)
    for limit in (1, 2, 3):
        seen: list[str] = []
        more, after = True, {}
        while more:
            page = stage.get("/v1/loans", limit=limit, **after)
            seen += [one["loan_id"] for one in page["data"]]
            more, after = page["has_more"], {"starting_after": seen[-1]}
        assert seen == [one["loan_id"] for one in whole]


def test_a_loan_is_answered_from_its_own_chain(
    stage: Stage, worlds: tuple[World, World, World]
) -> None:
    _, second, other = worlds
    for world in (second, other):
        found = stage.get("/v1/loans", book=world.book, chain_id=world.chain_id)["data"][0]
        loan = stage.get(f"/v1/loans/{found['loan_id']}")
        assert (loan["as_of"]["chain_id"], loan["as_of"]["book"]) == (world.chain_id, world.book)
        assert loan["as_of"]["block_number"] == world.head()
        assert loan["token"]["symbol"] == "TUSD"
        borrower = world.parties["ada"].address
        call = {"kind": "pay", "sender": borrower, "amount": "1000"}
        prepared = stage.post(f"/v1/loans/{found['loan_id']}/transactions", call).json()
        assert (prepared["chain_id"], prepared["to"]) == (world.chain_id, world.book)
        proof = stage.get(f"/v1/loans/{found['loan_id']}/proof")
        assert (proof["chain_id"], proof["book"]) == (world.chain_id, world.book)
        page = stage.http.get(f"/loans/{found['loan_id']}").text
        assert f"chain {world.chain_id}" in page
        assert world.book in page
    assert f"chain {OTHER}" in stage.http.get("/").text


def test_sums_are_of_one_token(stage: Stage, worlds: tuple[World, World, World]) -> None:
    home, second, other = worlds
    both = stage.http.get("/v1/portfolio", params={"token": home.token})
    assert both.json()["errors"][0]["parameter"] == "chain_id"
    for world, outstanding, loans in ((home, "500000000", 2), (other, "3000000", 1)):
        found = stage.get("/v1/portfolio", token=world.token, chain_id=world.chain_id)
        assert found["total"] == {"loans": loans, "outstanding": outstanding}
        assert found["as_of"]["chain_id"] == world.chain_id
    found = stage.get("/v1/portfolio", token=second.token)  # on one chain only
    assert found["total"]["outstanding"] == "20000000"
    none = stage.get("/v1/portfolio", token=home.token, book=second.book)
    assert none["total"]["loans"] == 0


def test_a_stream_is_of_one_chain(stage: Stage, worlds: tuple[World, World, World]) -> None:
    second = worlds[1]

    def told(**conditions: object) -> list[tuple[int, str]]:
        start = {"Last-Event-ID": "0-0-" + "00" * 32}
        found: list[tuple[int, str]] = []
        with stage.http.stream("GET", "/v1/events", params=conditions, headers=start) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: ") and "details" in (data := json.loads(line[6:])):
                    found.append((data["chain"]["chain_id"], data["details"].get("principal")))
                if line.startswith(": here") and found:
                    break
                if len(found) == (1 if conditions else 3):
                    break
        return found

    assert told() == [(31337, "100000000"), (31337, "20000000"), (31337, "400000000")]
    assert told(chain_id=OTHER) == [(OTHER, "3000000")]
    assert told(token=second.token) == [(31337, "20000000")]
    loan = stage.get("/v1/loans", chain_id=OTHER)["data"][0]["loan_id"]
    assert told(loan=loan) == [(OTHER, "3000000")]


def test_the_pages_show_one_chain_or_all(stage: Stage, worlds: tuple[World, World, World]) -> None:
    second = worlds[1]
    of_second = stage.get("/v1/loans", book=second.book)["data"][0]["loan_id"]
    of_other = stage.get("/v1/loans", chain_id=OTHER)["data"][0]["loan_id"]
    for chain_id, here, not_here in ((OTHER, of_other, of_second), (31337, of_second, of_other)):
        page = stage.http.get("/", params={"chain_id": chain_id}).text
        assert f"/loans/{here}" in page
        assert f"/loans/{not_here}" not in page
        assert f'href="/?status=closed&amp;chain_id={chain_id}"' in page
    assert stage.http.get("/", params={"chain_id": 9}).status_code == 422


def test_health_is_told_of_each_chain(stage: Stage, worlds: tuple[World, World, World]) -> None:
    home, _, other = worlds
    ready = stage.get("/readyz")
    fine = {"chain": "ok", "index": "ok"}
    assert ready["chains"] == [{"chain_id": id_, **fine} for id_ in (31337, OTHER)]
    other.mine(2)
    wait_until(lambda: stage.get("/v1/loans")["chains"][1]["block_number"] == other.head())
    text = stage.http.get("/metrics").text
    for world in (home, other):
        label = f'{{chain_id="{world.chain_id}"}}'
        assert f"tallystick_indexed_block{label} {world.head():.1f}" in text
        assert f"tallystick_index_lag_blocks{label} 0.0" in text
        assert f"tallystick_chain_answers{label} 1.0" in text


def test_offers_are_for_any_book(stage: Stage, worlds: tuple[World, World, World]) -> None:
    home, second, other = worlds
    for world, place in (
        (second, {"book": second.book}),
        (other, {"chain_id": OTHER}),
        (other, {"chain_id": OTHER, "book": other.book.lower()}),
    ):
        there = replace(stage, world=world)
        ada, ben = world.parties["ada"], world.parties["ben"]
        today = iso_date(day_at(world.now()))  # the service goes by the clock on the wall
        offer = create(there, start_date=today, **place)
        assert offer["loan_id"] == "0x" + world.loan_id(agreement_of(offer)).hex()
        sign(there, offer, ben)
        path = f"/v1/offers/{offer['offer_id']}"
        prepared = stage.get(f"{path}/transaction", sender=ada.address)
        assert (prepared["chain_id"], prepared["to"]) == (world.chain_id, world.book)
        send(there, prepared, ada)
        wait_until(lambda path=path: stage.get(path)["status"] == "originated")
        loan = stage.get(f"/v1/loans/{offer['loan_id']}")
        assert (loan["chain_id"], loan["book"]) == (world.chain_id, world.book)
    for wrong, member in (
        ({"book": home.book}, "chain_id"),  # one on each chain
        ({"chain_id": 9}, "chain_id"),
        ({"book": ada.address}, "book"),
    ):
        answer = stage.post("/v1/offers", terms(stage, **wrong))
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == [f"#/{member}"]


def test_webhooks_follow_the_chain_they_name(
    stage: Stage, worlds: tuple[World, World, World], tmp_path: Path
) -> None:
    home, second, other = worlds
    with (
        office_on(stage, tmp_path, webhooks_private=True) as office,
        Receiver() as first,
        Receiver() as elsewhere,
        Receiver() as of_book,
    ):
        office.hook(first.url)
        office.hook(elsewhere.url, chain_id=OTHER)
        office.hook(of_book.url, book=second.book)
        loan = stage.get("/v1/loans", chain_id=OTHER)["data"][0]["loan_id"]
        made = office.call("POST", "/webhooks", {"url": first.url, "loan": loan}).json()
        assert (made["chain_id"], made["book"]) == (OTHER, None)
        assert office.call("DELETE", f"/webhooks/{made['webhook_id']}").status_code == 204
        wrong = office.call("POST", "/webhooks", {"url": first.url, "chain_id": 9})
        assert wrong.status_code == 422
        loans = {world: "0x" + world.loan_id(world.originate()).hex() for world in worlds}
        for one in loans.values():
            wait_until(lambda one=one: stage.http.get(f"/v1/loans/{one}").status_code == 200)
        office.run()
        assert told(elsewhere) == [("originated", loans[other])]
        other.reorg(1)
        other.mine(2)
        wait_until(lambda: stage.get("/v1/loans")["chains"][1]["block_number"] == other.head())
        office.run()
        assert told(elsewhere)[1:] == [("reorg", None)]
        assert told(first) == [("originated", loans[home]), ("originated", loans[second])]
        assert told(of_book) == [("originated", loans[second])]


def told(receiver: Receiver) -> list[tuple[str, str]]:
    bodies = [json.loads(got.body) for got in receiver.got]
    return [(body["type"], body["data"].get("loan_id")) for body in bodies]


def agreement_of(offer: dict[str, object]) -> Agreement:
    return Agreement.from_json(offer["agreement"])
