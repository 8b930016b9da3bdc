"""Erasure, rotation and expiry, killed at every single statement they make, then resumed.

A child process is forked, and kills itself (SIGKILL, so no handler, no rollback, no flush) when it
is about to execute its n-th statement, for every n until one survives.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.backend.identity.vault.safe import INDEX_KEY, NEW, OLD, raw, vault_in, wrapped_keys

from tallystick.identity.vault import (
    OnHold,
    RecordUnknown,
    ScrubBlocked,
    SubjectErased,
    Vault,
    files,
)
from tallystick.identity.vault.erasure import erase, hold, lift, receipt
from tallystick.identity.vault.index import blind
from tallystick.identity.vault.retention import enforce_retention
from tallystick.identity.vault.rotation import pending, rotate
from tallystick.identity.vault.scrub import finish_deletions

BOTH = {"new": NEW, "old": OLD}
MOST = 200


def dies_at(statement: int, work: Callable[[], object]) -> bool:
    """Whether `work`, in a process of its own, comes to its n-th statement and dies there."""
    child = os.fork()
    if child == 0:
        try:
            seen = 0
            opened = files.open_database

            def count(_: str) -> None:
                nonlocal seen
                seen += 1
                if seen == statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            def tracing(path: Path) -> object:
                db = opened(path)
                db.conn.set_trace_callback(count)
                return db

            files.open_database = tracing  # type: ignore[assignment]
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - nothing of the test may go on in the child
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def fresh(folder: Path, statement: int) -> Path:
    return shutil.copytree(folder / "template", folder / str(statement))


def people(folder: Path, count: int, **more: int) -> tuple[list[str], dict[str, bytes]]:
    vault = vault_in(folder)
    subjects = [vault.new_subject({"email": f"p{n}@example.org"}) for n in range(count)]
    for subject in subjects:
        vault.put(subject, "person", {"name": subject.encode()}, **more)
    keys = wrapped_keys(vault)
    vault.close()
    return subjects, keys


def test_erasure_killed_at_every_statement_leaves_nothing_once_resumed(tmp_path: Path) -> None:
    deaths = 0
    (first, *others), keys = people(tmp_path / "template", 4)
    digest = blind(INDEX_KEY, "email", "p0@example.org")
    for statement in range(1, MOST):
        folder = fresh(tmp_path, statement)
        assert keys[first] in raw(folder)
        assert digest in raw(folder)
        died = dies_at(statement, lambda folder=folder, first=first: erase(vault_in(folder), first))
        vault = vault_in(folder)
        begun = first not in wrapped_keys(vault)
        # resumed by the job when it had begun, asked again when it had not
        if begun:
            finish_deletions(vault)
        else:
            erase(vault, first)
        left = raw(folder)
        assert keys[first] not in left
        assert digest not in left
        assert receipt(vault, first).finished_at is not None
        with pytest.raises(SubjectErased):
            vault.get(first, "person")
        assert vault.find("email", "p0@example.org") is None
        assert all(vault.get(other, "person").fields["name"] == other.encode() for other in others)
        vault.close()
        if not died:
            break
        deaths += 1
    assert 10 < deaths < MOST - 2


def test_rotation_killed_at_every_statement_goes_on_where_it_was(tmp_path: Path) -> None:
    deaths = 0
    subjects, keys = people(tmp_path / "template", 7)
    for statement in range(1, MOST):
        folder = fresh(tmp_path, statement)
        died = dies_at(statement, lambda folder=folder: rotate(vault_in(folder, BOTH), batch=4))
        vault = vault_in(folder, BOTH)
        names = [vault.get(subject, "person").fields["name"] for subject in subjects]
        assert names == [subject.encode() for subject in subjects], "readable in the middle"
        rotate(vault, batch=4)
        assert pending(vault) == {"new": len(subjects)}
        left = raw(folder)
        assert not any(key in left for key in keys.values()), "of no more use to the old key"
        vault.close()
        alone = vault_in(folder, {"new": NEW})
        assert alone.get(subjects[0], "person").fields["name"] == subjects[0].encode()
        alone.close()
        if not died:
            break
        deaths += 1
    assert 10 < deaths < MOST - 2


def test_expiry_killed_at_every_statement_overwrites_what_it_deleted(tmp_path: Path) -> None:
    later = 2_000_000.0
    deaths = 0
    subjects, _ = people(tmp_path / "template", 3, keep_until=1_500_000)
    vault = vault_in(tmp_path / "template", now=later)
    kept = hold(vault, subjects[0], "tax", None)
    with vault.fields.open() as db:
        sealed = dict(db.execute("SELECT subject, sealed FROM sealed_fields").fetchall())
    vault.close()
    for statement in range(1, MOST):
        folder = fresh(tmp_path, statement)
        died = dies_at(
            statement, lambda folder=folder: enforce_retention(vault_in(folder, now=later))
        )
        vault = vault_in(folder, now=later)
        enforce_retention(vault)
        left = raw(folder)
        assert sealed[subjects[0]] in left
        assert not any(sealed[subject] in left for subject in subjects[1:])
        assert vault.get(subjects[0], "person").fields["name"] == subjects[0].encode()
        with pytest.raises(RecordUnknown):
            vault.get(subjects[1], "person")
        assert lift(vault, kept.hold_id)
        assert enforce_retention(vault).deleted == 1
        vault.close()
        if not died:
            break
        deaths += 1
    assert 5 < deaths < MOST - 2


def test_many_erased_among_many_leave_no_key_behind(tmp_path: Path) -> None:
    # enough rows that pages split and merge, which is where copies stay behind
    subjects, keys = people(tmp_path, 400)
    vault = vault_in(tmp_path)
    for subject in subjects[::7]:
        erase(vault, subject)
    left = raw(tmp_path)
    assert not any(keys[subject] in left for subject in subjects[::7])
    assert all(keys[subject] in left for subject in subjects[1::7])
    vault.close()


def test_what_was_written_a_moment_ago_is_erased_from_the_log_as_well(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    subject = vault.new_subject({"email": "ada@example.org"})
    (key,) = wrapped_keys(vault).values()
    assert key in (tmp_path / "vault-keys.db-wal").read_bytes()
    erase(vault, subject)
    assert key not in raw(tmp_path)
    assert blind(INDEX_KEY, "email", "ada@example.org") not in raw(tmp_path)
    vault.close()


def test_a_backup_of_the_fields_is_noise_after_the_erasure(tmp_path: Path) -> None:
    subjects, _ = people(tmp_path, 2)
    vault = vault_in(tmp_path)
    with vault.fields.open() as db:
        backup = db.execute("SELECT * FROM records").fetchall()
        sealed = db.execute("SELECT * FROM sealed_fields").fetchall()
    erase(vault, subjects[0])
    with vault.fields.open() as db:
        db.conn.executemany("INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?)", backup)
        db.conn.executemany("INSERT OR IGNORE INTO sealed_fields VALUES (?, ?, ?, ?, ?)", sealed)
    with pytest.raises(SubjectErased):
        vault.get(subjects[0], "person")
    vault.close()


def test_a_hold_is_answered_honestly(tmp_path: Path) -> None:
    (subject, *_), _ = people(tmp_path, 1)
    vault = vault_in(tmp_path)
    kept = hold(vault, subject, "Anti-Money Laundering Law, art. 34", 1_000_001)
    with pytest.raises(OnHold) as caught:
        erase(vault, subject)
    assert caught.value.until == 1_000_001
    vault.close()
    late = vault_in(tmp_path, now=kept.until or 0)
    first = erase(late, subject)
    assert first.finished_at == 1_000_001
    assert erase(late, subject) == first, "asked again, the same receipt"
    with pytest.raises(SubjectErased):
        hold(late, subject, "too late", None)
    late.close()


def test_a_reader_only_delays_the_scrub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SCRUB_SECONDS", 0.05)
    (subject, *_), keys = people(tmp_path, 1)
    vault = vault_in(tmp_path)
    with vault.keys.open() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM subject_keys").fetchall()
        with pytest.raises(ScrubBlocked):
            erase(vault, subject)
        with pytest.raises(SubjectErased):
            vault.get(subject, "person")
        assert receipt(vault, subject).finished_at is None
        reader.execute("ROLLBACK")
    finish_deletions(vault)
    assert receipt(vault, subject).finished_at is not None
    assert keys[subject] not in raw(tmp_path)
    vault.close()


class FarAway:
    """A key service that keeps its keys to itself, as a KMS does."""

    def __init__(self, inner: Vault) -> None:
        self.inner = inner.service
        self.asked: list[str] = []

    @property
    def current(self) -> str:
        return self.inner.current

    def wrap(self, key: bytes, context: str) -> bytes:
        self.asked.append(context)
        return self.inner.wrap(key, context)

    def unwrap(self, key_id: str, wrapped: bytes, context: str) -> bytes:
        self.asked.append(context)
        return self.inner.unwrap(key_id, wrapped, context)


def test_a_rotation_does_not_raise_the_erased_from_the_dead(tmp_path: Path) -> None:
    subjects, _ = people(tmp_path, 3)
    vault = vault_in(tmp_path, BOTH)
    service = FarAway(vault)

    class Erasing(FarAway):
        def unwrap(self, key_id: str, wrapped: bytes, context: str) -> bytes:
            if not self.asked:  # the batch is read, and somebody is erased before it is written
                self.asked.append("")
                erase(vault_in(tmp_path, BOTH), subjects[1])
            return super().unwrap(key_id, wrapped, context)

    vault.service = Erasing(vault)
    rotate(vault)
    vault.service = service
    assert set(wrapped_keys(vault)) == {subjects[0], subjects[2]}
    assert vault.get(subjects[0], "person").fields["name"] == subjects[0].encode()
    assert service.asked == [subjects[0]]
    vault.close()
