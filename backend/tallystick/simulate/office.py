"""What the service does by itself once a day: messages and mails, the close, and repairs."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Any, Self

from tallystick.chain.deployment import load_deployment
from tallystick.config import Settings
from tallystick.indexer.repository import open_index
from tallystick.messages.assembly import transports
from tallystick.messages.currencies import Currencies
from tallystick.messages.dispatcher import Dispatcher
from tallystick.messages.outbox import messages_file
from tallystick.messages.people import People
from tallystick.messages.rules import load_rules
from tallystick.messages.watcher import Watcher
from tallystick.repair.daily import open_desk
from tallystick.repair.store import stages
from tallystick.repair.supervise import supervise_all, watch_restored
from tallystick.servicing.close.daily import close_book
from tallystick.servicing.close.run import Closer
from tallystick.servicing.close.store import Close, open_close_file
from tallystick.servicing.policy import ServicingPolicy
from tallystick.servicing.tell import Teller


class Office:
    """The daily work by the chain's clock. A context manager; `done` counts it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._now = 0
        self._people = People.open(settings)
        self._file = messages_file(settings.messages)
        self._index = open_index(settings.db)
        self._closed = open_close_file(settings.servicing)
        rules = load_rules(settings.contact_rules)
        policy = ServicingPolicy.read(settings.servicing_policy)
        currencies = Currencies(settings.nodes(load_deployment(settings.deployment).chain_id))
        self._closer = Closer(self._index, self._closed, policy, lambda: self._now)
        reads = (self._index, self._closed, self._file, currencies, rules)
        self._teller = Teller(*reads, self._clock)
        self._watcher = Watcher(self._index, self._file, currencies, rules, self._clock)
        ways = transports(settings, self._people)
        self._dispatcher = Dispatcher(
            self._file, ways, self._people, rules, settings.origin, self._clock
        )
        self.done: Counter[str] = Counter()

    def _clock(self) -> float:
        return self._now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._dispatcher.close()
        self._file.close()
        self._closed.close()
        self._index.close()
        if self._people is not None:
            self._people.close()

    def messages(self, now: int) -> None:
        """Finds what is to be told at `now`, Unix seconds, and tells it."""
        self._now = now
        while made := self._watcher.round():
            self.done["messages"] += made
        while tried := self._dispatcher.round():
            self.done["tries"] += tried

    def close(self, now: int) -> None:
        """Closes the dates that have ended, and tells of it what nothing else does."""
        self._now = now
        for chain_id, book in self._closer.books():
            for done in close_book(self._closer, chain_id, book):
                if isinstance(done, Close):
                    self.done["dates closed"] += 1
                else:
                    self.done["lines corrected"] += done.lines
        self.done["notices told"] += self._teller.run()

    def repairs(self) -> None:
        """Brings every repair to where the chain has it."""
        with open_desk(self._settings) as desk:
            self.done["repairs moved"] += len(supervise_all(desk.repairs, desk.index, desk.now))
            self.done["standing lost"] += len(watch_restored(desk.repairs, desk.index, desk.now))

    def told(self) -> dict[str, Any]:
        """Messages by kind, and deliveries by what became of them."""
        with self._file.open() as db:
            kinds = db.execute("SELECT kind, count(*) FROM messages GROUP BY kind ORDER BY kind")
            ways = db.execute(
                "SELECT channel, state, coalesce(reason, ''), count(*) FROM deliveries"
                " GROUP BY channel, state, reason ORDER BY channel, state, reason"
            )
            return {
                "kinds": dict(kinds.fetchall()),
                "deliveries": [
                    {"channel": channel, "state": state, "reason": reason, "count": count}
                    for channel, state, reason, count in ways
                ],
            }

    def cases(self) -> dict[str, int]:
        """Repairs by stage."""
        with open_desk(self._settings) as desk, desk.repairs.access.file.open() as db:
            return stages(db)
