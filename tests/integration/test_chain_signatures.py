"""Signatures judged before sending as the book judges them."""

from __future__ import annotations

from tests.integration.world import World

from tallystick.chain.typed_data import signed_by

ACCEPTS = "0x631626ba7e60e01b5f5260205ff3"
"""Runtime code of a wallet that accepts every signature: returns the ERC-1271 magic value."""
ANSWERS_ELSE = "0x60015f5260205ff3"
REVERTS = "0x5f5ffd"
DELEGATED = "0xef0100" + "11" * 20


def test_an_account_and_its_own_key(world: World) -> None:
    ada, ben = world.parties["ada"], world.parties["ben"]
    loan_id = world.loan_id(world.terms())
    assert signed_by(world.rpc, ada.address, loan_id, ada.sign(loan_id))
    assert not signed_by(world.rpc, ada.address, loan_id, ben.sign(loan_id))
    assert not signed_by(world.rpc, ada.address, loan_id, b"")


def test_a_delegated_account_still_signs_itself(world: World) -> None:
    ada = world.parties["ada"]
    loan_id = world.loan_id(world.terms())
    world.rpc.call("anvil_setCode", ada.address, DELEGATED)
    assert signed_by(world.rpc, ada.address, loan_id, ada.sign(loan_id))


def test_a_contract_wallet_is_asked(world: World) -> None:
    wallet, loan_id = "0x" + "42" * 20, world.loan_id(world.terms())
    for code, verdict in ((ACCEPTS, True), (ANSWERS_ELSE, False), (REVERTS, False), ("0x", False)):
        world.rpc.call("anvil_setCode", wallet, code)
        assert signed_by(world.rpc, wallet, loan_id, b"anything") is verdict
