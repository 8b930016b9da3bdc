"""Checks a proof against a block hash, without any node."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from tallystick.chain.codec import decode, loan_id_of
from tallystick.chain.errors import LogUndecodable
from tallystick.chain.typed_data import digest
from tallystick.chain.words import with_plan
from tallystick.loans.bounds import check_agreement
from tallystick.loans.errors import LoanError
from tallystick.loans.events import (
    Amended,
    Claimed,
    EventRef,
    LoanEvent,
    NonceRevoked,
    Originated,
)
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Status
from tallystick.loans.members import NO_ADDRESS
from tallystick.proof.document import ProofDocument, ProvenEvent, ProvenState
from tallystick.proof.errors import HashUntrusted, ProofRefused
from tallystick.proof.header import Header
from tallystick.proof.layout import (
    OF_LOAN,
    Seat,
    Stored,
    guarantors_of,
    loan_keys,
    seat_of,
    stored_of,
    unpack,
)
from tallystick.proof.receipt import logs_of, trie_key
from tallystick.proof.steps import walk
from tallystick.proof.witness import Witness


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof was found to prove. `rests_on` are the hashes that had to be trusted."""

    state: LoanState
    events: tuple[LoanEvent, ...]
    block: Header
    book: str
    chain_id: int
    code_hash: bytes
    rests_on: tuple[bytes, ...]


def parse(raw: Any) -> ProofDocument:
    """The document in parsed JSON. Raises ProofRefused."""
    try:
        return ProofDocument.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = "/".join(str(part) for part in first["loc"])
        raise ProofRefused(f"not a proof of this format: {place}: {first['msg']}") from None


def verify(document: ProofDocument, trusted: Collection[bytes]) -> Verified:
    """Checks everything the document says against the trusted block hashes.

    Raises ProofRefused, as HashUntrusted when a hash that it rests on was not given.
    """
    witness = Witness(bytes.fromhex(entry[2:]) for entry in document.witness)
    stated = bytes.fromhex(document.block.hash[2:])
    if stated not in trusted:
        raise HashUntrusted([document.block.hash])
    block = witness.header(stated, "the trusted block")
    if (block.number, block.timestamp) != (document.block.number, document.block.timestamp):
        raise ProofRefused("number or time of the trusted block are not those of its header")
    reached = walk(witness, block, document.steps, trusted)
    events = [_with_rows(witness, block, event) for event in _events(witness, reached, document)]
    state = _folded(events, document)
    terms = [event.agreement for event in events if isinstance(event, Originated | Amended)]
    proven, code_hash = _stored(witness, block, document, guarantors_of(terms), seat_of(state))
    if ProvenState.of(proven) != document.state:
        raise ProofRefused("the stated state is not the one in the book's storage")
    if stored_of(state) != proven:
        raise ProofRefused(
            "the events do not add up to the book's storage: some are missing or belong to "
            "another time"
        )
    rests_on = [stated, *(bytes.fromhex(s.hash[2:]) for s in document.steps if s.by == "trusted")]
    return Verified(
        state, tuple(events), block, document.book, document.chain_id, code_hash, tuple(rests_on)
    )


def _stored(
    witness: Witness,
    block: Header,
    document: ProofDocument,
    guarantors: list[str],
    seat: Seat | None,
) -> tuple[Stored, bytes]:
    """What the book's storage holds of the loan, and the hash of the book's code."""
    book, loan_id = bytes.fromhex(document.book[2:]), bytes.fromhex(document.loan_id[2:])
    root, code_hash = witness.account(block.state_root, book, "the book")
    names = [*(f"the loan's word in {name}" for name in OF_LOAN), *guarantors]
    if seat is not None:
        names.append("the seat of the holder")
    pairs = zip(names, loan_keys(loan_id, guarantors, seat), strict=True)
    words = [witness.word(root, key, name) for name, key in pairs]
    try:
        stored = unpack(words, guarantors, seat)
    except ValueError as error:
        raise ProofRefused("the book's storage holds no such state of the loan") from error
    if stored.debt.status is Status.NONE:
        raise ProofRefused("the book's storage knows no such loan")
    return stored, code_hash


def _with_rows(witness: Witness, block: Header, event: LoanEvent) -> LoanEvent:
    """The event with the custom rows of its agreement, which are the code of a contract."""
    if not isinstance(event, Originated | Amended) or event.agreement.rows == NO_ADDRESS:
        return event
    rows = bytes.fromhex(event.agreement.rows[2:])
    code = witness.code(block.state_root, rows, "the custom rows")
    try:
        return replace(event, agreement=with_plan(event.agreement, code))
    except ValueError as error:
        raise ProofRefused("the custom rows are not as many as the agreement has") from error


def _events(
    witness: Witness, reached: dict[int, Header], document: ProofDocument
) -> list[LoanEvent]:
    """Every event of the loan in the receipts that the document names, in chain order."""
    places = sorted({(event.block, event.transaction_index) for event in document.events})
    events: list[LoanEvent] = []
    claims: list[ProvenEvent] = []
    for number, index in places:
        header = reached.get(number)
        if header is None:
            raise ProofRefused(f"nothing leads from the trusted block to block {number}")
        for event in _in_receipt(witness, header, index, document):
            events.append(event)
            claims.append(ProvenEvent.of(event, number, index, header.timestamp))
    if claims != document.events:
        raise ProofRefused("the stated events are not those in the receipts")
    return events


def _in_receipt(
    witness: Witness, header: Header, index: int, document: ProofDocument
) -> list[LoanEvent]:
    """The loan's events in one receipt; positions count the logs of the transaction."""
    what = f"receipt {index} of block {header.number}"
    encoded = witness.lookup(header.receipts_root, trie_key(index), what)
    if not encoded:
        raise ProofRefused(f"there is no {what}")
    book, loan_id = bytes.fromhex(document.book[2:]), bytes.fromhex(document.loan_id[2:])
    found: list[LoanEvent] = []
    for position, log in enumerate(logs_of(encoded)):
        if log.address != book or loan_id_of(log.topics) != loan_id:
            continue
        ref = EventRef(
            document.chain_id,
            document.book,
            header.number,
            header.hash,
            header.timestamp,
            b"",
            position,
        )
        try:
            event = decode(log.topics, log.data, ref)
        except LogUndecodable as error:
            raise ProofRefused(f"{what} holds a log that is no event of a book") from error
        if not isinstance(event, Claimed | NonceRevoked):
            found.append(event)
    return found


def _folded(events: list[LoanEvent], document: ProofDocument) -> LoanState:
    if not events or not isinstance(events[0], Originated):
        raise ProofRefused("the event that recorded the loan is missing")
    agreement = events[0].agreement
    if digest(agreement, document.chain_id, document.book).hex() != document.loan_id[2:]:
        raise ProofRefused("the published terms are not those of this loan, book and chain")
    if agreement.to_json() != document.agreement:
        raise ProofRefused("the stated terms are not the published ones")
    amendments = [event for event in events if isinstance(event, Amended)]
    if [event.agreement.to_json() for event in amendments] != document.amendments:
        raise ProofRefused("the stated amendments are not the published ones")
    for event in amendments:
        if digest(event.agreement, document.chain_id, document.book) != event.terms_after:
            raise ProofRefused("an amendment's terms are not those that were signed")
    try:
        check_agreement(agreement)
        return fold(events)
    except LoanError as error:
        raise ProofRefused(f"the events contradict each other: {error}") from error
