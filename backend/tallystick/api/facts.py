"""What the service itself did, for webhooks that ask for it: decisions, identities, attestations.

Facts are read from where they were written with what they tell: the audit trail, and the table of
decisions. They name random ids and words, and nobody: who may know more asks for the object.
"""

from __future__ import annotations

from typing import get_args

from tallystick.api.schemas.types import rfc3339
from tallystick.api.schemas.webhooks import FactType
from tallystick.api.state import ServerState
from tallystick.decisions import store as decisions
from tallystick.identity.access.access import Access
from tallystick.identity.authority.matters import Matter
from tallystick.trail.entry import Entry
from tallystick.trail.store import entries, last
from tallystick.webhooks.outbox import Outbox
from tallystick.webhooks.places import FactPlace
from tallystick.webhooks.store import Webhook

FACTS: frozenset[str] = frozenset(get_args(FactType))
PAGE = 500
_BY_ACT: dict[str, FactType] = {
    "submit_case": "identity_submitted",
    "withdraw_case": "identity_withdrawn",
    "refuse_case": "identity_refused",
    Matter.IDENTITY_LEVEL: "identity_approved",
    "attest": "attestation_issued",
    "revoke": "attestation_revoked",
}

Told = tuple[str, dict[str, object]]


class Facts:
    """Tells webhooks of facts from their own places. Used by one thread."""

    def __init__(self, state: ServerState, access: Access, outbox: Outbox) -> None:
        self._state = state
        self._access = access
        self._outbox = outbox

    def collect(self, hooks: list[Webhook]) -> int:
        """Puts what is new into the outbox; returns how many messages that made."""
        return sum(self._collect(hook) for hook in hooks if FACTS & (hook.filter.types or set()))

    def _collect(self, hook: Webhook) -> int:
        before = self._outbox.fact_place(hook)
        if before is None:  # of what happens from now on
            self._outbox.tell_facts(hook, None, self._newest(), [])
            return 0
        after, told = self._after(before)
        if after == before:
            return 0
        wanted = [one for one in told if one[0] in (hook.filter.types or set())]
        self._outbox.tell_facts(hook, before, after, wanted)
        return len(wanted)

    def _newest(self) -> FactPlace:
        with self._access.file.open() as db:
            number, _ = last(db)
        with self._state.writing() as db:
            return FactPlace(number, decisions.newest(db))

    def _after(self, place: FactPlace) -> tuple[FactPlace, list[Told]]:
        """At most a page of each source."""
        trail, made = place
        told: list[Told] = []
        with self._access.file.open() as db:
            for entry, _ in entries(db, trail + 1):
                trail = entry.number
                told += _of_entry(entry)
                if trail >= place.trail + PAGE:
                    break
        with self._state.writing() as db:
            for number, decision in decisions.after(db, made, PAGE):
                made = number
                facts: dict[str, object] = {
                    "decision_id": decision.decision_id,
                    "product": decision.product,
                    "outcome": decision.outcome,
                    "at": rfc3339(decision.decided_at),
                }
                told.append(("decision_made", facts))
        return FactPlace(trail, made), told


def _of_entry(entry: Entry) -> list[Told]:
    fact, at = entry.fact, rfc3339(entry.at)
    type_ = _BY_ACT.get(fact.act)
    if type_ is None:
        return []
    if type_.startswith("attestation"):
        digest = fact.object.partition("/")[2]
        return [(type_, {"digest": digest, "kind": fact.purpose, "at": at})]
    return [(type_, {"case_id": fact.object, "at": at})]
