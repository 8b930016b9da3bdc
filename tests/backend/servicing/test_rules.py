"""Rules of contacts, promises and expected cures, each at its edges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest
from tests.backend.earlywarning.crowd import terms as crowd_terms
from tests.backend.servicing.test_close import BOOK, CHAIN, FEBRUARY, JANUARY, close, closing
from tests.backend.servicing.town import Town, at

from tallystick.api.schemas import servicing as schemas
from tallystick.db import Database, Migrations, migrate, open_database, write
from tallystick.earlywarning.triggers import Action
from tallystick.loans.events import EventRef, Paid
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Kind,
    Source,
    Waterfall,
)
from tallystick.loans.statements.sheet import Currency
from tallystick.servicing.cases import collections, contacts, disputes, promises
from tallystick.servicing.cases.collections import SERVICE, Collection, Standing, Subject, Warned
from tallystick.servicing.cases.contacts import Said
from tallystick.servicing.cases.cure import Cures, Seen, cures
from tallystick.servicing.cases.schema import schema
from tallystick.servicing.errors import CaseExists, ContactRefused, PromiseRefused
from tallystick.servicing.package.terms import sentences
from tallystick.servicing.policy import ServicingPolicy
from tallystick.servicing.words import ACTIONS, CLOSURES, WORDS
from tallystick.trail.schema import schema as trail_schema

COLLECTOR, OWNER = "subject_" + "a" * 26, "subject_" + "b" * 26
NOON = at(FEBRUARY)
HOUR, DAY = 3_600, 86_400


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "identity.db") as opened:
        migrate(opened, trail_schema)
        migrate(opened, schema)
        yield opened


def subject(number: int, borrower: str = "0xb1") -> Subject:
    return Subject(bytes([number]) * 32, CHAIN, BOOK, "0x70", borrower, OWNER)


def a_case(db: Database, number: int = 1, due: int = 100, cure: int = 500_000) -> Collection:
    with write(db) as conn:
        standing = Standing(FEBRUARY, 5, due, 1_000, cure)
        made = collections.open_case(conn, SERVICE, subject(number), Warned(), standing, NOON)
        return collections.get(conn, made)


def refused(db: Database, case: Collection, policy: ServicingPolicy, now: int) -> Any:
    try:
        contacts.check(db.conn, case, policy, now)
    except ContactRefused as error:
        return error.reason, error.next_at
    return None


def test_quiet_hours_are_those_of_the_book(db: Database) -> None:
    case = a_case(db)
    rules = ServicingPolicy.of({"books": {f"{CHAIN}:{BOOK}": "Asia/Shanghai"}})  # UTC+8
    assert refused(db, case, rules, at(FEBRUARY, 12.99)) is None
    assert refused(db, case, rules, at(FEBRUARY, 13)) == ("quiet_hours", at(FEBRUARY + 1, 0))
    assert refused(db, case, rules, at(FEBRUARY, 23.9)) == ("quiet_hours", at(FEBRUARY + 1, 0))
    assert refused(db, case, rules, at(FEBRUARY, 0)) is None
    noon = {"quiet_from": "12:00", "quiet_until": "13:00"}
    rules = ServicingPolicy.of({"contacts": noon})
    assert refused(db, case, rules, at(FEBRUARY, 12.5)) == ("quiet_hours", at(FEBRUARY, 13))
    assert refused(db, case, rules, at(FEBRUARY, 3)) is None


def test_contacts_are_counted_by_borrower_over_all_its_loans(db: Database) -> None:
    one, other = a_case(db, 1), a_case(db, 2)
    limits = {"per_day": 2, "per_week": 3, "quiet_from": "00:00", "quiet_until": "00:00"}
    rules = ServicingPolicy.of({"contacts": limits})
    out, back = Said("out", "call", "reached"), Said("in", "call", "reached")

    def record(case: Collection, said: Said, now: int) -> None:
        with write(db) as conn:
            contacts.record(conn, COLLECTOR, case, said, now, noted=False)

    record(one, out, NOON)
    record(one, back, NOON)  # what the borrower begins does not count
    assert refused(db, other, rules, NOON) is None
    record(other, out, NOON + HOUR)
    assert refused(db, one, rules, NOON + HOUR) == ("per_day", NOON + DAY)
    assert refused(db, one, rules, NOON + DAY) is None
    record(one, out, NOON + DAY)
    late = NOON + 3 * DAY
    assert refused(db, one, rules, late) == ("per_week", NOON + 7 * DAY)
    assert refused(db, one, rules, NOON + 7 * DAY) is None
    never = ServicingPolicy.of({"contacts": limits | {"per_day": 0}})
    assert refused(db, one, never, late) == ("per_day", None)


def test_a_dispute_stops_contacts_until_it_is_answered(db: Database) -> None:
    case = a_case(db)
    rules = ServicingPolicy.of({})
    with write(db) as conn:
        loan = case.loan.loan_id
        made = disputes.file(conn, OWNER, "dispute", "amount", loan, (NOON, FEBRUARY + 10))
        disputes.file(conn, OWNER, "complaint", "conduct", loan, (NOON, FEBRUARY + 10))
    assert refused(db, case, rules, NOON) == ("disputed", None)
    assert not made.overdue(FEBRUARY + 10)
    assert made.overdue(FEBRUARY + 11)
    with write(db) as conn:
        disputes.answer(conn, COLLECTOR, made.dispute_id, "rejected", NOON)
    assert refused(db, case, rules, NOON) is None


def test_matters_from_before_feedback_are_kept(tmp_path: Path) -> None:
    first = Migrations("servicing")
    first.steps = {"m001_cases": schema.steps["m001_cases"]}
    with open_database(tmp_path / "old.db") as old:
        migrate(old, trail_schema)
        migrate(old, first)
        with write(old) as conn:
            made = disputes.file(conn, OWNER, "complaint", "data", None, (NOON, FEBRUARY))
        migrate(old, schema)
        assert disputes.get(old.conn, made.dispute_id) == made
        with write(old) as conn:
            told = disputes.file(conn, OWNER, "feedback", "product", None, (NOON, FEBRUARY))
        assert disputes.waiting(old, 3) == sorted([made, told], key=lambda one: one.dispute_id)


def test_the_queue_is_by_what_is_expected_and_pages_are_whole(db: Database) -> None:
    for number in range(1, 8):
        a_case(db, number, due=100 * (number % 3), cure=100_000 * number)
    whole = collections.queue(db, "0x70", 100)
    expected = [one.standing.expected for one in whole]
    assert expected == sorted(expected, reverse=True)
    assert expected[0] == 200 * 500_000 // 1_000_000
    paged: list[Collection] = []
    while page := collections.queue(db, "0x70", 2, paged[-1] if paged else None):
        paged += page
    assert paged == whole
    assert collections.queue(db, "0x71", 100) == []
    with pytest.raises(CaseExists):
        a_case(db, 1)


def paid(second: int, amount: int, source: Source = Source.PAID) -> Paid:
    ref = EventRef(CHAIN, BOOK, 1, b"", second, b"", 0)
    return Paid(ref, b"\1" * 32, "0xb1", source, 0, 0, 0, amount, 0)


def test_a_promise_is_what_the_borrower_itself_pays_in_time(db: Database) -> None:
    rules = ServicingPolicy.of({})
    loan = subject(1)

    def make(amount: int, due_day: int) -> promises.Promise:
        with write(db) as conn:
            terms = amount, due_day
            return promises.promise(conn, OWNER, loan, terms, rules, NOON, FEBRUARY)

    for amount, due_day in ((0, FEBRUARY), (1, FEBRUARY - 1), (1, FEBRUARY + 31)):
        with pytest.raises(PromiseRefused):
            make(amount, due_day)
    made = make(100, FEBRUARY + 2)
    with pytest.raises(CaseExists):
        make(1, FEBRUARY)
    events = [
        paid(NOON - 1, 100),
        paid(NOON, 40),
        paid(NOON + DAY, 60, Source.COLLECTED),
        paid(NOON + DAY, 60, Source.GUARANTOR),
        paid(NOON + 9 * DAY, 100),
    ]
    assert promises.paid_for(made, events, NOON + DAY) == 40
    assert promises.paid_for(made, events, NOON + 4 * DAY) == 100

    def decide(amount: int, day: int) -> str:
        with write(db) as conn:
            found = promises.get(conn, made.promise_id)
            return promises.decide(conn, found, amount, day, 1, NOON)

    assert decide(40, FEBRUARY + 2) == "open"
    assert decide(40, FEBRUARY + 3) == "broken"
    assert decide(100, FEBRUARY + 4) == "kept"  # a reorg brought the payment into its time
    assert decide(100, FEBRUARY + 5) == "kept"
    (found,) = promises.undecided(db, FEBRUARY + 4)
    assert (found.state, found.paid, found.decided_day) == ("kept", 100, FEBRUARY + 4)
    assert promises.undecided(db, FEBRUARY + 5) == []
    acts = [act for (act,) in db.execute("SELECT act FROM trail ORDER BY number")]
    assert acts == ["promise", "promise_broken", "promise_kept"]


def test_cures_are_believed_until_they_are_seen(tmp_path: Path) -> None:
    rules = ServicingPolicy.of({"cure": {"prior_pct": [[30, 60], [36_500, 10]], "weight": 20}})
    none = Cures(rules, {})
    assert [none.ppm(days) for days in (1, 30, 31, 50_000)] == [600_000, 600_000, 100_000, 100_000]
    assert none.ppm(5, pd_ppm=250_000) == 750_000
    assert none.ppm(30, pd_ppm=250_000) == 600_000
    seen = Cures(rules, {0: Seen(80, 20)})
    assert seen.ppm(3) == (12 + 20) * 1_000_000 // 100
    # from closes: of two loans that were late on a date, one was current a horizon later
    town = Town(tmp_path / "index.db")
    town.originate(1)
    town.originate(2)
    town.pay(1, at(FEBRUARY + 8))
    town.until(at(FEBRUARY + 26))
    with closing(town) as closer:
        close(closer, JANUARY)
        rules = rules.model_copy(
            update={"cases": rules.cases.model_copy(update={"horizon": 20})}
        )  # the last date is the 25th after, so the look is at the 5th
        assert cures(closer.db, rules).ppm(5) == (12 + 1) * 1_000_000 // 22
    town.close()


def test_words_are_there_in_both_languages_for_every_code() -> None:
    codes = {*ACTIONS, *CLOSURES, *Action, *get_args(schemas.DisputeOutcome)}
    codes |= {*get_args(schemas.DisputeKind), *get_args(schemas.CaseState)}
    codes |= {"quiet_hours", "per_day", "per_week", "disputed", "kept", "broken", "withdrawn"}
    assert codes <= WORDS.keys()
    assert set(get_args(schemas.ActionName)) == set(ACTIONS)
    assert set(get_args(schemas.Channel)) == set(contacts.CHANNELS)
    assert set(get_args(schemas.ContactOutcome)) == set(contacts.OUTCOMES)
    assert set(get_args(schemas.Topic)) == set(disputes.TOPICS)
    for english, chinese in WORDS.values():
        assert english.isascii()
        assert any("\u4e00" <= mark <= "\u9fff" for mark in chinese)
        assert not [name for _, name, _, _ in Formatter().parse(english + chinese) if name]


@pytest.mark.parametrize(
    "kind", [Amortization, InterestMethod, DayCount, Frequency, Waterfall], ids=str
)
def test_terms_are_told_in_both_languages(kind: type[Kind]) -> None:
    for member in kind:
        if member is Amortization.CUSTOM:
            continue
        name = str(kind.__name__).lower()
        fields = {
            "amortization": "amortization",
            "interestmethod": "interest_method",
            "daycount": "day_count",
            "frequency": "frequency",
            "waterfall": "waterfall",
        }
        terms = replace(crowd_terms("0x" + "ab" * 20, 0), **{fields[name]: member})
        money = Currency("TUSD", 6)
        english, chinese = (" ".join(sentences(terms, money, at_)) for at_ in ("en", "zh"))
        assert english.isascii()
        assert member.label not in english or "_" not in member.label
        assert member.label not in chinese
        for text in (english, chinese):
            assert "1,200.00 TUSD" in text
            assert "12" in text


def test_what_warns_of_a_case_is_written_once(db: Database) -> None:
    case = a_case(db)
    warned = Warned(("late_30",), 1, "offer_repair")
    with write(db) as conn:
        collections.warn(conn, case, warned, NOON)
        again = collections.get(conn, case.collection_id)
        collections.warn(conn, again, warned, NOON)
    assert again == replace(case, warned=warned)
    rows = db.execute("SELECT purpose FROM trail WHERE act = 'warn_collection'").fetchall()
    assert rows == [("late_30",)]
    assert json.loads(db.execute("SELECT triggers FROM collections").fetchone()[0]) == ["late_30"]
