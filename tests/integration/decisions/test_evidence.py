"""Bank statements, wallets and shared signals on their way into a decision."""

from __future__ import annotations

import json
from typing import Any

from eth_abi import encode
from eth_utils import keccak
from tests.integration.decisions.stage import Applicant, Stage
from tests.integration.decisions.test_flow import originate
from tests.integration.decisions.test_reviews import review_of, staff
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import Person
from tests.integration.world import UNIT, Party, World

from tallystick.decisions import store
from tallystick.decisions.evidence import Evidence
from tallystick.decisions.replay import replay
from tallystick.decisions.sealed import open_sealed
from tallystick.demo.bank import statement_csv
from tallystick.loans.calendar import day_at
from tallystick.offers.store import get_offer
from tallystick.wallets.credit import credit_history
from tallystick.wallets.reader import WalletReader
from tallystick.wallets.repository import AsOf, Cut


def case_of(stage: Stage, application_id: str) -> Any:
    with stage.database() as db:
        decision = store.get(db, application_id)
    return open_sealed(stage.app.state.access.vault, decision).read_case()


def test_a_statement_becomes_facts_and_bears_a_declaration_out(stage: Stage) -> None:
    nina = Applicant(stage, Person("nina"))
    today = day_at(stage.now)
    handed_in = nina.hand_in(statement_csv(today - 3, 3_000))
    assert handed_in.status_code == 201, handed_in.text
    told = handed_in.json()
    assert told["quality"]["wrong_balances"] == 0
    assert told["quality"]["checked_balances"] > 30
    assert told["features"]["income"] == 3_016.76  # 18,000 in 179 days
    assert nina.hand_in(statement_csv(today - 3, 3_000)).json() == told  # the same file
    ids = [told["statement_id"]]
    decided = nina.apply(
        product="business",
        purpose="working_capital",
        statements=ids,
        documents={"business_licence": "cd" * 32},
        attestations=[stage.attest(nina.person.address, "verified")],
    )
    assert [each["code"] for each in decided["reasons"]] == ["meets_policy"]
    case = case_of(stage, decided["application_id"])
    assert case.documents["bank_statement"] == told["document"]
    assert (case.bank["income"], case.bank["income_gap_pct"]) == ("3016.76", "-0.56")
    assert case.bank["days_old"] == "4"  # no entry on the last day
    access = stage.app.state.access
    with stage.database() as db:
        decision = store.get(db, decided["application_id"])
        assert replay(db, access.vault, access.rights, decision, "auditor").differences == ()

    poorer = nina.hand_in(statement_csv(today - 4, 1_500)).json()["statement_id"]
    referred = nina.apply(statements=[poorer])
    assert [each["code"] for each in referred["reasons"]] == ["income_not_seen"]
    assert referred["reasons"][0]["values"] == {"bank.income_gap_pct": "98.89"}
    path = f"/v1/me/bank-statements/{poorer}"
    eve = Applicant(stage, Person("eve of nina"))
    problem(stage.http.delete(path, headers=eve.headers), 404, "statement_not_found")
    assert eve.get("/me/bank-statements").json()["data"] == []
    assert stage.http.delete(path, headers=nina.headers).status_code == 204
    kept = nina.get("/me/bank-statements").json()["data"]
    assert [each["statement_id"] for each in kept] == ids
    missing = nina.post("/me/applications", nina.application(statements=[poorer]))
    found = problem(missing, 422, "validation_failed")
    assert found["errors"][0]["pointer"] == "#/statements"


def test_whatever_is_wrong_with_a_statement_is_said_and_looked_at(stage: Stage) -> None:
    omar = Applicant(stage, Person("omar"))
    today = day_at(stage.now)
    lines = statement_csv(today - 3, 3_000).decode().splitlines()
    cells = lines[20].split(",")
    lines[20] = ",".join([*cells[:3], "9999999.00", cells[4]])
    forged = omar.hand_in("\n".join(lines).encode()).json()
    assert (forged["quality"]["wrong_balances"], forged["quality"]["wrong_row"]) == (2, 21)
    decided = omar.apply(statements=[forged["statement_id"]])
    assert [each["code"] for each in decided["reasons"]] == ["screening_refer"]
    hits = {hit.rule: hit for hit in case_of(stage, decided["application_id"]).hits}
    assert "row 21" in hits["statement_arithmetic"].en

    torn = problem(omar.hand_in(b"Date,Amount\n2026-01-01,1.00\nx"), 422, "statement_refused")
    assert torn["row"] == 3
    problem(omar.hand_in(b"PK\x03\x04"), 422, "statement_refused")
    yuan = omar.hand_in(statement_csv(today - 3, 3_000, currency="CNY")).json()["statement_id"]
    foreign = omar.apply(statements=[yuan])
    assert [each["code"] for each in foreign["reasons"]] == ["data_unusual"]
    assert case_of(stage, foreign["application_id"]).bank["income"] is None
    stranger = Applicant(stage, Person("pia"), consents=False)
    problem(stranger.hand_in(statement_csv(today, 1_000)), 403, "consent_required")
    by_hash = omar.application(documents={"bank_statement": "ab" * 32, "income_proof": "ab" * 32})
    problem(omar.post("/me/applications", by_hash), 422, "validation_failed")


def test_signals_count_only_with_their_own_consent(stage: Stage) -> None:
    quinn = Applicant(stage, Person("quinn"))
    today = day_at(stage.now)
    shared = [
        {"signal": "shop_returned_share", "value": 0.8, "day": today - 2},
        {"signal": "device_age_days", "value": 400, "day": today - 30},
    ]
    business: dict[str, Any] = {
        "product": "business",
        "purpose": "working_capital",
        "statements": [quinn.hand_in(statement_csv(today - 3, 3_000)).json()["statement_id"]],
        "documents": {"business_licence": "cd" * 32},
        "attestations": [stage.attest(quinn.person.address, "verified")],
        "signals": shared,
    }
    unseen = quinn.apply(**business)
    case = case_of(stage, unseen["application_id"])
    assert (case.signals, case.left_out["shop_returned_share"]) == ({}, "no_consent")
    assert [each["code"] for each in unseen["reasons"]] == ["meets_policy"]
    for purpose in ("shop_data", "device_data"):
        quinn.consent(purpose)
    seen = quinn.apply(**business)
    case = case_of(stage, seen["application_id"])
    assert (case.signals, case.left_out) == (
        {"shop_returned_share": "0.8"},
        {"device_age_days": "stale"},
    )
    assert [each["code"] for each in seen["reasons"]] == ["many_returns"]
    shared[0]["value"] = 7
    found = problem(
        quinn.post("/me/applications", quinn.application(signals=shared)), 422, "validation_failed"
    )
    assert found["errors"][0]["pointer"] == "#/signals/0/value"


def test_what_a_wallet_has_done_is_seen_as_of_the_application_and_never_later(
    stage: Stage,
) -> None:
    stage.world.parties["rosa"] = stage.world.party("rosa")
    world, rosa = stage.world, Applicant(stage, Person("rosa"))
    first = rosa.apply(amount="1200.00")
    originate(stage, rosa, first)
    second = rosa.apply(amount="1000.00")
    before, case = (case_of(stage, each["application_id"]) for each in (first, second))
    assert int(case.chain["loans"]) == int(before.chain["loans"]) + 1
    assert case.wallet["kind"] == "key"
    world.pay(_agreement(stage, first["offer_id"]), 50 * UNIT)  # what comes later
    stage.sync()
    third = case_of(stage, rosa.apply(amount="1000.00")["application_id"])
    assert int(third.chain["payments"]) == int(case.chain["payments"]) + 1
    for told in (before, case, third):
        cut = Cut(
            told.seen_at[0].number,
            bytes.fromhex(told.seen_at[0].hash[2:]),
            told.at,
            told.seen_at[0].chain,
        )
        with stage.database() as db:
            then = credit_history(db, [rosa.person.address], [AsOf(cut, day_at(told.at))])
            reader = WalletReader(world.rpc, world.token, ())
            facts = reader.facts(rosa.person.address, cut)
        assert told.chain["payments"] == str(then.payments)
        assert told.chain["loans"] == str(then.loans)
        assert told.wallet["nonce"] == str(facts.nonce)
        assert reader.facts(rosa.person.address, cut).age_days == facts.age_days


def test_money_from_one_wallet_links_those_who_got_it(stage: Stage) -> None:
    """Five applicants without anything in common but the wallet that funds them."""
    world, funder = stage.world, stage.world.party("a wallet with money")
    seen: list[Evidence] = []
    lending = stage.app.state.lending
    real = lending._screens
    lending._screens = tuple(_watched(screen, seen) for screen in real)
    try:
        outcomes = []
        for number in range(5):
            who = Person(f"funded {number}")
            _transfer(world, funder, who.address)
            stage.sync()
            outcomes.append(Applicant(stage, who).apply())
    finally:
        lending._screens = real
    assert [set(each.funders.values()) for each in seen] == [{(funder.address,)}] * 5
    assert [each["outcome"] for each in outcomes] == ["approve"] * 4 + ["refer"]
    hits = case_of(stage, outcomes[-1]["application_id"]).hits
    assert [hit.rule for hit in hits if hit.severity == "refer"] == ["ring"]


def test_reviewers_see_statements_and_wallets(stage: Stage) -> None:
    tess = Applicant(stage, Person("tess"))
    id_ = tess.hand_in(statement_csv(day_at(stage.now) - 3, 1_000)).json()["statement_id"]
    decided = tess.apply(statements=[id_])
    vera = staff(stage, "vera")
    review = review_of(vera, decided["application_id"])
    file = vera.get(f"/credit-reviews/{review['review_id']}").json()
    assert file["case"]["statements"][0]["quality"]["entries"] > 30
    assert file["case"]["wallet"]["kind"] == "key"
    export = json.dumps(file)
    assert "Salary Blue Harbour" not in export  # nothing of the entries is kept


def _watched(screen: Any, seen: list[Evidence]) -> Any:
    def watched(asked: Any, who: Any, found: Evidence, *rest: Any) -> Any:
        seen.append(found)
        return screen(asked, who, found, *rest)

    return watched


def _transfer(world: World, sender: Party, to: str) -> None:
    data = keccak(text="transfer(address,uint256)")[:4] + encode(["address", "uint256"], [to, UNIT])
    world.send(sender, data, to=world.token)


def _agreement(stage: Stage, offer_id: str) -> Any:
    with stage.database() as db:
        offer = get_offer(db, offer_id)
    assert offer is not None
    return offer.agreement
