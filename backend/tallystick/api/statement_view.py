"""Statements in the API's words."""

from __future__ import annotations

from tallystick.api.schemas.statements import (
    AccountEntry,
    AmortizationAnswer,
    AmortizationEntry,
    ReceiptAnswer,
    ReceiptRow,
    SignedSplit,
    StatementAnswer,
)
from tallystick.api.schemas.types import iso_date
from tallystick.api.snapshot import Snapshot, hex_of, source_of, split_amounts
from tallystick.loans.debt import Split
from tallystick.loans.fold import LoanState
from tallystick.loans.statements.account import AccountStatement
from tallystick.loans.statements.amortization import AmortizationTable
from tallystick.loans.statements.receipt import Receipt


def statement_json(
    snapshot: Snapshot, loan: LoanState, statement: AccountStatement
) -> StatementAnswer:
    return StatementAnswer(
        loan_id=hex_of(loan.loan_id),
        token=snapshot.token(loan.agreement.token),
        first_date=iso_date(statement.first_day),
        last_date=iso_date(statement.last_day),
        opening=split_amounts(statement.opening),
        data=[
            AccountEntry(
                date=iso_date(entry.day),
                kind=entry.kind,
                item=entry.item,
                change=_signed(entry.change),
                balance=split_amounts(entry.balance),
            )
            for entry in statement.entries
        ],
        closing=split_amounts(statement.closing),
        as_of=snapshot.as_of(),
    )


def amortization_json(
    snapshot: Snapshot, loan: LoanState, table: AmortizationTable
) -> AmortizationAnswer:
    return AmortizationAnswer(
        loan_id=hex_of(loan.loan_id),
        token=snapshot.token(loan.agreement.token),
        data=[
            AmortizationEntry(
                n=row.n,
                due_date=row.due_date.isoformat(),
                principal=str(row.principal),
                interest=str(row.interest),
                total=str(row.total),
                balance=str(row.balance),
                paid=str(row.paid),
                status=row.status,
            )
            for row in table.rows
        ],
        as_of=snapshot.as_of(),
    )


def receipt_json(snapshot: Snapshot, loan: LoanState, receipt: Receipt) -> ReceiptAnswer:
    payment = receipt.payment
    return ReceiptAnswer(
        loan_id=hex_of(loan.loan_id),
        token=snapshot.token(loan.agreement.token),
        payment=receipt.number,
        date=iso_date(payment.day),
        payer=payment.payer,
        source=source_of(payment),
        split=split_amounts(payment.split),
        data=[
            ReceiptRow(
                n=line.n,
                due_date=line.due_date.isoformat(),
                interest=str(line.interest),
                principal=str(line.principal),
                prepaid=str(line.prepaid),
                total=str(line.total),
                completed=line.completed,
            )
            for line in receipt.lines
        ],
        outstanding_before=str(receipt.outstanding_before),
        outstanding_after=str(payment.outstanding),
        chain=snapshot.reference(payment.ref),
        as_of=snapshot.as_of(),
    )


def _signed(split: Split) -> SignedSplit:
    return SignedSplit(
        penalty=str(split.penalty),
        interest=str(split.interest),
        fee=str(split.fee),
        principal=str(split.principal),
        total=str(split.total),
    )
