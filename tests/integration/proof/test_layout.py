"""The places in storage that proofs rest on are those the compiler chose."""

from __future__ import annotations

from tests.integration.contracts import storage_layout
from tests.integration.proof.story import Proven

from tallystick.chain.client import BookClient
from tallystick.proof import layout


def test_slots_are_the_compilers() -> None:
    compiled = storage_layout("LoanBook")
    slots = {entry["label"]: int(entry["slot"]) for entry in compiled["storage"]}
    assert slots["_debts"] == layout.DEBTS_SLOT
    assert slots["_penalties"] == layout.PENALTIES_SLOT
    assert slots["_credits"] == layout.CREDITS_SLOT
    assert all(entry["offset"] == 0 for entry in compiled["storage"])
    (penalty,) = (
        kind
        for kind in compiled["types"].values()
        if "Penalty" in kind["label"] and "members" in kind
    )
    at = 0
    for member, (name, bits) in zip(penalty["members"], layout.PENALTY_MEMBERS, strict=True):
        size = int(compiled["types"][member["type"]]["numberOfBytes"]) * 8
        assert (member["label"], member["slot"], member["offset"] * 8, size) == (
            name,
            "0",
            at,
            bits,
        )
        at += bits


def test_words_are_what_the_contract_reads(proven: Proven) -> None:
    world = proven.world
    client = BookClient(world.url, world.book)
    for agreement in proven.agreements.values():
        loan_id = world.loan_id(agreement)
        debt, penalty = (
            int(world.rpc.call("eth_getStorageAt", world.book, "0x" + key.hex(), "latest"), 16)
            for key in (layout.debt_key(loan_id), layout.penalty_key(loan_id))
        )
        found = layout.unpack_debt(debt), layout.unpack_penalty(penalty)
        assert found == client.debt_of(loan_id)
