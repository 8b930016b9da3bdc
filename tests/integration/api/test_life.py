"""A loan that fails, is restructured and changes hands, as the API shows and prepares it."""

from __future__ import annotations

from tests.integration.api.server import Stage
from tests.integration.api.test_transactions import prepare, refused, send
from tests.integration.servicing import Servicing
from tests.integration.world import UNIT

from tallystick.loans.calendar import due_day


def test_a_whole_life(stage: Stage) -> None:
    world, servicing = stage.world, Servicing(stage.world)
    ada, ben, cem = (world.parties[name] for name in ("ada", "ben", "cem"))
    first = world.originate(
        default_days=20,
        guarantor=cem.address,
        guaranteed=50 * UNIT,
        guarantee_days=10,
        collateral_token=world.token,
        collateral=900 * UNIT,
        collateral_price=800 * UNIT,
        collateral_floor=400 * UNIT,
        auction_days=3,
        acceleration_days=40,
    )
    loan_id = world.loan_id(first)
    loan = "0x" + loan_id.hex()
    stage.sync()
    refused(prepare(stage, loan, "declare_default", ben.address), 409, "too_early")
    refused(prepare(stage, loan, "write_off", ben.address), 409, "wrong_status")
    refused(prepare(stage, loan, "declare_default", ada.address), 409, "not_entitled")
    send(stage, prepare(stage, loan, "autopay_off", ada.address).json(), ada)
    assert not stage.get(f"/v1/loans/{loan}")["autopay"]
    world.travel_to_day(due_day(first, 0) + 21)
    stage.sync()
    refused(prepare(stage, loan, "collect", ben.address), 409, "autopay_off")
    drawn = prepare(stage, loan, "draw_guarantor", ada.address).json()
    assert drawn["takes"] == str(50 * UNIT)
    send(stage, drawn, ada)
    send(stage, prepare(stage, loan, "declare_default", ben.address).json(), ben)
    answer = stage.get(f"/v1/loans/{loan}")
    assert (answer["status"], answer["escrow"]["amount"]) == ("defaulted", str(900 * UNIT))
    assert answer["guarantees"][0]["recourse"] == str(50 * UNIT)
    refused(prepare(stage, loan, "release_collateral", ada.address), 409, "wrong_status")

    second = servicing.amend(first, loan_id, watch_rows=4, waived_interest=UNIT, reason=4)
    servicing.assign(second, loan_id, "dora", 700 * UNIT)
    stage.sync()
    answer = stage.get(f"/v1/loans/{loan}")
    assert answer["terms"] == "0x" + world.loan_id(second).hex() != loan
    assert answer["agreement"]["amends"] == loan
    assert (answer["lender"], answer["holder"]) == (ben.address, world.parties["dora"].address)
    assert (answer["status"], answer["restructurings"]) == ("active", 1)
    assert answer["watch"] == {"rows_left": 4, "rows": 4}
    (entry,) = stage.get(f"/v1/loans/{loan}/amendments")["data"]
    assert (entry["reason"], entry["status_before"]) == (4, "defaulted")
    assert entry["waived"]["interest"] == str(UNIT)
    (payment,) = stage.get(f"/v1/loans/{loan}/payments")["data"]
    assert (payment["source"], payment["payer"]) == ("guarantor", cem.address)
    types = [event["type"] for event in stage.get(f"/v1/loans/{loan}/events")["data"]]
    assert types[:3] == ["originated", "collateral_added", "autopay_set"]
    assert types[-3:] == ["defaulted", "amended", "assigned"]
    held = stage.get("/v1/loans", lender=world.parties["dora"].address)["data"]
    assert loan in [found["loan_id"] for found in held]
    page = stage.http.get(f"/loans/{loan}")
    assert page.status_code == 200
    for words in ("Restructurings", "disaster", "on watch: 4 punctual installments to go"):
        assert words in page.text
