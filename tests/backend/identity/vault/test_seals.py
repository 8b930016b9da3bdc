"""Whoever can write the files cannot make the vault tell another thing than was put into it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.identity.vault.safe import NEW, OLD, raw, vault_in

from tallystick.identity.vault import (
    IndexTaken,
    KeyServiceInvalid,
    KeyUnknown,
    RecordUnknown,
    SealBroken,
    SubjectUnknown,
    Vault,
)
from tallystick.identity.vault.envelope import encode, new_key, seal, unseal
from tallystick.identity.vault.index import blind
from tallystick.identity.vault.keys import parse_keys

PERSON = {"name": "林黛玉 Lin Daiyu".encode(), "born": b"1990-02-12"}


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened = vault_in(tmp_path)
    yield opened
    opened.close()


def tamper(vault: Vault, sql: str, *values: object) -> None:
    with vault.fields.open() as db:
        changed = db.execute(sql, values).rowcount
    assert changed > 0


def broken(vault: Vault, subject: str, record: str = "person", version: int | None = None) -> bool:
    try:
        vault.get(subject, record, version)
    except SealBroken:
        return True
    return False


def test_what_is_put_is_got_and_nowhere_in_the_files(vault: Vault, tmp_path: Path) -> None:
    subject = vault.new_subject({"email": "Daiyu@example.org"})
    assert vault.put(subject, "person", PERSON) == 1
    assert vault.put(subject, "person", PERSON | {"born": b"1990-02-13"}) == 2
    assert vault.get(subject, "person").fields["born"] == b"1990-02-13"
    assert vault.get(subject, "person", 1).fields == PERSON
    assert vault.find("email", " daiyu@EXAMPLE.org ") == subject
    assert vault.find("phone", "daiyu@example.org") is None
    files = raw(tmp_path)
    for secret in (*PERSON.values(), b"aiyu@", OLD):
        assert secret not in files
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_ciphertext_moved_between_rows_columns_subjects_and_versions(vault: Vault) -> None:
    ada, ben = vault.new_subject(), vault.new_subject()
    for subject in (ada, ben):
        vault.put(subject, "person", PERSON)
        vault.put(subject, "person", PERSON)
        vault.put(subject, "address", PERSON)
    move = (
        "UPDATE sealed_fields SET sealed = (SELECT sealed FROM sealed_fields WHERE subject = ?"
        " AND record = ? AND version = ? AND field = ?)"
        " WHERE subject = ? AND record = 'person' AND version = 1 AND field = 'name'"
    )
    here = (ada, "person", 1, "name")
    assert not broken(vault, ada, version=1)
    with vault.fields.open() as db:
        original = db.execute(
            "SELECT sealed FROM sealed_fields WHERE subject = ? AND record = ? AND version = ?"
            " AND field = ?",
            here,
        ).fetchone()[0]
    for place in (
        (ben, "person", 1, "name"),
        (ada, "address", 1, "name"),
        (ada, "person", 2, "name"),
        (ada, "person", 1, "born"),
    ):
        tamper(vault, move, *place, ada)
        assert broken(vault, ada, version=1), place
    tamper(
        vault,
        "UPDATE sealed_fields SET sealed = ? WHERE subject = ? AND record = ? AND version = ?"
        " AND field = ?",
        original,
        *here,
    )
    assert not broken(vault, ada, version=1)


def test_a_field_taken_out_or_put_in_breaks_the_record(vault: Vault) -> None:
    ada = vault.new_subject()
    vault.put(ada, "person", PERSON)
    vault.put(ada, "person", PERSON)
    tamper(vault, "DELETE FROM sealed_fields WHERE field = 'born' AND version = 1")
    assert broken(vault, ada, version=1)
    tamper(
        vault,
        "INSERT INTO sealed_fields SELECT subject, record, version, 'note', sealed"
        " FROM sealed_fields WHERE field = 'name' AND version = 2",
    )
    assert broken(vault, ada, version=2)


@given(st.binary(max_size=200), st.data())
def test_any_cut_or_changed_byte_is_found(value: bytes, data: st.DataObject) -> None:
    key, place = new_key(), ("table", "row")
    sealed = seal(key, value, place)
    assert unseal(key, sealed, place) == value
    cut = data.draw(st.integers(0, len(sealed) - 1))
    at, flip = data.draw(st.integers(0, len(sealed) - 1)), data.draw(st.integers(1, 255))
    changed = bytearray(sealed)
    changed[at] ^= flip
    for bad in (sealed[:cut], sealed + b"\0", bytes(changed)):
        with pytest.raises(SealBroken):
            unseal(key, bad, place)
    for elsewhere in (("table",), ("tab", "lerow"), ("table", "row", "")):
        with pytest.raises(SealBroken):
            unseal(key, sealed, elsewhere)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_places_are_encoded_without_ambiguity(one: list[str], other: list[str]) -> None:
    assert (encode(one) == encode(other)) == (one == other)


def test_an_old_key_a_wrong_key_and_another_subjects_key(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    ada, ben = vault.new_subject(), vault.new_subject()
    vault.put(ada, "person", PERSON)
    for keys, error in (({"new": NEW}, KeyUnknown), ({"old": NEW}, SealBroken)):
        with pytest.raises(error):
            vault_in(tmp_path, keys).get(ada, "person")
    with vault.keys.open() as db:  # ben's key in ada's place
        db.execute(
            "UPDATE subject_keys SET wrapped = (SELECT wrapped FROM subject_keys WHERE subject = ?)"
            " WHERE subject = ?",
            (ben, ada),
        )
    assert broken(vault, ada)
    # a key wrapped by the old key-encryption key cannot pass for one wrapped by the new
    with vault.keys.open() as db:
        db.execute("UPDATE subject_keys SET key_id = 'new' WHERE subject = ?", (ben,))
    both = vault_in(tmp_path, {"old": OLD, "new": OLD})
    with pytest.raises(SealBroken):
        both.put(ben, "person", PERSON)


def test_the_unknown_is_told_from_the_missing(vault: Vault) -> None:
    ada = vault.new_subject()
    with pytest.raises(RecordUnknown):
        vault.get(ada, "person")
    for action in (
        lambda: vault.get("subject_x", "person"),
        lambda: vault.put("subject_x", "p", {}),
    ):
        with pytest.raises(SubjectUnknown):
            action()


def test_a_value_that_one_subject_alone_may_have(vault: Vault) -> None:
    ada, ben = vault.new_subject({"wallet": "0xAb"}), vault.new_subject()
    vault.claim(ada, "wallet", "0xab")
    with pytest.raises(IndexTaken):
        vault.claim(ben, "wallet", "0xAB")
    with pytest.raises(IndexTaken):
        vault.new_subject({"phone": "1", "wallet": "0xab"})
    assert vault.find("phone", "1") is None
    assert not vault.disclaim(ben, "wallet", "0xab")
    assert vault.disclaim(ada, "wallet", "0xab")
    vault.claim(ben, "wallet", "0xab")
    assert vault.find("wallet", "0xab") == ben


def test_blind_indexes_need_their_key_and_name() -> None:
    digests = {
        blind(key, name, value)
        for key in (OLD, NEW)
        for name in ("a", "ab")
        for value in ("bc", "c")
    }
    assert len(digests) == 8
    assert blind(OLD, "n", "Straße 12") == blind(OLD, "n", "STRASSE\uff11\uff12")


@pytest.mark.parametrize("text", ["", "a", "a:", "a:AAAA", "A:" + "A" * 43 + "=", "a:!", ":x"])
def test_malformed_keys_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(KeyServiceInvalid) as caught:
        parse_keys(text)
    assert len(text) < 8 or text not in str(caught.value)
