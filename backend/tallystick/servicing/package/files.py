"""The files of the package, each made by what makes it for people already."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tallystick.chain.readable import values_of
from tallystick.chain.typed_data import amendment_typed_data, typed_data
from tallystick.loans.calendar import date_of, day_at
from tallystick.loans.delinquency.policy import AssetClass
from tallystick.loans.events import Amended, LoanEvent
from tallystick.loans.fold import LoanState
from tallystick.loans.statements.account import account_statement
from tallystick.loans.statements.amortization import amortization_table
from tallystick.loans.statements.sheet import Currency, Sheet
from tallystick.proof.document import ProofDocument
from tallystick.servicing.cases.collections import Action, Collection
from tallystick.servicing.cases.contacts import Contact
from tallystick.servicing.cases.disputes import Dispute
from tallystick.servicing.cases.promises import Promise
from tallystick.servicing.close.line import Line
from tallystick.servicing.close.notices import Notice
from tallystick.statements.csv import render_csv
from tallystick.statements.pdf import render_pdf
from tallystick.statements.words import Language


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the package tells, as of the block of `proof`. Of people it has ids only."""

    loan: LoanState
    events: Sequence[LoanEvent]
    proof: ProofDocument
    currency: Currency
    notices: Sequence[Notice] = ()
    lines: Sequence[tuple[int, int, Line]] = ()
    cases: Sequence[tuple[Collection, Sequence[Contact], Sequence[Action]]] = ()
    promises: Sequence[Promise] = ()
    disputes: Sequence[Dispute] = ()

    @property
    def at(self) -> int:
        """Time of the block, Unix seconds."""
        return self.proof.block.timestamp

    @property
    def day(self) -> int:
        return day_at(self.at)


def files_of(facts: Facts, language: Language) -> dict[str, bytes]:
    """The files by name."""
    return {
        **_agreements(facts),
        **_sheets(facts, language),
        "proof.json": facts.proof.model_dump_json(indent=1).encode() + b"\n",
        "events.json": _json([_event(event) for event in facts.events]),
        "payments.csv": _payments(facts),
        "notices.json": _json([_notice(one) for one in facts.notices]),
        "closes.csv": _closes(facts),
        "cases.json": _json([_case(*one) for one in facts.cases]),
        "promises.json": _json([_promise(one) for one in facts.promises]),
        "disputes.json": _json([_dispute(one) for one in facts.disputes]),
    }


def _agreements(facts: Facts) -> dict[str, bytes]:
    loan, ref = facts.loan, facts.loan.originated
    place = ref.chain_id, ref.book
    found = {"agreement.json": _json(typed_data(loan.original, *place))}
    changes = [change for change in loan.changes if isinstance(change, Amended)]
    for number, change in enumerate(changes, start=1):
        document = amendment_typed_data(change.agreement, change.amendment, *place)
        found[f"amendment-{number}.json"] = _json(document)
    return found


def _sheets(facts: Facts, language: Language) -> dict[str, bytes]:
    loan, created = facts.loan, datetime.fromtimestamp(facts.at, UTC)
    first = day_at(loan.originated.timestamp)
    sheets: dict[str, Sheet] = {
        "schedule": amortization_table(loan, facts.day).sheet(facts.currency),
        "statement": account_statement(loan, first, facts.day).sheet(facts.currency),
    }
    found = {}
    for name, sheet in sheets.items():
        found[f"{name}.csv"] = render_csv(sheet)
        found[f"{name}.pdf"] = render_pdf(sheet, language, created)
    return found


def _payments(facts: Facts) -> bytes:
    """Each payment with its place on chain, under which the proof has its event."""
    head = (
        "number",
        "date",
        "payer",
        "source",
        *("penalty", "interest", "fee", "principal", "total", "outstanding"),
        *("block_number", "block_hash", "transaction_hash", "log_index"),
    )
    rows = []
    for number, paid in enumerate(facts.loan.payments, start=1):
        split, ref = paid.split, paid.ref
        amounts = split.penalty, split.interest, split.fee, split.principal, split.total
        place = ref.block_number, _hex(ref.block_hash), _hex(ref.tx_hash), ref.log_index
        first = number, date_of(paid.day), paid.payer, paid.source.label
        rows.append((*first, *amounts, paid.outstanding, *place))
    return _csv(head, rows)


def _closes(facts: Facts) -> bytes:
    head = ("date", "version", "due_date", "days_past_due", "class", "outstanding", "provision")
    rows = [
        (
            date_of(day),
            version,
            "" if line.due_day is None else date_of(line.due_day),
            line.days,
            AssetClass(line.asset_class).label,
            int(line.outstanding),
            int(line.provision),
        )
        for day, version, line in facts.lines
    ]
    return _csv(head, rows)


def _event(event: LoanEvent) -> dict[str, object]:
    ref = event.ref
    return {
        "event": type(event).__name__,
        "block_number": ref.block_number,
        "block_hash": _hex(ref.block_hash),
        "transaction_hash": _hex(ref.tx_hash),
        "log_index": ref.log_index,
        "at": _time(ref.timestamp),
        "values": values_of(event),
    }


def _notice(found: Notice) -> dict[str, object]:
    return {"kind": found.kind, "date": str(date_of(found.day)), "facts": found.facts}


def _case(
    case: Collection, contacts: Iterable[Contact], actions: Iterable[Action]
) -> dict[str, object]:
    return {
        "collection_id": case.collection_id,
        "state": case.state,
        "opened_at": _time(case.opened_at),
        "closed_at": None if case.closed_at is None else _time(case.closed_at),
        "closure": case.closure,
        "agency": case.agency,
        "contacts": [
            {
                "at": _time(one.at),
                "direction": one.direction,
                "channel": one.channel,
                "outcome": one.outcome,
            }
            for one in contacts
        ],
        "actions": [{"at": _time(one.at), "action": one.action} for one in actions],
    }


def _promise(found: Promise) -> dict[str, object]:
    return {
        "made_at": _time(found.made_at),
        "amount": str(found.amount),
        "due_date": str(date_of(found.due_day)),
        "state": found.state,
        "paid": str(found.paid),
    }


def _dispute(found: Dispute) -> dict[str, object]:
    return {
        "kind": found.kind,
        "topic": found.topic,
        "filed_at": _time(found.filed_at),
        "state": found.state,
        "outcome": found.outcome,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
