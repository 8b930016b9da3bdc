"""Ways by which a message leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tallystick.messages.render import Rendered
from tallystick.statements.words import Language


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one address. `stop` is the link that stops its group, where that may be."""

    to: str
    message_id: str
    kind: str
    language: Language
    content: Rendered
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a try ended: `status` if there was an answer, `error` a word if it was no success.

    `final`: another try would end alike. `unreachable`: nobody could be told by this way now.
    """

    status: int | None
    error: str | None
    milliseconds: int
    final: bool = False
    unreachable: bool = False

    @property
    def sent(self) -> bool:
        return self.error is None


class Transport(Protocol):
    """One way by which a message leaves."""

    @property
    def field(self) -> str | None:
        """Which field of the record of contacts has the address; None where none is needed."""

    def send(self, envelope: Envelope) -> Result:
        """One try. Never raises for what the other side does."""
