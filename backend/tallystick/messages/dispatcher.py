"""Decides how each message goes out, and sends what is due, within wishes and contact rules."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from tallystick.db import Database
from tallystick.identity.rights.errors import ReadRefused
from tallystick.identity.vault import SubjectErased, SubjectUnknown
from tallystick.identity.vault.files import PrivateFile
from tallystick.messages import metrics, post
from tallystick.messages.kinds import Kind, kind_named
from tallystick.messages.outbox import DAY, Message, forget
from tallystick.messages.people import People
from tallystick.messages.post import WEEK, Delivery, Plan
from tallystick.messages.preferences import Wishes, not_before, wishes_of, zone_named
from tallystick.messages.render import render
from tallystick.messages.rules import Rules
from tallystick.messages.transports import Envelope, Transport

AT_ONCE = 8
_ROUTED = 200
SINK = "sink"
_REST = 30
_LONGEST_REST = 600

logger = logging.getLogger("tallystick.messages")


class Dispatcher:
    """`transports` by channel, `people` None where no identities are kept, `origin` of the pages.

    `now` gives Unix seconds.
    """

    def __init__(
        self,
        file: PrivateFile,
        transports: Mapping[str, Transport],
        people: People | None,
        rules: Rules,
        origin: str,
        now: Callable[[], float],
    ) -> None:
        self._file = file
        self._transports = transports
        self._people = people
        self._rules = rules
        self._origin = origin
        self._now = now
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="message")
        self._resting: dict[str, tuple[int, int]] = {}
        """By channel that cannot be reached: until when it is left alone, and for how long."""

    def round(self) -> int:
        """Plans what is new and tries what is due; returns how many deliveries ended or moved."""
        self._route()
        now = int(self._now())
        resting = [name for name, (until, _) in self._resting.items() if now < until <= now + 3600]
        with self._file.open() as db:
            due = post.lease(db, AT_ONCE, now, resting)
        list(self._pool.map(self._deliver, due))
        return len(due)

    def close(self) -> None:
        """Waits for what is under way."""
        self._pool.shutdown()

    def _route(self) -> None:
        with self._file.open() as db:
            while new := post.unrouted(db, _ROUTED):
                plans = [plan for message in new if (plan := self._plan(db, message))]
                post.route(db, plans, int(self._now()))

    def _plan(self, db: Database, message: Message) -> Plan | None:
        sink = (SINK,) if SINK in self._transports else ()
        try:
            subject = self._people.subject_of(message.recipient) if self._people else None
        except (SubjectErased, SubjectUnknown):
            forget(self._file, message.recipient, int(self._now()))
            return None
        if subject is None:
            return Plan(message, message.recipient, sink)
        wishes = wishes_of(db, subject)
        wished = tuple(name for name in wishes.channels if name in self._transports)
        if kind_named(message.kind, message.version).group in wishes.stopped:
            return Plan(message, subject, sink, tuple((name, "stopped") for name in wished))
        return Plan(message, subject, (*wished, *sink))

    def _deliver(self, delivery: Delivery) -> None:
        try:
            with self._file.open() as db:
                self._try(db, delivery)
        except SubjectErased:
            forget(self._file, delivery.subject, int(self._now()))
        except Exception:  # the others go on; the lease ends and it is tried again
            logger.exception("%s by %s", delivery.message.message_id, delivery.channel)

    def _try(self, db: Database, delivery: Delivery) -> None:
        now, message = int(self._now()), delivery.message
        kind = kind_named(message.kind, message.version)
        wishes = wishes_of(db, delivery.subject)
        reason = self._hindrance(delivery, kind, wishes, now)
        if reason is not None:
            self._drop(db, delivery, reason)
            return
        wait = self._not_before(db, delivery, kind, wishes, now)
        if wait > now:
            post.postpone(db, delivery, wait)
            return
        transport = self._transports[delivery.channel]
        try:
            to = self._address(delivery.subject, transport)
        except ReadRefused as error:
            self._drop(db, delivery, error.reason)
            return
        if to is None:
            self._drop(db, delivery, "no_address")
            return
        stop = None
        if kind.stoppable and self._people and not delivery.subject.startswith("0x"):
            stop = self._people.stop_link(self._origin, delivery.subject, kind.group)
        content = render(kind, message.facts, wishes.language, self._origin, stop)
        envelope = Envelope(to, message.message_id, kind.name, wishes.language, content, stop)
        result = transport.send(envelope)
        post.record(db, delivery, result, int(self._now()))
        metrics.TRIES.labels(delivery.channel, result.error or "sent").inc()
        self._rest(delivery.channel, away=result.unreachable)
        if not result.sent:
            logger.info("%s by %s: %s", message.message_id, delivery.channel, result.error)

    def _hindrance(self, delivery: Delivery, kind: Kind, wishes: Wishes, now: int) -> str | None:
        if delivery.channel not in self._transports:
            return "no_transport"
        if delivery.channel != SINK:
            if now > delivery.message.until:
                return "out_of_date"
            if kind.group in wishes.stopped:
                return "stopped"
        return None

    def _not_before(
        self, db: Database, delivery: Delivery, kind: Kind, wishes: Wishes, now: int
    ) -> int:
        """When wishes and rules let it go out."""
        channel, rules = delivery.channel, self._rules
        if channel in (SINK, "webhook"):
            return now
        sent = post.sent_times(db, delivery.subject, now)
        here = [at for name, at in sent if name == channel]
        wait = max(
            now,
            _room(here, rules.most_per_day[channel], DAY, now),
            _room(here, rules.most_per_week[channel], WEEK, now),
        )
        if not kind.urgent:
            people = [at for name, at in sent if name not in (SINK, "webhook")]
            wait = max(wait, _room(people, wishes.most_per_day, DAY, now))
        if channel in rules.quiet_channels:
            zone = zone_named(wishes.time_zone or rules.time_zone)
            wait = not_before(wait, [rules.quiet, wishes.quiet_hours], zone)
        return wait

    def _address(self, subject: str, transport: Transport) -> str | None:
        if transport.field is None:
            return subject
        return self._people.address(subject, transport.field) if self._people else None

    def _drop(self, db: Database, delivery: Delivery, reason: str) -> None:
        post.drop(db, delivery, reason, int(self._now()))
        metrics.DROPPED.labels(delivery.channel, reason).inc()

    def _rest(self, channel: str, *, away: bool) -> None:
        """A server that is down is asked once in a while, not once for every message."""
        if not away:
            self._resting.pop(channel, None)
            return
        _, before = self._resting.get(channel, (0, 0))
        rest = min(max(_REST, 2 * before), _LONGEST_REST)
        self._resting[channel] = (int(self._now()) + rest, rest)


def _room(times: list[int], most: int, window: int, now: int) -> int:
    """When fewer than `most` of `times` (rising) lie within `window` seconds."""
    recent = [at for at in times if at > now - window]
    if len(recent) < most:
        return now
    if most == 0:
        return now + WEEK
    return recent[len(recent) - most] + window
