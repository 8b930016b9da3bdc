"""Jobs run once for each period that is over, whatever fails or is killed in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from tallystick.config import Settings
from tallystick.db import open_database
from tallystick.db.lock import try_lock
from tallystick.jobs import scheduler as under_test
from tallystick.jobs import store
from tallystick.jobs.job import DAY, Job, NotYet, Turn
from tallystick.jobs.registry import JOBS
from tallystick.jobs.scheduler import Scheduler

RAN: list[tuple[str, int]] = []
WILL: dict[str, Exception] = {}


def first(_: Settings, turn: Turn) -> str:
    return _work("first", turn)


def second(_: Settings, turn: Turn) -> str:
    return _work("second", turn)


def _work(name: str, turn: Turn) -> str:
    if name in WILL:
        raise WILL[name]
    RAN.append((name, turn.begin // DAY))
    return f"did {turn.day}"


EACH = Job("first", DAY, f"{__name__}:first", "each", after=600)
LAST = Job("second", DAY, f"{__name__}:second")


class Time:
    """The chain's clock and the machine's, both moved by hand."""

    def __init__(self) -> None:
        self.chain = 100 * DAY + 5
        self.machine = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(under_test.time, "monotonic", lambda: clock.machine)
    RAN.clear()
    WILL.clear()
    return clock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(db=tmp_path / "tallystick.db")


@pytest.fixture
def start(settings: Settings, clock: Time) -> Callable[[], Scheduler]:
    """A new process with the same database."""
    return lambda: Scheduler(settings, (EACH, LAST), lambda: clock.chain)


def test_a_day_is_done_once_after_it_is_over_and_missed_days_in_order(
    start: Callable[[], Scheduler], clock: Time
) -> None:
    process = start()
    assert process.round() == {"first": "did 1970-04-09", "second": "did 1970-04-10"}
    assert RAN == [("first", 98), ("second", 99)]  # the end of day 99 is not yet ten minutes ago
    clock.chain += 600
    assert process.round() == {"first": "did 1970-04-10"}
    assert process.round() == {}

    RAN.clear()
    clock.chain += 4 * DAY
    assert start().round() == {"first": "did 1970-04-14", "second": "did 1970-04-14"}
    assert [*(("first", day) for day in range(100, 104)), ("second", 103)] == RAN


def test_what_fails_holds_up_nothing_else_and_is_tried_again_after_pauses(
    start: Callable[[], Scheduler], settings: Settings, clock: Time
) -> None:
    process = start()
    WILL["first"] = ValueError("the disk is full")
    assert process.round() == {"second": "did 1970-04-10"}
    with open_database(settings.db) as db:
        assert store.newest(db, "first")[2:] == (False, "ValueError: the disk is full")
        assert store.last_done(db, "first") is None
    clock.machine = 29
    del WILL["first"]
    assert process.round() == {}
    clock.machine = 31
    assert process.round() == {"first": "did 1970-04-09"}
    with open_database(settings.db) as db:
        assert store.newest(db, "first").done


def test_a_failure_in_the_middle_of_missed_days_is_where_it_goes_on(
    start: Callable[[], Scheduler], clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    start().round()
    RAN.clear()
    clock.chain += 3 * DAY
    kept = store.keep

    def killed_once(db: object, name: str, turn: Turn, *rest: object, **more: object) -> None:
        if name == "first" and len(RAN) == 2:
            raise KeyboardInterrupt
        kept(db, name, turn, *rest, **more)

    monkeypatch.setattr(store, "keep", killed_once)
    with pytest.raises(KeyboardInterrupt):
        start().round()
    monkeypatch.setattr(store, "keep", kept)
    start().round()
    assert [day for name, day in RAN if name == "first"] == [99, 100, 100, 101]


def test_what_is_not_ready_leaves_no_trace_and_is_asked_again_at_once(
    start: Callable[[], Scheduler], settings: Settings, clock: Time
) -> None:
    process = start()
    WILL["first"] = NotYet("nothing is released")
    process.round()
    with open_database(settings.db) as db:
        assert store.newest(db, "first") is None
    del WILL["first"]
    assert process.round() == {"first": "did 1970-04-09"}


def test_one_process_works_and_nothing_runs_while_the_chain_is_silent(
    start: Callable[[], Scheduler], settings: Settings, clock: Time
) -> None:
    process = start()
    with try_lock(settings.db.with_name("tallystick.db.jobs.lock")):
        assert process.round() == {}
    clock.chain = 0
    assert process.round() == {}
    assert not RAN


def test_it_stops_between_two_days(start: Callable[[], Scheduler], clock: Time) -> None:
    stop = Event()
    stop.set()
    assert start().round(stop) == {}
    start().follow(stop, 3_600)
    assert not RAN


def test_every_job_can_be_loaded_and_has_a_name_of_its_own() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    for job in JOBS:
        assert callable(job.load())
