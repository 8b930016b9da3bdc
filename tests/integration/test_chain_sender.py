"""The transaction sender: nonces, replacement, conflicts, refusals."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from eth_account import Account
from tests.integration.world import Party, World

from tallystick.chain import calls, codec
from tallystick.chain.client import BookClient
from tallystick.chain.errors import (
    BookRevert,
    InsufficientGasFunds,
    TransactionReverted,
    TransactionStuck,
)
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender, SenderPolicy

QUICK = SenderPolicy(patience=0.4, replacements=4, poll=0.02)


def sender(world: World, name: str, policy: SenderPolicy = QUICK) -> Sender:
    return Sender(Rpc(world.url), world.parties[name].key, world.chain_id, policy)


def count(world: World, party: Party) -> int:
    return int(world.rpc.call("eth_getTransactionCount", party.address, "latest"), 16)


def test_a_payment_is_sent_and_its_receipt_returned(world: World) -> None:
    agreement = world.originate()
    receipt = sender(world, "ada").send(world.book, calls.pay_call(agreement, 5_000_000))
    assert receipt.block_number == world.head()
    assert receipt.logs[-1]["topics"][0] == "0x" + codec.TOPICS["Paid"].hex()
    assert receipt.fee > 0


def test_a_refused_call_sends_nothing(world: World) -> None:
    agreement = world.originate()
    before = count(world, world.parties["cem"])
    with pytest.raises(BookRevert, match="NothingDue"):
        sender(world, "cem").send(world.book, calls.collect_call(agreement))
    assert count(world, world.parties["cem"]) == before


def test_a_transaction_that_reverts_when_mined(world: World) -> None:
    agreement = world.originate()
    with pytest.raises(TransactionReverted):
        sender(world, "cem").send(world.book, calls.collect_call(agreement), gas=300_000)


def test_an_account_without_ether_is_told_so(world: World) -> None:
    world.rpc.call("anvil_setBalance", world.parties["cem"].address, "0x1")
    with pytest.raises(InsufficientGasFunds):
        sender(world, "cem").send(world.book, calls.revoke_nonce_call(1))


def test_a_stuck_transaction_is_replaced_by_a_dearer_one(world: World) -> None:
    world.rpc.call("evm_setAutomine", False)  # nothing is mined until told
    cem = world.parties["cem"]
    nonce = count(world, cem)
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(sender(world, "cem").send, world.book, calls.revoke_nonce_call(1))
        first = pending(world, cem, than=0)
        second = pending(world, cem, than=first)
        assert second * 8 >= first * 9
        world.mine()
        receipt = sending.result(10)
    assert receipt.block_number == world.head()
    assert count(world, cem) == nonce + 1


def test_one_that_is_never_mined_is_reported(world: World) -> None:
    world.rpc.call("evm_setAutomine", False)
    policy = SenderPolicy(patience=0.05, replacements=1, poll=0.02)
    with pytest.raises(TransactionStuck) as stuck:
        sender(world, "cem", policy).send(world.book, calls.revoke_nonce_call(1))
    assert len(stuck.value.tx_hashes) == 2


def test_an_outage_while_waiting_is_survived(world: World) -> None:
    world.rpc.call("evm_setAutomine", False)
    cem = world.parties["cem"]
    nonce = count(world, cem)
    rpc = Rpc(world.url, timeout=0.4, retries=0)
    patient = Sender(rpc, cem.key, world.chain_id, SenderPolicy(patience=20, poll=0.02))
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(patient.send, world.book, calls.revoke_nonce_call(1))
        pending(world, cem, than=0)
        with world.anvil.outage():
            threading.Event().wait(1)
        world.mine()
        assert sending.result(10).block_number == world.head()
    assert count(world, cem) == nonce + 1


def test_what_a_dead_process_left_behind_does_not_block(world: World) -> None:
    cem = world.parties["cem"]
    world.rpc.call("evm_setAutomine", False)
    left = Account.sign_transaction(
        {
            "chainId": world.chain_id,
            "nonce": count(world, cem),
            "to": world.book,
            "data": calls.revoke_nonce_call(1),
            "gas": 100_000,
            "maxFeePerGas": 2 * 10**9,
            "maxPriorityFeePerGas": 1,
        },
        cem.key,
    )
    world.rpc.call("eth_sendRawTransaction", "0x" + left.raw_transaction.hex())
    world.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(50 * 10**9))
    world.mine()
    world.rpc.call("evm_setIntervalMining", 1)
    sender(world, "cem").send(world.book, calls.revoke_nonce_call(2), gas=100_000)
    assert BookClient(world.url, world.book).is_nonce_used(cem.address, 2)
    assert world.rpc.call("eth_getTransactionReceipt", "0x" + left.hash.hex()) is None


def test_the_fee_cap_holds(world: World) -> None:
    world.rpc.call("evm_setAutomine", False)
    cap = 3 * 10**9
    policy = SenderPolicy(patience=0.05, replacements=3, poll=0.02, max_fee_per_gas=cap)
    with pytest.raises(TransactionStuck):
        sender(world, "cem", policy).send(world.book, calls.revoke_nonce_call(1))
    assert 0 < pending(world, world.parties["cem"], than=0) <= cap


def test_two_senders_with_one_key_recover_from_conflicts(world: World) -> None:
    world.rpc.call("evm_setAutomine", False)
    world.rpc.call("evm_setIntervalMining", 1)
    cem = world.parties["cem"]
    before = count(world, cem)
    policy = SenderPolicy(patience=5, poll=0.02, nonces=50)
    start = threading.Barrier(2)

    def revoke(first: int) -> list[int]:
        mine = sender(world, "cem", policy)
        start.wait()
        sent = [calls.revoke_nonce_call(first + i) for i in range(3)]
        return [mine.send(world.book, call, gas=100_000).block_number for call in sent]

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(revoke, (100, 200)))
    assert [len(blocks) for blocks in results] == [3, 3]
    assert count(world, cem) == before + 6


def test_senders_with_different_keys_do_not_meet(world: World) -> None:
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(sender(world, name).send, world.book, calls.revoke_nonce_call(nonce))
            for nonce in range(50, 54)
            for name in ("cem",)
        ] + [pool.submit(sender(world, "dora").send, world.book, calls.revoke_nonce_call(1))]
        assert all(job.result(20).block_number > 0 for job in jobs)


def pending(world: World, party: Party, than: int) -> int:
    """Fee cap of the party's pending transaction, once it is above `than`."""
    for _ in range(500):
        content = world.rpc.call("txpool_content")["pending"]
        by_nonce = content.get(party.address) or content.get(party.address.lower()) or {}
        fees = [int(transaction["maxFeePerGas"], 16) for transaction in by_nonce.values()]
        if fees and fees[0] > than:
            return fees[0]
        threading.Event().wait(0.01)
    raise TimeoutError


def test_two_senders_of_one_key_never_share_a_transaction(world: World) -> None:
    """Each makes the same call in the same instant; the receipts are of two transactions."""
    cem = world.parties["cem"]
    policy = SenderPolicy(patience=5, poll=0.02, nonces=50)
    senders = [sender(world, "cem", policy) for _ in range(2)]
    for _ in range(5):
        before = count(world, cem)
        world.rpc.call("evm_setIntervalMining", 0)  # nothing is mined until both have sent
        world.rpc.call("evm_setAutomine", False)
        start = threading.Barrier(2)

        def send(one: Sender, start: threading.Barrier = start) -> bytes:
            start.wait()
            return one.send(cem.address, b"", gas=30_000).tx_hash

        with ThreadPoolExecutor(2) as pool:
            sending = [pool.submit(send, one) for one in senders]
            pending(world, cem, than=0)
            world.rpc.call("evm_setIntervalMining", 1)
            hashes = {each.result(20) for each in sending}
        assert len(hashes) == 2
        assert count(world, cem) == before + 2
