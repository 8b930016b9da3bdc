"""A lender's own offers: only those it signed, with their standing."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from tests.browser.scenery import offer_terms
from tests.integration.decisions.stage import Applicant
from tests.integration.lender.conftest import Lenders
from tests.integration.world import Party


def made(lenders: Lenders, *signers: str) -> dict[str, Any]:
    http, parties = lenders.stage.http, lenders.world.parties
    offer: dict[str, Any] = http.post("/v1/offers", json=offer_terms(lenders.world)).json()
    for name in signers:
        answer = sign(lenders, offer, parties[name])
        assert answer.status_code == 201, answer.text
    return offer


def sign(lenders: Lenders, offer: dict[str, Any], party: Party) -> Any:
    message = encode_typed_data(full_message=offer["typed_data"])
    signature = "0x" + bytes(Account.sign_message(message, party.key).signature).hex()
    body = {"signer": party.address, "signature": signature}
    return lenders.stage.http.post(f"/v1/offers/{offer['offer_id']}/signatures", json=body)


def listed(who: Applicant, query: str = "") -> Any:
    return who.get(f"/me/offers{query}").json()


def test_only_what_the_lender_signed_is_listed(lenders: Lenders) -> None:
    assert lenders.stage.http.get("/v1/me/offers").status_code == 401
    ben, ada = lenders.who("ben"), lenders.who("ada")
    made(lenders, "ada")  # in ben's name, not by him
    offers = [made(lenders, "ben"), made(lenders, "ben", "ada")]
    found = listed(ben)
    states = {one["offer_id"]: (one["status"], one["withdrawn"]) for one in found["data"]}
    assert states == {
        offers[0]["offer_id"]: ("awaiting_signatures", False),
        offers[1]["offer_id"]: ("signed", False),
    }
    assert listed(ada)["data"] == []
    first = listed(ben, "?limit=1")
    second = listed(ben, f"?limit=1&starting_after={first['data'][0]['offer_id']}")
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert first["data"] + second["data"] == found["data"]
    assert ben.get("/me/offers?starting_after=offer_none").json()["code"] == "cursor_unknown"


def test_a_signature_is_taken_back_on_chain(lenders: Lenders) -> None:
    world, http = lenders.world, lenders.stage.http
    ben, ada, cem = (world.parties[name] for name in ("ben", "ada", "cem"))
    offer = made(lenders, "ben", "ada")
    path = f"/v1/offers/{offer['offer_id']}"
    refused = http.get(f"{path}/revocation", params={"sender": cem.address})
    assert refused.json()["code"] == "not_entitled"
    call = http.get(f"{path}/revocation", params={"sender": ben.address}).json()
    world.send(ben, bytes.fromhex(call["data"][2:]), to=call["to"])
    lenders.stage.sync()
    answer = http.get(f"{path}/transaction", params={"sender": ada.address})
    assert answer.json()["code"] == "nonce_used"
    told = {one["offer_id"]: one for one in listed(lenders.who("ben"))["data"]}
    assert told[offer["offer_id"]]["withdrawn"] is True
    page = http.get("/me/lending/offers", headers=lenders.who("ben").headers)
    assert "Taken back" in page.text
    form = http.get("/me/lending/offers/new", headers=lenders.who("ben").headers)
    assert f'"token": "{world.token}"' in form.text
