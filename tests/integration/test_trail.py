"""The audit trail against its roots on a real chain, and what an administrator may try."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from tests.integration.anvil import Anvil
from tests.integration.contracts import compiled
from tests.integration.world import Party

from tallystick.audit.group import group
from tallystick.chain.deployment import checked_address
from tallystick.chain.sender import Sender
from tallystick.db import Database, migrate, open_database, write
from tallystick.trail import store
from tallystick.trail.anchors import anchor, anchored_roots
from tallystick.trail.cli import anchor_command
from tallystick.trail.entry import START, Entry, Fact, link
from tallystick.trail.errors import (
    EntryUnknown,
    NotAnchored,
    ProofInvalid,
    TrailBroken,
    TrailError,
)
from tallystick.trail.schema import schema
from tallystick.trail.verify import Proof, prove, verify

KEEPER = Party.named("trail keeper")


@dataclass
class Desk:
    anvil: Anvil
    path: Path
    db: Database
    contract: str

    @property
    def sender(self) -> Sender:
        return Sender(self.anvil.rpc, KEEPER.key, 31337)

    def note(self, count: int) -> None:
        for _ in range(count):
            with write(self.db) as conn:
                store.append(conn, Fact("subject_a", "read", "subject_b/person", "kyc"), 1_000_000)

    def anchor(self) -> None:
        assert anchor(self.db, self.anvil.rpc, self.sender, self.contract) is not None

    def roots(self) -> list[object]:
        return anchored_roots(self.anvil.rpc, self.contract, KEEPER.address)

    def kinds(self) -> list[tuple[str, int, int]]:
        found = verify(self.db, self.roots()).findings
        return [(finding.kind, finding.first, finding.last) for finding in found]

    def tamper(self, *statements: str) -> None:
        """As somebody who may write the file."""
        for trigger in ("trail_is_never_changed", "trail_is_never_cut"):
            self.db.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            assert self.db.execute(statement).rowcount > 0

    def run(self, *arguments: str) -> Result:
        environment = {
            "TALLYSTICK_RPC_URL": self.anvil.url,
            "TALLYSTICK_ANCHOR": self.contract,
            "TALLYSTICK_ANCHOR_KEY": "0x" + KEEPER.key.hex(),
            "TALLYSTICK_IDENTITY": str(self.path),
            "TALLYSTICK_DEPLOYMENT": str(self.path.with_name("deployment.json")),
        }
        command = anchor_command if arguments == ("anchor",) else group
        rest = [] if arguments == ("anchor",) else list(arguments)
        return CliRunner().invoke(command, rest, env=environment)


@pytest.fixture(scope="module")
def chain() -> Iterator[Anvil]:
    with Anvil() as anvil:
        anvil.rpc.call("anvil_setBalance", KEEPER.address, hex(10**20))
        yield anvil


@pytest.fixture
def desk(chain: Anvil, tmp_path: Path) -> Iterator[Desk]:
    code = {"from": KEEPER.address, "data": compiled()["Anchor"], "gas": hex(3_000_000)}
    tx_hash = chain.rpc.call("eth_sendTransaction", code)
    address = None
    while address is None:
        receipt = chain.rpc.call("eth_getTransactionReceipt", tx_hash)
        address = receipt and receipt["contractAddress"]
    path = tmp_path / "identity.db"
    book = {"address": "0x" + "11" * 20, "block": 1}
    path.with_name("deployment.json").write_text(json.dumps({"chain_id": 31337, "book": book}))
    with open_database(path) as db:
        migrate(db, schema)
        yield Desk(chain, path, db, checked_address(address))


def test_a_trail_that_nobody_touched_is_whole(desk: Desk) -> None:
    assert anchor(desk.db, desk.anvil.rpc, desk.sender, desk.contract) is None
    desk.note(3)
    desk.anchor()
    assert anchor(desk.db, desk.anvil.rpc, desk.sender, desk.contract) is None
    desk.note(4)
    desk.anchor()
    desk.note(1)
    verdict = verify(desk.db, desk.roots())
    assert (verdict.entries, verdict.anchored, verdict.findings) == (8, 7, ())


def test_rows_are_append_only_for_those_who_err(desk: Desk) -> None:
    desk.note(2)
    for statement in ("UPDATE trail SET actor = 'x'", "DELETE FROM trail"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            desk.db.execute(statement)


@pytest.mark.parametrize(
    ("statements", "finding"),
    [
        (["UPDATE trail SET actor = 'subject_x' WHERE number = 3"], ("changed", 3, 3)),
        (["UPDATE trail SET at = at + 1 WHERE number = 1"], ("changed", 1, 1)),
        (["UPDATE trail SET salt = zeroblob(32) WHERE number = 6"], ("changed", 6, 6)),
        (["UPDATE trail SET purpose = act, act = purpose WHERE number = 2"], ("changed", 2, 2)),
        (["UPDATE trail SET chain = zeroblob(32) WHERE number = 4"], ("changed", 4, 4)),
        (["DELETE FROM trail WHERE number IN (3, 4)"], ("removed", 3, 4)),
        (["DELETE FROM trail WHERE number = 1"], ("removed", 1, 1)),
        (["DELETE FROM trail WHERE number >= 6"], ("rewritten", 1, 5)),
        (
            [
                "UPDATE trail SET number = -3 WHERE number = 3",
                "UPDATE trail SET number = 3 WHERE number = 4",
                "UPDATE trail SET number = 4 WHERE number = -3",
            ],
            ("changed", 3, 3),
        ),
    ],
)
def test_a_changed_removed_or_reordered_row_is_found(
    desk: Desk, statements: list[str], finding: tuple[str, int, int]
) -> None:
    desk.note(6)
    desk.anchor()
    desk.tamper(*statements)
    assert finding in desk.kinds()


def test_a_trail_recomputed_as_a_whole_is_found_by_its_root(desk: Desk) -> None:
    desk.note(5)
    desk.anchor()
    desk.note(2)
    old = [entry for entry, _ in store.entries(desk.db)]
    desk.tamper("DELETE FROM trail")
    for entry in old:
        fact = Fact("subject_x", entry.fact.act, entry.fact.object)
        with write(desk.db) as conn:
            store.append(conn, fact if entry.number == 4 else entry.fact, entry.at)
    assert desk.kinds() == [("rewritten", 1, 7)]
    with pytest.raises(TrailBroken):
        anchor(desk.db, desk.anvil.rpc, desk.sender, desk.contract)


def test_an_entry_is_proven_without_showing_any_other(desk: Desk) -> None:
    desk.note(3)
    desk.anchor()
    desk.note(4)
    desk.anchor()
    desk.note(1)
    for number in range(1, 8):
        proof, root = prove(desk.db, number, desk.roots())
        assert root.sequence == (1 if number < 4 else 2)
        again = Proof.from_json(json.loads(json.dumps(proof.to_json())))
        assert again == proof
        assert again.root() == root.root
    with pytest.raises(NotAnchored):
        prove(desk.db, 8, desk.roots())
    for number in (0, 9):
        with pytest.raises(EntryUnknown):
            prove(desk.db, number, desk.roots())
    desk.tamper("UPDATE trail SET actor = 'subject_x' WHERE number = 5")
    with pytest.raises(ProofInvalid):
        prove(desk.db, 5, desk.roots())


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["entry"].update(actor="subject_x"),
        lambda d: d["entry"].update(number=3),
        lambda d: d["leaves"].pop(),
        lambda d: d["leaves"].reverse(),
        lambda d: d.update(before=d["root"]),
        lambda d: d.update(root="0x00"),
        lambda d: d.pop("entry"),
    ],
)
def test_a_forged_proof_is_refused(desk: Desk, change: Callable[[dict[str, object]], None]) -> None:
    desk.note(5)
    desk.anchor()
    document = prove(desk.db, 2, desk.roots())[0].to_json()
    change(document)
    with pytest.raises(ProofInvalid):
        Proof.from_json(document)


def test_the_commands(desk: Desk, tmp_path: Path) -> None:
    desk.note(3)
    assert "anchored in block" in desk.run("anchor").output
    assert desk.run("anchor").output == "nothing new to anchor\n"
    whole = desk.run("trail")
    assert (whole.exit_code, whole.output) == (
        0,
        "WHOLE: 3 entries, 1 roots on chain, anchored up to entry 3\n",
    )
    proof = tmp_path / "proof.json"
    proof.write_text(desk.run("trail", "--entry", "2").output)
    checked = desk.run("trail", "--check", str(proof))
    assert checked.exit_code == 0
    assert checked.output.startswith("PROVEN by root 1")
    desk.tamper("UPDATE trail SET actor = 'subject_x' WHERE number = 2")
    assert desk.run("trail").exit_code == 1
    assert desk.run("trail", "--entry", "9").exit_code == 2
    assert desk.run("trail", "--contract", "0x" + "22" * 20, "--check", str(proof)).exit_code == 1


@given(
    st.lists(st.tuples(st.integers(0, 2**40), st.sampled_from(["", "a", "ab", "b"])), max_size=5)
)
def test_leaves_bind_every_member(values: list[tuple[int, str]]) -> None:
    leaves = {
        Entry(number, at, Fact(word, other, "o"), START).leaf()
        for number, (at, word) in enumerate(values, 1)
        for other in ("", "a", "ba")
    }
    assert len(leaves) == 3 * len(values)
    assert link(START, START) != Entry(1, 1, Fact("", "", ""), START).leaf()


def test_no_personal_data_fits_into_the_trail() -> None:
    for member in ("Ada Lovelace", "ada@example.org", "x" * 121, "名"):
        with pytest.raises(TrailError):
            Fact(member, "read", "x")
