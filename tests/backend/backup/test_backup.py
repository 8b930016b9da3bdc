"""Backups: whole while somebody writes, unreadable to others, and nobody erased comes back."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from tallystick.backup import backup as module
from tallystick.backup.archive import CHUNK, MAGIC
from tallystick.backup.backup import check, create, restore
from tallystick.backup.errors import BackupBroken, BackupRefused
from tallystick.cli import main
from tallystick.config import Settings
from tallystick.db import open_database, write
from tallystick.identity.access.access import identity_file
from tallystick.identity.vault import SubjectErased, Vault
from tallystick.identity.vault.erasure import erase
from tallystick.identity.vault.keys import LocalKeys, new_key_text
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

KEY = b"\x09" * 32
NAME = b"Amara Okafor"


@dataclass
class House:
    """A service's files, in use."""

    folder: Path
    settings: Settings
    vault: Vault

    def __post_init__(self) -> None:
        self.identity = identity_file(self.settings.identity)

    @classmethod
    def at(cls, folder: Path) -> House:
        names = ("db", "identity", "vault", "webhooks", "screening")
        settings = Settings(**{name: folder / f"{name}.db" for name in names})
        vault = Vault(settings.vault, LocalKeys({"k": b"\x01" * 32}), b"\x02" * 32)
        return cls(folder, settings, vault)

    def admit(self) -> str:
        subject = self.vault.new_subject({"email": "ada@example.org"})
        self.vault.put(subject, "person", {"full_name": NAME})
        self.note(subject)
        return subject

    def note(self, subject: str) -> None:
        with self.identity.open() as db, write(db) as conn:
            append(conn, Fact(subject, "read", subject, "own_request"), self.vault.now())

    def close(self) -> None:
        self.identity.close()
        self.vault.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House.at(tmp_path / "house")
    with open_database(opened.settings.db) as db, write(db) as conn:
        conn.execute("CREATE TABLE offers (text TEXT)")
        conn.execute("INSERT INTO offers VALUES (?)", ("x" * (CHUNK + CHUNK // 2),))
    yield opened
    opened.close()


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_backup_is_restored_while_the_service_writes(house: House, tmp_path: Path) -> None:
    ada = house.admit()
    stop = threading.Event()
    written: list[str] = []

    def work() -> None:
        while not stop.is_set():
            written.append(house.vault.new_subject())
            house.vault.put(written[-1], "person", {"full_name": b"x" * 400})
            house.note(ada)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        while len(written) < 5:
            pass
        for number in range(4):
            checked = create(house.settings, tmp_path / f"{number}.tally", KEY)
            assert checked.entries >= 5
    finally:
        stop.set()
        thread.join()
    again = restore(tmp_path / "3.tally", KEY, tmp_path / "new")
    assert again == checked
    restored = House.at(tmp_path / "new")
    assert restored.vault.get(ada, "person").fields == {"full_name": NAME}
    assert restored.vault.find("email", "ada@example.org") == ada
    # of one moment: every record that was copied opens
    with restored.vault.fields.open() as db:
        for (subject,) in db.execute("SELECT DISTINCT subject FROM records").fetchall():
            restored.vault.get(subject, "person")
    restored.note(ada)
    restored.close()
    with open_database(tmp_path / "new" / "db.db", readonly=True) as db:
        assert db.execute("SELECT length(text) FROM offers").fetchone() == (CHUNK + CHUNK // 2,)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".backup")] == []


def test_nothing_of_it_can_be_read_altered_or_cut(house: House, tmp_path: Path) -> None:
    subject = house.admit()
    target = tmp_path / "a.tally"
    create(house.settings, target, KEY)
    whole = target.read_bytes()
    for secret in (b"SQLite format", subject.encode(), NAME, b"CREATE TABLE"):
        assert secret not in whole
    with pytest.raises(BackupBroken):
        check(target, b"\x08" * 32)
    with pytest.raises(BackupBroken):
        restore(target, b"\x08" * 32, tmp_path / "new")
    assert raw(tmp_path / "new") == b""
    length = 4 + int.from_bytes(whole[len(MAGIC) :][:4], "big")
    first, rest = whole[len(MAGIC) :][:length], whole[len(MAGIC) + length :]
    forgeries = [
        b"",
        whole[:-1],
        whole + b"\0",
        whole[: len(whole) // 2],
        MAGIC + first,
        MAGIC + rest,
        MAGIC + first + first + rest,
        whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:],
        whole.replace(MAGIC, MAGIC.replace(b"1", b"2")),
    ]
    for forged in forgeries:
        target.write_bytes(forged)
        with pytest.raises(BackupBroken):
            check(target, KEY)


def test_whoever_was_erased_since_stays_erased(house: House, tmp_path: Path) -> None:
    ada, ben = house.admit(), house.vault.new_subject()
    house.vault.put(ben, "person", {"full_name": b"Ben"})
    with house.vault.keys.open() as db:
        (wrapped,) = db.execute(
            "SELECT wrapped FROM subject_keys WHERE subject = ?", (ada,)
        ).fetchone()
    create(house.settings, tmp_path / "a.tally", KEY)
    gone = erase(house.vault, ada)
    last = house.settings.vault.with_name("vault-keys.db")
    restore(tmp_path / "a.tally", KEY, tmp_path / "new", last)
    restored = House.at(tmp_path / "new")
    with pytest.raises(SubjectErased):
        restored.vault.get(ada, "person")
    assert erase(restored.vault, ada) == gone
    assert restored.vault.find("email", "ada@example.org") is None
    assert restored.vault.get(ben, "person").fields == {"full_name": b"Ben"}
    restored.close()
    assert wrapped not in raw(tmp_path / "new")


def test_what_is_damaged_is_no_backup(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.admit()
    target = tmp_path / "a.tally"
    create(house.settings, target, KEY)
    with pytest.raises(BackupRefused):
        create(house.settings, target, KEY)
    with pytest.raises(BackupRefused):
        restore(target, KEY, house.folder)
    conn = sqlite3.connect(house.settings.identity)
    conn.execute("DROP TRIGGER trail_is_never_changed")
    conn.execute("UPDATE trail SET actor = 'nobody' WHERE number = 1")
    conn.commit()
    conn.close()
    with pytest.raises(BackupBroken, match="trail"):
        create(house.settings, tmp_path / "b.tally", KEY)

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(module, "pack", fails)
    with pytest.raises(OSError, match="disk full"):
        create(house.settings, tmp_path / "b.tally", KEY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tally", "house"]


def test_by_command(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house.admit()
    for name, path in house.settings.model_dump(exclude_defaults=True).items():
        monkeypatch.setenv(f"TALLYSTICK_{name.upper()}", str(path))
    run = CliRunner().invoke
    target = str(tmp_path / "a.tally")
    assert "Set TALLYSTICK_BACKUP_KEY" in run(main, ["backup", "create", target]).output
    monkeypatch.setenv("TALLYSTICK_BACKUP_KEY", new_key_text())
    made = run(main, ["backup", "create", target, "--no-index"])
    assert "SOUND: saved" in made.output
    assert "db.db" not in made.output
    assert run(main, ["backup", "check", target]).output == made.output
    assert run(main, ["backup", "restore", target, "--into", str(tmp_path / "n")]).exit_code == 0
    monkeypatch.setenv("TALLYSTICK_BACKUP_KEY", new_key_text())
    assert run(main, ["backup", "check", target]).exit_code == 1
