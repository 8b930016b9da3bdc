"""Messages as a process: round after round, through failures of node, network and mail server."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import Counter
from threading import Event

from tallystick.chain.errors import RpcError
from tallystick.identity.vault.files import PrivateFile
from tallystick.messages import metrics, post
from tallystick.messages.dispatcher import Dispatcher
from tallystick.messages.watcher import Watcher

_PRUNE_ROUNDS = 10_000

logger = logging.getLogger("tallystick.messages")


class MessageService:
    """Watches and delivers every `interval` seconds while there is nothing to do.

    Several may run: each message is made once, and each delivery leased.
    """

    def __init__(
        self, file: PrivateFile, watcher: Watcher, dispatcher: Dispatcher, interval: float
    ) -> None:
        self._file = file
        self._watcher = watcher
        self._dispatcher = dispatcher
        self._interval = interval
        self._rounds = 0

    def run_once(self) -> int:
        """One round; returns how much it did. A watcher that cannot see stops no delivery."""
        done = 0
        try:
            done = self._watcher.round()
        except (RpcError, sqlite3.OperationalError) as error:
            metrics.ERRORS.inc()
            logger.error("nothing new is told: %s: %s", type(error).__name__, error)  # noqa: TRY400
        done += self._dispatcher.round()
        self._tend()
        metrics.LAST_ROUND.set(time.time())
        return done

    def follow(self, stop: Event) -> None:
        """Rounds until `stop` is set."""
        while not stop.is_set():
            try:
                busy = self.run_once()
            except sqlite3.OperationalError as error:
                metrics.ERRORS.inc()
                logger.error("round cut short: %s", error)  # noqa: TRY400
                busy = 0
            if not busy:
                stop.wait(self._interval)

    def close(self) -> None:
        """Waits for what is under way."""
        self._dispatcher.close()
        self._file.close()

    def _tend(self) -> None:
        if self._rounds % 50 == 0:
            with self._file.open() as db:
                waiting: Counter[str] = Counter()
                for (channel, state), count in post.counts(db).items():
                    waiting[channel] += count if state == "pending" else 0
            for channel, count in waiting.items():
                metrics.PENDING.labels(channel).set(count)
        if self._rounds % _PRUNE_ROUNDS == 0:
            with self._file.open() as db:
                post.prune(db, int(time.time()))
        self._rounds += 1
