"""Answers made of texts alone: one loan, or a page of loans of a single chain.

Whatever cannot be told at once, because a text is missing, a node would have to be asked, or the
question is an unusual one, is None here, and made as every other answer is. So nothing is refused
here, and a caller may wait for this on the event loop.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import get_args

import orjson

from tallystick.api.schemas.types import Finality
from tallystick.api.snapshot import STATUSES, Snapshot, last_pull
from tallystick.api.state import ServerState
from tallystick.api.texts.store import (
    attach_texts,
    open_texts,
    page_of_briefs,
    text_of,
)
from tallystick.api.texts.text import NULL, Brief, token_json
from tallystick.chain.hashing import to_checksum_address
from tallystick.db import open_database, snapshot
from tallystick.indexer import repository
from tallystick.indexer.marks import block_of, hidden_books, mark_of
from tallystick.indexer.repository import Chain, LoanFilter
from tallystick.settlement.attempts import last_attempts

_ADDRESS = 40
_FINALITY = {word: b'"%b"' % word.encode() for word in get_args(Finality)}
_PAGE = b'{"data":[%b],"has_more":%b,"as_of":%b,"chains":[%b]}'


class Reader:
    """For one thread, that of the event loop."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._home = state.deployment.chain_id
        self._index = open_database(state.settings.db, readonly=True)
        self._texts = open_texts(state.settings.db)
        attach_texts(self._index, state.settings.db)
        self._version = -1
        self._chains: list[Chain] = []
        self._books: dict[int, str] = {}
        self._hidden: set[int] = set()
        self._told: dict[Hashable, bytes] = {}

    def loan(self, loan_id: bytes) -> bytes | None:
        """The answer about one loan."""
        with snapshot(self._index):
            here = self._here()
            if here is None:
                return None
            mark = mark_of(self._index, loan_id)
            if mark is None or mark.book in self._hidden:
                return None
            text = text_of(self._texts, mark, here.today)
            if text is None:
                return None
            brief, rest = text
            briefs = self._filled(here, [(mark.row, loan_id, brief)])
            if briefs is None:
                return None
            escrow = None if rest.escrow is None else _token(here, rest.escrow)
            if rest.escrow is not None and escrow is None:
                return None
            return rest.after(briefs[0], escrow, self._as_of(here, mark.book))

    def page(self, asked: dict[str, str]) -> bytes | None:
        """The page that these parameters of `GET /v1/loans` ask for, each of them well formed."""
        limit = int(asked.get("limit", "20"))
        after = asked.get("starting_after")
        with snapshot(self._index):
            here = self._here()
            if here is None:
                return None
            conditions = self._conditions(here, asked)
            if conditions is None:
                return None
            last = None if after is None else bytes.fromhex(after[2:])
            found = page_of_briefs(self._index, here.today, conditions, last, limit + 1)
            if last is not None and not found and mark_of(self._index, last) is None:
                return None
            briefs = self._filled(here, found[:limit])
        if briefs is None:
            return None
        as_of = self._as_of(here, conditions.book)
        more = b"true" if len(found) > limit else b"false"
        listed = b",".join(briefs)
        return _PAGE % (listed, more, as_of, as_of)

    def close(self) -> None:
        """Closes the connections."""
        self._index.close()
        self._texts.close()

    def _here(self) -> Snapshot | None:
        """The moment that is being read, if there is one chain and its clock needs no node."""
        (version,) = self._index.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._chains = repository.chains(self._index)
            self._books = {one.id: one.address for one in repository.books(self._index)}
            self._hidden = hidden_books(self._index)
            self._version = version
        if [chain.chain_id for chain in self._chains] != [self._home]:
            return None
        view = self._state.view_at_hand(self._chains[0])
        if view is None:
            return None
        return Snapshot(self._index, self._state.deployment.book, self._home, {self._home: view})

    def _conditions(self, here: Snapshot, asked: dict[str, str]) -> LoanFilter | None:
        search = asked.get("q", "").lower().removeprefix("0x") or None
        party = search if search is not None and len(search) == _ADDRESS else None
        book = asked.get("book")
        known = {address: id_ for id_, address in self._books.items()}
        book_id = None if book is None else known.get(to_checksum_address(book))
        if asked.get("chain_id", str(self._home)) != str(self._home):
            return None
        if book is not None and book_id is None:
            return None
        status = asked.get("status")
        return LoanFilter(
            borrower=_address(asked.get("borrower")),
            lender=_address(asked.get("lender")),
            token=_address(asked.get("token")),
            party=_address(party),
            digits=None if party else search,
            status=None if status is None else STATUSES[status],
            due_by=here.today - 1 if status == "overdue" else None,
            book=book_id,
        )

    def _filled(
        self, here: Snapshot, loans: Sequence[tuple[int, bytes, Brief | None]]
    ) -> list[bytes] | None:
        """Loans in brief, each with its id in the index; None if a text is missing or a token is
        not known yet."""
        today, head, finality = here.today, here.head.number, here.standing.finality
        tokens: dict[str, bytes | None] = {}
        pulls = last_attempts(self._index, [loan_id for _, loan_id, _ in loans])
        filled = []
        for row, loan_id, brief in loans:
            if brief is None:
                return None
            token = tokens.get(brief.token)
            if token is None:
                token = tokens[brief.token] = _token(here, brief.token)
                if token is None:
                    return None
            told = NULL
            if loan_id in pulls:
                told = orjson.dumps(last_pull(pulls[loan_id]).model_dump(mode="json"))
            block, closed = block_of(row), brief.closed
            references: list[int | bytes] = [head - block + 1, _FINALITY[finality(block)]]
            if closed is not None:
                references += [head - closed + 1, _FINALITY[finality(closed)]]
            filled.append(brief.filled(today, token, told, *references))
        return filled

    def _as_of(self, here: Snapshot, book: int | None) -> bytes:
        """The same until the next commit or day."""
        key = self._version, here.today, book
        if key not in self._told:
            address = None if book is None else self._books[book]
            self._told = {key: orjson.dumps(here.as_of(address).model_dump())}
        return self._told[key]


def _token(here: Snapshot, address: str) -> bytes | None:
    facts = here.tokens.at_hand(address)
    return None if facts is None else token_json(facts)


def _address(given: str | None) -> str | None:
    return None if given is None else to_checksum_address(given)
