"""The staff's pages over loans in trouble, the trail and the service itself, on a real chain."""

from __future__ import annotations

import base64

import pytest
from tests.integration.api.test_pages import Page
from tests.integration.contracts import compiled
from tests.integration.decisions.stage import Stage
from tests.integration.identity.browser import problem
from tests.integration.repair.people import Someone, application, late
from tests.integration.world import Party

from tallystick.chain.deployment import checked_address
from tallystick.chain.sender import Sender
from tallystick.identity.authority.roles import Role
from tallystick.trail.anchors import anchor

HOSTILE = '"><img src=x onerror=alert(1)>'
KEEPER = Party.named("trail keeper of pages")


def behind(stage: Stage, name: str, days: int) -> str:
    """A loan of the service's own lender that is late; its id."""
    stage.world.parties.setdefault(name, stage.world.party(name))
    return late(stage, name, "ben", days)[1]


def show(who: Someone, path: str, language: str = "en") -> Page:
    who.seen("/me")  # signs in again where the chain's clock has outlived the session
    headers = who.headers | {"Accept": "text/html", "Cookie": f"lang={language}"}
    answer = who.stage.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    found = Page(answer.text)
    assert found.inline == []
    assert "<img src=x" not in answer.text
    return found


def test_a_case_from_the_queue_to_its_closure(stage: Stage) -> None:
    loan_id = behind(stage, "lena", 20)
    lena, carl = Someone(stage, "lena"), Someone(stage, "carl", Role.COLLECTOR)
    case = carl.done("/collections", {"loan_id": loan_id}, 201)
    tokens = carl.seen("/collections/tokens")["data"]
    assert [(one["token"]["symbol"], one["cases"] > 0) for one in tokens] == [("TUSD", True)]
    path = f"/staff/collections/{case['collection_id']}"
    assert path in show(carl, "/staff/collections").addresses
    assert path not in show(carl, "/staff/collections?whose=mine").addresses
    api = f"/collections/{case['collection_id']}"
    carl.done(f"{api}/assignment", {"assignee": carl.subject})
    assert path in show(carl, "/staff/collections?whose=mine", "zh-Hans").addresses
    page = show(carl, path)
    assert "days late" in page.text
    words = {"kind": "dispute", "topic": "amount", "loan_id": loan_id, "words": HOSTILE}
    matter = lena.done("/me/disputes", words, 201)["dispute_id"]
    told = show(carl, path).text
    assert "The borrower disputes the debt" in told
    vera = Someone(stage, "vera of matters", Role.REVIEWER)
    assert f"/staff/disputes/{matter}" in show(vera, "/staff/disputes").addresses
    assert HOSTILE in show(vera, f"/staff/disputes/{matter}").text
    answer = {"outcome": "rejected", "explanation": "The ledger has no such payment."}
    vera.done(f"/disputes/{matter}/answer", answer)
    closed = show(vera, f"/staff/disputes/{matter}", "zh-Hans").text
    assert answer["explanation"] in closed
    contact = {"direction": "in", "channel": "call", "outcome": "reached", "words": HOSTILE}
    carl.done(f"{api}/contacts", contact, 201)
    assert HOSTILE in show(carl, path).text
    carl.done(f"{api}/closure", {"reason": "mistake"})
    done = show(carl, path).text
    assert "opened by mistake" in done
    assert "Take it on myself" not in done
    auditor = Someone(stage, "audit of cases", Role.AUDITOR)
    assert path not in show(auditor, "/staff/collections").addresses
    problem(stage.http.get(path, headers=auditor.headers), 403, "role_missing")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_a_repair_with_what_was_told_and_its_plans(stage: Stage, language: str) -> None:
    loan_id = behind(stage, f"mara {language}", 40)
    mara = Someone(stage, f"mara {language}")
    evidence = base64.b64encode(HOSTILE.encode()).decode()
    asked = application(loan_id, "900.00") | {
        "text": HOSTILE,
        "evidence": [{"kind": "photo", "content": evidence}],
    }
    case = mara.done("/me/repairs", asked, 201)
    rita = Someone(stage, "rita of repairs", Role.RISK_OFFICER)
    path = f"/staff/repairs/{case['repair_id']}"
    assert path in show(rita, "/staff/repairs?all=1", language).addresses
    page = show(rita, path, language)
    assert HOSTILE in page.text
    file = f"/v1/repair-cases/{case['repair_id']}/evidence/1"
    assert file in page.addresses
    saved = stage.http.get(file, headers=rita.headers)
    assert saved.content == HOSTILE.encode()
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in saved.headers["content-security-policy"]
    problem(stage.http.get(f"{file[:-1]}2", headers=rita.headers), 404, "repair_not_found")


def test_a_disputed_entry_is_answered(stage: Stage) -> None:
    behind(stage, "nils", 40)
    nils = Someone(stage, "nils")
    entry = nils.seen("/me/credit-record")["data"][0]["entry_id"]
    made = nils.done(f"/me/credit-record/{entry}/dispute", {"text": HOSTILE}, 201)
    vera = Someone(stage, "vera of matters", Role.REVIEWER)
    path = f"/staff/record-disputes/{made['dispute_id']}"
    assert path in show(vera, "/staff/record-disputes").addresses
    assert HOSTILE in show(vera, path).text
    answer = {"outcome": "stands", "reason": "chain_says_so"}
    vera.done(f"/record-disputes/{made['dispute_id']}/answer", answer)
    assert "the entry stands" in show(vera, path).text


def test_the_overview_counts_what_one_may_see(stage: Stage) -> None:
    loan_id = behind(stage, "olaf", 20)
    carl = Someone(stage, "carl", Role.COLLECTOR)
    assert show(carl, "/staff").text.count("not done here") == 0
    carl.done("/collections", {"loan_id": loan_id}, 201)
    told = show(carl, "/staff")
    assert "Loans that fall behind" in told.text
    assert "Identity cases" not in told.text


def test_the_trail_is_shown_verified_and_anchored(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = Someone(stage, "anna of audit", Role.AUDITOR)
    entries = show(anna, "/staff/trail")
    assert "signed in" in entries.text
    mine = anna.seen(f"/trail?actor={anna.subject}&limit=1")
    assert mine["data"][0]["actor"] == anna.subject
    next_ = anna.seen(f"/trail?limit=1&starting_after={mine['data'][0]['number']}")["data"][0]
    assert next_["number"] == mine["data"][0]["number"] - 1
    about = show(anna, f"/staff/trail?about={next_['object']}")
    assert f"/staff/trail?about={next_['object']}" in about.addresses
    alone = anna.seen("/trail/verification")
    assert (alone["whole"], alone["contract"], alone["first"]) == (True, None, 1)
    assert anna.seen("/trail/verification?after=5")["first"] == 6
    problem(anna.get("/trail/verification?after=99999999"), 422, "validation_failed")

    code = compiled()["Anchor"]
    receipt = stage.world.create(stage.world.parties["cem"].address, code)
    contract = checked_address(receipt["contractAddress"])
    stage.world.rpc.call("anvil_setBalance", KEEPER.address, hex(10**20))
    sender = Sender(stage.world.rpc, KEEPER.key, stage.world.chain_id)
    access = stage.app.state.access
    with access.file.open() as db:
        assert anchor(db, stage.world.rpc, sender, contract) is not None
    state = stage.app.state.server
    given = {"anchor": contract, "anchor_key": "0x" + KEEPER.key.hex()}
    settings = type(state.settings).model_validate(state.settings.model_dump() | given)
    monkeypatch.setattr(state, "settings", settings)
    anchored = anna.seen("/trail/verification")
    assert (anchored["contract"], anchored["keeper"]) == (contract, KEEPER.address)
    assert (anchored["roots"], anchored["whole"]) == (1, True)
    assert 0 < anchored["anchored"] <= anchored["last"]
    shown = show(anna, "/staff/trail/verification")
    assert anchored["newest"]["root"] in shown.text
    with access.file.open() as db:
        db.execute("DROP TRIGGER trail_is_never_changed")
        (act,) = db.execute("SELECT act FROM trail WHERE number = 3").fetchone()
        db.execute("UPDATE trail SET act = 'nothing' WHERE number = 3")
    try:
        broken = anna.seen("/trail/verification")
        assert [(one["kind"], one["first"]) for one in broken["findings"]] == [("changed", 3)]
        assert "broken" in show(anna, "/staff/trail/verification").text
    finally:
        with access.file.open() as db:
            db.execute("UPDATE trail SET act = ? WHERE number = 3", (act,))


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_roles_and_operations(stage: Stage, language: str) -> None:
    admin = Someone(stage, "adam of roles", Role.ADMINISTRATOR)
    assert "/staff/roles" in show(admin, "/staff/roles", language).addresses
    carl = Someone(stage, "carl", Role.COLLECTOR)
    text = show(carl, "/staff/operations", language).text
    assert str(stage.world.head()) in text.replace(",", "")
    told = carl.seen("/operations")
    assert told["readiness"]["ready"] is True
    assert {one["job"] for one in told["jobs"]} >= {"close", "cases"}
    show(carl, "/staff/receipts?all=1", language)
