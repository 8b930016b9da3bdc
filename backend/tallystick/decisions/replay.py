"""Making a decision again from what was kept, and saying what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tallystick.db import Database
from tallystick.decisions.decide import decide
from tallystick.decisions.releases import load_bench, load_release
from tallystick.decisions.roots import day_at, recorded_root, root_of
from tallystick.decisions.sealed import RECORD, open_sealed
from tallystick.decisions.store import Decision
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile

REVIEW = "decision_review"
"""The purpose for which decisions are looked at again: to account for them is a legal duty."""


WORDS = frozenset({"en", "zh"})
"""Sentences of reason codes: those that were told are under the hash of the output, and a later
release may say the same in better words."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`where` as a path into the outcome; None stands for nothing."""

    where: str
    kept: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of it. `differences` is empty when the decision is the same to the bit."""

    decision: Decision
    outcome: dict[str, Any]
    differences: tuple[Difference, ...]


def replay(db: Database, vault: Vault, rights: Rights, decision: Decision, actor: str) -> Replay:
    """Decides again, by the documents of that day. The read is in the trail.

    Raises `ReadRefused`, `InputsErased`, `ReleaseRefused`, `SealBroken`.
    """
    rights.admit(actor, decision.subject, RECORD, REVIEW)
    sealed = open_sealed(vault, decision)
    kept = sealed.read_outcome()
    release = load_release(db, decision.release)
    arm = release.arm_of(decision.decision_id)
    bench = load_bench(db, release, arm)
    found = decide(sealed.read_case(), bench, sealed.salt).outcome.to_json()
    differences = [*_differences("", kept, found)]
    for name, hash_, now in (
        ("hash of inputs", decision.inputs, sealed.inputs),
        ("hash of output", decision.output, sealed.output),
        ("arm", decision.arm, arm),
    ):
        if hash_ != now:
            differences.append(Difference(name, _text(hash_), _text(now)))
    return Replay(decision, found, tuple(differences))


def root_difference(db: Database, file: PrivateFile, decision: Decision) -> list[Difference]:
    """How the decisions of its day differ from the root in the trail, where there is one."""
    day = day_at(decision.decided_at)
    with file.open() as trail:
        kept = recorded_root(trail, day)
    now = root_of(db, day).root
    return [] if kept in (None, now) else [Difference(f"root of {day}", kept, now)]


def _differences(where: str, kept: Any, now: Any) -> Iterator[Difference]:
    if isinstance(kept, dict) and isinstance(now, dict):
        for name in sorted((kept.keys() | now.keys()) - WORDS):
            yield from _differences(f"{where}/{name}", kept.get(name), now.get(name))
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for place, (one, other) in enumerate(zip(kept, now, strict=True)):
            yield from _differences(f"{where}/{place}", one, other)
    elif kept != now:
        yield Difference(where, kept, now)


def _text(value: bytes | str) -> str:
    return value.hex() if isinstance(value, bytes) else value
