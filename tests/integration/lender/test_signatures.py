"""Who signed, as read from the transactions that put terms into force."""

from __future__ import annotations

from pathlib import Path

from eth_account import Account
from eth_utils import keccak
from tests.integration.api.server import serving
from tests.integration.lender.conftest import Lenders
from tests.integration.servicing import Servicing
from tests.integration.world import UNIT, World

from tallystick.chain import calls
from tallystick.chain.calls import Consents
from tallystick.chain.sender import Sender
from tallystick.chain.typed_data import recover


def test_everybody_signed_every_terms(tmp_path: Path, world: World) -> None:
    loan = world.originate()
    loan_id = world.loan_id(loan)
    Servicing(world).amend(loan, loan_id, watch_rows=3)
    sent = world.terms(principal=500 * UNIT)
    consents = Consents(borrower=world.signatures(sent).borrower)
    Sender(world.rpc, world.parties["ben"].key, world.chain_id).send(
        world.book, calls.originate_call(sent, consents)
    )
    with serving(world, tmp_path) as stage:
        first, amended = stage.get(f"/v1/loans/0x{loan_id.hex()}/signatures")["data"]
        assert (first["kind"], first["digest"]) == ("agreement", "0x" + loan_id.hex())
        assert amended["kind"] == "amendment"
        for terms in (first, amended):
            assert terms["transaction"] is None
            for party in terms["parties"]:
                signature = bytes.fromhex(party["signature"][2:])
                assert recover(bytes.fromhex(terms["digest"][2:]), signature) == party["account"]
        (alone,) = stage.get(f"/v1/loans/0x{world.loan_id(sent).hex()}/signatures")["data"]
        assert [party["signature"] is None for party in alone["parties"]] == [False, True]
        assert Account.recover_transaction(alone["transaction"]) == world.parties["ben"].address
        assert alone["sender"] == world.parties["ben"].address
        unknown = stage.http.get(f"/v1/loans/0x{keccak(text='none').hex()}/signatures")
        assert unknown.json()["code"] == "loan_not_found"


def test_the_page_shows_every_word_that_is_signed(lenders: Lenders) -> None:
    answer = lenders.stage.http.get(f"/loans/{lenders.id('late')}/audit")
    assert answer.status_code == 200
    terms = lenders.stage.http.get(f"/v1/loans/{lenders.id('late')}").json()["agreement"]
    terms.pop("plan")
    conditions = terms.pop("conditions")
    for name in (*terms, *conditions):
        assert answer.text.count(f'data-member="{name}"') == 1
    assert "tallystick verify" in answer.text
