"""The outbox: told once, whoever asks how often, and nothing that is out of date."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.backend.messages.test_templates import facts_of

from tallystick.db import write
from tallystick.identity.vault.files import PrivateFile
from tallystick.messages.errors import FactsInvalid, KindUnknown, MessageUnknown
from tallystick.messages.kinds import kind_named
from tallystick.messages.outbox import (
    DAY,
    enqueue,
    find,
    forget,
    inbox,
    mark_read,
    messages_file,
    newest,
)

ADA = "subject_" + "a" * 26
WALLET = "0x" + "3C" * 20
FACTS = facts_of(kind_named("due_soon"))
LOAN = FACTS["loan"]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[PrivateFile]:
    opened = messages_file(tmp_path / "messages.db")
    yield opened
    opened.close()


def test_the_same_is_told_once(file: PrivateFile) -> None:
    with file.open() as db:
        first = enqueue(db, ADA, "due_soon", FACTS, f"{LOAN}:1", now=1000)
        assert first is not None
        assert enqueue(db, ADA, "due_soon", FACTS, f"{LOAN}:1", now=5000) is None
        assert enqueue(db, WALLET, "due_soon", FACTS, f"{LOAN}:1") is not None
        assert enqueue(db, ADA, "due_soon", FACTS, f"{LOAN}:2") is not None
        message = find(db, [ADA], first)
        assert (message.created_at, message.until) == (1000, 1000 + 3 * DAY)
        assert message.facts == FACTS
        assert [one.key for one in inbox(db, [ADA], 10)] == [f"{LOAN}:2", f"{LOAN}:1"]
        assert len(inbox(db, [ADA, WALLET], 10)) == 3
        assert [one.key for one in inbox(db, [ADA], 1)] == [f"{LOAN}:2"]
        assert len(list(newest(db, 10))) == 3


def test_eight_at_once_tell_once(file: PrivateFile) -> None:
    def tell(number: int) -> bool:
        with file.open() as db:
            return enqueue(db, ADA, "due_soon", FACTS, f"k{number % 5}") is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(tell, range(40))) == 5


def test_a_newer_message_takes_the_place_of_what_waits(file: PrivateFile) -> None:
    with file.open() as db:
        for number in range(3):
            enqueue(db, ADA, "due_soon", FACTS, f"k{number}", topic="loan:due")
        enqueue(db, WALLET, "due_soon", FACTS, "k9", topic="loan:due")
        states = {message.key: message.state for message, _ in newest(db, 10)}
    assert states == {"k0": "superseded", "k1": "superseded", "k2": "new", "k9": "new"}


def test_a_message_belongs_to_the_caller_s_transaction(file: PrivateFile) -> None:
    def fail() -> None:
        with file.open() as db, write(db):
            assert enqueue(db, ADA, "due_soon", FACTS, "k")
            enqueue(db, ADA, "nothing", FACTS, "k")

    with pytest.raises(KindUnknown):
        fail()
    with file.open() as db:
        assert inbox(db, [ADA], 10) == []


def test_only_facts_of_the_kind_get_in(file: PrivateFile) -> None:
    with file.open() as db:
        with pytest.raises(KindUnknown):
            enqueue(db, ADA, "nothing", FACTS, "k")
        with pytest.raises(FactsInvalid, match="email"):
            enqueue(db, ADA, "due_soon", FACTS | {"email": "a@b.example"}, "k")
        for recipient in ("ada@b.example", "subject_x", ""):
            with pytest.raises(FactsInvalid, match="recipient"):
                enqueue(db, recipient, "due_soon", FACTS, "k")
        with pytest.raises(FactsInvalid, match="key"):
            enqueue(db, ADA, "due_soon", FACTS, "Ada Lovelace")
        assert list(newest(db, 10)) == []


def test_reading_and_being_forgotten(file: PrivateFile) -> None:
    with file.open() as db:
        note = enqueue(db, ADA, "due_soon", FACTS, "k")
        assert note is not None
        with pytest.raises(MessageUnknown):
            find(db, [WALLET], note)
        mark_read(db, find(db, [ADA], note), 77)
        mark_read(db, find(db, [ADA], note), 99)
        assert find(db, [ADA], note).read_at == 77
        assert inbox(db, [ADA], 10, unread=True) == []
    forget(file, ADA, 100)
    with file.open() as db:
        assert list(newest(db, 10)) == []
    for path in file.path.parent.glob("messages.db*"):
        assert ADA.encode() not in path.read_bytes()
