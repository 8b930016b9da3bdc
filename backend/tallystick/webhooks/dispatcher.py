"""Delivers what is due, until it is told to stop.

Any number of processes may do so: a message is leased, so one that dies in the middle only means
that the receiver may get it twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from tallystick.identity.vault import SubjectErased, SubjectUnknown
from tallystick.webhooks.errors import WebhookUnknown
from tallystick.webhooks.guard import Guard
from tallystick.webhooks.outbox import Message, Outbox
from tallystick.webhooks.send import Result, post
from tallystick.webhooks.store import Webhook, Webhooks

AT_ONCE = 8

logger = logging.getLogger("tallystick.webhooks")


class Dispatcher:
    """`entitled` says whether a subject may still be told anything."""

    def __init__(
        self, webhooks: Webhooks, outbox: Outbox, guard: Guard, entitled: Callable[[str], bool]
    ) -> None:
        self._webhooks = webhooks
        self._outbox = outbox
        self._guard = guard
        self._entitled = entitled
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._running: set[Future[None]] = set()

    def round(self) -> int:
        """Begins to deliver what is due, one message of each webhook, and returns how many.

        A receiver that is slow holds one of the threads and nobody else's messages.
        """
        self._running = {one for one in self._running if not one.done()}
        messages = self._outbox.lease(AT_ONCE - len(self._running))
        hooks = {hook.webhook_id: hook for hook in self._webhooks.all()} if messages else {}
        for message in messages:
            if message.webhook_id in hooks:
                hook = hooks[message.webhook_id]
                self._running.add(self._pool.submit(self._deliver, hook, message))
        return len(messages)

    def settle(self) -> None:
        """Waits until every delivery that was begun has ended; raises what went wrong in them."""
        for one in list(self._running):
            one.result()

    def close(self) -> None:
        """Waits for the deliveries that run."""
        self._pool.shutdown()

    def _deliver(self, hook: Webhook, message: Message) -> None:
        try:
            if not self._entitled(hook.subject):
                result = Result(None, "not_entitled", 0)
            else:
                target = self._webhooks.target(hook.subject, hook.webhook_id)
                result = post(
                    self._guard, target.url, target.secrets, message.message_id, message.body
                )
        except (SubjectErased, SubjectUnknown, WebhookUnknown):
            self._webhooks.drop(hook.webhook_id)
            return
        self._outbox.record(message, result)
        if not result.delivered:
            logger.info("%s: %s", message.message_id, result.error or result.status)
