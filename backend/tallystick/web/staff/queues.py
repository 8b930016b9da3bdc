"""What waits, by queue: how much, and since when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request

from tallystick.api.callers import Caller
from tallystick.api.desk import desk_of
from tallystick.api.lending import lending_of
from tallystick.api.problems import Problem
from tallystick.api.repairing import repairs_of
from tallystick.api.routes import (
    approvals,
    channels,
    collections,
    credit_records,
    credit_reviews,
    disputes,
    fraud_hits,
    objections,
    repair_cases,
    reviews,
)
from tallystick.api.routes.channels import receipts_of
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many items, since when the oldest, and whether there are more."""

    count: int
    since: str | None
    more: bool = False


def _waiting(times: Iterable[str], *, more: bool) -> Waiting:
    came = sorted(times)
    return Waiting(len(came), came[0] if came else None, more)


def queues_of(desk: Desk) -> list[Queue]:
    """The queues that the caller may see, in the order of the menu."""
    return [
        _queue(desk, address, name, read)
        for address, (name, read) in QUEUES.items()
        if may(desk.caller, f"GET {address}")
    ]


def _queue(desk: Desk, address: str, name: str, read: Callable[[Desk], Waiting]) -> Queue:
    try:
        found = read(desk)
    except Problem as problem:
        if not problem.code.endswith("_unavailable"):
            raise
        return Queue(address, name, unavailable=True)
    return Queue(address, name, found.count, found.more, found.since)


def _approvals(desk: Desk) -> Waiting:
    found = approvals.list_approvals(desk.access, "pending", MOST)
    return _waiting((one.made_at for one in found.data), more=found.has_more)


def _reviews(desk: Desk) -> Waiting:
    _lends(desk)
    found = credit_reviews.list_credit_reviews(desk.state, "open", MOST)
    return _waiting((one.opened_at for one in found.data), more=found.has_more)


def _fraud(desk: Desk) -> Waiting:
    found = fraud_hits.list_fraud_hits(_lends(desk), None, MOST)
    return _waiting((one.found_at for one in found.data), more=found.has_more)


def _cases(desk: Desk) -> Waiting:
    found = reviews.list_cases(desk.access, "in_review", MOST)
    return _waiting((one.changed_at for one in found.data), more=found.has_more)


def _objections(desk: Desk) -> Waiting:
    found = objections.list_objections(desk.access, MOST)
    return _waiting((one.filed_at for one in found.data), more=found.has_more)


def _disputes(desk: Desk) -> Waiting:
    found = disputes.list_disputes(desk_of(desk.request), MOST)
    return _waiting((one.filed_at for one in found.data), more=found.has_more)


def _records(desk: Desk) -> Waiting:
    repairs = repairs_of(desk.request)
    found = credit_records.list_record_disputes(desk.state, repairs, MOST).data
    return _waiting((one.filed_at for one in found), more=len(found) == MOST)


def _collections(desk: Desk) -> Waiting:
    found = collections.list_collection_tokens(desk.state, desk_of(desk.request)).data
    since = min((one.oldest_at for one in found), default=None)
    return Waiting(sum(one.cases for one in found), since)


def _repairs(desk: Desk) -> Waiting:
    found = repair_cases.list_repair_cases(repairs_of(desk.request), "problem", MOST)
    return _waiting((one.opened_at for one in found.data), more=found.has_more)


def _receipts(desk: Desk) -> Waiting:
    found = channels.list_receipts(receipts_of(desk.request), desk.caller, "open", MOST)
    return _waiting((one.taken_at for one in found.data), more=found.has_more)


def _lends(desk: Desk) -> Lending:
    return lending_of(desk.request)


QUEUES: dict[str, tuple[str, Callable[[Desk], Waiting]]] = {
    "/staff/approvals": (N_("Requests for approval"), _approvals),
    "/staff/reviews": (N_("Referrals and objections"), _reviews),
    "/staff/fraud": (N_("Fraud hits"), _fraud),
    "/staff/identity": (N_("Identity cases"), _cases),
    "/staff/objections": (N_("Objections without an answer"), _objections),
    "/staff/disputes": (N_("Disputes and complaints"), _disputes),
    "/staff/record-disputes": (N_("Disputed entries of credit records"), _records),
    "/staff/collections": (N_("Loans that fall behind"), _collections),
    "/staff/repairs": (N_("Repairs for a person"), _repairs),
    "/staff/receipts": (N_("Receipts to decide about"), _receipts),
}
