"""Deliveries to real servers: within wishes and rules, once, through whatever fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from tests.backend.messages.desk import DAY, NOON, ORIGIN, Desk, sunk
from tests.backend.messages.mailserver import MailServer
from tests.backend.webhooks.receiver import Receiver, answer

from tallystick.config import Settings, SettingsError
from tallystick.identity.vault.erasure import erase
from tallystick.identity.vault.files import PrivateFile
from tallystick.messages.assembly import transports
from tallystick.messages.outbox import inbox
from tallystick.messages.post import LEASE_SECONDS, lease
from tallystick.messages.preferences import Wishes, stop
from tallystick.messages.stops import read_stop
from tallystick.messages.transports.email import Email, Server
from tallystick.messages.transports.gateway import Gateway
from tallystick.messages.transports.hooks import Hooks
from tallystick.messages.transports.sink import Sink
from tallystick.webhooks.guard import Guard
from tallystick.webhooks.outbox import Outbox
from tallystick.webhooks.schema import schema as webhooks_schema
from tallystick.webhooks.store import Filter, Webhooks

SENDER = "Tallystick <loans@bank.example>"
ADA = "ada@people.example"
PHONE = "+8613800138000"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def mail(desk: Desk) -> Iterator[MailServer]:
    server = MailServer()
    desk.ways["email"] = Email(Server.from_url(server.url), SENDER)
    with server:
        yield server


def test_a_mail_is_whole_and_can_be_stopped_by_one_click(desk: Desk, mail: MailServer) -> None:
    ada = desk.person(email=ADA)
    note = desk.tell(ada)
    desk.run(2)
    assert desk.states(ada, note) == {"email": ("sent", None)}
    (got,) = mail.mails
    assert mail.to == [ADA]
    assert (got["from"], got["to"]) == (SENDER, ADA)
    assert got["message-id"] == f"<{note}@bank.example>"
    assert got["auto-submitted"] == "auto-generated"
    assert got["subject"] == "1,234.56789 TUSD is due on March 31, 2026"
    text, html = (got.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "It is collected from your wallet by itself." in text.get_content()
    assert f'<a href="{ORIGIN}/loans/0x1a' in html.get_content()

    assert got["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    link = got["list-unsubscribe"].strip("<>")
    assert link.startswith(f"{ORIGIN}/v1/stops/")
    assert link in text.get_content()
    subject, group = read_stop(desk.vault, link.rpartition("/")[2])
    assert (subject, group) == (ada, "reminder")
    with desk.file.open() as db:
        stop(db, subject, group, NOON)
    stopped, duty = desk.tell(ada), desk.tell(ada, "pull_failed")
    desk.run(2)
    assert desk.states(ada, stopped) == {"email": ("dropped", "stopped")}
    assert desk.states(ada, duty) == {"email": ("sent", None)}
    assert mail.mails[-1]["list-unsubscribe"] is None
    with desk.file.open() as db:  # the inbox has everything
        assert [message.message_id for message in inbox(db, [ada], 9)] == [duty, stopped, note]


def test_the_address_is_read_for_a_purpose_and_stays_out_of_everything_else(
    desk: Desk, mail: MailServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ada, silent = desk.person(email=ADA), desk.person()
    note, unheard = desk.tell(ada), desk.tell(silent)
    mail.answer = "451 later"
    caplog.set_level("DEBUG")
    desk.run(2)
    mail.answer = None
    desk.now += 60
    desk.run(2)
    reads = [("read", f"{ada}/contact"), ("read", f"{silent}/contact")]
    assert sorted(desk.trail()) == sorted([*reads, reads[0]])
    assert desk.states(silent, unheard) == {"email": ("dropped", "no_address")}
    assert desk.states(ada, note) == {"email": ("sent", None)}
    ours = [record for record in caplog.records if record.name.startswith("tallystick")]
    assert ours
    assert all(ADA not in record.getMessage() for record in ours)
    for path in tmp_path.iterdir():
        assert ADA.encode() not in path.read_bytes(), path.name

    desk.rights.restrict(ada, restricted=True)
    refused = desk.tell(ada)
    desk.run()
    assert desk.states(ada, refused) == {"email": ("dropped", "restricted")}


def test_language_is_the_reader_s(desk: Desk, mail: MailServer) -> None:
    ada = desk.person(Wishes(language="zh"), email=ADA)
    desk.tell(ada)
    desk.run()
    assert mail.mails[0]["subject"] == "2026年3月31日应还款 1,234.56789 TUSD"
    assert mail.mails[0]["content-language"] == "zh-Hans"


def test_a_mail_server_that_is_down_loses_nothing_and_is_not_stormed(
    desk: Desk, mail: MailServer
) -> None:
    mail.down()
    people = [desk.person(email=f"p{n}@people.example") for n in range(30)]
    notes = {person: desk.tell(person, "terms_changed") for person in people}
    tried = 0
    for _ in range(120):
        desk.run()
        desk.now += 60
    with desk.file.open() as db:
        (tried,) = db.execute("SELECT count(*) FROM attempts WHERE error = 'connection'").fetchone()
        waiting = db.execute("SELECT count(*) FROM deliveries WHERE state = 'pending'").fetchone()
    assert waiting == (30,)
    assert tried < 8 * 20  # two hours: once in ten minutes at last, eight at once
    mail.up()
    for _ in range(60):
        desk.run()
        desk.now += 600
    assert {desk.states(*pair)["email"] for pair in notes.items()} == {("sent", None)}
    assert sorted(mail.to) == sorted(f"p{n}@people.example" for n in range(30))


@pytest.mark.parametrize(
    ("reply", "state"),
    [("550 no such user", ("failed", "recipient_refused")), ("451 later", ("pending",))],
)
def test_a_refusal_for_good_ends_it_and_another_does_not(
    desk: Desk, mail: MailServer, reply: str, state: tuple[str, ...]
) -> None:
    ada = desk.person(email=ADA)
    note = desk.tell(ada)
    mail.answer = reply
    desk.run()
    assert desk.states(ada, note)["email"][: len(state)] == state
    mail.answer = None
    desk.now += 60
    desk.run()
    assert len(mail.mails) == (0 if state[0] == "failed" else 1)


def test_a_header_cannot_be_smuggled_in(desk: Desk, mail: MailServer) -> None:
    ada = desk.person(email="ada@people.example\nBcc: all@people.example")
    note = desk.tell(ada)
    desk.run()
    assert desk.states(ada, note) == {"email": ("failed", "address")}
    assert mail.mails == []


def gateway(desk: Desk, receiver: Receiver) -> Gateway:
    return Gateway(Guard(private=True), receiver.url, "secret")


def test_sms_and_chat_go_through_a_gateway(desk: Desk) -> None:
    with Receiver() as receiver:
        desk.ways |= {"sms": gateway(desk, receiver), "chat": gateway(desk, receiver)}
        ada = desk.person(Wishes(channels=("sms", "chat", "email")), phone=PHONE)
        note = desk.tell(ada, "pull_failed")
        desk.run(3)  # no mail server is configured, so there is no third delivery
        assert desk.states(ada, note) == {"chat": ("sent", None), "sms": ("sent", None)}
        bodies = [json.loads(got.body) for got in receiver.got]
        assert bodies == [{"to": PHONE, "text": bodies[0]["text"], "id": note}] * 2
        assert "could not be collected" in bodies[0]["text"]
        assert receiver.got[0].headers["authorization"] == "Bearer secret"
        assert receiver.got[0].headers["idempotency-key"] == note


def test_a_gateway_is_tried_again_unless_it_refuses_for_good(desk: Desk) -> None:
    with Receiver(answer(503)) as receiver:
        desk.ways["sms"] = gateway(desk, receiver)
        ada = desk.person(Wishes(channels=("sms",)), phone=PHONE)
        note = desk.tell(ada, "pull_failed")
        desk.run()
        assert desk.states(ada, note) == {"sms": ("pending", "refused")}
        desk.run(3)
        assert len(receiver.got) == 1
        receiver.behave = answer(422)
        desk.now += 60
        desk.run()
        assert desk.states(ada, note) == {"sms": ("failed", "refused")}


def test_a_gateway_inside_is_never_called(desk: Desk) -> None:
    with Receiver() as receiver:
        desk.ways["sms"] = Gateway(Guard(), receiver.url, "secret")
        ada = desk.person(Wishes(channels=("sms",)), phone=PHONE)
        note = desk.tell(ada, "pull_failed")
        desk.run()
        assert desk.states(ada, note) == {"sms": ("pending", "address_scheme")}
        assert receiver.got == []


def test_webhooks_of_the_reader_are_told(desk: Desk, tmp_path: Path) -> None:
    hooks = PrivateFile(tmp_path / "webhooks.db", webhooks_schema)
    webhooks = Webhooks(hooks, desk.vault)
    outbox = Outbox(hooks, desk.vault, webhooks)
    desk.ways["webhook"] = Hooks(webhooks, outbox)
    ada = desk.person(Wishes(channels=("webhook",)))
    other = desk.person(Wishes(channels=("webhook",)))
    all_, _ = webhooks.create(ada, "https://a.example", Filter())
    webhooks.create(ada, "https://a.example/paid", Filter(types=frozenset({"paid"})))
    note, lost = desk.tell(ada), desk.tell(other)
    desk.run(2)
    (queued,) = outbox.page(ada, all_.webhook_id, None, 10)
    assert (queued.type, json.loads(queued.body)["data"]["message_id"]) == ("message", note)
    assert desk.states(ada, note) == {"webhook": ("sent", None)}
    assert desk.states(other, lost) == {"webhook": ("failed", "no_webhook")}
    hooks.close()


def test_nobody_is_disturbed_in_quiet_hours_of_his_own_clock(desk: Desk, mail: MailServer) -> None:
    desk.now = datetime(2026, 3, 31, 1, 30, tzinfo=UTC).timestamp()  # 09:30 in Shanghai
    here = desk.person(Wishes(time_zone="Asia/Shanghai"), email="here@people.example")
    there = desk.person(Wishes(time_zone="Europe/Paris"), email="there@people.example")  # 03:30
    late = desk.person(
        Wishes(time_zone="Asia/Shanghai", quiet="07:00-12:00"), email="late@people.example"
    )
    notes = [(who, desk.tell(who)) for who in (here, there, late)]
    desk.run(2)
    assert mail.to == ["here@people.example"]
    desk.now = datetime(2026, 3, 31, 4, 0, tzinfo=UTC).timestamp()  # noon in Shanghai
    desk.run()
    assert mail.to[1:] == ["late@people.example"]
    desk.now = datetime(2026, 3, 31, 5, 59, 59, tzinfo=UTC).timestamp()
    desk.run()
    assert len(mail.to) == 2
    desk.now += 1  # 08:00 in Paris
    desk.run()
    assert {desk.states(*pair)["email"] for pair in notes} == {("sent", None)}


def test_wishes_and_law_limit_how_much_is_told(desk: Desk, mail: MailServer) -> None:
    desk.rules = type(desk.rules)(
        "UTC", desk.rules.quiet, frozenset(), {"email": 3, "sms": 1, "chat": 1},
        {"email": 4, "sms": 7, "chat": 7}, (3,), (1,),
    )  # fmt: skip
    desk.dispatcher = desk.another()
    ada = desk.person(Wishes(most_per_day=1), email=ADA)
    for _ in range(3):
        desk.tell(ada, "loan_closed")
    desk.run(9)
    assert len(mail.mails) == 1  # as wished
    for _ in range(3):
        desk.tell(ada, "pull_failed")
    desk.run(9)
    assert len(mail.mails) == 3  # urgent: beyond the wish, within the law
    desk.now += DAY
    desk.run(9)
    assert len(mail.mails) == 4  # the week's four
    desk.now += 5 * DAY
    desk.run(9)
    assert len(mail.mails) == 4
    desk.now += DAY
    desk.run(9)
    assert len(mail.mails) == 5  # the third closing; the last urgent one has become out of date
    with desk.file.open() as db:
        dropped = db.execute("SELECT reason FROM deliveries WHERE state = 'dropped'").fetchall()
    assert dropped == [("out_of_date",)]


def test_what_is_out_of_date_is_not_told(desk: Desk, mail: MailServer) -> None:
    mail.down()
    ada = desk.person(email=ADA)
    notes = [desk.tell(ada, "due_today"), desk.tell(ada, "terms_changed")]
    desk.run()
    desk.now += 3 * DAY  # and a clock that jumps does the same
    mail.up()
    desk.run(9)
    assert [desk.states(ada, note)["email"][0] for note in notes] == ["dropped", "sent"]
    assert len(mail.mails) == 1


def test_a_clock_that_is_set_back_holds_nothing_up(desk: Desk, mail: MailServer) -> None:
    ada = desk.person(email=ADA)
    desk.now += 30 * DAY
    mail.answer = "451 later"
    note = desk.tell(ada, "standing_restored")
    desk.run()
    mail.answer = None
    desk.now = NOON  # next_at and the lease lie a month ahead
    desk.run()
    assert desk.states(ada, note) == {"email": ("sent", None)}


def test_one_that_dies_in_the_middle_is_followed_by_another(desk: Desk, mail: MailServer) -> None:
    ada = desk.person(email=ADA)
    desk.tell(ada)
    desk.dispatcher._route()
    with desk.file.open() as db:
        assert len(lease(db, 8, int(desk.now), [])) == 1
    desk.run()
    assert mail.mails == []
    desk.now += LEASE_SECONDS
    desk.run()
    assert len(mail.mails) == 1


def test_dispatchers_at_once_send_each_message_once(desk: Desk, mail: MailServer) -> None:
    people = [desk.person(email=f"p{n}@people.example") for n in range(12)]
    for person in people:
        for _ in range(2):
            desk.tell(person)
    others = [desk.another() for _ in range(3)]

    def work(number: int) -> None:
        for _ in range(8):
            others[number].round()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    for other in others:
        other.close()
    assert len(mail.mails) == 24
    assert len({got["message-id"] for got in mail.mails}) == 24


def test_a_slow_receiver_holds_up_nobody_else(desk: Desk, mail: MailServer) -> None:
    """Nothing but the mail's arrival ends the other's wait."""
    arrived = threading.Event()
    mail.on_mail = arrived.set

    def slow(request: BaseHTTPRequestHandler) -> None:
        arrived.wait(60)
        answer(204)(request)

    with Receiver(slow) as receiver:
        desk.ways["sms"] = gateway(desk, receiver)
        first = desk.person(Wishes(channels=("sms",)), phone=PHONE)
        ada = desk.person(email=ADA)
        notes = [(first, desk.tell(first, "pull_failed")), (ada, desk.tell(ada))]
        desk.run()
        assert arrived.is_set()
        assert [desk.states(*pair) for pair in notes] == [
            {"sms": ("sent", None)},
            {"email": ("sent", None)},
        ]


def test_whoever_is_erased_is_told_nothing_and_leaves_nothing(
    desk: Desk, mail: MailServer, tmp_path: Path
) -> None:
    ada = desk.person(Wishes(), email=ADA)
    wallet = "0x" + "3C" * 20
    desk.vault.claim(ada, "wallet", wallet)
    desk.tell(ada)
    desk.tell(wallet)
    desk.dispatcher._route()
    desk.tell(ada)
    erase(desk.vault, ada)
    desk.run(3)
    assert mail.mails == []
    for path in tmp_path.glob("messages.db*"):
        assert ada.encode() not in path.read_bytes()
        assert wallet.encode() not in path.read_bytes()


def test_a_wallet_without_a_subject_has_its_inbox(desk: Desk, mail: MailServer) -> None:
    desk.ways["sink"] = Sink(desk.folder / "sink.jsonl")
    wallet = "0x" + "3C" * 20
    note = desk.tell(wallet)
    desk.run()
    assert desk.states(wallet, note) == {"sink": ("sent", None)}
    (line,) = sunk(desk.folder / "sink.jsonl")
    assert (line["to"], line["message_id"], line["kind"]) == (wallet, note, "due_soon")
    ada = desk.person(email=ADA)
    desk.vault.claim(ada, "wallet", wallet)
    desk.tell(wallet, key="later")
    desk.run(2)
    assert mail.to == [ADA]


def test_settings_make_transports_or_say_what_is_wrong(tmp_path: Path) -> None:
    def made(**values: str) -> set[str]:
        environment = {f"TALLYSTICK_{name.upper()}": value for name, value in values.items()}
        return set(transports(Settings.from_environment(environment), None))

    assert made() == set()
    smtp = {"smtp_url": "smtp://user:pass%40word@mail.example", "mail_from": SENDER}
    assert made(**smtp, messages_sink=str(tmp_path / "sink")) == {"email", "sink"}
    server = Server.from_url(smtp["smtp_url"])
    assert server == Server("mail.example", 587, "start", "user", "pass@word")
    assert Server.from_url("smtps://m.example").tls == "implicit"
    for wrong, rule in [
        ({"smtp_url": "smtp://m.example"}, "MAIL_FROM"),
        ({"smtp_url": "http://m.example", "mail_from": SENDER}, "smtp://"),
        ({"smtp_url": "smtp://m.example?tls=maybe", "mail_from": SENDER}, "smtp://"),
        ({"smtp_url": "smtp://m.example", "mail_from": "nobody"}, "MAIL_FROM"),
        ({"sms_url": "https://sms.example"}, "SMS_TOKEN"),
        ({"chat_url": "http://127.0.0.1:1", "chat_token": "t"}, "CHAT_URL"),
    ]:
        with pytest.raises(SettingsError, match=rule) as caught:
            made(**wrong)
        assert "pass" not in str(caught.value)


def test_starttls_is_demanded(desk: Desk, mail: MailServer) -> None:
    """A server that does not offer it gets no mail, and no password."""
    server = Server("127.0.0.1", mail.port, "start", "user", "word")
    desk.ways["email"] = Email(server, SENDER)
    ada = desk.person(email=ADA)
    note = desk.tell(ada)
    desk.run()
    assert desk.states(ada, note) == {"email": ("pending", "not_supported")}
    assert mail.mails == []
