"""Pays matched receipts on chain on the borrowers' behalf, each once.

Before anything is sent a receipt is marked with the block from which its payment could stand. One
that is still marked after a crash, or whose payment a reorganisation may have taken back, is looked
for on the chain by its tag. Only when the collector has nothing under way and the tag is not there
is it paid again: whatever was sent before used a nonce that a new transaction takes, so of the two
at most one can ever be mined.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.chain.calls import pay_through_call
from tallystick.chain.codec import TOPICS
from tallystick.chain.errors import BookRevert, RpcRefused, TransactionReverted
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender
from tallystick.channels import receipts
from tallystick.channels.catalogue import Channel
from tallystick.channels.match import Reason
from tallystick.channels.receipts import Receipt
from tallystick.db import Database
from tallystick.indexer.repository import get_loan_bare, place_of

SETTLED_BLOCKS = 64
"""For so long a payment is looked at again, and paid again should it have vanished."""
_PAGE = 200
_LACKS = frozenset({"TokenTransferFailed"})

logger = logging.getLogger("tallystick.channels")


@dataclass(slots=True)
class Payments:
    """What a round did."""

    paid: int = 0
    opened: int = 0
    waiting: int = 0
    again: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A chain with the collector's account on it."""

    rpc: Rpc
    sender: Sender


class Payer:
    """One at a time for each collector's account; see `db.lock`."""

    def __init__(
        self,
        db: Database,
        index: Database,
        channels: Mapping[str, Channel],
        nodes: Mapping[int, Node],
    ) -> None:
        self._db = db
        self._index = index
        self._channels = channels
        self._nodes = nodes

    def run_once(self) -> Payments:
        """Looks after what is under way, then pays what is matched.

        Raises RpcUnavailable, SendError that concerns the sender rather than a loan.
        """
        done = Payments()
        for receipt in self._pages("sending"):
            self._find(receipt, done)
        for receipt in self._recent():
            self._find(receipt, done)
        for receipt in self._pages("matched"):
            if not self._pay(receipt, done):
                break
        return done

    def _pages(self, state: str) -> list[Receipt]:
        return receipts.page(self._db, _PAGE, state=state)

    def _recent(self) -> list[Receipt]:
        """Payments that a reorganisation could still take back."""
        return [
            receipt
            for chain_id, node in self._nodes.items()
            for receipt in receipts.paid_since(self._db, _head(node.rpc) - SETTLED_BLOCKS)
            if self._place(receipt)[0] == chain_id
        ]

    def _pay(self, receipt: Receipt, done: Payments) -> bool:
        """False when the collector cannot pay anything now."""
        channel = self._channels[receipt.channel]
        chain_id, book = self._place(receipt)
        node = self._nodes.get(chain_id)
        loan = receipt.loan_id and get_loan_bare(self._index, receipt.loan_id)
        if node is None or not loan:
            done.waiting += 1
            return True
        if _under_way(node):  # it must not become two
            done.waiting += 1
            return False
        if not receipts.begin(self._db, receipt, _head(node.rpc)):
            return True
        call = pay_through_call(
            loan.agreement, channel.units(receipt.amount), channel.tag, receipt.tag
        )
        try:
            sent = node.sender.send(book, call)
        except (BookRevert, RpcRefused) as error:  # refused before it was sent
            return self._refused(receipt, error, done)
        except TransactionReverted as error:
            return self._refused(receipt, error, done)
        self._settle(receipt, sent.logs, sent.tx_hash, sent.block_number, done)
        return True

    def _refused(self, receipt: Receipt, error: Exception, done: Payments) -> bool:
        name = error.name if isinstance(error, BookRevert) else ""
        if name in _LACKS:
            logger.error("the collector lacks tokens or allowance: %s", error)
            receipts.put_back(self._db, receipt)
            done.waiting += 1
            return False
        if name == "TermsNotInForce":  # the index is behind
            receipts.put_back(self._db, receipt)
            done.waiting += 1
            return True
        reason = Reason.LOAN_CLOSED if name == "LoanNotOpen" else Reason.REFUSED
        logger.warning("%s: not paid, %s", receipt.receipt_id, error)
        receipts.put_back(self._db, receipt, reason)
        done.opened += 1
        return True

    def _find(self, receipt: Receipt, done: Payments) -> None:
        """Whether the payment of a receipt is on the chain, by its tag."""
        chain_id, book = self._place(receipt)
        node = self._nodes.get(chain_id)
        if node is None or receipt.loan_id is None:
            return
        logs = node.rpc.call(
            "eth_getLogs",
            {
                "address": book,
                "fromBlock": hex(receipt.from_block or 0),
                "toBlock": "latest",
                "topics": [
                    f"0x{word.hex()}"
                    for word in (
                        TOPICS["PaidThrough"],
                        receipt.loan_id,
                        self._channels[receipt.channel].tag,
                        receipt.tag,
                    )
                ],
            },
        )
        if logs:
            block = int(logs[0]["blockNumber"], 16)
            if receipt.state == "sending" or block != receipt.block:
                tx_hash = bytes.fromhex(logs[0]["transactionHash"][2:])
                self._settle(receipt, logs, tx_hash, block, done)
        elif _under_way(node):
            done.waiting += 1
        else:
            logger.warning("%s: its payment is not on the chain: again", receipt.receipt_id)
            receipts.put_back(self._db, receipt)
            done.again += 1

    def _settle(
        self,
        receipt: Receipt,
        logs: list[dict[str, object]],
        tx_hash: bytes,
        block: int,
        done: Payments,
    ) -> None:
        paid = next(
            int(str(log["data"]), 16)
            for log in logs
            if _topics(log)[:1] == [TOPICS["PaidThrough"]] and _topics(log)[3] == receipt.tag
        )
        came = self._channels[receipt.channel].units(receipt.amount)
        # what went back already needs no second decision
        surplus = paid < came and not receipts.went_back(self._db, receipt)
        receipts.settle(self._db, receipt, paid, tx_hash, block, surplus=surplus)
        done.paid += 1
        logger.info("%s: paid in 0x%s", receipt.receipt_id, tx_hash.hex())

    def _place(self, receipt: Receipt) -> tuple[int, str]:
        """Chain and book of its loan; of no chain while the index does not know it."""
        found = receipt.loan_id and place_of(self._index, receipt.loan_id)
        return found or (0, "")


def _head(rpc: Rpc) -> int:
    return int(rpc.call("eth_blockNumber"), 16)


def _under_way(node: Node) -> bool:
    """Whether a transaction of the collector waits to be mined."""
    latest, pending = node.rpc.batch(
        [("eth_getTransactionCount", (node.sender.address, tag)) for tag in ("latest", "pending")]
    )
    return int(latest, 16) != int(pending, 16)


def _topics(log: Mapping[str, object]) -> list[bytes]:
    topics = log["topics"]
    assert isinstance(topics, list)  # noqa: S101 - JSON-RPC
    return [bytes.fromhex(topic[2:]) for topic in topics]
