"""The daily close: every loan once for every date, whatever interrupts it or changes afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.backend.servicing.town import BOOK, CHAIN, HOUR, JANUARY, Town, at, loan_id

from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.loans import ledger
from tallystick.loans.calendar import day_of
from tallystick.loans.delinquency.policy import AssetClass, Policy
from tallystick.servicing.cli import close as command
from tallystick.servicing.close import run as run_module
from tallystick.servicing.close import store
from tallystick.servicing.close.corrections import corrections
from tallystick.servicing.close.daily import Corrected, close_book
from tallystick.servicing.close.ledger import state_at
from tallystick.servicing.close.notices import notices_after, notices_of
from tallystick.servicing.close.run import Closer
from tallystick.servicing.close.store import open_close_file
from tallystick.servicing.dates import add_business_days, business_date, end_of
from tallystick.servicing.errors import CloseTaken, PolicyInvalid
from tallystick.servicing.policy import ServicingPolicy

FEBRUARY = day_of(date(2026, 2, 1))
TABLES = ("closes", "close_loans", "close_lines", "close_sums", "close_corrections", "notices_due")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "index.db")
    yield made
    made.close()


def policy(**members: Any) -> ServicingPolicy:
    return ServicingPolicy.of(members)


@contextmanager
def closing(town: Town, name: str = "servicing.db", **members: Any) -> Iterator[Closer]:
    path = town.path.with_name(name)
    with repository.open_index(town.path) as index, open_close_file(path) as db:
        yield Closer(index, db, policy(**members), lambda: 1_000)


def close(closer: Closer, first: int | None = None) -> list[Any]:
    return list(close_book(closer, CHAIN, BOOK, first))


def everything(db: Database, *, marks: bool = True) -> dict[str, list[Any]]:
    """All rows of a file of closes, by the loans' ids instead of their keys."""
    found = {}
    for table in TABLES:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        left_out = {"key", "id"} if table in ("close_loans", "notices_due") else set()
        if not marks:
            left_out |= {"mark", "mark_hash", "after"}
        kept = [name for name in columns if name not in left_out]
        by = {"loan": "(SELECT hex(loan_id) FROM close_loans k WHERE k.key = t.loan)"}
        picked = ", ".join(by.get(name, f"t.{name}") for name in kept)
        found[table] = sorted(db.execute(f"SELECT {picked} FROM {table} t"), key=repr)
    return found


def assert_true(closer: Closer) -> None:
    """Every line of every date is what the loan's events up to it say, and sums are those of the
    lines: by a way that shares nothing with the close but the ledger's mathematics."""
    rules = Policy()
    for one in store.closes(closer.db, CHAIN, BOOK, 10_000):
        sums: dict[tuple[int, int], list[int]] = {}
        count = 0
        for identity in repository.loan_ids(closer.index, 1):
            state = state_at(closer.index, identity, one.ended_at)
            known = store.current(closer.db, [identity]).get(identity)
            line = known and store.line_at(closer.db, known.key, one.day)
            owed = state and ledger.owed_at(state.agreement, state.stored, one.day)
            if state is None or owed is None or state.closed is not None:
                assert line is None or not line.runs
                continue
            assert line is not None
            asset_class = rules.asset_class(line.days)
            assert int(line.outstanding) == owed.outstanding
            assert line.days == owed.days_past_due or owed.due_day > one.day >= line.due_day
            assert int(line.provision) == rules.provision(asset_class, owed.outstanding)
            assert (line.bucket, line.asset_class) == (rules.bucket(line.days), asset_class)
            cell = sums.setdefault((line.asset_class, line.bucket), [0, 0, 0])
            for place, amount in enumerate((1, int(line.outstanding), int(line.provision))):
                cell[place] += amount
            count += 1
        told = store.sums(closer.db, one.id)
        said = {(t.asset_class, t.bucket): [t.loans, t.outstanding, t.provision] for t in told}
        assert said == sums
        assert one.loans == count


def test_a_loan_falls_late_is_told_and_recovers(town: Town) -> None:
    late, good = town.originate(1), town.originate(2)
    town.pay(2, at(FEBRUARY, 10))
    town.until(at(FEBRUARY + 95))
    with closing(town, notices={"before_due": [3], "after_due": [1, 30]}) as closer:
        done = close(closer, JANUARY)
        assert [one.day for one in done] == list(range(JANUARY, FEBRUARY + 95))
        assert {one.loans for one in done} == {2}
        days = [(day, line.days, line.asset_class) for day, _, line in lines(closer, late)]
        assert days[0] == (JANUARY, 0, AssetClass.NORMAL)
        assert days[1] == (FEBRUARY + 1, 1, AssetClass.SPECIAL_MENTION)
        assert days[-1] == (FEBRUARY + 94, 94, AssetClass.SUBSTANDARD)
        assert len(days) == 95  # nothing was new before, so nothing was written
        assert len(lines(closer, good)) == 2 + 94 - 28
        kinds = [(n.kind, n.day - FEBRUARY, n.facts["days"]) for n in notices_of(closer.db, late)]
        assert kinds == [
            ("due_soon", -4, 3),
            ("due_today", -1, 0),
            ("overdue", 1, 1),
            ("overdue", 30, 30),
        ]
        soon, _, one, _ = notices_of(closer.db, late)
        assert soon.facts["amount"] == "106620000"
        assert one.facts["amount"] == "106620000"  # grace: no penalty yet
        assert_true(closer)
        town.pay(1, at(FEBRUARY + 95, 13))
        town.payoff(2, at(FEBRUARY + 95, 14))
        town.until(at(FEBRUARY + 96))
        (again,) = close(closer)
        assert (again.loans, again.lines) == (1, 2)
        assert [n.kind for n in notices_after(closer.db, 0)][-2:] == ["cured", "closed"]
        town.until(at(FEBRUARY + 97))
        (quiet,) = close(closer)
        assert (quiet.loans, quiet.lines) == (1, 0)
        assert close(closer) == []
        assert_true(closer)


def lines(closer: Closer, loan: bytes) -> list[Any]:
    return store.lines_of(closer.db, loan, 10_000, (10**6, 0))[::-1]


def play(town: Town, seed: int, days: int) -> None:
    """Loans that are paid on time, late, in part, at once, or never."""
    chance = random.Random(seed)
    for number in range(1, 8):
        town.originate(number, months=0, hour=9 + number / 10)
    for day in range(FEBRUARY, FEBRUARY + days):
        for number, account in sorted(town.accounts.items()):
            owed = account.owed(day)
            hour = 1 + 22 * number / 10
            if not account.is_open or number == 7:
                continue
            if chance.random() < 0.02:
                town.payoff(number, at(day, hour))
            elif owed.due.total and chance.random() < 0.3:
                part = chance.random() < 0.4
                town.pay(number, at(day, hour), max(1, owed.due.total // 3) if part else None)
    town.until(at(FEBRUARY + days))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_days_that_were_missed_are_made_up_for_each_as_it_was(town: Town, zone: str) -> None:
    play(town, seed=len(zone), days=40)
    with closing(town, zone=zone, holidays=["2026-02-02"]) as closer:
        close(closer, JANUARY)
        assert_true(closer)
        assert store.closes(closer.db, CHAIN, BOOK, 1)[0].zone == zone


def dies_after(steps: int, town: Town) -> bool:
    """A process closes, and kills itself after so many tens of steps; whether it came to that."""
    child = os.fork()
    if child == 0:
        left = steps

        def step() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        with closing(town, "killed.db") as closer:
            closer.db.conn.set_progress_handler(step, 40)
            close(closer, FEBRUARY - 2)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_killed_anywhere_and_run_again_it_is_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(town, seed=3, days=12)
    monkeypatch.setattr(run_module, "PAGE", 3)
    with closing(town, "whole.db") as closer:
        close(closer, FEBRUARY - 2)
        expected = everything(closer.db)
        assert_true(closer)

    kills = 0
    chance = random.Random(5)
    while dies_after(chance.randrange(1, 90), town):  # between any two steps of SQLite's machine
        kills += 1
    assert kills > 5
    with closing(town, "killed.db") as closer:
        assert everything(closer.db) == expected


def test_two_at_once_write_nothing_twice(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    play(town, seed=4, days=2)
    monkeypatch.setattr(run_module, "PAGE", 2)
    with closing(town) as one, closing(town) as two:
        begun = one.begin(CHAIN, BOOK, FEBRUARY)
        assert begun == two.begin(CHAIN, BOOK, FEBRUARY)
        assert begun is not None
        one.finish(begun)
        with pytest.raises(CloseTaken):
            two.finish(begun)
        assert_true(one)


def test_a_reorg_corrects_closed_dates_and_who_was_told(town: Town) -> None:
    late, gone = town.originate(1), 5
    town.originate(2)
    town.pay(2, at(FEBRUARY, 20))
    town.originate(gone, months=1, hour=21)
    town.until(at(FEBRUARY + 3))
    with closing(town) as closer:
        close(closer, FEBRUARY - 1)
        told = [n.key for n in notices_of(closer.db, late) if n.kind == "overdue"]
        assert len(told) == 1
        # another chain: loan 1 was paid on its due day, loan 2 was not, loan 5 never began
        town.reorg(at(FEBRUARY, 19))
        town.pay(1, at(FEBRUARY, 20))
        town.until(at(FEBRUARY + 4))
        done = close(closer)
        assert isinstance(done[0], Corrected)
        assert [one.day for one in done[1:]] == [FEBRUARY + 3]
        assert_true(closer)
        first = store.close_of(closer.db, CHAIN, BOOK, FEBRUARY + 1)
        assert first is not None
        found = {c.loan_id: c for c in corrections(closer.db, first.id, 0, 10)}
        assert {c.reason for c in found.values()} == {"reorg"}
        assert found[late].before["days_past_due"] == 1
        assert found[late].after["days_past_due"] == 0
        assert found[loan_id(2)].after["days_past_due"] == 1
        assert found[loan_id(gone)].after["outstanding"] == "0"
        versions = [(day, version) for day, version, _ in lines(closer, late)]
        assert (FEBRUARY + 1, 0) in versions  # history stays
        assert (FEBRUARY + 1, 1) in versions
        (correction,) = [n for n in notices_of(closer.db, late) if n.kind == "corrected"]
        assert correction.facts["corrects"] == told[0]
        assert correction.facts["days_past_due"] == 0
        assert [n.kind for n in notices_of(closer.db, loan_id(2))][-1] == "overdue"
        assert close(closer) == []


def test_an_event_that_the_index_had_missed_is_corrected_as_late(tmp_path: Path) -> None:
    # the same chain, in an index to which a node had not told a payment
    blind, whole = Town(tmp_path / "blind.db"), Town(tmp_path / "index.db")
    for town in (blind, whole):
        town.originate(1)
        town.originate(2)
        if town is whole:
            town.pay(1, at(FEBRUARY, 20))
        else:
            town.until(at(FEBRUARY, 20))
        town.until(at(FEBRUARY + 3))
    with closing(blind) as closer:
        close(closer, FEBRUARY)
        assert lines(closer, loan_id(1))[-1][2].days == 2
    with closing(whole) as closer:  # made again
        (done,) = close(closer)
        assert done == Corrected(3)  # of three dates, one loan each
        first = store.close_of(closer.db, CHAIN, BOOK, FEBRUARY + 1)
        assert first is not None
        (found,) = corrections(closer.db, first.id, 0, 10)
        assert (found.reason, found.loan_id) == ("late_event", loan_id(1))
        assert_true(closer)
    blind.close()
    whole.close()


def test_the_clock_jumps_and_every_date_between_is_closed(town: Town) -> None:
    town.originate(1)
    town.until(at(FEBRUARY + 1))
    with closing(town) as closer:
        close(closer, FEBRUARY)
        town.until(at(FEBRUARY + 200))
        done = close(closer)
        assert [one.day for one in done] == list(range(FEBRUARY + 1, FEBRUARY + 200))
        assert lines(closer, loan_id(1))[-1][2].days == 199
        told = [n.facts["days"] for n in notices_of(closer.db, loan_id(1))]
        assert told == [1, 7, 15, 30, 60, 90]  # each once, however late it was found
        assert_true(closer)


def test_after_any_reorg_closes_are_those_of_the_chain_that_stayed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "PAGE", 3)
    chance = random.Random(11)
    play(town, seed=6, days=8)
    with closing(town) as closer:
        close(closer, FEBRUARY - 1)
        for turn in range(6):
            back = chance.randrange(1, 5)
            end = town.headers[-1].timestamp
            town.reorg(end - back * 86_400 + chance.randrange(86_400))
            day = town.headers[-1].timestamp // 86_400 + 1
            for number, account in sorted(town.accounts.items()):
                if account.is_open and chance.random() < 0.6 and account.owed(day).due.total:
                    town.pay(number, at(day, 1 + number))
            town.until(max(end, at(day, 23)) + chance.randrange(2 * 86_400))
            close(closer)
            assert_true(closer)
            monkeypatch.setattr(closer, "now", lambda turn=turn: 2_000 + turn)


def test_a_day_ends_at_midnight_where_the_book_is(town: Town) -> None:
    shanghai = {f"{CHAIN}:{BOOK}": "Asia/Shanghai"}
    rules = policy(books=shanghai, zone="America/New_York")
    zone = rules.zone_of(CHAIN, BOOK.lower())
    assert zone.key == "Asia/Shanghai"
    assert end_of(FEBRUARY, zone) == at(FEBRUARY, 16)
    assert business_date(at(FEBRUARY, 15.99), zone) == FEBRUARY
    assert business_date(at(FEBRUARY, 16), zone) == FEBRUARY + 1
    assert rules.zone_of(2, BOOK).key == "America/New_York"
    spring = day_of(date(2026, 3, 8))  # 23 hours long there
    new_york = rules.zone_of(2, BOOK)
    assert end_of(spring, new_york) - end_of(spring - 1, new_york) == 23 * HOUR
    town.originate(1)
    town.pay(1, at(FEBRUARY, 17))  # on the next business date there, and on time by the ledger
    town.until(at(FEBRUARY + 1, 15))
    with closing(town, books=shanghai) as closer:
        assert [one.day for one in close(closer, FEBRUARY - 1)] == [FEBRUARY - 1, FEBRUARY]
        assert lines(closer, loan_id(1))[-1][2].days == 0
        town.until(at(FEBRUARY + 1, 16))
        (done,) = close(closer)
        assert done.day == FEBRUARY + 1
        assert_true(closer)


def test_business_days_leave_out_weekends_and_holidays() -> None:
    rules = policy(holidays=["2026-02-03"])
    friday = day_of(date(2026, 1, 30))
    assert add_business_days(friday, 1, rules) == friday + 3
    assert add_business_days(friday, 2, rules) == friday + 5
    assert add_business_days(friday, 0, rules) == friday
    assert add_business_days(friday, 1, policy(weekend=["friday"])) == friday + 1


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"zone": "Mars/Base"}, "/zone"),
        ({"zonne": "UTC"}, "/zonne"),
        ({"books": {"x": "UTC"}}, "/books"),
        ({"notices": {"before_due": [0]}}, "/notices/before_due"),
        ({"delinquency": {"class_above": [0, 90]}}, "/delinquency/class_above"),
        ({"weekend": ["caturday"]}, "/weekend"),
        ([], "/"),
    ],
)
def test_a_wrong_policy_is_named(members: Any, named: str) -> None:
    with pytest.raises(PolicyInvalid, match=named):
        ServicingPolicy.of(members)


def test_the_policy_of_the_release_can_be_read() -> None:
    assert ServicingPolicy.read().zone == "UTC"


def test_the_command_closes_and_says_what(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.originate(1)
    town.until(at(FEBRUARY + 2))
    folder = town.path.parent
    monkeypatch.setenv("TALLYSTICK_DB", str(town.path))
    monkeypatch.setenv("TALLYSTICK_SERVICING", str(folder / "servicing.db"))
    ran = CliRunner().invoke(command, ["--from", "2026-01-31"])
    assert ran.exit_code == 0, ran.output
    told = [json.loads(line) for line in ran.output.splitlines()]
    assert [one["date"] for one in told] == ["2026-01-31", "2026-02-01", "2026-02-02"]
    assert told[2] == {
        "chain_id": CHAIN,
        "book": BOOK,
        "date": "2026-02-02",
        "loans": 1,
        "lines": 1,
    }
    assert CliRunner().invoke(command).output == ""
    (folder / "policy.yaml").write_text("zone: Nowhere")
    monkeypatch.setenv("TALLYSTICK_SERVICING_POLICY", str(folder / "policy.yaml"))
    ran = CliRunner().invoke(command)
    assert ran.exit_code == 1
    assert "/zone" in ran.output
