"""The command `tallystick audit` on a real book: equal, and made to differ in every way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.integration.audit.conftest import Audited
from tests.integration.scenario import index
from tests.integration.world import UNIT, World

from tallystick.audit.cli import command
from tallystick.chain.client import BookClient
from tallystick.chain.codec import TOPICS
from tallystick.db import open_database, write
from tallystick.proof.layout import credit_key, loan_keys


def run(audited: Audited, *options: object) -> Result:
    given = ["--rpc", audited.world.url, "--book", audited.world.book, *map(str, options)]
    return CliRunner().invoke(command, given)


def report(audited: Audited, *options: object, code: int) -> Any:
    done = run(audited, "--format", "json", *options)
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def set_word(audited: Audited, key: bytes, word: int) -> None:
    world = audited.world
    world.rpc.call("anvil_setStorageAt", world.book, "0x" + key.hex(), f"0x{word:064x}")


def differing(found: Any) -> list[tuple[str, str, str]]:
    return [(d["about"], d["what"], d["where"]) for d in found["differences"]]


def test_a_book_that_is_equal(audited: Audited) -> None:
    found = report(audited, "--db", audited.db, "--no-transfers", code=0)
    client = BookClient(audited.world.url, audited.world.book)
    assert found["equal"]
    assert {loan["loan_id"] for loan in found["loans"]} == {audited.id(n) for n in audited.loans}
    assert found["block"]["number"] == audited.world.head()
    credited = next(t for t in found["tokens"] if t["token"] == audited.awkward)
    assert (credited["symbol"], credited["decimals"]) == ("AWK", 6)
    lender = audited.world.parties["ben"].address
    waiting = client.credit_of(audited.awkward, lender)
    assert credited["credits"] == credited["balance"] == str(waiting) != "0"
    for loan in found["loans"]:
        debt = client.debt_of(bytes.fromhex(loan["loan_id"][2:])).debt
        assert (loan["status"], int(loan["outstanding"]) == 0) == (
            debt.status.label,
            debt.balance == 0,
        )
        assert int(loan["paid"]["principal"]) == int(loan["principal"]) - int(loan["outstanding"])


def test_transfers_that_the_token_does_not_tell(audited: Audited) -> None:
    """The awkward token logs nothing; those of the other are all found."""
    found = report(audited, code=1)
    assert found["transfers_checked"]
    assert found["transactions"] > 10
    assert {where for _, _, where in differing(found)} == {"token"}
    assert len(found["differences"]) == 4  # lent, two collections, one claim
    for name in ("punctual", "late", "closed", "unpaid"):
        assert report(audited, "--loan", audited.id(name), code=0)["transfers_checked"]


@pytest.mark.parametrize("name", ["late", "closed", "punctual"])
def test_storage_that_differs(audited: Audited, name: str) -> None:
    loan_id = audited.world.loan_id(audited.loans[name])
    debt_key, penalty_key, *_ = loan_keys(loan_id, [])
    word = int(
        audited.world.rpc.call(
            "eth_getStorageAt", audited.world.book, "0x" + debt_key.hex(), "latest"
        ),
        16,
    )
    set_word(audited, debt_key, word ^ 1)
    set_word(audited, penalty_key, 7)
    found = report(audited, "--loan", audited.id(name), code=1)
    what = {(what, where) for about, what, where in differing(found) if about == audited.id(name)}
    assert ("balance", "storage") in what
    assert ("penalty points", "storage") in what
    set_word(audited, debt_key, 7 << 224)
    found = report(audited, "--loan", audited.id(name), code=1)
    assert (audited.id(name), "state", "storage") in differing(found)


def test_money_that_is_missing(audited: Audited) -> None:
    lender = audited.world.parties["ben"].address
    set_word(audited, credit_key(audited.awkward, lender), 10**15)
    audited.world.rpc.call("anvil_dealERC20", audited.world.book, audited.awkward, "0x1")
    found = report(audited, "--no-transfers", code=1)
    assert differing(found) == [
        (audited.awkward, f"credit of {lender}", "storage"),
        (audited.awkward, "balance of the book", "token"),
    ]


def test_money_sent_to_the_book_by_mistake_harms_nothing(audited: Audited) -> None:
    audited.world.rpc.call("anvil_dealERC20", audited.world.book, audited.world.token, "0x5")
    found = report(audited, "--no-transfers", code=0)
    assert next(t for t in found["tokens"] if t["symbol"] == "TUSD")["balance"] == "5"


_WITHOUT_LAST_PAYMENTS = f"""
    DELETE FROM events WHERE id IN (
        SELECT max(e.id) FROM events e JOIN loans l ON l.id = e.loan AND l.closed IS NULL
        WHERE hex(substr(e.topics, 1, 32)) = '{TOPICS["Paid"].hex().upper()}' GROUP BY e.loan
    )
"""


_FORGED_PAYMENT = f"""
    UPDATE events SET data = zeroblob(160) WHERE id = (
        SELECT min(id) FROM events
        WHERE hex(substr(topics, 1, 32)) = '{TOPICS["Paid"].hex().upper()}'
    )
"""


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE loans SET balance = printf('%039d', balance + 1)", "debt balance"),
        ("UPDATE loans SET late = 1 - late", "debt late"),
        ("UPDATE loans SET paid_interest = printf('%039d', 1)", "paid"),
        (_WITHOUT_LAST_PAYMENTS, "number of payments"),
        (_FORGED_PAYMENT, "events"),
        ("UPDATE chains SET hash = zeroblob(32)", "hash of block"),
    ],
)  # fmt: skip
def test_an_index_that_differs(audited: Audited, tmp_path: Path, statement: str, what: str) -> None:
    path = copy_of(audited.db, tmp_path)
    with open_database(path) as db, write(db) as connection:
        connection.execute(statement)
    found = report(audited, "--db", path, "--no-transfers", code=1)
    assert {where for _, _, where in differing(found)} == {"index"}
    assert any(said.startswith(what) for _, said, _ in differing(found))


def test_loans_that_only_one_side_knows(audited: Audited, tmp_path: Path) -> None:
    path = copy_of(audited.db, tmp_path)
    name = "punctual"
    loan_id = audited.world.loan_id(audited.loans[name])
    with open_database(path) as db, write(db) as connection:
        connection.execute("DELETE FROM loans WHERE loan_id = ?", [loan_id])
    found = report(audited, "--db", path, "--no-transfers", code=1)
    assert differing(found) == [(audited.id(name), "state", "index")]
    late = report(audited, "--db", audited.db, "--no-transfers", "--from-block",
                  audited.world.head() + 1, code=1)  # fmt: skip
    assert len(late["differences"]) == len(audited.loans)
    assert {(about, what) for about, what, _ in differing(late)} == {("book", "loan")}


def test_the_index_is_audited_where_it_stands(world: World, tmp_path: Path) -> None:
    agreement = world.originate()
    path = tmp_path / "index.db"
    index(world, path)
    world.pay(agreement, 5 * UNIT)
    audited = Audited(world, {"one": agreement}, path, "")
    found = report(audited, "--db", path, code=0)
    assert found["block"]["number"] == world.head() - 1
    assert found["loans"][0]["payments"] == 0
    assert report(audited, code=0)["loans"][0]["payments"] == 1


def test_one_lender(audited: Audited) -> None:
    lender = audited.world.parties["dora"].address
    found = report(audited, "--lender", lender.lower(), code=0)
    assert {loan["loan_id"] for loan in found["loans"]} == {
        audited.id("closed"),
        audited.id("unpaid"),
    }
    assert found["scope"] == f"lender {lender}"


def test_the_table_and_the_page_tell_the_verdict(audited: Audited, tmp_path: Path) -> None:
    done = run(audited, "--no-transfers")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("EQUAL: 5 loans, nothing differs")
    for part in ("12,000.00", audited.id("late")[:10], "contract storage"):
        assert part in done.stdout
    page = tmp_path / "report.html"
    assert run(audited, "--format", "html", "--out", page).exit_code == 1
    html = page.read_text()
    assert "Differs: 4 differences in 5 loans" in html
    assert "不一致" in html
    assert "<script" not in html
    assert "http" not in html
    table = run(audited)
    assert table.exit_code == 1
    assert table.stdout.startswith("DIFFERS: 4 differences in 5 loans")
    assert "token says 0" in table.stdout


def test_what_cannot_be_audited(audited: Audited, tmp_path: Path) -> None:
    url, book = audited.world.url, audited.world.book
    for options, sentence in [
        (["--rpc", "http://127.0.0.1:9", "--book", book], "no answer from"),
        (["--rpc", url, "--book", "0x12"], "not an address"),
        (["--rpc", url, "--book", audited.world.parties["ada"].address], "there is no contract"),
        (["--rpc", url, "--book", audited.world.token], "no loan book"),
        (["--rpc", url, "--book", book, "--loan", "0x12"], "not a loan id"),
        (["--rpc", url, "--book", book, "--loan", "0x" + "5" * 64], "has no event of loan"),
        (["--rpc", url, "--book", book, "--db", str(tmp_path / "absent")], "no database"),
    ]:
        failed = CliRunner().invoke(command, options)
        assert failed.exit_code == 2, failed.output
        assert failed.stderr.startswith("Could not audit: ")
        assert sentence in failed.stderr
    both = ["--rpc", url, "--book", book, "--loan", "0x1", "--lender", "0x1"]
    assert CliRunner().invoke(command, both).exit_code == 2


def copy_of(path: Path, folder: Path) -> Path:
    """The database as one file of its own."""
    with open_database(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Path(shutil.copy(path, folder / "copy.db"))
