"""Turns the book's events into messages for webhooks, and has them delivered.

Each webhook follows the chain as an event stream does, from its own place, so that it is told what
a reorganisation takes back as well.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tallystick.api.facts import FACTS, Facts
from tallystick.api.feed import PAGE, Follower, Message, Place
from tallystick.api.problems import Problem
from tallystick.api.state import ServerState
from tallystick.config import Settings
from tallystick.identity.access.access import Access
from tallystick.identity.authority.roles import Role
from tallystick.identity.vault.files import PrivateFile
from tallystick.indexer.repository import LoanFilter
from tallystick.webhooks.dispatcher import Dispatcher
from tallystick.webhooks.guard import Guard
from tallystick.webhooks.outbox import Outbox
from tallystick.webhooks.schema import schema
from tallystick.webhooks.store import Filter, Webhook, Webhooks

REORG = "reorg"
_PAUSE_SECONDS = 0.5
_PRUNE_ROUNDS = 7200
_QUIET_BLOCKS = 100
"""After this many blocks without an event the place is written all the same."""

logger = logging.getLogger("tallystick.webhooks")


@dataclass(frozen=True, slots=True)
class Notices:
    """Webhooks, their outbox, and what they may call."""

    webhooks: Webhooks
    outbox: Outbox
    guard: Guard

    @classmethod
    def open(cls, settings: Settings, access: Access) -> Notices:
        """What the settings describe."""
        file = PrivateFile(settings.webhooks, schema)
        webhooks = Webhooks(file, access.vault)
        guard = Guard(private=settings.webhooks_private)
        return cls(webhooks, Outbox(file, access.vault, webhooks), guard)


class Notifier:
    """Follows the index for every webhook. Used by one thread."""

    def __init__(self, state: ServerState, access: Access, notices: Notices) -> None:
        self._state = state
        self._notices = notices
        self._followers: dict[str, tuple[str | None, Follower]] = {}
        """By webhook: the stored place that it started from or wrote, and the follower."""
        self._facts = Facts(state, access, notices.outbox)
        self.dispatcher = Dispatcher(
            notices.webhooks,
            notices.outbox,
            notices.guard,
            lambda subject: Role.INTEGRATOR in access.grants.roles_of(subject),
        )

    def collect(self) -> int:
        """Puts what is new into the outbox; returns how many messages that made."""
        hooks = self._notices.webhooks.all()
        known = {hook.webhook_id for hook in hooks}
        self._followers = {k: v for k, v in self._followers.items() if k in known}
        return sum(self._collect(hook) for hook in hooks) + self._facts.collect(hooks)

    def _collect(self, hook: Webhook) -> int:
        stored, follower = self._followers.pop(hook.webhook_id, (None, None))
        if follower is None or stored != hook.place:  # another process went on from here
            place = None if hook.place is None else Place.parse(hook.place)
            follower = Follower(_condition(hook.filter), place)
        with self._state.snapshot() as snapshot:
            chain_id = hook.filter.chain_id or snapshot.chain_id
            try:
                ((view, book),) = snapshot.within(chain_id, hook.filter.book)
            except Problem:  # not in the index at present; the others are told all the same
                return 0
            follower.concerning = replace(follower.concerning, book=book)
            messages = follower.read(view)
        wanted = [
            (message.event, message.data.model_dump(mode="json"))
            for message in messages
            if _wants(hook.filter, message)
        ]
        place = follower.place
        if not wanted and len(messages) < PAGE and not _behind(hook.place, place):
            self._followers[hook.webhook_id] = (hook.place, follower)
        elif self._notices.outbox.advance(hook, str(place), wanted):
            self._followers[hook.webhook_id] = (str(place), follower)
        return len(wanted)


@contextmanager
def notifying(state: ServerState, access: Access | None, notices: Notices | None) -> Iterator[None]:
    """Collects and delivers meanwhile, in a thread of its own."""
    if access is None or notices is None:
        yield
        return
    stop = threading.Event()
    notifier = Notifier(state, access, notices)
    thread = threading.Thread(
        target=_run, args=(notifier, notices, stop), name="webhooks", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        notifier.dispatcher.close()


def _run(notifier: Notifier, notices: Notices, stop: threading.Event) -> None:
    rounds = 0
    while not stop.is_set():
        try:
            if rounds % _PRUNE_ROUNDS == 0:
                notices.outbox.prune()
            rounds += 1
            busy = notifier.collect() + notifier.dispatcher.round()
        except Problem:  # nothing is indexed yet
            busy = 0
        except Exception:  # the API must go on answering, whatever became of this
            logger.exception("webhooks do not advance")
            busy = 0
        if not busy:
            stop.wait(_PAUSE_SECONDS)


def _condition(wanted: Filter) -> LoanFilter:
    return LoanFilter(
        digits=wanted.loan and wanted.loan.removeprefix("0x"),
        borrower=wanted.borrower,
        lender=wanted.lender,
    )


def _wants(wanted: Filter, message: Message) -> bool:
    if wanted.types is None or message.event in wanted.types:
        return True
    return message.event == REORG and not wanted.types <= FACTS


def _behind(stored: str | None, place: Place | None) -> bool:
    if stored is None or place is None:
        return True
    return place.block - Place.parse(stored).block >= _QUIET_BLOCKS
