"""Challenges: a message for one wallet to sign once, which permits one act.

Signing in, binding a wallet and confirming a sensitive act are the same exchange with another
`Act`, so a signature for one never serves for another.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import signed_by
from tallystick.db import write
from tallystick.identity.access.errors import MessageRefused
from tallystick.identity.access.message import SignInMessage, compose, parse_message
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile

VALID_SECONDS = 300
SKEW_SECONDS = 60
"""How far the clock of a wallet may be ahead."""


class Act(StrEnum):
    """What a signature permits."""

    SIGN_IN = "sign_in"
    BIND_WALLET = "bind_wallet"
    UNBIND_WALLET = "unbind_wallet"
    GIVE_CONSENT = "give_consent"
    EXPORT = "export"
    ERASE = "erase"
    APPROVE = "approve"
    CREATE_KEY = "create_key"


STATEMENTS = {
    Act.SIGN_IN: "Sign in to Tallystick. This sends no transaction and moves no money.",
    Act.BIND_WALLET: "Bind the wallet {about} to the person or firm that is signed in.",
    Act.UNBIND_WALLET: "Unbind the wallet {about} from the person or firm that is signed in.",
    Act.GIVE_CONSENT: "I consent to {about}.",
    Act.EXPORT: "Hand out everything that is kept about {about}.",
    Act.ERASE: "Erase everything that is kept about {about}, for good.",
    Act.APPROVE: "I have checked and approve the {about}.",
    Act.CREATE_KEY: "Give {about} a key that acts for its owner.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signature holds: the service's origin and the chain."""

    origin: str
    chain_id: int

    @property
    def domain(self) -> str:
        """Host and port, as wallets compare them with the page."""
        return urlsplit(self.origin).netloc

    @property
    def scheme(self) -> str:
        """http or https."""
        return urlsplit(self.origin).scheme


@dataclass(frozen=True, slots=True)
class Challenge:
    """A message to sign; `expires_at` in Unix seconds."""

    message: str
    nonce: str
    expires_at: int


class Challenges:
    """Challenges in the table `challenges`."""

    def __init__(self, file: PrivateFile, vault: Vault, place: Place, rpc: Rpc) -> None:
        self._file = file
        self._vault = vault
        self._place = place
        self._rpc = rpc

    def issue(self, wallet: str, act: Act, about: str = "", session: str = "") -> Challenge:
        """A message for `wallet` (EIP-55) to sign within five minutes."""
        now = self._vault.now()
        nonce = secrets.token_hex(16)
        expires = now + VALID_SECONDS
        with self._file.open() as db, write(db) as conn:
            conn.execute("DELETE FROM challenges WHERE expires_at <= ?", (now,))
            conn.execute(
                "INSERT INTO challenges (nonce, wallet, act, about, session, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    self._nonce(nonce),
                    self._wallet(wallet),
                    act,
                    self._about(about),
                    session,
                    expires,
                ),
            )
        text = compose(
            domain=self._place.domain,
            address=wallet,
            statement=STATEMENTS[act].format(about=about),
            uri=self._place.origin,
            chain_id=self._place.chain_id,
            nonce=nonce,
            times=(_rfc3339(now), _rfc3339(expires)),
        )
        return Challenge(text, nonce, expires)

    def redeem(
        self, text: str, signature: bytes, act: Act, about: str = "", session: str = ""
    ) -> str:
        """The account that signed `text` for this act; the challenge is spent, also by a failure.

        Raises `MessageRefused`, `RpcUnavailable`.
        """
        message = parse_message(text)
        self._spend(message, act, about, session)
        self._check(message, act, about)
        if not signed_by(self._rpc, message.address, message.digest(), signature):
            raise MessageRefused("signature", "The account did not sign this message.")
        return message.address

    def _spend(self, message: SignInMessage, act: Act, about: str, session: str) -> None:
        with self._file.open() as db, write(db) as conn:
            row = conn.execute(
                "DELETE FROM challenges WHERE nonce = ?"
                " RETURNING wallet, act, about, session, expires_at",
                (self._nonce(message.nonce),),
            ).fetchone()
        if row is None or row[4] <= self._vault.now():
            raise MessageRefused("nonce", "The nonce is unknown, used or older than five minutes.")
        if row[:4] != (self._wallet(message.address), act, self._about(about), session):
            raise MessageRefused("nonce", "The nonce was given for something else.")

    def _check(self, message: SignInMessage, act: Act, about: str) -> None:
        place, now = self._place, self._vault.now()
        if message.domain != place.domain or message.scheme not in (None, place.scheme):
            raise MessageRefused("domain", f"The message is not for {place.domain}.")
        if message.uri.rstrip("/") != place.origin:
            raise MessageRefused("uri", f"The message's URI is not {place.origin}.")
        if message.chain_id != place.chain_id:
            raise MessageRefused("chain", f"The message is not for chain {place.chain_id}.")
        if message.statement != STATEMENTS[act].format(about=about):
            raise MessageRefused("statement", "The message states something else.")
        begins = max(message.issued_at - SKEW_SECONDS, message.not_before or 0)
        ends = message.issued_at + VALID_SECONDS
        if message.expires_at is not None:
            ends = min(ends, message.expires_at)
        if not begins <= now < ends:
            raise MessageRefused("time", "The message is not valid at this time.")

    def _nonce(self, nonce: str) -> bytes:
        return self._vault.mac("nonce", nonce)

    def _about(self, about: str) -> bytes:
        return self._vault.mac("about", about)

    def _wallet(self, wallet: str) -> bytes:
        return self._vault.mac("wallet", wallet.lower())


def _rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
