"""The desk of cases as requests see it: where there is one, and what it raises as problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from tallystick.api.problems import Problem
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import rfc3339_or_none
from tallystick.api.snapshot import Snapshot
from tallystick.config import Settings
from tallystick.db import Database, DatabaseError
from tallystick.identity.access.access import Access
from tallystick.loans.calendar import date_of
from tallystick.servicing.cases.desk import Desk
from tallystick.servicing.close.store import read_close_file
from tallystick.servicing.dates import business_date
from tallystick.servicing.errors import (
    AgencyUnknown,
    CaseExists,
    CaseOver,
    CaseUnknown,
    ContactRefused,
    OwnCase,
    PromiseRefused,
    ServicingError,
    WordsUnkept,
)
from tallystick.servicing.policy import ServicingPolicy
from tallystick.servicing.words import WORDS

TAG = "servicing"


def open_desk(settings: Settings, access: Access | None) -> Desk | None:
    """Cases, where people can sign in. Raises `PolicyInvalid`."""
    policy = ServicingPolicy.read(settings.servicing_policy)
    return None if access is None else Desk(access, policy)


def desk_of(request: Request) -> Desk:
    """Dependency: the desk. Raises `Problem` where nobody can sign in."""
    desk: Desk | None = request.app.state.desk
    if desk is None:
        raise Problem("identity_unavailable", "This service keeps no identities.")
    return desk


@contextmanager
def closed_file(settings: Settings) -> Iterator[Database]:
    """The file of closes. Raises `Problem` while nothing was closed."""
    try:
        db = read_close_file(settings.servicing)
    except DatabaseError as error:
        raise Problem("close_not_found", "No business date was closed yet.") from error
    with db:
        yield db


@contextmanager
def desk_problem() -> Iterator[None]:
    """Turns what servicing raises into problem documents."""
    try:
        yield
    except ServicingError as error:
        raise _problem(error) from error


def _problem(error: ServicingError) -> Problem:
    detail = f"{error}"[:1].upper() + f"{error}"[1:] + "."
    match error:
        case CaseUnknown():
            return Problem("matter_not_found", "There is nothing with this id.")
        case CaseOver(state=state):
            return Problem("matter_over", detail, extra={"state": state})
        case CaseExists():
            return Problem("matter_exists", detail)
        case ContactRefused(reason=reason, next_at=next_at):
            text = words(reason)
            extra = {
                "reason": reason,
                "next_at": rfc3339_or_none(next_at),
                "text": None if text is None else text.model_dump(by_alias=True),
            }
            return Problem("contact_refused", detail, extra=extra)
        case OwnCase():
            return Problem("same_eyes", "Somebody else must do this.")
        case WordsUnkept():
            return Problem("words_unkept", "Leave the words out: there is nobody to seal them for.")
        case PromiseRefused() | AgencyUnknown():
            return Problem("validation_failed", detail)
        case _:
            return Problem("conflict", detail)


def words(code: str | None) -> ReasonText | None:
    """A code in both languages; None for none."""
    if code is None or code not in WORDS:
        return None
    english, chinese = WORDS[code]
    return ReasonText(en=english, zh_hans=chinese)


def today_of(snapshot: Snapshot, desk: Desk) -> int:
    """The business date of the snapshot's book."""
    return business_date(snapshot.now, desk.policy.zone_of(snapshot.chain_id, snapshot.book))


def date_or_none(day: int | None) -> str | None:
    """A day as ISO date."""
    return None if day is None else str(date_of(day))
