"""An index with any number of loans, written by the indexer's own store from made-up logs."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from fastapi import FastAPI

from tallystick.api.answers import AnswerCache
from tallystick.api.texts.writer import Writer
from tallystick.chain.codec import TOPICS
from tallystick.chain.deployment import ChainIdentity, Deployment
from tallystick.chain.words import terms_words
from tallystick.config import Settings
from tallystick.db import open_database
from tallystick.indexer.source import Batch, Header, Log
from tallystick.indexer.store import Store
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_of, day_at, ymd_of
from tallystick.loans.conditions import Conditions
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH

CHAIN = 1  # not a development chain: amounts are due by the wall clock
BOOK = to_checksum_address("0x" + "b0" * 20)
TOKEN = to_checksum_address("0x" + "70" * 20)
LENDERS, BORROWERS = 10, 1_000
_PER_BLOCK, _BATCH = 100, 50


def account(kind: int, number: int) -> str:
    """An address for each pair."""
    return to_checksum_address((bytes([kind]) + number.to_bytes(19, "big")).hex())


def lender(number: int) -> str:
    """Lender of the loans whose number leaves this remainder."""
    return account(0xAA, number % LENDERS)


def borrower(number: int) -> str:
    """Borrower of the loans whose number leaves this remainder."""
    return account(0xBB, number % BORROWERS)


def loan_id(number: int) -> bytes:
    """Spread over the whole range, as hashes are."""
    return _hash(f"loan {number}")


def transaction(number: int) -> bytes:
    """The transaction that originated a loan."""
    return _hash(f"transaction {number}")


def make_index(folder: Path, loans: int) -> Settings:
    """Settings of a server whose index holds `loans` loans, one in ten of them overdue."""
    record = folder / "deployment.json"
    record.write_text(json.dumps({"chain_id": CHAIN, "book": {"address": BOOK, "block": 1}}))
    deployment = Deployment(chain_id=CHAIN, book=BOOK, from_block=1)
    settings = Settings(
        rpc_url="http://127.0.0.1:9", db=folder / "index.db", deployment=record
    )  # nobody listens there
    begun = int(time.time()) - 10_000_000
    with open_database(settings.db, rebuildable=True) as db:
        store = Store(db, CHAIN)
        base = _header(0, begun)
        cursor = store.open(ChainIdentity(CHAIN, base.hash, b""), deployment, base)
        last = -(-loans // _PER_BLOCK)
        for first in range(1, last + 1, _BATCH):
            headers = [_header(n, begun) for n in range(first, min(first + _BATCH, last + 1))]
            logs = [log for header in headers for log in _logs(header, loans)]
            cursor = store.append(cursor, [Batch(headers, logs)], last)
    return settings


def _logs(header: Header, loans: int) -> list[Log]:
    first = (header.number - 1) * _PER_BLOCK
    numbers = range(first, min(first + _PER_BLOCK, loans))
    return [_log(header, index, number) for index, number in enumerate(numbers)]


def _log(header: Header, index: int, number: int) -> Log:
    parties = [bytes.fromhex(a[2:]).rjust(32, b"\0") for a in (borrower(number), lender(number))]
    topics = TOPICS["Originated"] + loan_id(number) + b"".join(parties)
    data = terms_words(_agreement(number))
    return Log(header.number, index, header.hash, transaction(number), topics, data, 1)


def _agreement(number: int) -> Agreement:
    start = day_at(int(time.time())) - 20
    return replace(
        _TERMS,
        borrower=borrower(number),
        lender=lender(number),
        start_date=ymd_of(date_of(start)),
        first_due_date=ymd_of(date_of(start + (10 if number % 10 == 3 else 40))),
        conditions=replace(_TERMS.conditions, borrower_nonce=number),
    )


def _header(number: int, begun: int) -> Header:
    return Header(number, _hash(f"block {number}"), _hash(f"block {number - 1}"), begun + number, 0)


def keep_no_answers(app: FastAPI) -> None:
    """Has every request do its work."""
    state = app.state.server
    state.answers.close()
    db = open_database(state.settings.db, readonly=True)
    state.answers = AnswerCache(db, settable=False, most_bytes=0)


def write_texts(app: FastAPI) -> None:
    """Writes the texts of all loans."""
    writer = Writer(app.state.server)
    while writer.round():
        pass
    writer.close()


def _hash(text: str) -> bytes:
    return keccak(text=text)


_TERMS = Agreement(
    borrower=borrower(0),
    lender=lender(0),
    token=TOKEN,
    principal=1_000_000_000,
    installment=0,
    quantum=1,
    annual_rate=120_000_000,
    penalty_rate=0,
    prepayment_fee=0,
    grace_days=0,
    penalty_cap_days=0,
    amortization=Amortization.INTEREST_ONLY,
    interest_method=InterestMethod.DECLINING,
    day_count=DayCount.THIRTY_360,
    prepayment=Prepayment.SHORTER_TERM,
    waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL,
    frequency=Frequency.DAYS,
    every=30,
    count=12,
    grace_principal=0,
    grace_interest=0,
    start_date=0,
    first_due_date=0,
    due_day=0,
    rows=NO_ADDRESS,
    amends=NO_HASH,
    conditions=Conditions(b"\1" * 32, 0, 0, 0, 2**40 - 1),
)
