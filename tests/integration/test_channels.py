"""Money by bank and counter, from a statement file to the loan on chain, and the books after."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.integration.api.server import write_record
from tests.integration.world import UNIT, Party, World

from tallystick.chain import calls
from tallystick.chain.sender import Sender, SenderPolicy
from tallystick.channels import receipts
from tallystick.channels.catalogue import Channel, ChannelKind
from tallystick.channels.errors import ReceiptKnown, ReceiptSettled, ResolutionInvalid
from tallystick.channels.match import Reason
from tallystick.channels.payer import Node, Payer
from tallystick.channels.receipts import Taken, receipts_file
from tallystick.channels.reconcile import Verdict, reconcile
from tallystick.channels.reference import reference_of
from tallystick.cli import main
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.repository import get_loan, open_index
from tallystick.intake.csvfile import Layout
from tallystick.intake.read import parse_statement
from tallystick.loans.agreement import Agreement

DAY = 20_543
"""2026-03-31."""
STAFF = "subject_staff"


class House:
    """A collector with an account on chain, beside an index."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.path = folder / "index.db"
        self.collector = world.parties["dora"]
        self.bank = Channel("bank", ChannelKind.BANK, "USD", world.token, 6)
        self.channels = {"bank": self.bank}
        self.catch_up()
        self.file = receipts_file(folder / "receipts.db")
        self.index = open_index(self.path)
        self.sender = Sender(
            world.rpc, self.collector.key, world.chain_id, SenderPolicy(patience=5, poll=0.02)
        )
        self.payer = self.another()

    def another(self) -> Payer:
        node = Node(self.world.rpc, self.sender)
        with self.file.open() as db:
            return Payer(db, self.index, self.channels, {self.world.chain_id: node})

    def catch_up(self) -> None:
        with Indexer(self.world.rpc, self.world.deployment, self.path) as indexer:
            indexer.run_until_head()

    def take(self, *lines: tuple[str, str]) -> Taken:
        """A statement of amounts and texts."""
        self.catch_up()
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["Date", "Amount", "Currency", "Description"])
        writer.writerows(("2026-03-31", amount, "USD", text) for amount, text in lines)
        statement = parse_statement(out.getvalue().encode(), Layout())
        with self.file.open() as db:
            return receipts.take(db, self.index, self.bank, statement, 1)

    def all(self, state: str | None = None) -> list[receipts.Receipt]:
        with self.file.open() as db:
            return receipts.page(db, 100, state=state)

    def pay(self) -> Any:
        self.catch_up()
        done = self.payer.run_once()
        self.catch_up()
        return done

    def resolve(self, receipt: receipts.Receipt, act: str, loan: bytes | None = None) -> Any:
        with self.file.open() as db:
            return receipts.resolve(
                db, self.index, self.bank, receipt.receipt_id, STAFF, act, loan, 2
            )

    def report(self) -> Any:
        self.catch_up()
        with self.file.open() as db:
            return reconcile(db, self.index, self.channels, 0, 2**31)

    def paid(self, agreement: Agreement) -> list[int]:
        """What the loan's payments come to, by the events of the chain."""
        self.catch_up()
        state = get_loan(self.index, self.world.loan_id(agreement))
        assert state is not None
        assert all(payment.payer == self.collector.address for payment in state.payments)
        return [payment.split.total for payment in state.payments]

    def ref(self, agreement: Agreement) -> str:
        return reference_of(self.world.loan_id(agreement))


@pytest.fixture
def house(world: World, tmp_path: Path) -> Iterator[House]:
    opened = House(world, tmp_path)
    yield opened
    opened.index.close()
    opened.file.close()


def test_a_statement_becomes_payments_and_the_books_agree(house: House) -> None:
    world = house.world
    one, two = world.originate(), world.originate(borrower="cem")
    lines = [
        ("50.00", f"instalment {house.ref(one)}"),
        ("106.62", house.ref(two).lower()),
        ("-20.00", "bank charges"),
    ]
    assert house.take(*lines) == Taken(matched=2, outgoing=1)
    assert house.report().verdict is Verdict.WAITS
    assert house.pay().paid == 2
    assert house.paid(one) == [50 * UNIT]
    assert house.paid(two) == [106_620_000]
    report = house.report()
    assert report.verdict is Verdict.EQUAL
    (row,) = report.rows
    assert (row.receipts, row.came, row.paid, row.differs) == (2, 15662, 15662, 0)
    for receipt in house.all():
        assert receipt.state == "paid"
        logs = world.rpc.call("eth_getTransactionReceipt", f"0x{receipt.tx_hash.hex()}")["logs"]
        assert any(f"0x{receipt.tag.hex()}" in log["topics"] for log in logs)
    assert house.pay() == type(house.pay())()


def test_nothing_is_matched_twice(house: House) -> None:
    """The same file again, a file that overlaps, and two payments that are really equal."""
    loan = house.world.originate()
    ref = house.ref(loan)
    equal, other = ("10.00", ref), ("12.00", f"again {ref}")
    assert house.take(equal, equal) == Taken(matched=2)
    assert house.take(equal, equal) == Taken(known=2)
    assert house.take(equal, equal, other) == Taken(matched=1, known=2)
    assert house.take(other) == Taken(known=1)
    house.pay()
    assert house.take(equal, equal, other) == Taken(known=3)
    assert house.pay().paid == 0
    assert sorted(house.paid(loan)) == [10 * UNIT, 10 * UNIT, 12 * UNIT]
    with house.file.open() as db:
        receipts.take_one(db, house.index, house.bank, "slip-7", ref, 500, DAY, 1)
        with pytest.raises(ReceiptKnown):
            receipts.take_one(db, house.index, house.bank, "slip-7", ref, 500, DAY, 1)


def test_what_is_not_clear_waits_for_a_person(house: House) -> None:
    world = house.world
    loan, closed = world.originate(), world.originate(borrower="cem")
    world.payoff(closed)
    ref = house.ref(loan)
    lines = [
        ("10.00", "rent"),
        ("11.00", ref[:-1] + ("0" if ref[-1] != "0" else "1")),
        ("12.00", f"{ref} {house.ref(closed)}"),
        ("13.00", reference_of(bytes(32))),
        ("14.00", house.ref(closed)),
        ("-15.00", f"Returned payment {ref} insufficient funds"),
    ]
    assert house.take(*lines) == Taken(open=6)
    assert [receipt.reason for receipt in house.all("open")] == [
        Reason.NO_REFERENCE,
        Reason.REFERENCE_INVALID,
        Reason.SEVERAL_REFERENCES,
        Reason.UNKNOWN_REFERENCE,
        Reason.LOAN_CLOSED,
        Reason.CHARGED_BACK,
    ]
    assert house.pay().paid == 0
    rent, slip, _, _, late, back = house.all("open")
    id_ = world.loan_id(loan)
    assert house.resolve(rent, "match", id_).state == "matched"
    assert house.resolve(slip, "ignore").state == "ignored"
    assert house.resolve(late, "return").state == "returned"
    for receipt, act, target, error in [
        (rent, "return", None, ReceiptSettled),
        (late, "match", id_, ReceiptSettled),
        (back, "match", id_, ResolutionInvalid),
    ]:
        with pytest.raises(error):
            house.resolve(receipt, act, target)
    third = house.all("open")[0]
    with pytest.raises(ResolutionInvalid, match="loan_closed"):
        house.resolve(third, "match", world.loan_id(closed))
    with pytest.raises(ResolutionInvalid):
        house.resolve(third, "match", bytes(32))
    assert house.pay().paid == 1
    assert house.paid(loan) == [10 * UNIT]
    report = house.report()
    assert (report.verdict, report.rows[0].differs) == (Verdict.WAITS, 0)


def test_more_than_is_owed_goes_back_and_less_is_taken_as_it_is(house: House) -> None:
    world = house.world
    loan = world.originate()
    house.take(("0.07", house.ref(loan)), ("5000.00", f"all of it {house.ref(loan)}"))
    assert house.pay().paid == 2
    small, large = house.all()
    assert (small.paid, small.reason) == (70_000, None)
    assert large.reason == Reason.SURPLUS
    assert large.paid is not None
    assert large.paid < 1_300 * UNIT
    assert sum(house.paid(loan)) == small.paid + large.paid
    row = house.report().rows[0]
    assert house.report().verdict is Verdict.WAITS
    # what the ledger keeps to the last unit, the bank keeps to the cent
    assert row.paid + row.surplus == row.came
    with pytest.raises(ResolutionInvalid):
        house.resolve(large, "ignore")
    house.resolve(large, "return")
    assert house.report().verdict is Verdict.EQUAL


def test_killed_after_sending_it_finds_its_payment_and_pays_no_second(house: House) -> None:
    loan = house.world.originate()
    house.take(("10.00", house.ref(loan)), ("20.00", f"b {house.ref(loan)}"))

    class Killed(Exception):
        pass

    send = house.sender.send

    def after(*arguments: Any, **more: Any) -> Any:
        send(*arguments, **more)
        raise Killed

    def before(*_: Any, **__: Any) -> Any:
        raise Killed

    for dying in (after, before):
        house.sender.send = dying  # type: ignore[method-assign]
        with pytest.raises(Killed):
            house.payer.run_once()
    house.sender.send = send  # type: ignore[method-assign]
    house.payer = house.another()
    done = house.pay()
    assert (done.paid, done.again) == (1, 1)  # the first was found before the second death
    assert house.paid(loan) == [10 * UNIT, 20 * UNIT]
    assert house.report().verdict is Verdict.EQUAL


def test_while_something_is_under_way_nothing_is_sent_beside_it(house: House) -> None:
    world = house.world
    loan = world.originate()
    house.take(("10.00", house.ref(loan)))
    world.rpc.call("evm_setAutomine", False)
    world.rpc.call(
        "eth_sendTransaction",
        {"from": house.collector.address, "to": house.collector.address, "value": "0x0"},
    )
    assert (house.payer.run_once().waiting, len(house.all("matched"))) == (1, 1)
    world.rpc.call("evm_setAutomine", True)
    world.mine()
    assert house.pay().paid == 1


def test_a_payment_that_a_reorg_takes_back_is_made_again(house: House) -> None:
    world = house.world
    loan = world.originate()
    world.mine(2)
    house.take(("10.00", house.ref(loan)))
    house.pay()
    assert house.paid(loan) == [10 * UNIT]
    world.reorg(1)
    assert house.paid(loan) == []
    assert house.report().verdict is Verdict.DIFFERS
    assert house.pay().again == 1
    house.pay()
    assert house.paid(loan) == [10 * UNIT]
    assert house.report().verdict is Verdict.EQUAL


def test_a_collector_without_tokens_pays_nothing_and_says_so(house: House) -> None:
    world = house.world
    loan = world.originate()
    house.take(("10.00", house.ref(loan)))
    world.approve(house.collector, 0)
    assert (house.pay().waiting, len(house.all("matched"))) == (1, 1)
    world.approve(house.collector, 2**255)
    assert house.pay().paid == 1


def test_a_payment_through_a_channel_that_no_receipt_explains_is_told(house: House) -> None:
    world = house.world
    loan = world.originate()
    call = calls.pay_through_call(loan, UNIT, house.bank.tag, b"\x07" * 32)
    world.send(house.collector, call)
    report = house.report()
    assert report.verdict is Verdict.DIFFERS
    assert [channel for channel, _ in report.foreign] == ["bank"]


def test_the_command_line_from_file_to_report(house: House) -> None:
    world, folder = house.world, house.folder
    loan = world.originate()
    house.catch_up()
    write_record(world, folder / "deployment.json")
    (folder / "channels.yaml").write_text(
        f"bank: {{kind: bank, currency: USD, token: '{world.token}', token_decimals: 6}}"
    )
    environment = {
        "TALLYSTICK_RPC_URL": world.url,
        "TALLYSTICK_DB": str(house.path),
        "TALLYSTICK_DEPLOYMENT": str(folder / "deployment.json"),
        "TALLYSTICK_CHANNELS": str(folder / "channels.yaml"),
        "TALLYSTICK_RECEIPTS": str(folder / "receipts.db"),
        "TALLYSTICK_COLLECTOR_KEY": "0x" + Party.named("dora").key.hex(),
    }

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["channels", *arguments], env=environment)

    shown = run("reference", f"0x{world.loan_id(loan).hex()}").output.strip()
    assert shown.replace(" ", "") == house.ref(loan)
    file = folder / "statement.csv"
    file.write_text(f"Date,Amount,Currency,Description\n2026-03-31,10.00,USD,{shown}\n")
    for expected in ("1 matched, 0 to be", "0 matched, 0 to be decided on, 1 known"):
        assert expected in run("take", str(file), "--channel", "bank").output
    waiting = run("report")
    assert (waiting.exit_code, waiting.output.splitlines()[0]) == (1, "WAITS")
    assert run("pay", "--once").stdout == "1 paid, 0 to be decided on, 0 waiting.\n"
    house.catch_up()
    done = run("report", "--format", "json", "--from", "2026-03-31", "--to", "2026-03-31")
    assert done.exit_code == 0
    assert json.loads(done.output)["rows"][0] | {"receipts": 1} == {
        "day": "2026-03-31", "channel": "bank", "currency": "USD", "receipts": 1,
        "came": "10.00", "paid": "10.00", "surplus": "0.00", "waits": "0.00", "open": "0.00",
        "returned": "0.00", "ignored": "0.00", "differs": "0.00",
    }  # fmt: skip
    assert run("report", "--format", "csv").output.count("\n") == 2
    assert "paid" in run("list").output
    refused = run("take", str(file), "--channel", "shop")
    assert (refused.exit_code, "no channel shop" in refused.output) == (1, True)
