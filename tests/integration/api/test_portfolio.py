from __future__ import annotations

from tests.integration.api.story import Story


def test_a_portfolio_is_the_sum_of_its_active_loans(story: Story) -> None:
    token = story.stage.world.token
    answer = story.get("/v1/portfolio", token=token)
    loans = story.get("/v1/loans", token=token, status="active", limit=100)["data"]
    assert answer["token"]["address"] == token
    assert answer["total"] == {
        "loans": len(loans),
        "outstanding": str(sum(int(loan["outstanding"]) for loan in loans)),
    }
    for part in ("buckets", "classes"):
        assert sum(int(item["outstanding"]) for item in answer[part]) == int(
            answer["total"]["outstanding"]
        )
    for share in answer["par"]:
        late = [loan for loan in loans if loan["days_past_due"] > share["above"]]
        assert share["loans"] == len(late)
        assert share["outstanding"] == str(sum(int(loan["outstanding"]) for loan in late))
    assert int(answer["provision"]) == sum(int(item["provision"]) for item in answer["classes"])


def test_a_loans_standing_goes_by_its_days_past_due(story: Story) -> None:
    for name in ("punctual", "late", "unpaid"):
        path = f"/v1/loans/{story.id(name)}"
        loan, standing = story.get(path), story.get(f"{path}/delinquency")["standing"]
        assert standing["days_past_due"] == loan["days_past_due"]
        assert standing["outstanding"] == loan["outstanding"]
        grace = story.loans[name].grace_days
        assert standing["delinquent_days"] == max(0, loan["days_past_due"] - grace)
        late = "normal" if loan["days_past_due"] == 0 else "special_mention"
        assert standing["asset_class"] == (late if loan["days_past_due"] <= 90 else "substandard")
    assert story.get(f"/v1/loans/{story.id('closed')}/delinquency")["standing"] is None


def test_one_lenders_part(story: Story) -> None:
    token = story.stage.world.token
    whole = story.get("/v1/portfolio", token=token)["total"]
    parts = [
        story.get("/v1/portfolio", token=token, lender=story.stage.world.parties[name].address)
        for name in ("ben", "dora")
    ]
    assert sum(part["total"]["loans"] for part in parts) == whole["loans"]
    assert all(part["total"]["loans"] > 0 for part in parts)


def test_a_token_without_loans_has_no_risk(story: Story) -> None:
    answer = story.get("/v1/portfolio", token="0x" + "12" * 20)
    assert answer["total"] == {"loans": 0, "outstanding": "0"}
    assert {share["ppm"] for share in answer["par"]} == {0}


def test_the_token_must_be_an_address(story: Story) -> None:
    for params in ({}, {"token": "dollar"}):
        problem = story.stage.http.get("/v1/portfolio", params=params).json()
        assert problem["code"] == "validation_failed"
        assert problem["errors"][0]["parameter"] == "token"
