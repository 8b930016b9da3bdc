"""A lender behind the API on a real chain: book, token, gate of identity, released policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_abi import encode
from eth_utils import keccak
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.backend.decisions.cards import lending_card
from tests.integration.api.server import wait_until, write_record
from tests.integration.contracts import compiled
from tests.integration.identity.browser import bearer, sign_in
from tests.integration.identity.gate import ORIGIN, Person
from tests.integration.world import World

from tallystick.api.app import create_app
from tallystick.api.follower import following
from tallystick.chain.deployment import checked_address
from tallystick.chain.sender import Sender
from tallystick.config import Settings
from tallystick.db import Database
from tallystick.decisions import releases
from tallystick.decisions.document import read_yaml
from tallystick.decisions.releases import Release
from tallystick.identity.attestations import Attestation, Gate, kind_of
from tallystick.identity.vault.keys import new_key_text
from tallystick.scoring.card import dump_card

ROOT = Path(__file__).parents[3]
LENDER, MAKER, CHECKER, ISSUER = "ben", "cem", "dora", "issuer"
DECLARED = {
    "checking_account": "high",
    "credit_history": "running_paid",
    "use": "furniture",
    "savings": "more",
    "employed_since": "longer",
    "installment_rate": "2",
    "other_debtors": "none",
    "residence_since": "4",
    "property": "real_estate",
    "other_plans": "none",
    "housing": "own",
    "credits_here": "1",
    "job": "skilled",
    "dependants": "1",
    "telephone": "registered",
}
BUDGET = {
    "repeats": True,
    "months": [{"month": "2026-01", "income": "3000.00", "expense": "1500.00"}],
}


@dataclass(frozen=True)
class Stage:
    world: World
    http: TestClient
    app: FastAPI
    settings: Settings
    gate: Gate

    @property
    def now(self) -> int:
        return self.world.now()

    def sync(self) -> None:
        wait_until(lambda: self._chain()["indexed"] == self._chain()["head"])

    def attest(self, wallet: str, level: str) -> dict[str, str]:
        times = (self.now, self.now + 365 * 86_400)
        key = "0x" + Person(ISSUER).key.hex()
        made = Attestation.issue(key, self.gate, wallet, f"kyc_{level}", times)
        return {"level": level, "attestation": "0x" + made.encoded().hex()}

    def release(self, *, share: int = 0, intercept: float = -4.4) -> Release:
        """Puts the example catalogue and policy into force, with a challenger if it has a share."""
        catalogue = read_yaml(ROOT / "lending" / "catalogue.yaml")
        policy = read_yaml(ROOT / "lending" / "policy.yaml")
        arms = [(policy, dump_card(lending_card(intercept)))]
        if share:
            arms.append((policy, dump_card(lending_card(intercept - 0.5))))
        with self.database() as db:
            release = releases.put_release(db, catalogue, arms, share, self.now)
            activate(db, release, self.settings, self.world)
        return release

    @contextmanager
    def database(self) -> Iterator[Database]:
        with self.app.state.server.writing() as db:
            yield db

    def _chain(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get("/v1/chain").json()
        return answer


def activate(db: Database, release: Release, settings: Settings, world: World) -> None:
    """Has maker and checker sign a release into force."""
    signers, rpc, id_ = settings.policy_signers or (), world.rpc, release.release_id
    number = releases.next_number(db)
    for act, step, who in (
        ("propose", releases.propose, MAKER),
        ("approve", releases.approve, CHECKER),
    ):
        person = Person(who)
        signature = person.sign(releases.message(number, id_, act))
        object_ = id_ if act == "propose" else number
        step(db, rpc, object_, signers, person.address, signature, world.now())


def sign_in_and_consent(http: Any, person: Person, purpose: str = "scoring") -> dict[str, str]:
    """Headers of a session whose subject consents to a purpose."""
    headers = bearer(sign_in(http, person))
    about = {"purpose": purpose, "version": 1}
    body = {"act": "give_consent", "signer": person.address, **about}
    given = http.post("/v1/me/challenges", json=body, headers=headers).json()
    signature = "0x" + person.sign(given["message"]).hex()
    body = {"message": given["message"], "signature": signature} | about
    answer = http.post("/v1/me/consents", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return headers


class Applicant:
    """Somebody who is signed in and applies."""

    def __init__(self, stage: Stage, person: Person, *, consents: bool = True) -> None:
        self.stage = stage
        self.person = person
        session = sign_in(stage.http, person)
        self.subject: str = session["subject"]
        self.headers = bearer(session)
        if consents:
            self.consent()

    def get(self, path: str, **more: Any) -> Any:
        return self._ask("GET", path, **more)

    def post(self, path: str, body: Any) -> Any:
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        """Signs in again where the chain's clock has outlived the session."""
        answer = self.stage.http.request(method, f"/v1{path}", headers=self.headers, **more)
        if answer.status_code != 401:
            return answer
        self.headers = bearer(sign_in(self.stage.http, self.person))
        return self.stage.http.request(method, f"/v1{path}", headers=self.headers, **more)

    def consent(self, purpose: str = "scoring") -> None:
        sign_in_and_consent(self.stage.http, self.person, purpose)

    def hand_in(self, statement: bytes, **columns: str) -> Any:
        """Sends a bank statement."""
        return self.stage.http.post(
            "/v1/me/bank-statements",
            content=statement,
            params=columns,
            headers=self.headers | {"Content-Type": "text/csv"},
        )

    def application(self, **changes: Any) -> dict[str, Any]:
        body = {
            "product": "personal",
            "purpose": "consumption",
            "jurisdiction": "CN",
            "amount": "5000.00",
            "term": 12,
            "declared": DECLARED,
            "budget": BUDGET,
            "documents": {"income_proof": "ab" * 32},
            "attestations": [self.stage.attest(self.person.address, "basic")],
        }
        return body | changes

    def apply(self, **changes: Any) -> dict[str, Any]:
        answer = self.post("/me/applications", self.application(**changes))
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def lending(world: World, folder: Path, **more: Any) -> Iterator[Stage]:
    """A service that lends ben's money; cem and dora release its policies. `more` are settings."""
    settings, gate = settings_of(world, folder, **more)
    app = create_app(settings, posts_per_minute=10_000)
    with TestClient(app, base_url=ORIGIN) as http, following(settings):
        stage = Stage(world, http, app, settings, gate)
        wait_until(lambda: http.get("/v1/chain").status_code == 200)
        stage.sync()
        yield stage


def settings_of(world: World, folder: Path, **more: Any) -> tuple[Settings, Gate]:
    """The settings of such a service, and the gate of identity that it trusts."""
    gate = _gate(world)
    record = folder / "deployment.json"
    write_record(world, record)
    settings = Settings(
        rpc_url=world.url,
        db=folder / "index.db",
        deployment=record,
        public_url=ORIGIN,
        identity=folder / "identity.db",
        vault=folder / "vault.db",
        screening=folder / "screening.db",
        messages=folder / "messages.db",
        vault_keys=f"k:{new_key_text()}",
        vault_index_key=new_key_text(),
        gate=gate.address,
        lender_key="0x" + Person(LENDER).key.hex(),
        lender_token=world.token,
        policy_signers=(Person(MAKER).address, Person(CHECKER).address),
        **more,
    )
    return settings, gate


def _gate(world: World) -> Gate:
    owner = Person("dora")
    code = compiled()["IssuerGate"] + encode(["address"], [owner.address]).hex()
    receipt = world.create(owner.address, code)
    gate = Gate(world.chain_id, checked_address(receipt["contractAddress"]))
    appoint = keccak(text="setIssuer(address,bytes32,bool)")[:4]
    sender = Sender(world.rpc, owner.key, world.chain_id)
    for level in ("basic", "verified", "enhanced"):
        values = [Person(ISSUER).address, kind_of(f"kyc_{level}"), True]
        sender.send(gate.address, appoint + encode(["address", "bytes32", "bool"], values))
    return gate
