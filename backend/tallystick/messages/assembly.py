"""The messages with everything they need, from the settings."""

from __future__ import annotations

import time

from tallystick.chain.deployment import load_deployment
from tallystick.config import Settings, SettingsError
from tallystick.identity.vault.files import PrivateFile
from tallystick.indexer.repository import open_index
from tallystick.messages.currencies import Currencies
from tallystick.messages.dispatcher import SINK, Dispatcher
from tallystick.messages.outbox import messages_file
from tallystick.messages.people import People
from tallystick.messages.rules import load_rules
from tallystick.messages.service import MessageService
from tallystick.messages.transports import Transport
from tallystick.messages.transports.email import Email, Server
from tallystick.messages.transports.gateway import Gateway
from tallystick.messages.transports.hooks import Hooks
from tallystick.messages.transports.sink import Sink
from tallystick.messages.watcher import Watcher
from tallystick.webhooks.errors import UrlRefused
from tallystick.webhooks.guard import Guard
from tallystick.webhooks.outbox import Outbox
from tallystick.webhooks.schema import schema as webhooks_schema
from tallystick.webhooks.store import Webhooks


def assemble(settings: Settings, interval: float) -> MessageService:
    """`interval` in seconds. Raises SettingsError, RulesInvalid, KeyServiceInvalid, DatabaseError
    without an index, DeploymentError."""
    rules = load_rules(settings.contact_rules)
    people = People.open(settings)
    file = messages_file(settings.messages)
    home = load_deployment(settings.deployment).chain_id
    watcher = Watcher(open_index(settings.db), file, Currencies(settings.nodes(home)), rules)
    ways = transports(settings, people)
    dispatcher = Dispatcher(file, ways, people, rules, settings.origin, time.time)
    return MessageService(file, watcher, dispatcher, interval)


def transports(settings: Settings, people: People | None) -> dict[str, Transport]:
    """The channels that the settings describe. Raises SettingsError for half a description."""
    found: dict[str, Transport] = {}
    guard = Guard(private=settings.webhooks_private)
    if settings.smtp_url is not None:
        if settings.mail_from is None:
            raise SettingsError("TALLYSTICK_SMTP_URL needs TALLYSTICK_MAIL_FROM")
        server = Server.from_url(settings.smtp_url.get_secret_value())
        found["email"] = Email(server, settings.mail_from)
    for name, url, token in (
        ("sms", settings.sms_url, settings.sms_token),
        ("chat", settings.chat_url, settings.chat_token),
    ):
        if url is None:
            continue
        if token is None:
            setting = f"TALLYSTICK_{name.upper()}"
            raise SettingsError(f"{setting}_URL needs {setting}_TOKEN")
        try:
            guard.check_url(url)
        except UrlRefused as error:
            if error.reason != "unresolved":  # a network that is down is no wrong setting
                raise SettingsError(f"TALLYSTICK_{name.upper()}_URL: {error}") from error
        found[name] = Gateway(guard, url, token.get_secret_value())
    if people is not None:
        hooks = PrivateFile(settings.webhooks, webhooks_schema)
        webhooks = Webhooks(hooks, people.vault)
        found["webhook"] = Hooks(webhooks, Outbox(hooks, people.vault, webhooks))
    if settings.messages_sink is not None:
        found[SINK] = Sink(settings.messages_sink)
    return found
