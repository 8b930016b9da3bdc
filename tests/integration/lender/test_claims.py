"""One's own claims: sums that are kept, against sums over everything that the API tells."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from tests.integration.decisions.stage import Applicant
from tests.integration.lender.conftest import Lenders
from tests.integration.world import UNIT

from tallystick.claims import store
from tallystick.claims.service import follow
from tallystick.indexer import repository

PARTS = ("penalty", "interest", "fee", "principal", "total")


def total(lenders: Lenders, who: Applicant) -> dict[str, Any]:
    answer = who.get("/me/claims/totals")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    (found,) = answer.json()["data"]
    assert found["complete"]
    return dict(found)


def rate_of(flows: list[tuple[date, int]]) -> float:
    """By halving: slow, and not how the service does it."""
    first, low, high = min(day for day, _ in flows), -0.99, 10.0
    for _ in range(200):
        rate = (low + high) / 2
        value = sum(amount * (1 + rate) ** (-(day - first).days / 365) for day, amount in flows)
        low, high = (rate, high) if value > 0 else (low, rate)
    return 100 * low


def public(lenders: Lenders, path: str) -> Any:
    answer = lenders.stage.http.get(f"/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", ["/me/claims/totals", "/me/claims?token=0x", "/me/lending"])
def test_nobody_else_may_look(lenders: Lenders, path: str) -> None:
    page = path == "/me/lending"
    headers = {"Accept": "text/html" if page else "application/json"}
    address = path if page else f"/v1{path}"
    answer = lenders.stage.http.get(address, headers=headers, follow_redirects=False)
    assert answer.status_code == (303 if page else 401)


@pytest.mark.parametrize("name", ["ben", "dora"])
def test_sums_are_those_of_the_loans(lenders: Lenders, name: str) -> None:
    found = total(lenders, lenders.who(name))
    address = lenders.world.parties[name].address
    loans = public(lenders, f"/loans?lender={address}&limit=100")["data"]
    today = date.fromisoformat(public(lenders, "/loans")["as_of"]["today"])
    flows: list[tuple[date, int]] = []
    for loan in loans:
        began = date.fromisoformat(loan["originated"]["block_time"][:10])
        flows.append((began, -int(loan["principal"])))
        paid = public(lenders, f"/loans/{loan['loan_id']}/payments")["data"]
        flows += [
            (date.fromisoformat(one["paid_at"][:10]), int(one["split"]["total"])) for one in paid
        ]
        flows.append((today, int(loan["outstanding"])))
    for part in PARTS:
        assert int(found["received"][part]) == sum(int(loan["paid"][part]) for loan in loans)
    assert found["claims"] == len(loans)
    assert int(found["outlay"]) == sum(int(loan["principal"]) for loan in loans)
    outstanding = sum(int(loan["outstanding"]) for loan in loans)
    assert int(found["running"]["outstanding"]) == outstanding
    assert sum(int(one["outstanding"]) for one in found["buckets"]) == outstanding
    late = [loan for loan in loans if 31 <= loan["days_past_due"] <= 60]
    assert found["buckets"][2]["days"] == "31-60"
    assert found["buckets"][2]["loans"] == len(late)
    assert float(found["rate_pct"]) == pytest.approx(rate_of(flows), abs=0.01)


def test_months_hold_what_was_agreed_and_what_is_left(lenders: Lenders) -> None:
    ben, token = lenders.who("ben"), lenders.world.token
    path = f"/me/claims/cash-flow?token={token}"
    months = ben.get(path).json()["data"]
    rows = [
        row
        for name in ("punctual", "late")
        for row in public(lenders, f"/loans/{lenders.id(name)}/schedule")["data"]
    ]
    for month in months:
        due = [row for row in rows if row["due_date"][:7] == month["month"]]
        agreed = sum(int(row["agreed"]["total"]) for row in due)
        left = sum(int(row["actual"]["total"]) - int(row["paid"]["total"]) for row in due)
        assert (int(month["agreed"]["total"]), int(month["coming"]["total"])) == (agreed, left)
    assert {row["due_date"][:7] for row in rows} <= {month["month"] for month in months}
    answer = ben.get(f"{path}&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["month"] for line in lines] == [month["month"] for month in months]
    assert [line["agreed_interest"] for line in lines] == [
        f"{int(month['agreed']['interest']) / UNIT:.6f}" for month in months
    ]


def test_a_page_follows_the_other_and_the_file_has_all(lenders: Lenders) -> None:
    ben, token = lenders.who("ben"), lenders.world.token
    path = f"/me/claims?token={token}"
    first = ben.get(f"{path}&limit=1").json()
    last = first["data"][-1]["loan"]["loan_id"]
    second = ben.get(f"{path}&limit=1&starting_after={last}").json()
    ids = [one["loan"]["loan_id"] for one in first["data"] + second["data"]]
    assert ids == [lenders.id("late"), lenders.id("punctual")]
    assert (first["has_more"], second["has_more"]) == (True, False)
    lines = list(csv.DictReader(io.StringIO(ben.get(f"{path}&format=csv").text)))
    assert [line["loan"] for line in lines] == ids
    unknown = ben.get(f"{path}&starting_after=0x{'12' * 32}")
    assert unknown.json()["code"] == "cursor_unknown"


def test_a_sold_claim_counts_for_who_held_it_and_a_reorganisation_takes_it_back(
    lenders: Lenders,
) -> None:
    world, ben, dora = lenders.world, lenders.who("ben"), lenders.who("dora")
    before = total(lenders, ben), total(lenders, dora)
    head = world.head()
    lenders.sell("punctual", "ben", "dora", 7_000 * UNIT)
    world.pay(lenders.loans["punctual"], 500 * UNIT)
    lenders.stage.sync()
    sold, bought = total(lenders, ben), total(lenders, dora)
    assert sold["received"] == before[0]["received"]
    assert sold["proceeds"] == str(7_000 * UNIT)
    assert int(bought["outlay"]) == int(before[1]["outlay"]) + 7_000 * UNIT
    gained = int(bought["received"]["total"]) - int(before[1]["received"]["total"])
    assert gained == 500 * UNIT
    page = ben.get(f"/me/claims?token={world.token}").json()["data"]
    assert [one["held"] for one in page] == [True, False]
    world.reorg(world.head() - head)
    world.mine()
    lenders.stage.sync()
    assert (total(lenders, ben), total(lenders, dora)) == before


def test_counted_in_parts_it_comes_to_the_same(lenders: Lenders) -> None:
    account = lenders.world.parties["dora"].address
    chain = lenders.world.chain_id
    whole = total(lenders, lenders.who("dora"))
    with lenders.stage.database() as db:
        found = repository.chain(db, chain)
        assert found is not None
        store.forget(db.conn, account, found.key)
        steps = [follow(db, account, chain, at_once=1) for _ in range(3)]
    assert steps == [False, False, True]
    assert total(lenders, lenders.who("dora")) == whole


def test_the_page_tells_it(lenders: Lenders) -> None:
    ben = lenders.who("ben")
    found = total(lenders, ben)
    page = lenders.stage.http.get("/me/lending", headers=ben.headers)
    assert page.status_code == 200
    for text in ("31\u201360", f"{found['rate_pct']} %", f"/loans/{lenders.id('late')}/audit"):
        assert text in page.text
    nobody = lenders.stage.http.get("/me/lending", headers=lenders.who("cem").headers)
    assert "as soon as you have lent" in nobody.text
