"""One attempt to deliver one message, signed after Standard Webhooks."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import httpcore
from standardwebhooks import Webhook as Signer

from tallystick.webhooks.errors import UrlRefused
from tallystick.webhooks.guard import Guard, GuardedBackend

DEADLINE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended: `status` if there was an answer, else `error`, a word."""

    status: int | None
    error: str | None
    milliseconds: int

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it. A redirect is no taking."""
        return self.status is not None and 200 <= self.status < 300


def post(
    guard: Guard,
    url: str,
    secrets: Sequence[str],
    message_id: str,
    body: str,
    deadline: float = DEADLINE_SECONDS,
) -> Result:
    """Posts `body`, signed; ends as `exchange`.

    `secrets` (`whsec_...`): the present one, and the former one while it still counts.
    """
    now = datetime.now(UTC)
    signatures = " ".join(Signer(secret).sign(message_id, now, body) for secret in secrets)
    headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", "Tallystick-Webhooks/1"),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(int(now.timestamp()))),
        ("webhook-signature", signatures),
    ]
    return exchange(guard, url, headers, body, deadline)


def exchange(
    guard: Guard,
    url: str,
    headers: Sequence[tuple[str, str]],
    body: str,
    deadline: float = DEADLINE_SECONDS,
) -> Result:
    """Posts `body`; of the answer only the status is read. Never raises for what a receiver does.

    All of it ends after `deadline` seconds.
    """
    begun = time.monotonic()

    def result(status: int | None, error: str | None) -> Result:
        return Result(status, error, int((time.monotonic() - begun) * 1000))

    backend = GuardedBackend(guard, begun + deadline)
    try:
        guard.check_url(url)
        with (
            httpcore.ConnectionPool(_tls(), network_backend=backend) as pool,
            pool.stream("POST", url, headers=[*headers], content=body.encode()) as answer,
        ):
            return result(answer.status, None)
    except UrlRefused as error:
        return result(None, f"address_{error.reason}")
    except httpcore.TimeoutException:
        return result(None, "timeout")
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
        return result(None, "connection")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
