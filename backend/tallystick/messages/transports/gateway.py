"""SMS and chat through a provider's HTTP gateway.

One request a message: ``{"to": "+8613800138000", "text": "...", "id": "note_..."}`` as JSON, with a
bearer token and the id as `Idempotency-Key`. 2xx is taken; 429 and 5xx are tried again, any other
answer is final. The guard of webhooks holds the connection to addresses on the Internet.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from tallystick.messages.transports import Envelope, Result
from tallystick.webhooks.guard import Guard
from tallystick.webhooks.send import exchange

_AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class Gateway:
    """A provider at `url`, who knows us by `token`."""

    field = "phone"

    def __init__(self, guard: Guard, url: str, token: str) -> None:
        self._guard = guard
        self._url = url
        self._token = token

    def send(self, envelope: Envelope) -> Result:
        """One try."""
        body = {"to": envelope.to, "text": envelope.content.short, "id": envelope.message_id}
        headers = [
            ("Content-Type", "application/json"),
            ("User-Agent", "Tallystick/1"),
            ("Authorization", f"Bearer {self._token}"),
            ("Idempotency-Key", envelope.message_id),
        ]
        got = exchange(self._guard, self._url, headers, json.dumps(body))
        if got.delivered:
            return Result(got.status, None, got.milliseconds)
        if got.status is None:
            return Result(None, got.error, got.milliseconds, unreachable=True)
        again = got.status in _AGAIN or got.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return Result(got.status, "refused", got.milliseconds, final=not again, unreachable=again)
