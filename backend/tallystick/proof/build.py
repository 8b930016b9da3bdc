"""Makes proofs with what a node answers, and hands out none that does not verify."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import rlp

from tallystick.chain.codec import decode, loan_id_of
from tallystick.chain.rpc import Rpc
from tallystick.loans.events import Amended, Claimed, EventRef, LoanEvent, NonceRevoked
from tallystick.loans.fold import LoanState
from tallystick.loans.members import NO_ADDRESS
from tallystick.proof.ask import ask_proof, nodes_of
from tallystick.proof.document import (
    FORMAT,
    ProofDocument,
    ProvenBlock,
    ProvenEvent,
    ProvenState,
)
from tallystick.proof.errors import ProofRefused, ProofUnavailable
from tallystick.proof.header import encode_header
from tallystick.proof.layout import guarantors_of, loan_keys, seat_of, stored_of
from tallystick.proof.receipt import receipt_trie, trie_key
from tallystick.proof.route import Route
from tallystick.proof.verify import verify


def build(
    rpc: Rpc, state: LoanState, event_blocks: Iterable[bytes], block_hash: bytes
) -> ProofDocument:
    """A proof of the loan at a block, its events being in the blocks with the given hashes.

    Raises ProofUnavailable, RpcError.
    """
    book, loan_id = state.originated.book, state.loan_id
    head, *blocks = _blocks(rpc, [block_hash, *event_blocks])
    number = _number(head)
    terms = [state.original]
    terms += [change.agreement for change in state.changes if isinstance(change, Amended)]
    keys = loan_keys(loan_id, guarantors_of(terms), seat_of(state))
    account = ask_proof(rpc, book, keys, number)
    route = Route(rpc, head)
    route.reach(block for block in blocks if block["hash"] != head["hash"])
    witness = {encode_header(head)} | nodes_of(account) | route.witness
    claims: list[ProvenEvent] = []
    for block in sorted(blocks, key=_number):
        claims += _receipts(rpc, witness, block, state)
    for rows in {agreement.rows for agreement in terms} - {NO_ADDRESS}:
        witness |= _code(rpc, rows, number)
    document = ProofDocument(
        format=FORMAT,
        chain_id=state.originated.chain_id,
        book=book,
        loan_id="0x" + loan_id.hex(),
        block=ProvenBlock(number=number, hash=head["hash"], timestamp=int(head["timestamp"], 16)),
        agreement=state.original.to_json(),
        amendments=[agreement.to_json() for agreement in terms[1:]],
        state=ProvenState.of(stored_of(state)),
        events=claims,
        steps=route.steps,
        witness=sorted("0x" + entry.hex() for entry in witness),
    )
    trusted = [block_hash, *(bytes.fromhex(s.hash[2:]) for s in route.steps if s.by == "trusted")]
    try:
        verify(document, trusted)
    except ProofRefused as error:
        raise ProofUnavailable(f"the node's answers do not make a proof: {error}") from error
    return document


def _blocks(rpc: Rpc, hashes: list[bytes]) -> list[dict[str, Any]]:
    calls = [("eth_getBlockByHash", ("0x" + hash_.hex(), False)) for hash_ in hashes]
    blocks = rpc.batch(calls)
    if None in blocks:
        raise ProofUnavailable("the node lacks a block of the index: a reorg, or another chain")
    return blocks


def _receipts(
    rpc: Rpc, witness: set[bytes], block: dict[str, Any], state: LoanState
) -> list[ProvenEvent]:
    """Adds the way to each receipt with an event of the loan; the events."""
    receipts = rpc.call("eth_getBlockReceipts", block["hash"])
    if not receipts:
        raise ProofUnavailable(f"the node lacks the receipts of block {int(block['number'], 16)}")
    trie = receipt_trie(receipts, block["receiptsRoot"])
    claims: list[ProvenEvent] = []
    for receipt in receipts:
        index = int(receipt["transactionIndex"], 16)
        events = _events(receipt["logs"], state)
        if events:
            witness |= {rlp.encode(node) for node in trie.get_proof(trie_key(index))}
        claims += [
            ProvenEvent.of(event, _number(block), index, int(block["timestamp"], 16))
            for event in events
        ]
    return claims


def _events(logs: list[dict[str, Any]], state: LoanState) -> list[LoanEvent]:
    found: list[LoanEvent] = []
    book = state.originated.book
    for position, log in enumerate(logs):
        topics = bytes.fromhex("".join(topic[2:] for topic in log["topics"]))
        if log["address"].lower() != book.lower() or loan_id_of(topics) != state.loan_id:
            continue
        ref = EventRef(state.originated.chain_id, book, 0, b"", 0, b"", position)
        event = decode(topics, bytes.fromhex(log["data"][2:]), ref)
        if not isinstance(event, Claimed | NonceRevoked):
            found.append(event)
    return found


def _code(rpc: Rpc, account: str, number: int) -> set[bytes]:
    """The code of a contract and the way to it."""
    code: str = rpc.call("eth_getCode", account, hex(number))
    return {bytes.fromhex(code[2:])} | nodes_of(ask_proof(rpc, account, [], number))


def _number(block: dict[str, Any]) -> int:
    return int(block["number"], 16)
