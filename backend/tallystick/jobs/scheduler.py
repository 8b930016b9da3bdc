"""Runs what is due, through failures of its own jobs, until it is told to stop."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tallystick.config import Settings
from tallystick.db import migrate, open_database
from tallystick.db.lock import try_lock
from tallystick.jobs import store
from tallystick.jobs.job import Job, NotYet, Turn

FIRST_PAUSE = 30.0
LONGEST_PAUSE = 3_600.0
"""Seconds until a job that failed is tried again, doubled each time."""

logger = logging.getLogger("tallystick.jobs")


@dataclass(slots=True)
class _Rest:
    failures: int = 0
    until: float = 0.0


class Scheduler:
    """`clock` tells the chain's time in Unix seconds, 0 while it is unknown."""

    def __init__(self, settings: Settings, jobs: Iterable[Job], clock: Callable[[], int]) -> None:
        self._settings = settings
        self._jobs = tuple(jobs)
        self._clock = clock
        self._rests = {job.name: _Rest() for job in self._jobs}
        self._stood_by = False
        with open_database(settings.db) as db:
            migrate(db, store.schema)

    def round(self, stop: Event | None = None) -> dict[str, str]:
        """Runs every turn that is due; answers by job what the last one told.

        Nothing happens while another process does the same.
        """
        with try_lock(_lock(self._settings.db)) as mine:
            if not mine:
                if not self._stood_by:
                    logger.info("another process runs the jobs of this database: standing by")
                self._stood_by = True
                return {}
            told: dict[str, str] = {}
            for job in self._jobs:
                if self._rests[job.name].until <= time.monotonic():
                    told |= self._catch_up(job, stop or Event())
            return told

    def follow(self, stop: Event, interval: float) -> None:
        """Rounds every `interval` seconds until `stop` is set."""
        while not stop.is_set():
            try:
                self.round(stop)
            except sqlite3.OperationalError as error:  # locked for long, or the disk is full
                logger.error("jobs wait for the database: %s", error)  # noqa: TRY400
            stop.wait(interval)

    def _catch_up(self, job: Job, stop: Event) -> dict[str, str]:
        now = self._clock()
        if not now:
            return {}
        told: dict[str, str] = {}
        with open_database(self._settings.db) as db:
            turns = job.turns(store.last_done(db, job.name), now)
        for turn in turns:
            if stop.is_set():
                break
            line = self._run(job, turn)
            if line is None:
                break
            told[job.name] = line
        return told

    def _run(self, job: Job, turn: Turn) -> str | None:
        """What the turn told; None when it was not done."""
        try:
            told, done = job.load()(self._settings, turn), True
        except NotYet as reason:
            logger.debug("%s of %s: not yet, %s", job.name, turn.day, reason)
            return None
        except Exception as error:
            logger.exception("%s of %s failed", job.name, turn.day)
            told, done = f"{type(error).__name__}: {error}", False
        with open_database(self._settings.db) as db:
            store.keep(db, job.name, turn, int(time.time()), told, done=done)
        rest = self._rests[job.name]
        if not done:
            pause = min(FIRST_PAUSE * 2**rest.failures, LONGEST_PAUSE)
            rest.failures, rest.until = rest.failures + 1, time.monotonic() + pause
            return None
        rest.failures = 0
        logger.info("%s of %s: %s", job.name, turn.day, told)
        return told


def _lock(database: Path) -> Path:
    return database.with_name(database.name + ".jobs.lock")
