"""What waits, by queue: how much, and since when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request

from tallystick.api.callers import Caller
from tallystick.api.lending import lending_of
from tallystick.api.problems import Problem
from tallystick.api.routes import approvals, credit_reviews, fraud_hits, reviews
from tallystick.api.state import ServerState
from tallystick.decisions.flow import Lending
from tallystick.identity.access.access import Access
from tallystick.web.staff.places import may
from tallystick.web.words import N_

MOST = 100
"""Items that are counted; beyond that a queue is told as `100+`."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Work of one kind. `since` (RFC 3339) is when the oldest of it came, None where nothing waits;
    `unavailable` where the service has no such work."""

    address: str
    name: str
    count: int = 0
    more: bool = False
    since: str | None = None
    unavailable: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What the queues are read from."""

    request: Request
    state: ServerState
    access: Access
    caller: Caller


Times = tuple[Iterable[str], bool]
"""When each item came, and whether there are more."""


def queues_of(desk: Desk) -> list[Queue]:
    """The queues that the caller may see, in the order of the menu."""
    return [
        _queue(desk, address, name, read)
        for address, (name, read) in QUEUES.items()
        if may(desk.caller, f"GET {address}")
    ]


def _queue(desk: Desk, address: str, name: str, read: Callable[[Desk], Times]) -> Queue:
    try:
        times, more = read(desk)
    except Problem as problem:
        if not problem.code.endswith("_unavailable"):
            raise
        return Queue(address, name, unavailable=True)
    came = sorted(times)
    return Queue(address, name, len(came), more, came[0] if came else None)


def _approvals(desk: Desk) -> Times:
    found = approvals.list_approvals(desk.access, "pending", MOST)
    return [one.made_at for one in found.data], found.has_more


def _reviews(desk: Desk) -> Times:
    _lends(desk)
    found = credit_reviews.list_credit_reviews(desk.state, "open", MOST)
    return [one.opened_at for one in found.data], found.has_more


def _fraud(desk: Desk) -> Times:
    found = fraud_hits.list_fraud_hits(_lends(desk), None, MOST)
    return [one.found_at for one in found.data], found.has_more


def _cases(desk: Desk) -> Times:
    found = reviews.list_cases(desk.access, "in_review", MOST)
    return [one.changed_at for one in found.data], found.has_more


def _lends(desk: Desk) -> Lending:
    return lending_of(desk.request)


QUEUES: dict[str, tuple[str, Callable[[Desk], Times]]] = {
    "/staff/approvals": (N_("Requests for approval"), _approvals),
    "/staff/reviews": (N_("Referrals and objections"), _reviews),
    "/staff/fraud": (N_("Fraud hits"), _fraud),
    "/staff/identity": (N_("Identity cases"), _cases),
}
