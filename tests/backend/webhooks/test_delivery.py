"""Deliveries to real receivers: signed, tried again, never lost, whatever the receivers do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError
from tests.backend.webhooks.receiver import Receiver, answer, cut, drip, hang

from tallystick.identity.vault import Vault
from tallystick.identity.vault.erasure import erase
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.keys import LocalKeys
from tallystick.webhooks import dispatcher, send
from tallystick.webhooks.dispatcher import Dispatcher
from tallystick.webhooks.errors import WebhooksTooMany, WebhookUnknown
from tallystick.webhooks.guard import Guard
from tallystick.webhooks.outbox import KEEP_SECONDS, LEASE_SECONDS, WAITS, Message, Outbox
from tallystick.webhooks.schema import schema
from tallystick.webhooks.store import (
    FORMER_SECRET_SECONDS,
    MOST_WEBHOOKS,
    Filter,
    Webhook,
    Webhooks,
)


class Desk:
    """Webhooks on real files; the clock is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = 1_800_000_000.0
        self.vault = Vault(
            folder / "vault.db", LocalKeys({"k": b"\x01" * 32}), b"\x02" * 32, lambda: self.now
        )
        self.file = PrivateFile(folder / "webhooks.db", schema)
        self.webhooks = Webhooks(self.file, self.vault)
        self.outbox = Outbox(self.file, self.vault, self.webhooks)
        self.bank = self.vault.new_subject()
        self.entitled = True
        self.dispatcher = self.another()

    def another(self) -> Dispatcher:
        guard = Guard(private=True)
        return Dispatcher(self.webhooks, self.outbox, guard, lambda _: self.entitled)

    def hook(self, url: str) -> tuple[Webhook, str]:
        return self.webhooks.create(self.bank, url, Filter())

    def tell(self, hook: Webhook, *events: str) -> None:
        fresh = self.webhooks.get(self.bank, hook.webhook_id)
        place = f"{fresh.sequence + 1}-0-{'ab' * 32}"
        assert self.outbox.advance(fresh, place, [(event, {"n": event}) for event in events])

    def run(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            self.dispatcher.round()
            self.dispatcher.settle()

    def log(self, hook: Webhook) -> list[Message]:
        return self.outbox.page(self.bank, hook.webhook_id, None, 100)[::-1]

    def last(self, hook: Webhook) -> str | int | None:
        result = self.outbox.attempts(self.log(hook)[-1].message_id)[-1].result
        return result.error or result.status


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.dispatcher.close()
    opened.file.close()
    opened.vault.close()


def test_a_message_is_signed_numbered_and_logged(desk: Desk, tmp_path: Path) -> None:
    with Receiver() as receiver:
        hook, secret = desk.hook(receiver.url)
        desk.tell(hook, "paid", "closed")
        desk.run(2)
        assert [message.state for message in desk.log(hook)] == ["delivered"] * 2
        bodies = [Verifier(secret).verify(got.body, got.headers) for got in receiver.got]
        assert [(body["type"], body["sequence"]) for body in bodies] == [("paid", 1), ("closed", 2)]
        got = receiver.got[0]
        assert got.headers["webhook-id"] == desk.log(hook)[0].message_id
        forged = got.body.replace("paid", "lost")
        for body, key in ((forged, secret), (got.body, "whsec_" + "A" * 44)):
            with pytest.raises(WebhookVerificationError):
                Verifier(key).verify(body, got.headers)
    assert desk.last(hook) == 204
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in raw
    assert b"token=x" not in raw


def test_a_failing_receiver_is_tried_for_almost_three_days(desk: Desk) -> None:
    with Receiver(answer(500)) as receiver:
        hook, _ = desk.hook(receiver.url)
        desk.tell(hook, "paid")
        begun, waited = desk.now, []
        while (message := desk.log(hook)[0]).state == "pending":
            waited.append(message.next_at - desk.now)
            desk.now = max(desk.now, message.next_at - 1)
            if len(waited) > 1:
                desk.run()
                assert len(receiver.got) == len(waited) - 1, "before its time"
            desk.now = message.next_at
            desk.run()
        assert message.state == "failed"
        assert len(receiver.got) == len(WAITS) + 1
        assert 2.2 * 86_400 < desk.now - begun < 3.5 * 86_400
        for wanted, real in zip(WAITS, waited[1:], strict=True):
            assert 0.8 * wanted - 1 <= real <= 1.2 * wanted + 1
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
        receiver.behave = None
        desk.outbox.resend(desk.bank, hook.webhook_id, message.message_id)
        desk.run()
    assert desk.log(hook)[0].state == "delivered"
    assert len(desk.outbox.attempts(message.message_id)) == len(WAITS) + 2


def test_what_failed_holds_nothing_else_up(desk: Desk) -> None:
    with Receiver(answer(503)) as receiver:
        hook, _ = desk.hook(receiver.url)
        desk.tell(hook, "paid")
        desk.run()
        receiver.behave = None
        desk.tell(hook, "closed")
        desk.run()
        assert [message.state for message in desk.log(hook)] == ["pending", "delivered"]
        desk.now += 10
        desk.run()
        assert [message.state for message in desk.log(hook)] == ["delivered"] * 2


@pytest.mark.parametrize(
    ("behave", "told"),
    [(hang, "timeout"), (drip, "timeout"), (cut, "connection"), (answer(301, Location="/"), 301)],
)
def test_a_slow_or_broken_receiver_ends_at_the_deadline(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, behave: object, told: object
) -> None:
    monkeypatch.setattr(dispatcher, "post", lambda *arguments: send.post(*arguments, deadline=0.4))
    with Receiver(behave) as receiver:  # type: ignore[arg-type]
        hook, _ = desk.hook(receiver.url)
        desk.tell(hook, "paid")
        desk.run()
        assert len(receiver.got) == 1
    assert desk.last(hook) == told
    assert desk.log(hook)[0].state == "pending"
    attempt = desk.outbox.attempts(desk.log(hook)[0].message_id)[0]
    assert attempt.result.milliseconds < 2000


def test_a_slow_receiver_does_not_hold_up_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "post", lambda *arguments: send.post(*arguments, deadline=60))
    enough = threading.Event()
    with Receiver(lambda _: enough.wait(60)) as slow, Receiver() as quick:  # type: ignore[arg-type]
        hanging, _ = desk.hook(slow.url)
        other, _ = desk.hook(quick.url)
        desk.tell(hanging, "paid", "closed")
        desk.tell(other, *"abcde")
        while len(quick.got) < 5:
            desk.dispatcher.round()
        assert desk.outbox.attempts(desk.log(hanging)[0].message_id) == []
        assert len(slow.got) <= 1
        assert [json.loads(got.body)["type"] for got in quick.got] == list("abcde")
        enough.set()
        desk.dispatcher.settle()


def test_a_process_that_dies_loses_nothing_and_sends_again(desk: Desk) -> None:
    with Receiver() as receiver:
        hook, _ = desk.hook(receiver.url)
        desk.tell(hook, "paid")
        (message,) = desk.outbox.lease(8)
        target = desk.webhooks.target(desk.bank, hook.webhook_id)
        guard = Guard(private=True)
        send.post(guard, target.url, target.secrets, message.message_id, message.body)
        # died here: received, and nothing written
        desk.run()
        assert len(receiver.got) == 1
        desk.now += LEASE_SECONDS
        desk.run()
        ids = [got.headers["webhook-id"] for got in receiver.got]
        assert ids == [message.message_id] * 2
        assert receiver.got[0].body == receiver.got[1].body
    assert desk.log(hook)[0].state == "delivered"


def test_two_processes_tell_each_event_once(desk: Desk) -> None:
    with Receiver() as receiver:
        hook, _ = desk.hook(receiver.url)
        assert desk.outbox.advance(hook, "1-0-" + "ab" * 32, [("paid", {})])
        assert not desk.outbox.advance(hook, "1-0-" + "ab" * 32, [("paid", {})])
        other = desk.another()
        for _ in range(3):
            desk.dispatcher.round()
            other.round()
        desk.dispatcher.settle()
        other.settle()
        other.close()
        assert len(receiver.got) == 1


def test_a_new_secret_and_the_former_one_for_a_day(desk: Desk) -> None:
    with Receiver() as receiver:
        hook, old = desk.hook(receiver.url)
        new = desk.webhooks.rotate(desk.bank, hook.webhook_id)
        desk.tell(hook, "paid")
        desk.run()
        for secret in (old, new):
            Verifier(secret).verify(receiver.got[0].body, receiver.got[0].headers)
        desk.now += FORMER_SECRET_SECONDS
        desk.tell(hook, "paid")
        desk.run()
        Verifier(new).verify(receiver.got[1].body, receiver.got[1].headers)
        with pytest.raises(WebhookVerificationError):
            Verifier(old).verify(receiver.got[1].body, receiver.got[1].headers)


def test_owners(desk: Desk) -> None:
    with Receiver() as receiver:
        hook, _ = desk.hook(receiver.url)
        stranger = desk.vault.new_subject()
        for act in (desk.webhooks.get, desk.webhooks.delete, desk.webhooks.rotate):
            with pytest.raises(WebhookUnknown):
                act(stranger, hook.webhook_id)
        with pytest.raises(WebhookUnknown):
            desk.outbox.enqueue(stranger, hook.webhook_id, "ping")
        desk.tell(hook, "paid")
        desk.entitled = False
        desk.run()
        assert desk.last(hook) == "not_entitled"
        desk.entitled = True
        erase(desk.vault, desk.bank)
        desk.now += 10
        desk.run()
        assert desk.webhooks.all() == []
        assert receiver.got == []


def test_limits_and_what_is_kept(desk: Desk) -> None:
    with Receiver() as receiver:
        hook, _ = desk.hook(receiver.url)
        desk.tell(hook, "paid")
        desk.run()
        desk.now += KEEP_SECONDS
        desk.tell(hook, "closed")
        assert desk.outbox.prune() == 0
        desk.now += 1
        assert desk.outbox.prune() == 1
        assert [message.type for message in desk.log(hook)] == ["closed"]
        receiver.behave = answer(410)
        desk.run()
        assert desk.log(hook)[0].state == "failed"
        for _ in range(MOST_WEBHOOKS - 1):
            desk.hook(receiver.url)
        with pytest.raises(WebhooksTooMany):
            desk.hook(receiver.url)
