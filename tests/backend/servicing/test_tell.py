"""Messages of what the daily close found: once, whoever else tells of it, and corrected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.backend.servicing.test_close import FEBRUARY, close, closing
from tests.backend.servicing.town import Town, at

from tallystick.identity.vault.files import PrivateFile
from tallystick.loans.statements.sheet import Currency
from tallystick.messages.currencies import Currencies
from tallystick.messages.outbox import messages_file, newest
from tallystick.messages.rules import load_rules
from tallystick.messages.watcher import Watcher
from tallystick.servicing.close.run import Closer
from tallystick.servicing.tell import FRESH_DAYS, Teller


class OneCurrency(Currencies):
    """Knows what tokens are called without a node."""

    def __init__(self) -> None:
        super().__init__({})

    def of(self, chain_id: int, token: str) -> Currency:
        return Currency("TUSD", 6)


class Office:
    """Close, teller and watcher over one town and one file of messages."""

    def __init__(self, town: Town, closer: Closer, file: PrivateFile) -> None:
        self.town, self.closer, self.file = town, closer, file
        given = (OneCurrency(), load_rules())
        self.teller = Teller(closer.index, closer.db, file, *given, self.now)
        self.watcher = Watcher(closer.index, file, *given, self.now)
        self.watcher.round()

    def now(self) -> float:
        return self.town.headers[-1].timestamp

    def day(self, day: int, *, watch: bool = False) -> list[str]:
        """What borrowers are told once a day has begun; whether the watcher looks first."""
        self.town.until(at(day, 1))
        with self.file.open() as db:
            before = {message.number for message, _ in newest(db, 100)}
        if watch:
            while self.watcher.round():
                pass
        close(self.closer)
        self.teller.run()
        assert self.teller.run() == 0
        while self.watcher.round():
            pass
        with self.file.open() as db:
            told = [message for message, _ in newest(db, 100)]
        return [message.kind for message in told if message.number not in before][::-1]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    town = Town(tmp_path / "index.db")
    town.originate(1)
    town.until(at(FEBRUARY - 5))
    file = messages_file(tmp_path / "messages.db")
    with closing(town) as closer:
        close(closer)
        yield Office(town, closer, file)
    file.close()
    town.close()


@pytest.mark.parametrize("watch", [False, True])
def test_each_step_is_told_once_whoever_finds_it_first(office: Office, *, watch: bool) -> None:
    told = {
        day: kinds for day in range(-4, 17) if (kinds := office.day(FEBRUARY + day, watch=watch))
    }
    # the contact rules remind on days 1, 3, 7 and 14; the servicing policy's 15 is the same step
    assert told == {
        -3: ["due_soon"],
        0: ["due_today"],
        1: ["overdue"],
        3: ["overdue"],
        7: ["overdue"],
        14: ["overdue"],
    }
    office.town.pay(1, at(FEBRUARY + 16, 13))
    assert office.day(FEBRUARY + 17, watch=watch).count("arrears_cleared") == 1


def test_what_was_told_is_corrected_and_nothing_else(office: Office) -> None:
    for day in range(-4, 3):
        office.day(FEBRUARY + day)
    office.town.reorg(at(FEBRUARY, 12))
    office.town.pay(1, at(FEBRUARY, 20))
    assert office.day(FEBRUARY + 3).count("notice_corrected") == 1
    with office.file.open() as db:
        (note,) = [one for one, _ in newest(db, 100) if one.kind == "notice_corrected"]
    assert note.facts["about"] == "overdue"
    assert note.facts["told_on"] == "2026-02-02"  # by the watcher, a day before the close found it


def test_what_is_old_is_no_news(office: Office) -> None:
    office.town.pay(1, at(FEBRUARY + 2))
    office.town.until(at(FEBRUARY + 3 + FRESH_DAYS, 2))
    close(office.closer)
    office.teller.run()
    with office.file.open() as db:
        assert [one for one, _ in newest(db, 100)] == []
