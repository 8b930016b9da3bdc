"""Views through web3, and the encodings, against the deployed contracts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.integration.world import UNIT, Party, World

from tallystick.chain import calls
from tallystick.chain.client import BookClient
from tallystick.chain.errors import BookRevert, RpcUnavailable
from tallystick.loans.calendar import SECONDS_PER_DAY, day_at
from tallystick.loans.debt import Escrow, Guarantee
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_state, owed_at
from tallystick.loans.schedule import schedule


@pytest.fixture
def client(world: World) -> BookClient:
    return BookClient(world.url, world.book)


def test_the_digest_is_the_contracts_loan_id(world: World, client: BookClient) -> None:
    agreement = world.terms()
    assert client.loan_id(agreement) == world.loan_id(agreement)


def test_state_and_amounts_of_a_loan(world: World, client: BookClient) -> None:
    agreement = world.originate()
    loan_id = world.loan_id(agreement)
    state = client.debt_of(loan_id)
    assert state == open_state(agreement)
    assert client.terms_of(loan_id) == loan_id
    assert client.holder_of(agreement) == agreement.lender
    assert client.escrow_of(loan_id) == Escrow()
    assert client.guarantee_of(loan_id, agreement.lender) == Guarantee()
    later = world.now() + 75 * SECONDS_PER_DAY
    expected = owed_at(agreement, state, day_at(later))
    assert client.owed_at(agreement, later) == expected
    assert expected.due.penalty > 0


def test_the_schedule_is_the_one_computed_here(world: World, client: BookClient) -> None:
    agreement = world.terms()
    rows = [(row.due_day, row.interest, row.principal, row.balance) for row in schedule(agreement)]
    assert client.schedule_of(agreement) == rows


def test_reads_at_an_earlier_block(world: World, client: BookClient) -> None:
    agreement = world.originate()
    block, loan_id = world.head(), world.loan_id(agreement)
    world.payoff(agreement)
    assert client.debt_of(loan_id)[0].status is Status.CLOSED
    assert client.debt_of(loan_id, block)[0].status is Status.ACTIVE


def test_tokens_and_nonces(world: World, client: BookClient) -> None:
    ada = world.parties["ada"]
    before = client.balance_of(world.token, ada.address)
    agreement = world.originate()
    assert client.balance_of(world.token, ada.address) == before + agreement.principal
    assert client.allowance(world.token, ada.address) == 2**256 - 1
    assert client.token_facts(world.token) == ("TUSD", 6)
    assert client.credit_of(world.token, ada.address) == 0
    nonce = agreement.conditions.borrower_nonce
    assert client.is_nonce_used(ada.address, nonce)
    assert not client.is_nonce_used(ada.address, nonce + 1)
    world.send(ada, calls.revoke_nonce_call(77))
    assert client.is_nonce_used(ada.address, 77)


def test_a_refusal_is_typed_with_its_arguments(world: World, client: BookClient) -> None:
    agreement = world.originate()
    with pytest.raises(BookRevert) as refused:
        client.simulate(agreement.borrower, calls.payoff_call(agreement, 5))
    assert refused.value.name == "PayoffAbove"
    assert refused.value.arguments == {"payoff": 1_200 * UNIT, "maxAmount": 5}
    with pytest.raises(BookRevert) as broken:
        world.originate(principal=0, installment=1)
    assert broken.value.name == "AgreementInvalid"
    assert broken.value.arguments == {"field": "principal"}


def test_a_wrong_signer_is_refused_by_name(world: World) -> None:
    agreement = world.terms()
    consents = world.signatures(agreement)
    call = calls.originate_call(agreement, replace(consents, lender=consents.borrower))
    with pytest.raises(BookRevert) as refused:
        world.send(Party.named("deployer"), call)
    assert refused.value.name == "SignatureInvalid"
    assert refused.value.arguments == {"signer": agreement.lender.lower()}


def test_an_account_without_code_is_no_token(world: World, client: BookClient) -> None:
    with pytest.raises(BookRevert, match="NotAContract"):
        client.token_facts(world.parties["ada"].address)


def test_a_dead_node_is_unavailable(world: World) -> None:
    client = BookClient("http://127.0.0.1:9", world.book)
    with pytest.raises(RpcUnavailable):
        client.chain_id()
