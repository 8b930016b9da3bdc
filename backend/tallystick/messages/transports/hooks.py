"""Messages for programs: handed to the reader's own webhooks, which deliver by themselves."""

from __future__ import annotations

from tallystick.messages.transports import Envelope, Result
from tallystick.webhooks.errors import WebhookUnknown
from tallystick.webhooks.outbox import Outbox
from tallystick.webhooks.store import Webhooks

MESSAGE = "message"


class Hooks:
    """The address is the subject itself."""

    field = None

    def __init__(self, webhooks: Webhooks, outbox: Outbox) -> None:
        self._webhooks = webhooks
        self._outbox = outbox

    def send(self, envelope: Envelope) -> Result:
        """Into the outbox of every webhook that is told of everything."""
        data: dict[str, object] = {
            "message_id": envelope.message_id,
            "kind": envelope.kind,
            "language": envelope.language,
            "subject": envelope.content.subject,
            "text": envelope.content.short,
        }
        told = 0
        for hook in self._webhooks.of_subject(envelope.to):
            if hook.filter.types is None or MESSAGE in hook.filter.types:
                try:
                    self._outbox.enqueue(envelope.to, hook.webhook_id, MESSAGE, data)
                    told += 1
                except WebhookUnknown:  # deleted meanwhile
                    continue
        return Result(None, None, 0) if told else Result(None, "no_webhook", 0, final=True)
