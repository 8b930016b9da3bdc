"""The staff's pages have a word for every value of the API, and show no place without a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import pytest

from tallystick.api.callers import Caller
from tallystick.api.permissions import STAFF_PAGES, TABLE
from tallystick.api.schemas import applications, authority, channels, kyc, repairs, servicing
from tallystick.identity.authority.matters import Matter
from tallystick.identity.authority.roles import STAFF, Role
from tallystick.jobs.registry import JOBS
from tallystick.loans.delinquency.policy import AssetClass
from tallystick.screening.texts import TEXTS
from tallystick.web.formats import short
from tallystick.web.phrases_staff import STAFF_TABLES
from tallystick.web.staff.places import PLACES, places_of
from tallystick.web.staff.policies import differences
from tallystick.web.staff.queues import QUEUES


def literal(annotated: Any) -> tuple[str, ...]:
    """The values of an annotated Literal."""
    return get_args(get_args(annotated)[0])


VALUES: dict[str, Iterable[str]] = {
    "staff_role": Role,
    "asked": Matter,
    "request_state": get_args(authority.State),
    "review_outcome": get_args(applications.ReviewOutcome),
    "staff_case": literal(kyc.CaseState),
    "shown": get_args(kyc.PartName),
    "collection_state": get_args(servicing.CaseState),
    "case_action": get_args(servicing.ActionName),
    "contact_channel": get_args(servicing.Channel),
    "contact_outcome": get_args(servicing.ContactOutcome),
    "staff_matter": get_args(servicing.DisputeKind),
    "dispute_outcome": get_args(servicing.DisputeOutcome),
    "severity": literal(repairs.SeverityWord),
    "receipt": get_args(channels.State),
    "asset_class": [one.label for one in AssetClass],
    "job": [job.name for job in JOBS],
    "fraud_rule": TEXTS,
}


@pytest.mark.parametrize("table", VALUES)
def test_every_value_of_the_api_has_a_word(table: str) -> None:
    assert set(map(str, VALUES[table])) - STAFF_TABLES[table].keys() == set()


def test_places_are_shown_to_whom_the_table_admits() -> None:
    assert {address for address, _ in PLACES} <= {"/staff", *STAFF_PAGES}
    assert QUEUES.keys() <= STAFF_PAGES.keys()
    for role in STAFF:
        caller = Caller("subject_a", frozenset({role}))
        shown = {address for address, _ in places_of(caller)}
        assert shown == {one for one, _ in PLACES if TABLE[f"GET {one}"].admits(caller.roles)}
        assert "/staff" in shown
    assert places_of(None) == places_of(Caller("subject_a", frozenset({Role.BORROWER}))) == []


def test_a_page_is_open_to_whom_its_route_is() -> None:
    for page, route in STAFF_PAGES.items():
        assert TABLE[f"GET {page}"] is TABLE[f"GET {route}"]


def test_ids_are_short_by_their_kind() -> None:
    assert short(f"subject_{'a' * 22}bgea") == "subject_\N{HORIZONTAL ELLIPSIS}bgea"
    assert short("0x" + "9c" * 32) == "0x9c9c\N{HORIZONTAL ELLIPSIS}9c9c"


def test_what_differs_between_two_releases_is_told_by_place() -> None:
    before = _release({"rules": [{"when": "a"}], "version": "1"})
    now = _release({"rules": [{"when": "b"}, {"when": "c"}], "version": "1"})
    assert differences(before, now) == [
        ("champion.policy.rules[0].when", "b", "a"),
        ("champion.policy.rules[1].when", "c", ""),
    ]


def _release(policy: dict[str, Any]) -> Any:
    from tallystick.api.schemas.releases import ReleaseArm, ReleaseDocuments

    hash_ = "9c" * 32
    return ReleaseDocuments(
        release=hash_,
        catalogue={},
        catalogue_hash=hash_,
        champion=ReleaseArm(policy=policy, policy_hash=hash_, card=hash_),
        challenger=None,
        share_bp=0,
        maker_signs="I propose",
    )
