"""Entries of a record from loans whose past is known, and rules that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.backend.chain.samples import AGREEMENT

from tallystick.decisions.errors import DocumentInvalid
from tallystick.loans.calendar import SECONDS_PER_DAY, due_day
from tallystick.loans.events import BookEvent, Defaulted, EventRef, Originated, Paid, WrittenOff
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Source
from tallystick.loans.ledger import apply_payment, open_state
from tallystick.standing.record import entries_of
from tallystick.standing.rules import SHIPPED, Category, Code, load_rules

RULES = load_rules()
ID = b"\x01" * 32
FIRST = due_day(AGREEMENT, 0)


def ref(day: int, block: int) -> EventRef:
    return EventRef(1, AGREEMENT.token, block, bytes(32), day * SECONDS_PER_DAY, bytes(32), 0)


def loan(*moves: tuple[int, str]) -> LoanState:
    """A loan that was paid by one row (pay) or declared bad on days after its first due day."""
    begun = ref(FIRST - 28, 1)
    events: list[BookEvent] = [
        Originated(begun, ID, AGREEMENT.borrower, AGREEMENT.lender, AGREEMENT)
    ]
    state = open_state(AGREEMENT)
    for block, (after, what) in enumerate(moves, start=2):
        place, day = ref(FIRST + after, block), FIRST + after
        if what == "pay":
            applied = apply_payment(AGREEMENT, state, day, None)
            state, split = applied.state, applied.split
            amounts = (split.penalty, split.interest, split.fee, split.principal)
            events.append(
                Paid(place, ID, AGREEMENT.borrower, Source.COLLECTED, *amounts, applied.outstanding)
            )
        elif what == "default":
            events.append(Defaulted(place, ID, after))
        else:
            events.append(WrittenOff(place, ID, 0))
    return fold(events)  # type: ignore[arg-type]


def told(state: LoanState, after: int) -> dict[str, tuple[int | None, ...]]:
    found = entries_of([state], FIRST + after, RULES)
    return {
        one.code.value: (
            one.day - FIRST,
            one.worst,
            None if one.cured is None else one.cured - FIRST,
            None if one.expires is None else one.expires - FIRST,
        )
        for one in found
    }


def test_lateness_is_told_from_the_agreed_day_and_until_it_expires() -> None:
    assert set(told(loan(), 29)) == {"borrowed"}
    assert told(loan(), 30)["late"] == (30, 30, None, None)
    cured = loan((45, "pay"))
    assert told(cured, 46)["late"] == (30, 45, 45, 45 + 730)
    (entry,) = [one for one in entries_of([cured], FIRST + 46, RULES) if one.code is Code.LATE]
    assert entry.is_told(FIRST + 45 + 729)
    assert not entry.is_told(FIRST + 45 + 730)
    assert entry.category is Category.NEGATIVE


def test_one_pause_in_lateness_makes_two_entries() -> None:
    twice = loan((40, "pay"))
    later = entries_of([twice], FIRST + 120, RULES)
    late = [one for one in later if one.code is Code.LATE]
    assert [(one.day - FIRST, one.cured is None) for one in late][-1] == (30, False)
    assert len(late) == 2


def test_ids_are_those_of_the_event_whenever_it_is_told() -> None:
    state = loan((45, "pay"))
    before, after = (
        {one.entry_id for one in entries_of([state], FIRST + day, RULES) if one.code is Code.LATE}
        for day in (46, 50)
    )
    assert before == after
    assert len({one.entry_id for one in entries_of([state], FIRST + 50, RULES)}) == 2


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("    expires_days: 730\n", "", "standing.entries.late"),
        ("repaid: {", "repaid: {expires_days: 3, ", "standing.entries.repaid"),
        ("version: 1", "version: 1\nluck: 1", "standing.luck"),
    ],
)
def test_rules_that_are_wrong(tmp_path: Path, old: str, new: str, where: str) -> None:
    file = tmp_path / "standing.yaml"
    text = SHIPPED.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(DocumentInvalid) as error:
        load_rules(file)
    assert error.value.where == where
