"""The keeper as a process: round after round, through failures of node, network and purse."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Protocol

from tallystick.chain.errors import RpcError, SendError
from tallystick.db.lock import try_lock
from tallystick.settlement import metrics
from tallystick.settlement.keeper import Round
from tallystick.settlement.purse import Purse

_LONGEST_PAUSE = 60.0
_DOUBLINGS = 10

logger = logging.getLogger(__name__)


class Works(Protocol):
    """A keeper, or several behind one."""

    def run_once(self) -> Round:
        """Collects what is due now. Raises RpcUnavailable, SendError."""


class KeeperService:
    """Runs a keeper of one chain every `interval` seconds; `purse` tells what is left for gas.

    Nothing is sent while gas costs more than `max_fee`, in wei: what is due stays due.
    """

    def __init__(
        self,
        keeper: Works,
        purse: Callable[[], Purse],
        lock: Path,
        interval: float,
        *,
        chain_id: int = 0,
        max_fee: int | None = None,
    ) -> None:
        self._keeper = keeper
        self._purse = purse
        self._lock = lock
        self._interval = interval
        self._chain = str(chain_id)
        self._max_fee = max_fee
        self._was_low = False
        self._was_dear = False
        self._stood_by = False

    def run_once(self) -> Round | None:
        """One round, or None while another keeper works on the same database."""
        with try_lock(self._lock) as mine:
            if not mine:
                if not self._stood_by:
                    logger.info("another keeper works on this database: standing by")
                self._stood_by = True
                return None
            if self._may_send():
                done = self._keeper.run_once()
                self._tell(done)
            else:
                done = Round()
        metrics.LAST_ROUND.set(time.time())
        return done

    def follow(self, stop: Event) -> None:
        """Rounds until `stop` is set. Errors are logged and answered with growing pauses."""
        errors = 0
        while not stop.is_set():
            try:
                self.run_once()
                errors = 0
            except (RpcError, SendError, sqlite3.OperationalError) as error:
                errors += 1
                metrics.ERRORS.inc()
                logger.error("round cut short: %s: %s", type(error).__name__, error)  # noqa: TRY400
            # spread, so that keepers elsewhere do not all send in the same instant
            growing = self._interval * 2 ** min(errors, _DOUBLINGS)
            pause = min(growing, max(self._interval, _LONGEST_PAUSE))
            stop.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311

    def _may_send(self) -> bool:
        """Looks into the purse; False while gas is too dear."""
        purse = self._purse()
        metrics.PURSE.labels(self._chain).set(purse.balance)
        metrics.BATCHES.labels(self._chain).set(purse.batches)
        metrics.GAS_PRICE.labels(self._chain).set(purse.price)
        if purse.low and not self._was_low:
            logger.warning(
                "the purse is nearly empty: %d wei, %d batches", purse.balance, purse.batches
            )
        self._was_low = purse.low
        dear = self._max_fee is not None and purse.price > self._max_fee
        if dear:
            metrics.POSTPONED.labels(self._chain).inc()
            if not self._was_dear:
                logger.warning(
                    "gas costs %d wei, more than %s: waiting", purse.price, self._max_fee
                )
        self._was_dear = dear
        return not dear

    def _tell(self, done: Round) -> None:
        metrics.DUE.labels(self._chain).set(done.due)
        metrics.HELD.labels(self._chain).set(done.held)
        metrics.LAG.labels(self._chain).set(done.lag)
