"""Every way of signing in that must fail, tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.integration.identity.gate import ADA, BEN, CHAIN_ID, EVE, ORIGIN, Clock, Gate

from tallystick.db import open_database
from tallystick.identity.access.access import Signed
from tallystick.identity.access.challenges import SKEW_SECONDS, VALID_SECONDS, Act, Place
from tallystick.identity.access.errors import (
    LastWallet,
    MessageRefused,
    SessionInvalid,
    WalletUnknown,
)
from tallystick.identity.access.sessions import IDLE_SECONDS, LIFE_SECONDS
from tallystick.identity.vault import IndexTaken
from tallystick.trail.store import entries
from tallystick.trail.verify import verify

ACCEPTS = "0x631626ba7e60e01b5f5260205ff3"
"""A wallet that accepts every signature: returns the ERC-1271 magic value."""
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def refused(gate: Gate, text: str, signature: bytes) -> str:
    with pytest.raises(MessageRefused) as caught:
        gate.access.sign_in(Signed(text, signature), "bearer")
    return caught.value.reason


def test_the_same_wallet_is_the_same_subject(gate: Gate) -> None:
    first, token = gate.sign_in(ADA)
    assert gate.access.sessions.resume(token, "bearer").subject == first.subject
    assert gate.sign_in(ADA)[0].subject == first.subject
    assert gate.sign_in(BEN)[0].subject != first.subject
    (wallet,) = gate.access.wallets.of_subject(first.subject)
    assert wallet.address == ADA.address


def test_replay(gate: Gate) -> None:
    text = gate.message(ADA)
    gate.access.sign_in(Signed(text, ADA.sign(text)), "bearer")
    assert refused(gate, text, ADA.sign(text)) == "nonce"


def test_a_failure_spends_the_nonce(gate: Gate) -> None:
    text = gate.message(ADA)
    assert refused(gate, text, EVE.sign(text)) == "signature"
    assert refused(gate, text, ADA.sign(text)) == "nonce"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.replace("ledger.example wants", "evil.example wants"), "domain"),
        (lambda t: "http://" + t, "domain"),
        (lambda t: t.replace("URI: https://ledger.example", "URI: https://evil.example"), "uri"),
        (lambda t: t.replace(f"Chain ID: {CHAIN_ID}", "Chain ID: 1"), "chain"),
        (lambda t: t.replace("moves no money", "moves all money"), "statement"),
        (lambda t: t.replace("Nonce: ", "Nonce: 0"), "nonce"),
        (lambda t: t.replace(ADA.address, EVE.address), "nonce"),
        (lambda t: t.replace("Issued At: 2027", "Issued At: 2028"), "time"),
        (lambda t: t.replace("Issued At: 2027-01-15T08:00", "Issued At: 2027-01-15T07:54"), "time"),
        (lambda t: t.replace("Time: 2027", "Time: 2026"), "time"),
        (lambda t: t + "\nNot Before: 2027-01-15T09:00:00Z", "time"),
        (lambda t: t.replace(ADA.address, ADA.address.lower()), "address"),
        (lambda t: t.replace("Version: 1", "Version: 2"), "form"),
        (lambda t: t + "\n", "form"),
        (lambda t: "\n" + t, "form"),
        (lambda t: t.replace("\n", "\r\n"), "form"),
        (lambda t: t.replace("2027-01-15", "2027-02-30"), "form"),
        (lambda t: t.replace("Sign in", "Sign in \u202e"), "form"),
        (lambda t: t + " " * 5000, "form"),
        (lambda _: "", "form"),
    ],
)
def test_another_message(gate: Gate, change: Callable[[str], str], reason: str) -> None:
    text = change(gate.message(ADA))
    signer = EVE if EVE.address in text else ADA
    assert refused(gate, text, signer.sign(text)) == reason


def test_what_a_message_may_leave_out_or_add(gate: Gate) -> None:
    text = gate.message(ADA)
    head, _ = text.split("\nExpiration Time: ")
    for change in (
        head,
        f"https://{text}",
        f"{text}\nNot Before: 2027-01-15T08:00:00+00:00\nRequest ID: 7\nResources:\n- ipfs://x",
    ):
        fresh = gate.message(ADA).split("Nonce: ")[1][:32]
        again = change.replace(text.split("Nonce: ")[1][:32], fresh)
        gate.access.sign_in(Signed(again, ADA.sign(again)), "bearer")


def test_an_expired_nonce(gate: Gate) -> None:
    text = gate.message(ADA)
    gate.clock.seconds += VALID_SECONDS
    assert refused(gate, text, ADA.sign(text)) == "nonce"
    text = gate.message(ADA)
    gate.clock.seconds += VALID_SECONDS - 1
    gate.access.sign_in(Signed(text, ADA.sign(text)), "bearer")


def test_a_nonce_of_another_service(gate: Gate, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with Gate.open(gate.chain, other, Clock(), Place(ORIGIN, 5)) as elsewhere:
        text = elsewhere.message(ADA)
        assert refused(gate, text, ADA.sign(text)) == "nonce"


@pytest.mark.parametrize(
    "change",
    [
        lambda s: (
            s[:32]
            + (ORDER - int.from_bytes(s[32:64], "big")).to_bytes(32, "big")
            + bytes([55 - s[64]])
        ),  # the other root: valid, and malleable
        lambda s: s[:63],
        lambda s: s[:64] + bytes([s[64] - 27]),
        lambda s: s + b"\0",
        lambda s: bytes(65),
        lambda _: b"",
        lambda s: bytes([s[0] ^ 1]) + s[1:],
    ],
)
def test_a_malleable_or_malformed_signature(gate: Gate, change: Callable[[bytes], bytes]) -> None:
    text = gate.message(ADA)
    assert refused(gate, text, change(ADA.sign(text))) == "signature"


def test_a_signature_for_one_act_does_not_serve_another(gate: Gate) -> None:
    session, _ = gate.sign_in(ADA)
    other, _ = gate.sign_in(ADA)
    confirm = gate.access.confirm
    unbind = gate.signed(session, ADA, Act.UNBIND_WALLET, BEN.address)
    with pytest.raises(MessageRefused):
        confirm(session, unbind, Act.BIND_WALLET, BEN.address)
    elsewhere = gate.signed(session, ADA, Act.UNBIND_WALLET, BEN.address)
    with pytest.raises(MessageRefused):
        confirm(session, elsewhere, Act.UNBIND_WALLET, EVE.address)
    stolen = gate.signed(session, ADA, Act.UNBIND_WALLET, BEN.address)
    with pytest.raises(MessageRefused):
        confirm(other, stolen, Act.UNBIND_WALLET, BEN.address)
    text = gate.message(ADA)
    with pytest.raises(MessageRefused):
        confirm(session, Signed(text, ADA.sign(text)), Act.UNBIND_WALLET, BEN.address)
    assert refused(gate, *_parts(gate.signed(session, ADA, Act.BIND_WALLET, ""))) == "nonce"
    confirm(
        session,
        gate.signed(session, ADA, Act.UNBIND_WALLET, BEN.address),
        Act.UNBIND_WALLET,
        BEN.address,
    )


def test_a_contract_wallet_and_one_that_is_gone(gate: Gate) -> None:
    wallet = "0x" + "42" * 20
    gate.chain.rpc.call("anvil_setCode", wallet, ACCEPTS)
    text = gate.access.challenges.issue(wallet, Act.SIGN_IN).message
    session, _ = gate.access.sign_in(Signed(text, b"anything"), "bearer")
    assert gate.access.wallets.of_subject(session.subject)[0].address == wallet
    confirmation = gate.access.challenge(session, wallet, Act.UNBIND_WALLET, wallet).message
    gate.chain.rpc.call("anvil_setCode", wallet, "0x")
    text = gate.access.challenges.issue(wallet, Act.SIGN_IN).message
    assert refused(gate, text, b"anything") == "signature"
    with pytest.raises(MessageRefused):
        gate.access.unbind(session, wallet, Signed(confirmation, b"anything"))


def test_sessions_end_by_time_and_by_hand(gate: Gate) -> None:
    resume = gate.access.sessions.resume
    session, token = gate.sign_in(ADA)
    other, other_token = gate.sign_in(ADA)
    assert {s.session_id for s in gate.access.sessions.of_subject(session.subject)} == {
        session.session_id,
        other.session_id,
    }
    stranger, _ = gate.sign_in(BEN)
    with pytest.raises(SessionInvalid):
        gate.access.sessions.revoke(stranger.subject, session.session_id)
    gate.access.sessions.revoke(session.subject, session.session_id)
    with pytest.raises(SessionInvalid):
        resume(token, "bearer")
    with pytest.raises(SessionInvalid):
        resume(other_token, "cookie")
    while gate.clock.seconds < session.created_at + LIFE_SECONDS - IDLE_SECONDS:
        gate.clock.seconds += IDLE_SECONDS - 1
        resume(other_token, "bearer")
    gate.clock.seconds = session.created_at + LIFE_SECONDS
    with pytest.raises(SessionInvalid):
        resume(other_token, "bearer")
    _, idle = gate.sign_in(ADA)
    gate.clock.seconds += IDLE_SECONDS
    with pytest.raises(SessionInvalid):
        resume(idle, "bearer")


def test_wallets_are_bound_by_both_signatures(gate: Gate) -> None:
    session, _ = gate.sign_in(ADA)

    def bind(own: Signed, confirmation: Signed) -> None:
        gate.access.bind(session, BEN.address, own, confirmation)

    def by(person: object) -> Signed:
        return gate.signed(session, person, Act.BIND_WALLET, BEN.address)

    for own, confirmation in ((ADA, ADA), (EVE, ADA), (BEN, BEN), (BEN, EVE)):
        with pytest.raises(MessageRefused):
            bind(by(own), by(confirmation))
    bind(by(BEN), by(ADA))
    assert gate.sign_in(BEN)[0].subject == session.subject
    gate.sign_in(EVE)
    own = gate.signed(session, EVE, Act.BIND_WALLET, EVE.address)
    confirmation = gate.signed(session, ADA, Act.BIND_WALLET, EVE.address)
    with pytest.raises(IndexTaken):
        gate.access.bind(session, EVE.address, own, confirmation)


def test_an_unbound_wallet_is_out_at_once(gate: Gate, tmp_path: Path) -> None:
    session, _ = gate.sign_in(ADA)
    confirm = [gate.signed(session, who, Act.BIND_WALLET, BEN.address) for who in (BEN, ADA)]
    gate.access.bind(session, BEN.address, *confirm)
    _, token = gate.sign_in(BEN)

    def unbind(whom: str) -> None:
        signed = gate.signed(session, ADA, Act.UNBIND_WALLET, whom)
        gate.access.unbind(session, whom, signed)

    unbind(BEN.address)
    with pytest.raises(SessionInvalid):
        gate.access.sessions.resume(token, "bearer")
    assert gate.sign_in(BEN)[0].subject != session.subject
    with pytest.raises(WalletUnknown):
        unbind(BEN.address)
    with pytest.raises(LastWallet):
        unbind(ADA.address)
    assert [w.address for w in gate.access.wallets.of_subject(session.subject)] == [ADA.address]
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir()).lower()
    for person in (ADA, BEN):
        assert person.address.lower().encode() not in files
        assert bytes.fromhex(person.address[2:]) not in files


def _parts(signed: Signed) -> tuple[str, bytes]:
    return signed.message, signed.signature


def test_what_sessions_do_is_in_the_trail(gate: Gate, tmp_path: Path) -> None:
    session, _ = gate.sign_in(ADA)
    confirm = [gate.signed(session, who, Act.BIND_WALLET, BEN.address) for who in (BEN, ADA)]
    gate.access.bind(session, BEN.address, *confirm)
    gate.access.sessions.revoke(session.subject, session.session_id)
    with open_database(tmp_path / "identity.db", readonly=True) as db:
        written = [(entry.fact.actor, entry.fact.act) for entry, _ in entries(db)]
        assert verify(db, []).findings == ()
    assert written == [
        (session.subject, act) for act in ("begin_session", "bind_wallet", "end_session")
    ]


@contextmanager
def statements(gate: Gate) -> Iterator[list[str]]:
    """What is asked of the databases meanwhile, without the values."""
    seen: list[str] = []
    files = (gate.access.file, gate.access.vault.keys, gate.access.vault.fields)
    with ExitStack() as stack:
        opened = [stack.enter_context(file.open()) for file in files]
        for db in opened:
            db.conn.set_trace_callback(
                lambda sql: seen.append(
                    re.sub(r"x'[^']*'|'[^']*'|[0-9]+", "?", sql, flags=re.IGNORECASE)
                )
            )
    # each file hands its idle connection out again
    yield seen
    with ExitStack() as stack:
        for file in files:
            stack.enter_context(file.open()).conn.set_trace_callback(None)


def test_nobody_learns_by_waiting_which_wallets_are_known(gate: Gate) -> None:
    gate.sign_in(ADA)
    asked = []
    for wallet in (ADA.address, EVE.address):
        with statements(gate) as seen:
            gate.access.challenges.issue(wallet, Act.SIGN_IN)
        asked.append(seen)
    assert asked[0] == asked[1]
    assert len(asked[0]) >= 3


def test_nobody_learns_by_waiting_how_much_of_a_token_is_right(gate: Gate) -> None:
    _, token = gate.sign_in(ADA)
    mac = gate.access.vault.mac
    near = token[:-1] + ("0" if token[-1] != "0" else "1")
    asked = []
    for wrong in (near, "0" * len(token)):
        with statements(gate) as seen, pytest.raises(SessionInvalid):
            gate.access.sessions.resume(wrong, "bearer")
        asked.append(seen)
    assert asked[0] == asked[1]
    # what the index compares are HMACs, which share nothing however near the tokens are
    assert mac("session", near)[:8] != mac("session", token)[:8]
    with open_database(gate.access.file.path, readonly=True) as db:
        (stored,) = db.execute("SELECT token FROM sessions").fetchone()
    assert stored == mac("session", token)


def test_a_wallets_clock_may_be_a_minute_ahead_and_no_more(gate: Gate) -> None:
    for ahead, accepted in ((SKEW_SECONDS, True), (SKEW_SECONDS + 1, False)):
        text = gate.message(ADA)
        issued = text.split("Issued At: ")[1][:20]
        later = datetime.fromtimestamp(gate.clock() + ahead, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        moved = text.replace(f"Issued At: {issued}", f"Issued At: {later}")
        if accepted:
            gate.access.sign_in(Signed(moved, ADA.sign(moved)), "bearer")
        else:
            assert refused(gate, moved, ADA.sign(moved)) == "time"
