"""A file in place of the world: for development, and to see what would be sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from tallystick.messages.transports import Envelope, Result


class Sink:
    """Appends a JSON object a line to `path`. The address is the recipient's id or wallet."""

    field = None

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def send(self, envelope: Envelope) -> Result:
        """Always taken, unless the disk refuses."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "to": envelope.to,
            "message_id": envelope.message_id,
            "kind": envelope.kind,
            "subject": envelope.content.subject,
            "text": envelope.content.text,
        }
        try:
            with self._path.open("a") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError:
            return Result(None, "disk", 0)
        return Result(None, None, 0)
