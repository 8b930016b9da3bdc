"""The keeper as a process: round after round, through failures of node, network and purse."""

from __future__ import annotations

import logging
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from tallystick.chain.errors import RpcError, SendError
from tallystick.db.lock import try_lock
from tallystick.settlement import metrics
from tallystick.settlement.keeper import Keeper, Round
from tallystick.settlement.purse import Purse

_LONGEST_PAUSE = 60.0
_DOUBLINGS = 10

logger = logging.getLogger(__name__)


class KeeperService:
    """Runs a keeper every `interval` seconds; `purse` tells what is left for gas."""

    def __init__(
        self, keeper: Keeper, purse: Callable[[], Purse], lock: Path, interval: float
    ) -> None:
        self._keeper = keeper
        self._purse = purse
        self._lock = lock
        self._interval = interval
        self._was_low = False
        self._stood_by = False

    def run_once(self) -> Round | None:
        """One round, or None while another keeper works on the same database."""
        with try_lock(self._lock) as mine:
            if not mine:
                if not self._stood_by:
                    logger.info("another keeper works on this database: standing by")
                self._stood_by = True
                return None
            self._look_into_purse()
            done = self._keeper.run_once()
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

    def _look_into_purse(self) -> None:
        purse = self._purse()
        metrics.PURSE.set(purse.balance)
        if purse.low and not self._was_low:
            logger.warning("the purse is nearly empty: %d wei left for gas", purse.balance)
        self._was_low = purse.low
