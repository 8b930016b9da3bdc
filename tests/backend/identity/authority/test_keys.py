"""Keys of integrators: told once, hashed, ending, and of no use without their owner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.db import write
from tallystick.identity.access.access import identity_file
from tallystick.identity.authority.errors import KeyExcessive, KeyInvalid
from tallystick.identity.authority.grants import Grants, grant, revoke
from tallystick.identity.authority.keys import MOST_KEYS, ApiKeys, Wish
from tallystick.identity.authority.roles import Role, Scope
from tallystick.identity.vault import SubjectErased, Vault
from tallystick.identity.vault.erasure import erase
from tallystick.identity.vault.keys import LocalKeys

WISH = Wish("core banking", frozenset({Scope.WEBHOOKS_READ}), 30, 60)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.now = 1_800_000_000.0
        keys = LocalKeys({"k": b"\x01" * 32})
        self.vault = Vault(folder / "vault.db", keys, b"\x02" * 32, lambda: self.now)
        self.file = identity_file(folder / "identity.db")
        self.keys = ApiKeys(self.file, self.vault, Grants(self.file, self.vault))
        self.bank = self.join()

    def join(self) -> str:
        subject = self.vault.new_subject()
        with self.file.open() as db, write(db) as conn:
            grant(conn, subject, Role.INTEGRATOR, self.vault.now())
        return subject


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.file.close()
    opened.vault.close()


def refused(desk: Desk, token: str) -> bool:
    try:
        desk.keys.resume(token)
    except KeyInvalid:
        return True
    return False


def test_a_key_is_told_once_and_kept_as_a_hash(desk: Desk, tmp_path: Path) -> None:
    key, token = desk.keys.create(desk.bank, WISH)
    assert desk.keys.resume(token).key_id == key.key_id
    (listed,) = desk.keys.of_subject(desk.bank)
    assert (listed.scopes, listed.per_minute, listed.seen_at) == (WISH.scopes, 60, desk.now)
    secret = token.rpartition("_")[2]
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in files
    assert bytes.fromhex(secret) not in files


def test_keys_end_by_time_by_hand_and_by_rotation(desk: Desk) -> None:
    key, first = desk.keys.create(desk.bank, WISH)
    _, second = desk.keys.rotate(desk.bank, key.key_id)
    assert (refused(desk, first), refused(desk, second)) == (True, False)
    stranger = desk.join()
    for act in (desk.keys.rotate, desk.keys.revoke):
        with pytest.raises(KeyInvalid):
            act(stranger, key.key_id)
    desk.now += 30 * 86_400 - 1
    assert not refused(desk, second)
    desk.now += 1
    assert refused(desk, second)
    assert desk.keys.of_subject(desk.bank) == []
    key, third = desk.keys.create(desk.bank, WISH)
    desk.keys.revoke(desk.bank, key.key_id)
    assert refused(desk, third)


def test_a_key_falls_with_its_owner(desk: Desk) -> None:
    _, token = desk.keys.create(desk.bank, WISH)
    with desk.file.open() as db, write(db) as conn:
        revoke(conn, desk.bank, Role.INTEGRATOR)
    assert refused(desk, token)
    with desk.file.open() as db, write(db) as conn:
        grant(conn, desk.bank, Role.INTEGRATOR, desk.vault.now())
    assert not refused(desk, token)
    erase(desk.vault, desk.bank)
    with pytest.raises(SubjectErased):
        desk.keys.resume(token)


def test_forged_tokens(desk: Desk) -> None:
    _, token = desk.keys.create(desk.bank, WISH)
    other, _ = desk.keys.create(desk.bank, WISH)
    secret = token.rpartition("_")[2]
    moved = f"tsk_{other.key_id.removeprefix('key_')}_{secret}"
    for forged in (moved, token[:-1], token + "0", token.upper(), f"tsk_{'a' * 26}_{secret}", ""):
        assert refused(desk, forged)


def test_a_key_gets_no_more_than_a_key_may_have(desk: Desk) -> None:
    for days, per_minute in ((0, 60), (366, 60), (30, 0), (30, 6001)):
        with pytest.raises(KeyExcessive):
            desk.keys.create(desk.bank, Wish("x", WISH.scopes, days, per_minute))
    for _ in range(MOST_KEYS):
        desk.keys.create(desk.bank, WISH)
    with pytest.raises(KeyExcessive):
        desk.keys.create(desk.bank, WISH)
