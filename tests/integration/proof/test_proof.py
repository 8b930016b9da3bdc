"""Proofs that hold, and forgeries that do not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from tests.integration.anvil import Anvil
from tests.integration.proof import forgeries
from tests.integration.proof.story import Proven, prove
from tests.integration.scenario import assert_stored, index
from tests.integration.world import UNIT, World

from tallystick.chain.client import BookClient
from tallystick.indexer import repository
from tallystick.loans.events import CollectFailed
from tallystick.proof.build import build
from tallystick.proof.document import ProofDocument
from tallystick.proof.errors import HashUntrusted, ProofRefused, ProofUnavailable
from tallystick.proof.header import decode_header, encode_header
from tallystick.proof.route import Route
from tallystick.proof.steps import HISTORY_WINDOW, walk
from tallystick.proof.verify import Verified, parse, verify
from tallystick.proof.witness import Witness

NAMES = ("late", "ahead", "closed", "poor", "new", "secured", "custom")


def check(proof: Any, *trusted: bytes) -> Verified:
    return verify(parse(proof), trusted)


@pytest.mark.parametrize("name", NAMES)
def test_a_proof_holds_against_one_hash(proven: Proven, name: str) -> None:
    proof = proven.proofs[name]
    found = check(json.loads(json.dumps(proof)), proven.block_hash)
    loan_id = proven.world.loan_id(proven.agreements[name])
    assert found.rests_on == (proven.block_hash,)
    assert found.state.loan_id == loan_id
    assert found.state.original == proven.agreements[name]
    client = BookClient(proven.world.url, proven.world.book)
    assert_stored(client, found.state, found.block.number)
    assert found.code_hash == proven.world.deployment.code_hash


def test_the_story_has_what_it_should(proven: Proven) -> None:
    late, poor = (check(proven.proofs[name], proven.block_hash) for name in ("late", "poor"))
    assert late.state.debt.late
    assert late.state.stored.penalty.points > 0
    assert late.state.paid.penalty > 0
    assert [type(event) for event in poor.events[1:]] == [CollectFailed] * 3


@pytest.mark.parametrize("name", NAMES)
def test_no_value_can_be_changed(proven: Proven, name: str) -> None:
    """Neither what is claimed nor any byte string that backs it."""
    for forged in forgeries.changed_values(proven.proofs[name]):
        with pytest.raises(ProofRefused):
            check(forged, proven.block_hash)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_can_be_left_out(proven: Proven, name: str) -> None:
    """But the failure of a collection, which leaves no trace in the book's storage."""
    parts = ["witness", "steps", *(["events"] if name != "poor" else [])]
    for forged in forgeries.left_out(proven.proofs[name], *parts):
        with pytest.raises(ProofRefused):
            check(forged, proven.block_hash)


@pytest.mark.parametrize("name", ["late", "ahead", "closed"])
def test_a_payment_kept_back_is_noticed(proven: Proven, name: str) -> None:
    forged = list(forgeries.kept_back(proven.proofs[name]))
    assert len(forged) >= 3
    for proof in forged:
        with pytest.raises(ProofRefused, match=r"add up|contradict"):
            check(proof, proven.block_hash)


def test_order_and_repetition_of_events(proven: Proven) -> None:
    for forged in forgeries.reordered(proven.proofs["ahead"]):
        with pytest.raises(ProofRefused, match="not those in the receipts"):
            check(forged, proven.block_hash)


def test_a_header_made_up_for_an_event(proven: Proven) -> None:
    forged = forgeries.backdated(proven.proofs["late"], 20)
    with pytest.raises(ProofRefused, match="does not follow from block"):
        check(forged, proven.block_hash)
    paid = [event for event in forged["events"] if event["name"] == "Paid"][-1]
    step = next(step for step in forged["steps"] if step["block"] == paid["block"])
    step["by"], step["of"] = "trusted", None
    with pytest.raises(HashUntrusted) as refusal:
        check(forged, proven.block_hash)
    assert refusal.value.hashes == [step["hash"]]


def test_one_loans_proof_proves_no_other(proven: Proven) -> None:
    for field, value in [
        ("loan_id", proven.proofs["new"]["loan_id"]),
        ("loan_id", "0x" + "5" * 64),
        ("book", proven.world.token),
        ("chain_id", 1),
    ]:
        with pytest.raises(ProofRefused):
            check(proven.proofs["ahead"] | {field: value}, proven.block_hash)


def test_a_proof_needs_its_own_hash(proven: Proven) -> None:
    for hashes in (
        (),
        (b"\1" * 32,),
        (bytes.fromhex(proven.proofs["late"]["steps"][0]["hash"][2:]),),
    ):
        with pytest.raises(HashUntrusted):
            check(proven.proofs["late"], *hashes)


@pytest.mark.parametrize(
    "raw",
    [None, [], 1, "proof", {}, {"format": "tallystick-proof-1"}, {"format": "tallystick-proof-2"}],
)
def test_what_is_no_proof(raw: Any) -> None:
    with pytest.raises(ProofRefused, match="not a proof of this format"):
        parse(raw)


def test_nodes_that_are_none(proven: Proven) -> None:
    for forged, trusted in forgeries.odd_nodes(proven.proofs["new"]):
        with pytest.raises(ProofRefused):
            check(forged, trusted)


@pytest.mark.parametrize("distance", [1, 39, 40, 41, 125])
def test_far_blocks_are_reached_by_hops(world: World, distance: int) -> None:
    """A short stride stands for the 8191 blocks of the real one, which take long to mine."""
    world.mine(distance)
    target, head = (
        world.rpc.call("eth_getBlockByNumber", hex(number), False)
        for number in (world.head() - distance, world.head())
    )
    route = Route(world.rpc, head, stride=40)
    route.reach([target])
    assert len(route.steps) == -(-distance // 40)
    assert {step.by for step in route.steps} == {"history"}
    witness = Witness([*route.witness, encode_header(head)])
    reached = walk(witness, decode_header(encode_header(head)), route.steps, ())
    assert reached[int(target["number"], 16)].hash.hex() == target["hash"][2:]


def test_no_step_is_longer_than_the_window(proven: Proven) -> None:
    assert proven.proofs["late"]["block"]["number"] < HISTORY_WINDOW
    for change in ({"of": 10**9}, {"of": None}, {"by": "parent"}, {"by": "history", "of": 1}):
        forged = copy.deepcopy(proven.proofs["late"])
        forged["steps"][-1] |= change
        with pytest.raises(ProofRefused):
            check(forged, proven.block_hash)


def test_a_chain_without_history(tmp_path: Path) -> None:
    """Near blocks by their parent hashes; far ones must be trusted, and the proof says which."""
    with Anvil("--hardfork", "cancun") as anvil:
        world = World(anvil)
        agreement = world.originate()
        world.mine(200)
        world.pay(agreement, 5 * UNIT)
        world.mine(3)
        proof = prove(world, agreement, tmp_path / "index.db")
        head = bytes.fromhex(proof["block"]["hash"][2:])
        assert [step["by"] for step in proof["steps"]] == ["parent"] * 3 + ["trusted"]
        with pytest.raises(HashUntrusted) as refusal:
            check(proof, head)
        assert refusal.value.hashes == [proof["steps"][-1]["hash"]]
        other = bytes.fromhex(refusal.value.hashes[0][2:])
        assert check(proof, head, other).rests_on == (head, other)


def test_what_the_node_cannot_prove(proven: Proven, tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    index(proven.world, path)
    with repository.open_index(path) as db:
        loan_id = proven.world.loan_id(proven.agreements["late"])
        state = repository.get_loan(db, loan_id)
        blocks = {event.ref.block_hash for event in repository.events_of(db, loan_id)}
    assert state is not None
    for event_blocks, block_hash in [
        (blocks, b"\1" * 32),
        ({b"\1" * 32}, proven.block_hash),
        (sorted(blocks)[1:], proven.block_hash),
        (set(), proven.block_hash),
    ]:
        with pytest.raises(ProofUnavailable):
            build(proven.world.rpc, state, event_blocks, block_hash)


def test_the_document_is_what_it_was_parsed_from(proven: Proven) -> None:
    for proof in proven.proofs.values():
        assert ProofDocument.model_validate(proof).model_dump(mode="json") == proof
