"""Every way in which a proof is forged, for each verifier that must refuse it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import rlp
from eth_utils import keccak


def changed_values(proof: Any) -> Iterator[Any]:
    """One value changed: a claim, or a byte string that backs one."""
    for path in _leaves(proof):
        forged = copy.deepcopy(proof)
        place = forged
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = _other(place[path[-1]])
        yield forged


def left_out(proof: Any, *parts: str) -> Iterator[Any]:
    """One entry of a part left out."""
    for part in parts:
        for place in range(len(proof[part])):
            forged = copy.deepcopy(proof)
            del forged[part][place]
            yield forged


def kept_back(proof: Any) -> Iterator[Any]:
    """All events of one block with a payment left out: everything that remains is true."""
    for block in sorted({e["block"] for e in proof["events"] if e["name"] == "Paid"}):
        forged = copy.deepcopy(proof)
        forged["events"] = [event for event in forged["events"] if event["block"] != block]
        yield forged


def reordered(proof: Any) -> Iterator[Any]:
    """Events in another order, or repeated."""
    for change in (lambda e: e.reverse(), lambda e: e.append(e[-1]), lambda e: e.insert(1, e[0])):
        forged = copy.deepcopy(proof)
        change(forged["events"])
        yield forged


def backdated(proof: Any, days: int) -> Any:
    """The last payment at an earlier time: its header fits its own hash, and nothing else."""
    forged = copy.deepcopy(proof)
    paid = [event for event in forged["events"] if event["name"] == "Paid"][-1]
    step = next(step for step in forged["steps"] if step["block"] == paid["block"])
    header = next(e for e in forged["witness"] if keccak(hexstr=e).hex() == step["hash"][2:])
    members = rlp.decode(bytes.fromhex(header[2:]))
    members[11] = (paid["timestamp"] - days * 86_400).to_bytes(4, "big")
    encoded = rlp.encode(members)
    forged["witness"].append("0x" + encoded.hex())
    step["hash"] = "0x" + keccak(encoded).hex()
    paid["timestamp"] -= days * 86_400
    return forged


def odd_nodes(proof: Any) -> Iterator[tuple[Any, bytes]]:
    """Nonsense under a hash that is trusted, as header or as root of the state; with that hash."""
    trusted = proof["block"]["hash"]
    header = next(e for e in proof["witness"] if "0x" + keccak(hexstr=e).hex() == trusted)
    nothing = (b"", b"\x80", b"\xc0", b"\xff", rlp.encode([b""] * 20), rlp.encode([[b"\1"]] * 20))
    nodes = (*nothing, b"\xc1\x80", b"\xc2\x80\x80", b"\xff" * 40, b"\xd1" + b"\x80" * 17)
    for odd in nodes:
        members = rlp.decode(bytes.fromhex(header[2:]))
        members[3] = keccak(odd)
        yield _rooted(proof, odd, rlp.encode(members))
    for odd in nothing:
        yield _rooted(proof, odd)


def _rooted(proof: Any, *entries: bytes) -> tuple[Any, bytes]:
    forged = copy.deepcopy(proof)
    forged["witness"] += ["0x" + entry.hex() for entry in entries]
    forged["block"]["hash"] = "0x" + keccak(entries[-1]).hex()
    return forged, keccak(entries[-1])


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _leaves(item, (*path, key))
    else:
        yield path


def _other(value: Any) -> Any:
    """A value of the same form that says something else."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + 1
    last = "1" if value[-1] == "0" else "0"
    return {"active": "closed", "closed": "active"}.get(value, value[:-1] + last)
