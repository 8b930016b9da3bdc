"""Releases of lending rules: what is in force, what waits, scorecards, and what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import releases
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.releases import Hash
from tallystick.api.schemas.releases import Activation, ReleaseCard, ReleaseDocuments, Releases
from tallystick.web.rendering import page
from tallystick.web.staff.router import staff_router

MOST_DIFFERENCES = 200

router = staff_router()


class Difference(NamedTuple):
    """A place in a document and what stands there now and before; empty: nothing."""

    place: str
    now: str
    before: str


@router.get("/policies")
def show_policies(request: Request, state: State) -> HTMLResponse:
    """Releases: the one in force, those on their way, those kept."""
    with state.snapshot() as snapshot:
        return page(request, "staff/policies.html", snapshot, found=releases.list_releases(state))


@router.get("/policies/{release}")
def show_policy(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    release: Hash,
    against: Annotated[str, Query(pattern=r"^([0-9a-f]{64})?$")] = "",
) -> HTMLResponse:
    """One release with its scorecards, beside another one, by default that in force."""
    found = releases.get_release(state, release)
    listed = releases.list_releases(state)
    other = against or listed.in_force
    compared = None
    if other is not None and other != release:
        compared = releases.get_release(state, other)
    own = {wallet.address for wallet in access.wallets.of_subject(caller.subject)}
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/policy.html",
            snapshot,
            found=found,
            listed=listed,
            cards=_cards(state, found),
            compared=compared,
            differences=[] if compared is None else differences(compared, found),
            waiting=_waiting(listed, release),
            own=own,
        )


def differences(before: ReleaseDocuments, now: ReleaseDocuments) -> list[Difference]:
    """What stands elsewhere in the documents of two releases, by place."""
    old, new = (dict(_flat("", one.model_dump(exclude=_LEFT_OUT))) for one in (before, now))
    places = sorted({*old, *new})
    found = [Difference(place, new.get(place, ""), old.get(place, "")) for place in places]
    return [one for one in found if one.now != one.before][:MOST_DIFFERENCES]


_LEFT_OUT = {"release", "maker_signs"}


def _flat(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every scalar of a document with the way to it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{place}.{name}" if place else name, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(f"{place}[{number}]", inner)
    elif value is not None:
        yield place, str(value)


def _cards(state: State, found: ReleaseDocuments) -> list[tuple[str, ReleaseCard]]:
    arms = ["champion"] + (["challenger"] if found.challenger else [])
    return [(arm, releases.get_release_card(state, found.release, arm)) for arm in arms]  # type: ignore[arg-type]


def _waiting(listed: Releases, release: str) -> Activation | None:
    """The newest activation of this release that waits; only the newest of all can go on."""
    newest = listed.data[0] if listed.data else None
    if newest is None or newest.release != release or newest.checker is not None:
        return None
    return newest
