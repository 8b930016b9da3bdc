"""Signing in, and what a session may do about its own sessions and wallets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tallystick.chain.rpc import Rpc
from tallystick.config import Settings
from tallystick.db import write
from tallystick.identity.access.challenges import Act, Challenge, Challenges, Place
from tallystick.identity.access.errors import MessageRefused, WalletUnknown
from tallystick.identity.access.schema import schema
from tallystick.identity.access.sessions import Carrier, Session, Sessions
from tallystick.identity.access.wallets import Wallet, Wallets
from tallystick.identity.authority.approvals import Approval, Approvals
from tallystick.identity.authority.grants import Grants
from tallystick.identity.authority.keys import ApiKeys
from tallystick.identity.authority.matters import Matter
from tallystick.identity.authority.schema import schema as authority_schema
from tallystick.identity.kyc.cases import Cases
from tallystick.identity.kyc.provider import LocalProvider, Sanctions
from tallystick.identity.kyc.schema import schema as kyc_schema
from tallystick.identity.kyc.standing import Levels
from tallystick.identity.rights.rights import Rights
from tallystick.identity.rights.schema import schema as rights_schema
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.rotation import rotate
from tallystick.identity.vault.scrub import finish_deletions
from tallystick.trail.entry import Fact
from tallystick.trail.schema import schema as trail_schema
from tallystick.trail.store import append


@dataclass(frozen=True, slots=True)
class Signed:
    """A message and what is claimed to be its signature."""

    message: str
    signature: bytes


def identity_file(path: Path) -> PrivateFile:
    """The file of sessions and of the audit trail, made if there is none."""
    return PrivateFile(path, schema, trail_schema, rights_schema, authority_schema, kyc_schema)


class Access:
    """The whole of signing in. Safe to share between threads."""

    def __init__(
        self,
        file: PrivateFile,
        vault: Vault,
        place: Place,
        rpc: Rpc,
        administrators: Iterable[str] = (),
        sanctions: Sanctions | None = None,
    ) -> None:
        self.place = place
        self.vault = vault
        self.sanctions = sanctions
        self.file = file
        self.rpc = rpc
        self.challenges = Challenges(file, vault, place, rpc)
        self.sessions = Sessions(file, vault)
        self.wallets = Wallets(vault)
        self.rights = Rights(file, vault)
        self.grants = Grants(file, vault, administrators)
        self.approvals = Approvals(file, vault, self.grants)
        self.keys = ApiKeys(file, vault, self.grants)
        self.cases = Cases(file, vault, self.rights, self.approvals, LocalProvider(sanctions))
        self.levels = Levels(file, vault, self.rights)

    @classmethod
    def open(
        cls,
        settings: Settings,
        chain_id: int,
        rpc: Rpc,
        sanctions: Sanctions | None = None,
        now: Callable[[], float] | None = None,
    ) -> Self:
        """What the settings describe; `now` as of `Vault.from_settings`. Raises
        `KeyServiceInvalid`."""
        vault = Vault.from_settings(settings, now)
        file = identity_file(settings.identity)
        place = Place(settings.origin, chain_id)
        return cls(file, vault, place, rpc, settings.administrators or (), sanctions)

    def sign_in(self, signed: Signed, carrier: Carrier) -> tuple[Session, str]:
        """A session for the wallet that signed, and its token.

        Raises `MessageRefused`, `RpcUnavailable`.
        """
        wallet = self.challenges.redeem(signed.message, signed.signature, Act.SIGN_IN)
        return self.sessions.begin(self.wallets.subject_of(wallet), wallet, carrier)

    def challenge(self, session: Session, wallet: str, act: Act, about: str) -> Challenge:
        """A message for `wallet` to sign, which permits `session` one act."""
        return self.challenges.issue(wallet, act, about, session.session_id)

    def confirm(self, session: Session, signed: Signed, act: Act, about: str) -> None:
        """Checks that a wallet of the session's subject signed for this very act.

        Raises `MessageRefused`, `RpcUnavailable`.
        """
        wallet = self._redeem(session, signed, act, about)
        if not self.wallets.has(session.subject, wallet):
            raise MessageRefused("signature", "The account is not bound to this subject.")

    def bind(self, session: Session, wallet: str, own: Signed, confirmation: Signed) -> None:
        """Binds `wallet`, which signs itself, and one that is bound already confirms it.

        Raises `MessageRefused`, `IndexTaken`, `RpcUnavailable`.
        """
        if self._redeem(session, own, Act.BIND_WALLET, wallet) != wallet:
            raise MessageRefused("signature", "The wallet to bind did not sign.")
        self.confirm(session, confirmation, Act.BIND_WALLET, wallet)
        self.note(session, "bind_wallet", session.subject)
        self.wallets.bind(session.subject, wallet)

    def unbind(self, session: Session, wallet: str, confirmation: Signed) -> None:
        """Unbinds `wallet` and ends what it signed in to; any wallet of the subject confirms.

        Raises `MessageRefused`, `WalletUnknown`, `LastWallet`, `RpcUnavailable`.
        """
        if not self.wallets.has(session.subject, wallet):
            raise WalletUnknown(wallet)
        self.confirm(session, confirmation, Act.UNBIND_WALLET, wallet)
        self.note(session, "unbind_wallet", session.subject)
        self.wallets.unbind(session.subject, wallet)
        self.sessions.revoke_wallet(session.subject, wallet)
        finish_deletions(self.vault)

    def approve(self, session: Session, approval_id: str, signed: Signed) -> Approval:
        """Agrees to what another one asked for, by a signature over exactly that.

        Raises as `Approvals.approve`, and `MessageRefused`, `RpcUnavailable`.
        """
        self.confirm(session, signed, Act.APPROVE, self.approvals.get(approval_id).about)
        return self.approvals.approve(session.subject, approval_id)

    def use_approval(self, session: Session, approval_id: str) -> Approval:
        """Uses an approval up; a rotation of keys is carried out, the rest the caller does.

        Raises as `Approvals.use`.
        """
        found = self.approvals.get(approval_id)
        done = self.approvals.use(session.subject, approval_id, found.matter, found.object)
        if done.matter is Matter.ROTATE_KEYS:
            rotate(self.vault)
        return done

    def wallet_of(self, session: Session) -> Wallet | None:
        """The wallet that signed in to this session."""
        for wallet in self.wallets.of_subject(session.subject):
            if self.sessions.wallet_mac(wallet.address) == session.wallet:
                return wallet
        return None

    def note(self, session: Session, act: str, object_: str, purpose: str = "") -> None:
        """Writes into the trail what the session is about to do: an act without entry never is."""
        self.note_of(session.subject, act, object_, purpose)

    def note_of(self, subject: str, act: str, object_: str, purpose: str = "") -> None:
        """The same for a subject that acts by a key."""
        with self.file.open() as db, write(db) as conn:
            append(conn, Fact(subject, act, object_, purpose), self.vault.now())

    def close(self) -> None:
        """Closes the files."""
        self.file.close()
        self.vault.close()

    def _redeem(self, session: Session, signed: Signed, act: Act, about: str) -> str:
        return self.challenges.redeem(
            signed.message, signed.signature, act, about, session.session_id
        )
