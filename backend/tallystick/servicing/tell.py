"""Makes messages of the notices that closes found. What the chain's own events or the daily look at
due dates have told already has the same key, and is not told again."""

from __future__ import annotations

import time
from collections.abc import Callable

from tallystick.chain.deployment import load_deployment
from tallystick.config import Settings
from tallystick.db import Database, snapshot, write
from tallystick.identity.vault.files import PrivateFile
from tallystick.indexer import repository
from tallystick.indexer.repository import open_index
from tallystick.loans.calendar import date_of, day_at
from tallystick.loans.fold import LoanState
from tallystick.messages.currencies import Currencies
from tallystick.messages.drafts import Draft, loan_text, reminder
from tallystick.messages.outbox import enqueue, messages_file, told_at
from tallystick.messages.places import place, set_place
from tallystick.messages.rules import Rules, load_rules
from tallystick.servicing.close.notices import (
    CORRECTED,
    CURED,
    DUE_SOON,
    DUE_TODAY,
    OVERDUE,
    Notice,
    notices_after,
)
from tallystick.servicing.close.store import open_close_file

PAGE = 200
FRESH_DAYS = 7
"""A notice of an older date is no news any more."""
_PLACE = "closes"


class Teller:
    """Reads `index` and the file of closes `closed`, writes `file`, that of messages."""

    def __init__(
        self,
        index: Database,
        closed: Database,
        file: PrivateFile,
        currencies: Currencies,
        rules: Rules,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._index = index
        self._closed = closed
        self._file = file
        self._currencies = currencies
        self._rules = rules
        self._now = now

    def run(self) -> int:
        """Makes messages of every notice that waits; how many.

        Raises RpcUnavailable while a token cannot be asked what it is called.
        """
        made = 0
        with self._file.open() as out:
            while (told := self._page(out)) is not None:
                made += told
        return made

    def _page(self, out: Database) -> int | None:
        """Takes in one page; None when nothing is left. Where it stands is kept with the messages,
        in one transaction with those that it makes."""
        after = int(place(out, _PLACE) or 0)
        found = notices_after(self._closed, after, PAGE)
        if not found:
            return None
        with snapshot(self._index):
            drafts = [draft for notice in found if (draft := self._draft(out, notice))]
        made = 0
        with write(out) as conn:
            for draft in drafts:
                told = enqueue(
                    *(out, draft.recipient, draft.kind, draft.facts, draft.key),
                    topic=draft.topic,
                    now=int(self._now()),
                )
                made += told is not None
            set_place(conn, _PLACE, str(found[-1].id))
        return made

    def _draft(self, out: Database, notice: Notice) -> Draft | None:
        chain_id = notice.facts["chain_id"]
        loan = repository.get_loan_bare(self._index, notice.loan_id)
        head = repository.cursor(self._index, chain_id)
        if loan is None or head is None:
            return None
        today = day_at(head.timestamp)
        if today - notice.day > FRESH_DAYS:
            return None
        if notice.kind in (DUE_SOON, DUE_TODAY, OVERDUE):
            currency = self._currencies.of(chain_id, loan.agreement.token)
            return reminder(loan, today, currency, self._rules)
        return _found(notice, loan) if notice.kind == CURED else _corrected(out, notice, loan)


def tell_all(settings: Settings) -> int:
    """Makes messages of every notice that waits; how many.

    Raises DatabaseMissing, SchemaOutdated, RulesInvalid, RpcUnavailable.
    """
    nodes = settings.nodes(load_deployment(settings.deployment).chain_id)
    file = messages_file(settings.messages)
    try:
        with open_index(settings.db) as index, open_close_file(settings.servicing) as closed:
            rules = load_rules(settings.contact_rules)
            return Teller(index, closed, file, Currencies(nodes), rules).run()
    finally:
        file.close()


def _found(notice: Notice, loan: LoanState) -> Draft:
    """What nothing but the close finds out."""
    facts = {"loan": loan_text(loan.loan_id), "due_date": notice.facts["due_date"]}
    return Draft(notice.borrower, "arrears_cleared", facts, notice.key)


def _corrected(out: Database, notice: Notice, loan: LoanState) -> Draft | None:
    """What was told and no longer holds. The end of a loan is told, and corrected, by its event."""
    if notice.kind != CORRECTED:
        return None
    about, id_ = notice.facts["kind"], loan_text(loan.loan_id)
    kind, key = about, f"{id_}:{notice.facts['due_date']}:"
    if about == CURED:
        kind, key = "arrears_cleared", notice.facts["corrects"]
    at = told_at(out, notice.borrower, kind, key)
    if at is None:
        return None
    facts = {"loan": id_, "about": about, "told_on": date_of(day_at(at)).isoformat()}
    return Draft(notice.borrower, "notice_corrected", facts, notice.key)
