"""Wallets of a subject: bound by their own signatures, found by blind index, told to nobody."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.identity.access.errors import LastWallet, WalletUnknown
from tallystick.identity.vault import IndexTaken, RecordUnknown, Vault

INDEX = "wallet"


@dataclass(frozen=True, slots=True)
class Wallet:
    """An account (EIP-55) of a subject; `bound_at` in Unix seconds."""

    address: str
    bound_at: int


class Wallets:
    """Which wallets belong to whom."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def subject_of(self, wallet: str) -> str:
        """The subject of a wallet that has just signed; a new one for a wallet never seen."""
        subject = self._vault.find(INDEX, wallet)
        if subject is None:
            try:
                subject = self._vault.new_subject({INDEX: wallet})
            except IndexTaken:  # it signed in twice at the same moment
                return self.subject_of(wallet)
        self._write(subject, wallet)
        return subject

    def bind(self, subject: str, wallet: str) -> None:
        """Adds a wallet. Raises `IndexTaken` when it is another subject's."""
        self._vault.claim(subject, INDEX, wallet)
        self._write(subject, wallet)

    def unbind(self, subject: str, wallet: str) -> None:
        """Takes a wallet away. Raises `WalletUnknown`, `LastWallet`."""
        if self._vault.find(INDEX, wallet) != subject:
            raise WalletUnknown(wallet)
        if not self._vault.disclaim(subject, INDEX, wallet, leaving=1):
            raise LastWallet(wallet)
        self._vault.forget(subject, self._record(wallet))

    def has(self, subject: str, wallet: str) -> bool:
        """Whether the wallet belongs to the subject."""
        return self._vault.find(INDEX, wallet) == subject

    def of_subject(self, subject: str) -> list[Wallet]:
        """The subject's wallets, in the order in which they were bound."""
        found = [
            Wallet(
                self._vault.get(subject, head.record).fields["address"].decode(), head.written_at
            )
            for head in self._vault.records(subject)
            if head.record.startswith(f"{INDEX}:")
        ]
        return sorted(
            (wallet for wallet in found if self.has(subject, wallet.address)),
            key=lambda wallet: (wallet.bound_at, wallet.address),
        )

    def _write(self, subject: str, wallet: str) -> None:
        record = self._record(wallet)
        try:
            self._vault.get(subject, record)
        except RecordUnknown:
            self._vault.put(subject, record, {"address": wallet.encode()})

    def _record(self, wallet: str) -> str:
        return f"{INDEX}:{self._vault.mac('wallet record', wallet.lower()).hex()[:32]}"
