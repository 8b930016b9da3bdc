"""What screening needs to know of an application."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tallystick.intake.quality import Quality


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it is screened. `at` in Unix seconds, wallets EIP-55.

    `subject` is the vault's id of the applicant. `names` are all forms that the applicant gave, in
    any script. `identifiers` are values that belong to one person, by kind (`national_id`, `phone`,
    `email`, `bank_account`, ...); they, `devices` and `networks` leave this object only as blind
    indexes. `statements` are the quality reports of the bank statements that were handed in;
    `funders` are the wallets from which money came, by wallet.
    """

    application_id: str
    subject: str
    at: int
    names: tuple[str, ...] = ()
    birth_date: str | None = None
    country: str | None = None
    wallets: tuple[str, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    statements: tuple[Quality, ...] = ()
    funders: Mapping[str, Collection[str]] = field(default_factory=dict)

    def traces(self) -> list[tuple[str, str]]:
        """Kind and value of everything that another application may share."""
        return [
            *(("wallet", wallet) for wallet in self.wallets),
            *(("device", device) for device in self.devices),
            *(("network", network) for network in self.networks),
            *((kind, value) for kind, value in sorted(self.identifiers.items()) if value),
        ]
