"""Webhooks that ask for it are told what the service did, and about nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from tests.backend.webhooks.receiver import Receiver
from tests.integration.decisions.stage import ISSUER, Applicant, Stage
from tests.integration.identity.gate import Person
from tests.integration.identity.people import Someone

from tallystick.api.app import create_app
from tallystick.api.notifier import Notifier
from tallystick.config import Settings
from tallystick.db import write
from tallystick.identity.authority.roles import Role
from tallystick.identity.kyc.levels import Kind, Level
from tallystick.identity.kyc.standing import grant

WANTED = ["decision_made", "identity_withdrawn", "attestation_issued", "attestation_revoked"]


def told(receiver: Receiver) -> list[tuple[str, int]]:
    bodies = [json.loads(got.body) for got in receiver.got]
    return [(body["type"], body["sequence"]) for body in bodies]


def test_what_the_service_did_is_told_once_and_names_nobody(stage: Stage, tmp_path: Path) -> None:
    more = {"webhooks": tmp_path / "webhooks.db", "webhooks_private": True}
    settings = Settings.model_validate(stage.settings.model_dump() | more)
    with (
        Receiver() as facts,
        Receiver() as chain,
        TestClient(create_app(settings), base_url=settings.origin) as http,
    ):
        held: Any = http.app.state  # type: ignore[attr-defined]
        bank = Someone(http, Person("bank"), Role.INTEGRATOR)
        ada = Applicant(stage, Person("tom"))
        ada.apply()  # before anybody asked
        for url, types in ((facts.url, WANTED), (chain.url, None)):
            wanted = {"url": url} if types is None else {"url": url, "types": types}
            made = http.post("/v1/webhooks", json=wanted, headers=bank.headers)
            assert made.status_code == 201, made.text
            assert made.json()["types"] == (types and sorted(types))
        notifier = Notifier(held.server, held.access, held.notices)

        def run() -> None:
            while notifier.collect() + notifier.dispatcher.round():
                notifier.dispatcher.settle()

        run()
        assert facts.got == []
        decided = ada.apply(amount="5500.00")
        case = ada.post("/me/identity/cases", {"level": "basic"}).json()["case_id"]
        ada.post(f"/me/identity/cases/{case}/withdraw", {})
        levels, now = held.access.levels, held.access.vault.now()
        with held.access.file.open() as db, write(db) as conn:
            grant(conn, ada.subject, Kind.PERSON, Level.BASIC, case, (now, None))
        key = "0x" + Person(ISSUER).key.hex()
        attested = levels.attest(ada.subject, ada.person.address, key, stage.gate)
        digest = "0x" + attested.digest(stage.gate).hex()
        run()
        notifier.dispatcher.close()
        notifier = Notifier(held.server, held.access, held.notices)
        with held.access.file.open() as db, write(db) as conn:
            conn.execute("UPDATE attestations SET state = 'to_revoke'")
        levels.revoke_pending(lambda _: None)
        run()
        bodies = [json.loads(got.body) for got in facts.got]
        by_type = {body["type"]: body["data"] for body in bodies}
        assert sorted(body["sequence"] for body in bodies) == [1, 2, 3, 4]
        assert by_type.keys() == set(WANTED)
        assert by_type["decision_made"] == {
            "decision_id": decided["application_id"],
            "product": "personal",
            "outcome": decided["outcome"],
            "at": by_type["decision_made"]["at"],
        }
        assert by_type["identity_withdrawn"]["case_id"] == case
        for act in ("issued", "revoked"):
            assert by_type[f"attestation_{act}"]["digest"] == digest
            assert by_type[f"attestation_{act}"]["kind"] == "kyc_basic"
        sent = b"".join(got.body.encode() for got in facts.got)
        for person in (ada.subject, ada.person.address, ada.person.address.lower(), bank.subject):
            assert person.encode() not in sent
        assert not {kind for kind, _ in told(chain)} & set(WANTED)
        notifier.dispatcher.close()
