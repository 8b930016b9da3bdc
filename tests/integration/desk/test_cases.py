"""A loan that falls behind, from the trigger to the end of its case, over HTTP on a real chain."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pypdf import PdfReader
from tests.integration.api.server import write_record
from tests.integration.identity.browser import bearer, problem, sign_in
from tests.integration.identity.gate import ORIGIN, Person
from tests.integration.identity.people import Someone
from tests.integration.scenario import index
from tests.integration.world import World

from tallystick.api.app import create_app
from tallystick.config import Settings
from tallystick.earlywarning.run import run as warn
from tallystick.identity.authority.roles import Role
from tallystick.identity.vault.keys import new_key_text
from tallystick.jobs.job import NotYet, Turn
from tallystick.loans.calendar import date_of, day_at, due_day
from tallystick.proof.cli import verify as verify_proof
from tallystick.servicing import daily as jobs
from tallystick.servicing.cases.desk import Desk
from tallystick.servicing.cases.sweep import Swept
from tallystick.servicing.cli import servicing
from tallystick.servicing.daily import close_all, sweep_cases
from tallystick.trail.store import entries_about
from tallystick.trail.verify import verify

POLICY = """
agencies: [north]
contacts: {quiet_from: "00:00", quiet_until: "00:00", per_day: 1, per_week: 2}
"""
INSTALLMENT = 106_620_000


@dataclass
class Bureau:
    world: World
    app: FastAPI
    http: TestClient
    settings: Settings

    @property
    def desk(self) -> Desk:
        desk: Desk = self.app.state.desk
        return desk

    def night(self) -> Swept:
        """What runs by itself after a day."""
        index(self.world, self.settings.db)
        list(close_all(self.settings))
        warn(self.settings.db, self.settings.warnings)
        return sweep_cases(self.settings, self.desk)

    def call(self, who: Someone, method: str, path: str, body: Any = None) -> Any:
        """Signs in again where the chain's clock has outlived the session."""
        answer = self.http.request(method, f"/v1{path}", json=body, headers=who.headers)
        if answer.status_code != 401:
            return answer
        who.headers = bearer(sign_in(self.http, who.person))
        return self.http.request(method, f"/v1{path}", json=body, headers=who.headers)


@pytest.fixture
def bureau(world: World, tmp_path: Path) -> Iterator[Bureau]:
    record, policy = tmp_path / "deployment.json", tmp_path / "policy.yaml"
    write_record(world, record)
    policy.write_text(POLICY)
    settings = Settings(
        rpc_url=world.url,
        db=tmp_path / "index.db",
        deployment=record,
        public_url=ORIGIN,
        identity=tmp_path / "identity.db",
        vault=tmp_path / "vault.db",
        webhooks=tmp_path / "webhooks.db",
        screening=tmp_path / "screening.db",
        warnings=tmp_path / "warnings.db",
        servicing=tmp_path / "servicing.db",
        servicing_policy=policy,
        vault_keys=f"k:{new_key_text()}",
        vault_index_key=new_key_text(),
    )
    app = create_app(settings, posts_per_minute=10_000)
    with TestClient(app, base_url=ORIGIN) as http:
        yield Bureau(world, app, http, settings)


def ok(answer: Any) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()


def environment_of(settings: Settings) -> dict[str, str]:
    """What a command needs to do the same as the service."""
    paths = ["rpc_url", "db", "deployment", "servicing", "servicing_policy"]
    paths += ["identity", "vault", "warnings"]
    secret = {name: getattr(settings, name) for name in ("vault_keys", "vault_index_key")}
    values = {name: str(getattr(settings, name)) for name in paths}
    values |= {name: value.get_secret_value() for name, value in secret.items()}
    return {f"TALLYSTICK_{name.upper()}": value for name, value in values.items()}


def check_commands(bureau: Bureau, collection_id: str) -> None:
    """The same over the command line."""
    environment = environment_of(bureau.settings)

    def told(*arguments: str) -> Any:
        ran = CliRunner().invoke(servicing, arguments, env=environment)
        assert ran.exit_code == 0, ran.output
        return [json.loads(line) for line in ran.output.splitlines()]

    (case,) = told("queue", bureau.world.token, "--language", "zh")
    assert (case["collection_id"], case["suggestion"]) == (
        collection_id,
        "在违约前协商新的还款条件",
    )
    assert told("sweep")[0]["kept"] == 1
    assert told("effect")[0]["cases"] == 0


def check_package(bureau: Bureau, who: Someone, path: str, identity: str, folder: Path) -> None:
    """The archive is whole, the same twice, checked without anybody, and names nobody."""
    answers = [
        bureau.call(who, "GET", f"{path}/package?language={language}")
        for language in ("zh", "en", "en")
    ]
    chinese, english, again = (answer.content for answer in answers)
    assert english == again != chinese
    assert hashlib.sha256(english).hexdigest() == answers[1].headers["x-content-sha256"]
    with zipfile.ZipFile(io.BytesIO(english)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    digests = json.loads(files["manifest.json"])
    assert {name: hashlib.sha256(files[name]).hexdigest() for name in digests} == digests
    assert files.keys() - digests.keys() == {"manifest.json", "index.pdf"}
    pages = PdfReader(io.BytesIO(files["index.pdf"])).pages
    text = "".join(page.extract_text() for page in pages).replace("\x00", "").replace("\n", "")
    for digest in digests.values():
        assert digest in text
    assert "12 % a year" in text
    proof = folder / "proof.json"
    proof.write_bytes(files["proof.json"])
    hash_ = json.loads(files["proof.json"])["block"]["hash"]
    assert hash_ in text
    ran = CliRunner().invoke(verify_proof, [str(proof), "--block-hash", hash_, "--loan", identity])
    assert ran.exit_code == 0, ran.output
    signed = json.loads(files["agreement.json"])
    digest = encode_typed_data(full_message=signed)
    assert "0x" + keccak(b"\x19" + digest.version + digest.header + digest.body).hex() == identity
    payments = list(csv.DictReader(io.StringIO(files["payments.csv"].decode())))
    assert [int(row["total"]) for row in payments] == [INSTALLMENT]
    proven = {
        (one["block"], one["values"]["principal"])
        for one in json.loads(files["proof.json"])["events"]
        if one["name"] == "Paid"
    }
    assert {(int(row["block_number"]), row["principal"]) for row in payments} == proven
    (case,) = json.loads(files["cases.json"])
    assert len(case["contacts"]) == 2
    assert [one["state"] for one in json.loads(files["promises.json"])] == ["kept", "broken"]
    everything = b"".join(files.values())
    assert who.subject.encode() not in everything
    target = folder / "package.zip"
    environment = environment_of(bureau.settings)
    ran = CliRunner().invoke(
        servicing, ["package", identity, "--output", str(target)], None, environment
    )
    assert ran.exit_code == 0, ran.output
    with zipfile.ZipFile(target) as archive:
        assert archive.read("proof.json") == files["proof.json"]


def test_a_case_from_trigger_to_cure(
    bureau: Bureau, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world, http = bureau.world, bureau.http
    loan = world.originate()
    good = world.originate(world.terms("cem", "ben"))
    identity = "0x" + world.loan_id(loan).hex()
    index(world, bureau.settings.db)
    ada, eve = Someone(http, Person("ada")), Someone(http, Person("eve"))
    cora, rob = (
        Someone(http, Person("cora"), Role.COLLECTOR),
        Someone(http, Person("rob"), Role.RISK_OFFICER),
    )
    world.travel_to_day(due_day(loan, 0) + 31)
    world.collect(good)
    assert bureau.night() == Swept(opened=1)
    assert bureau.night() == Swept(kept=1)
    queue = f"/collections?token={world.token}"
    (case,) = ok(bureau.call(cora, "GET", queue))["data"]
    assert case["loan_id"] == identity
    assert case["triggers"] == ["late_30"]
    assert case["suggestion"]["action"] == "offer_repair"
    assert case["suggestion"]["text"]["zh-Hans"] == "在违约前协商新的还款条件"
    standing = case["standing"]
    assert int(standing["due"]) > 2 * INSTALLMENT  # two rows, and penalty
    assert standing["cure_pct"] == "30.0000"  # the prior; nothing was seen yet
    assert int(standing["expected"]) == int(standing["due"]) * 30 // 100
    path = f"/collections/{case['collection_id']}"
    check_commands(bureau, case["collection_id"])
    problem(bureau.call(ada, "GET", path), 403, "role_missing")
    problem(bureau.call(cora, "POST", "/collections", {"loan_id": identity}), 409, "matter_exists")

    # assigned and contacted, within the agreed limits
    problem(
        bureau.call(cora, "POST", f"{path}/assignment", {"assignee": ada.subject}),
        422,
        "validation_failed",
    )
    ok(bureau.call(rob, "POST", f"{path}/assignment", {"assignee": cora.subject}))
    assert len(ok(bureau.call(cora, "GET", f"{queue}&whose=mine"))["data"]) == 1
    assert ok(bureau.call(rob, "GET", f"{queue}&whose=mine"))["data"] == []
    call = {"direction": "out", "channel": "call", "outcome": "reached"}
    words = "Was ill, 星期五还款"
    assert bureau.call(cora, "GET", f"{path}/contact-check").status_code == 204
    file = ok(bureau.call(cora, "POST", f"{path}/contacts", call | {"words": words}))
    assert file["contacts"][0]["words"] == words
    again = problem(bureau.call(cora, "POST", f"{path}/contacts", call), 409, "contact_refused")
    assert again["reason"] == "per_day"
    assert again["text"]["en"]
    problem(bureau.call(cora, "GET", f"{path}/contact-check"), 409, "contact_refused")
    ok(bureau.call(cora, "POST", f"{path}/contacts", call | {"direction": "in"}))
    ok(bureau.call(cora, "POST", f"{path}/actions", {"action": "offer_repair"}))

    # disputed, and answered by somebody else
    wrong = {"kind": "dispute", "topic": "amount", "loan_id": identity, "words": "I paid 工资"}
    problem(bureau.call(eve, "POST", "/me/disputes", wrong), 409, "not_entitled")
    problem(
        bureau.call(ada, "POST", "/me/disputes", wrong | {"loan_id": None}),
        422,
        "validation_failed",
    )
    dispute = ok(bureau.call(ada, "POST", "/me/disputes", wrong))
    assert dispute["overdue"] is False
    refused = problem(bureau.call(cora, "POST", f"{path}/contacts", call), 409, "contact_refused")
    assert (refused["reason"], refused["next_at"]) == ("disputed", None)
    mine = f"/me/disputes/{dispute['dispute_id']}"
    problem(bureau.call(eve, "GET", mine), 404, "matter_not_found")
    problem(bureau.call(eve, "POST", f"{mine}/withdraw"), 404, "matter_not_found")
    (waiting,) = ok(bureau.call(rob, "GET", "/disputes"))["data"]
    assert waiting == dispute
    theirs = f"/disputes/{dispute['dispute_id']}"
    assert ok(bureau.call(rob, "GET", theirs))["words"] == wrong["words"]
    answer = {"outcome": "rejected", "explanation": "Nothing came."}
    ok(bureau.call(rob, "POST", f"{theirs}/answer", answer))
    problem(bureau.call(rob, "POST", f"{theirs}/answer", answer), 409, "matter_over")
    told = ok(bureau.call(ada, "GET", mine))
    assert (told["dispute"]["outcome"], told["explanation"]) == ("rejected", "Nothing came.")
    assert told["dispute"]["text"]["zh-Hans"] == "不支持"

    # promised, and kept by what the chain says
    today = day_at(world.now())
    promise = {"loan_id": identity, "amount": str(INSTALLMENT), "due_date": str(date_of(today + 1))}
    problem(bureau.call(eve, "POST", "/me/promises", promise), 409, "not_entitled")
    far = promise | {"due_date": str(date_of(today + 99))}
    problem(bureau.call(ada, "POST", "/me/promises", far), 422, "validation_failed")
    much = promise | {"amount": "9" * 39}
    problem(bureau.call(ada, "POST", "/me/promises", much), 422, "validation_failed")
    made = ok(bureau.call(ada, "POST", "/me/promises", promise))
    problem(bureau.call(ada, "POST", "/me/promises", promise), 409, "matter_exists")
    world.pay(loan, INSTALLMENT)
    world.travel_to_day(today + 1)
    assert bureau.night().promises_kept == 1
    (kept,) = ok(bureau.call(ada, "GET", "/me/promises"))["data"]
    assert (kept["promise_id"], kept["state"]) == (made["promise_id"], "kept")
    assert (kept["paid"], kept["decided_on"]) == (str(INSTALLMENT), str(date_of(today)))
    ok(bureau.call(ada, "POST", "/me/promises", promise | {"due_date": str(date_of(today + 2))}))
    world.travel_to_day(today + 5)
    assert bureau.night().promises_broken == 1

    check_package(bureau, cora, path, identity, tmp_path)
    assert "missing the following glyphs" not in caplog.text
    effect = ok(bureau.call(cora, "GET", "/early-warning/effect"))
    assert (effect["cases"], effect["difference_pct"]) == (0, None)  # its horizon is to come
    assert effect["limits"]["en"]

    # handed over by two, and taken back
    far_away = {"agency": "south"}
    problem(bureau.call(cora, "POST", f"{path}/hand-over", far_away), 422, "validation_failed")
    asked = ok(bureau.call(cora, "POST", f"{path}/hand-over", {"agency": "north"}))
    approve = f"/approvals/{asked['approval_id']}/approve"
    signed = cora.sign("approve", approval_id=asked["approval_id"])
    problem(bureau.call(cora, "POST", approve, signed), 403, "role_missing")
    assert ok(bureau.call(cora, "GET", path))["case"]["state"] == "open"
    bureau.call(rob, "GET", "/me")  # whose session may be over by now
    signed = rob.sign("approve", approval_id=asked["approval_id"])
    assert ok(bureau.call(rob, "POST", approve, signed))["state"] == "done"
    file = ok(bureau.call(cora, "GET", path))
    assert (file["case"]["state"], file["case"]["agency"]) == ("agency", "north")
    assert ok(bureau.call(cora, "POST", f"{path}/recall"))["agency"] is None
    problem(bureau.call(cora, "POST", f"{path}/recall"), 409, "matter_over")

    # cured
    world.collect(loan)
    assert bureau.night().closed == 1
    file = ok(bureau.call(rob, "GET", path))
    assert (file["case"]["state"], file["case"]["closure"]) == ("closed", "cured")
    problem(bureau.call(cora, "POST", f"{path}/actions", {"action": "call"}), 409, "matter_over")
    assert [step["act"] for step in file["history"] if step["act"] != "warn_collection"] == [
        "open_collection",
        "assign_collection",
        "record_contact",
        "record_contact",
        "act_in_collection",
        "hand_over_collection",
        "hand_over",  # the approval that was used up
        "recall_collection",
        "close_collection",
    ]
    assert ok(bureau.call(cora, "GET", queue))["data"] == []
    with bureau.desk.reading() as db:
        assert len(entries_about(db, case["collection_id"])) == len(file["history"])
        assert verify(db, []).entries > 20
    raw = b"".join(one.read_bytes() for one in tmp_path.iterdir() if one.is_file())
    for secret in (words.encode(), b"Nothing came", b"I paid"):
        assert secret not in raw

    # what the closes say, for staff
    problem(bureau.call(ada, "GET", "/closes"), 403, "role_missing")
    newest = ok(bureau.call(rob, "GET", "/closes?limit=1"))["data"][0]
    assert (newest["loans"], newest["finished"]) == (2, True)
    lines = ok(bureau.call(rob, "GET", f"/closes/loans/{identity}"))
    assert lines["data"][-1]["days_past_due"] == 30
    assert lines["data"][-1]["asset_class"] == "special_mention"
    paged: list[Any] = []
    more = True
    while more:
        after = f"&starting_after={paged[-1]['line_id']}" if paged else ""
        page = ok(bureau.call(rob, "GET", f"/closes/loans/{identity}?limit=2{after}"))
        paged, more = paged + page["data"], page["has_more"]
    assert paged == lines["data"]
    assert ok(bureau.call(rob, "GET", f"/closes/{newest['date']}/corrections"))["data"] == []
    problem(bureau.call(rob, "GET", "/closes/2020-01-01/corrections"), 404, "close_not_found")

    # erased, the words are gone and what was done stays
    ok(ada.post("/erasure", ada.sign("erase")))
    file = ok(bureau.call(rob, "GET", path))
    assert [one["words"] for one in file["contacts"]] == [None, None]
    assert ok(bureau.call(rob, "GET", theirs))["words"] is None


def test_nobody_decides_about_himself_and_words_need_a_subject(bureau: Bureau) -> None:
    world, http = bureau.world, bureau.http
    loan = world.originate(world.terms("cem", "ben"))
    identity = "0x" + world.loan_id(loan).hex()
    index(world, bureau.settings.db)
    vera = Someone(http, Person("vera"), Role.RISK_OFFICER)
    case = ok(bureau.call(vera, "POST", "/collections", {"loan_id": identity}))
    path = f"/collections/{case['collection_id']}"
    said = {"direction": "in", "channel": "letter", "outcome": "reached", "words": "x"}
    problem(bureau.call(vera, "POST", f"{path}/contacts", said), 409, "words_unkept")
    assert ok(bureau.call(vera, "GET", path))["contacts"] == []  # the whole act was undone
    ok(bureau.call(vera, "POST", f"{path}/assignment", {"assignee": vera.subject}))
    cem = Someone(http, Person("cem"))
    body = {"kind": "complaint", "topic": "conduct", "loan_id": identity, "words": "Rude."}
    filed = ok(bureau.call(cem, "POST", "/me/disputes", body))
    answer = {"outcome": "upheld", "explanation": "Yes."}
    theirs = f"/disputes/{filed['dispute_id']}/answer"
    problem(bureau.call(vera, "POST", theirs, answer), 403, "same_eyes")
    body = {"kind": "complaint", "topic": "data", "words": "Where is my data?"}
    own = ok(bureau.call(vera, "POST", "/me/disputes", body))
    problem(
        bureau.call(vera, "POST", f"/disputes/{own['dispute_id']}/answer", answer),
        403,
        "same_eyes",
    )
    ok(bureau.call(cem, "POST", f"/me/disputes/{filed['dispute_id']}/withdraw"))
    listed = ok(bureau.call(vera, "GET", "/disputes?limit=1"))
    assert [one["dispute_id"] for one in listed["data"]] == [own["dispute_id"]]
    assert listed["has_more"] is False
    # by hand opened, it stays open until a person closes it
    world.travel_to_day(day_at(world.now()) + 1)
    assert bureau.night() == Swept(kept=1)
    turn = Turn(0, 86_400, world.now())
    assert jobs.cases(bureau.settings, turn).startswith("0 cases opened, 1 kept, 0 closed")
    assert jobs.close(bureau.settings, turn) == "0 dates closed, 0 lines corrected, 0 notices told"
    nowhere = bureau.settings.model_copy(update={"db": bureau.settings.db.with_name("none.db")})
    for job in (jobs.cases, jobs.close):
        with pytest.raises(NotYet):
            job(nowhere, turn)
    ok(bureau.call(vera, "POST", f"{path}/closure", {"reason": "mistake"}))
    assert bureau.night() == Swept()
