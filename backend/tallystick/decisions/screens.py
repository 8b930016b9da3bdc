"""Identity and fraud rules over an application: what screening asks, and its hits for the case."""

from __future__ import annotations

from tallystick.decisions.application import Applicant, Application
from tallystick.decisions.case import Hit
from tallystick.decisions.evidence import Evidence
from tallystick.decisions.flow import Screen
from tallystick.identity.vault import RecordUnknown, Vault
from tallystick.screening import Application as Screened
from tallystick.screening import Screening

_IDENTIFIERS = ("email", "phone")


def screen_by(screening: Screening, vault: Vault) -> Screen:
    """All rules of `screening`, over the application and what is known of its person.

    The caller has asked for permission to read `CHECKED` for the purpose `identity_check`.
    """

    def screen(
        asked: Application, who: Applicant, found: Evidence, application_id: str, now: int
    ) -> list[Hit]:
        person = _record(vault, who.subject, "person")
        contact = _record(vault, who.subject, "contact")
        names = (person["full_name"],) if "full_name" in person else ()
        identifiers = {kind: value for kind, value in contact.items() if kind in _IDENTIFIERS}
        screened = Screened(
            application_id=application_id,
            subject=who.subject,
            at=now,
            names=names,
            birth_date=person.get("birth_date"),
            country=person.get("country"),
            wallets=who.wallets,
            identifiers=identifiers,
            devices=asked.devices,
            networks=who.networks,
            statements=found.qualities,
            funders=found.funders,
        )
        return [
            Hit(
                rule=hit.rule,
                severity=hit.severity.value,
                en=hit.text("en"),
                zh=hit.text("zh"),
                evidence=hit.evidence,
            )
            for hit in screening.screen(screened)
        ]

    return screen


def _record(vault: Vault, subject: str, record: str) -> dict[str, str]:
    try:
        fields = vault.get(subject, record).fields
    except RecordUnknown:
        return {}
    return {name: value.decode() for name, value in fields.items()}
