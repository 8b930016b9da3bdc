"""The places in storage that proofs rest on are those the compiler chose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.integration.contracts import storage_layout
from tests.integration.proof.story import Proven

from tallystick.proof import layout
from tallystick.proof.verify import parse, verify

STRUCTS = {
    "Penalty": layout.PENALTY_MEMBERS,
    "Carry": layout.CARRY_MEMBERS,
    "Guarantee": layout.GUARANTEE_MEMBERS,
    "Escrow": layout.ESCROW_MEMBERS,
}


def test_slots_are_the_compilers() -> None:
    compiled = storage_layout("LoanBook")
    slots = {entry["label"]: int(entry["slot"]) for entry in compiled["storage"]}
    assert {name: slots[name] for name in layout.SLOTS} == layout.SLOTS
    assert all(entry["offset"] == 0 for entry in compiled["storage"])
    for name, members in STRUCTS.items():
        assert _members_of(compiled, name) == members


def _members_of(compiled: dict[str, Any], name: str) -> tuple[tuple[str, int], ...]:
    """Members of a struct that fills one word, from the low bits, with their size in bits."""
    (struct,) = (kind for kind in compiled["types"].values() if kind["label"] == f"struct {name}")
    at, members = 0, []
    for member in struct["members"]:
        bits = int(compiled["types"][member["type"]]["numberOfBytes"]) * 8
        assert (member["slot"], member["offset"] * 8) == ("0", at)
        members.append((member["label"], bits))
        at += bits
    return tuple(members)


def test_words_are_what_the_contract_reads(proven: Proven) -> None:
    world = proven.world
    seats = set()
    for proof in proven.proofs.values():
        state = verify(parse(proof), {proven.block_hash}).state
        guarantors = layout.guarantors_of([state.original, state.agreement])
        seat = layout.seat_of(state)
        keys = layout.loan_keys(state.loan_id, guarantors, seat)
        words = [
            int(world.rpc.call("eth_getStorageAt", world.book, "0x" + key.hex(), "latest"), 16)
            for key in keys
        ]
        assert layout.unpack(words, guarantors, seat) == layout.stored_of(state)
        seats.add(words[0] >> 249)
        if seat is not None and words[0] >> 249:
            with pytest.raises(ValueError, match="stands in seat"):
                layout.unpack(words, guarantors, replace(seat, number=seat.number % 127 + 1))
    assert len(seats) > 1, "some holder must stand in a seat"
