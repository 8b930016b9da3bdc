"""Blocks and logs from a node, checked against each other before anything is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, pairwise
from operator import ge
from typing import Any, NamedTuple, Self

from tallystick.chain import codec
from tallystick.chain.codec import TOPICS, Told, rows_in
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import RpcRefused
from tallystick.chain.hashing import keccak
from tallystick.chain.rpc import Rpc
from tallystick.chain.words import plan_in
from tallystick.indexer.errors import SourceBehind, SourceInconsistent
from tallystick.indexer.schema import event_id


class Header(NamedTuple):
    """What of a block header the index needs; `timestamp` in Unix seconds."""

    number: int
    hash: bytes
    parent: bytes
    timestamp: int
    bloom: int


class Finality(NamedTuple):
    """Blocks that the chain will hardly take back, and that it cannot."""

    safe: Header | None = None
    finalized: Header | None = None


class Log(NamedTuple):
    """A log of a book as the node gave it; `topics` concatenated, `book` its id in the index."""

    block_number: int
    log_index: int
    block_hash: bytes
    tx_hash: bytes
    topics: bytes
    data: bytes
    book: int


class SourceSettings(NamedTuple):
    """All that makes a source, for another process to make the same."""

    urls: tuple[str, ...]
    timeout: float
    books: tuple[tuple[str, int], ...]
    check_bloom: bool


class Answer(NamedTuple):
    """Blocks `first` to `last` and the books' logs in them as JSON, not yet checked."""

    first: int
    last: int
    headers: list[Any]
    logs: list[Any]


_bytes = bytes.fromhex
as_log: Callable[[tuple[int, int, bytes, bytes, bytes, bytes, int]], Log]
as_log = partial(tuple.__new__, Log)  # a third of the time of Log(…), of which there are many


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive blocks and all logs of the books in them, in chain order.

    `codes` are the custom rows that terms in the logs name, by the place of the event. `told`
    follows from the logs: it is what `codec.told` says of each, if whoever fetched has read it.
    """

    headers: list[Header]
    logs: list[Log]
    codes: Mapping[int, bytes] = field(default_factory=dict)
    told: list[Told | None] | None = field(default=None, compare=False)


def told_by(logs: Iterable[Log]) -> list[Told | None]:
    """What `codec.told` says of each. Raises LogUndecodable."""
    return [codec.told(log[4], log[5]) for log in logs]


class Source:
    """Reads the logs of a chain's books from one node; `books` has the id of each by its address.

    With `check_bloom`, a block that lacks some kind of event, or all of a book, must agree with its
    header's bloom; where the bloom leaves it open, the block's receipts decide. What escapes this,
    such as one of several events of a kind, or a block so full that its bloom says yes to anything,
    `proven` finds. Switch it off for chains that leave the bloom empty.
    """

    def __init__(self, rpc: Rpc, books: Mapping[str, int], *, check_bloom: bool = True) -> None:
        self.rpc = rpc
        self._books = {address.lower(): id_ for address, id_ in books.items()}
        self._addresses = list(self._books)
        self._check_bloom = check_bloom
        self._book_bits = [_bloom_bits(bytes.fromhex(book[2:])) for book in self._books]
        # What shows in a bloom: kinds of events, and of several books, which.
        self._marks: dict[bytes | int, int] = {t: _bloom_bits(t) for t in TOPICS.values()}
        if len(self._books) > 1:
            self._marks |= zip(self._books.values(), self._book_bits, strict=True)

    @classmethod
    def of(cls, settings: SourceSettings) -> Self:
        """The source with these settings."""
        rpc = Endpoints(settings.urls, timeout=settings.timeout)
        return cls(rpc, dict(settings.books), check_bloom=settings.check_bloom)

    @property
    def settings(self) -> SourceSettings:
        """What `of` makes this source of."""
        books = tuple(self._books.items())
        return SourceSettings(self.rpc.urls, self.rpc.timeout, books, self._check_bloom)

    def close(self) -> None:
        """Closes this thread's connection."""
        self.rpc.close()

    def book_at(self, address: str) -> int | None:
        """The id of the book at a log's address; None for another contract's."""
        return self._books.get(address) or self._books.get(address.lower())

    def may_hold(self, header: Header) -> bool:
        """Whether a block may hold logs of the books, by its bloom."""
        bloom = header.bloom
        return any(bloom & bits == bits for bits in self._book_bits)

    def head(self) -> Header:
        """The node's latest block."""
        return _header(self.rpc.batch([("eth_getBlockByNumber", ("latest", HEADER_ONLY))])[0])

    def finality(self) -> Finality:
        """What the node calls safe and finalized; None for a tag that it does not know."""
        return Finality(*(self._tagged(tag) for tag in Finality._fields))

    def other_view(self, number: int) -> tuple[int, bytes | None] | None:
        """Of another node: its head, and the hash of its block `number`; None without one."""
        answers = self.rpc.second_opinion([("eth_blockNumber", ()), block_call(number)])
        if answers is None:
            return None
        head, block = answers
        return int(head, 16), block and _bytes(block["hash"][2:])

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """Headers by number; None where the node has no such block."""
        answers = self.rpc.batch([block_call(number) for number in numbers])
        return [answer and _header(answer) for answer in answers]

    def _tagged(self, tag: str) -> Header | None:
        try:
            answer = self.rpc.call("eth_getBlockByNumber", tag, HEADER_ONLY)
        except RpcRefused:
            return None
        return answer and _header(answer)

    def fetch(self, first: int, last: int) -> Batch:
        """Blocks `first` to `last`, inclusive, and the books' logs in them.

        Raises SourceBehind, SourceInconsistent, RpcError.
        """
        return self.read(self.ask(first, last))

    def ask(self, first: int, last: int) -> Answer:
        """The same, as the node says it. Raises RpcError."""
        logs_call = (
            "eth_getLogs",
            ({"address": self._addresses, "fromBlock": hex(first), "toBlock": hex(last)},),
        )
        blocks = [block_call(number) for number in range(first, last + 1)]
        # One batch, so that as little as possible can change in between.
        *headers, logs = self.rpc.batch([*blocks, logs_call])
        return Answer(first, last, headers, logs)

    def read(self, answer: Answer) -> Batch:
        """An answer, checked. Raises SourceBehind, SourceInconsistent, and RpcError, as the code of
        custom rows is asked for."""
        headers = chained(answer.headers, answer.first)
        logs = self._logs(headers, answer.logs)
        if self._check_bloom:
            self._check_absence(headers, logs)
        return Batch(headers, logs, self.custom_rows(logs))

    def custom_rows(self, logs: Sequence[Log]) -> dict[int, bytes]:
        """Code that lists the custom rows of the terms in these logs, by the place of the event.

        Such code never changes, so it is read as it is now. Raises SourceInconsistent, RpcError.
        """
        named = {
            event_id(log.block_number, log.log_index): rows
            for log in logs
            if (rows := rows_in(log.topics, log.data))
        }
        accounts = sorted({account for account, _ in named.values()})
        answers = self.rpc.batch([("eth_getCode", (account, "latest")) for account in accounts])
        codes = {a: _bytes(answer[2:]) for a, answer in zip(accounts, answers, strict=True)}
        for account, count in named.values():
            try:
                plan_in(codes[account], count)
            except ValueError as error:
                raise SourceInconsistent(f"no custom rows at {account}: {error}") from error
        return {event: codes[account] for event, (account, _) in named.items()}

    def _logs(self, headers: list[Header], raw_logs: list[Any]) -> list[Log]:
        """The logs in chain order, each checked to belong to one of the headers."""
        numbers = {"0x" + header.hash.hex(): header for header in headers}
        logs: list[Log] = []
        books = self._books.get
        tx_text, tx_hash, block_text, header, number = "", b"", "", headers[0], ""
        for raw in raw_logs:
            if raw["blockHash"] != block_text:
                block_text = raw["blockHash"]
                header = numbers.get(block_text, _NO_HEADER)
                number = hex(header.number)
            if raw["blockNumber"] != number:
                raise SourceInconsistent(
                    f"log {int(raw['logIndex'], 16)} of block {int(raw['blockNumber'], 16)} "
                    "belongs to another block than the header"
                )
            book = books(raw["address"]) or self.book_at(raw["address"])
            if book is None:
                raise SourceInconsistent("the node gave a log of another contract")
            if raw["transactionHash"] != tx_text:
                tx_text = raw["transactionHash"]
                tx_hash = _bytes(tx_text[2:])
            place = header.number, int(raw["logIndex"], 16), header.hash, tx_hash
            topics = _bytes("".join([topic[2:] for topic in raw["topics"]]))
            logs.append(as_log((*place, topics, _bytes(raw["data"][2:]), book)))
        if any(map(ge, logs, islice(logs, 1, None))):  # by number and index, the first two
            logs.sort()
            if any(a[:2] == b[:2] for a, b in pairwise(logs)):
                raise SourceInconsistent("the node gave a log twice")
        return logs

    def _check_absence(self, headers: list[Header], logs: list[Log]) -> None:
        kinds: dict[int, set[bytes | int]] = {}
        for number, topic in {(log[0], log[4][:32]) for log in logs}:
            kinds.setdefault(number, set()).add(topic)
        if len(self._books) > 1:
            for log in logs:
                kinds[log[0]].add(log[6])
        for header in headers:
            bloom = header.bloom
            given = kinds.get(header.number, ())
            if self.may_hold(header) and not (given and bloom.bit_count() > _FULL_BLOOM):
                for mark, bits in self._marks.items():
                    if bloom & bits == bits and mark not in given:
                        ours = [log for log in logs if log.block_number == header.number]
                        self._check_receipts(header, ours)
                        break

    def _check_receipts(self, header: Header, logs: list[Log]) -> None:
        receipts = self.rpc.call("eth_getBlockReceipts", "0x" + header.hash.hex())
        if receipts is None:
            raise SourceBehind(f"the node lost block {header.number}")
        entries = (entry for receipt in receipts for entry in receipt["logs"])
        ours = [entry for entry in entries if self.book_at(entry["address"])]
        if self._logs([header], ours) != logs:
            raise SourceInconsistent(f"the node kept back logs of block {header.number}")


def block_call(number: int) -> tuple[str, tuple[str, bool]]:
    """The call for a header."""
    return "eth_getBlockByNumber", (hex(number), HEADER_ONLY)


def chained(answers: list[Any], first: int) -> list[Header]:
    """Headers from `first` on that follow each other. Raises SourceBehind, SourceInconsistent."""
    headers: list[Header] = []
    for number, answer in enumerate(answers, first):
        if answer is None:
            raise SourceBehind(f"the node has no block {number}")
        header = _header(answer)
        if header.number != number or (headers and header.parent != headers[-1].hash):
            raise SourceInconsistent(f"block {number} does not follow the one before")
        headers.append(header)
    return headers


def _header(raw: dict[str, Any]) -> Header:
    return Header(
        int(raw["number"], 16),
        _bytes(raw["hash"][2:]),
        _bytes(raw["parentHash"][2:]),
        int(raw["timestamp"], 16),
        int(raw["logsBloom"], 16),
    )


HEADER_ONLY = False
"""Second parameter of eth_getBlockByNumber: hashes of the transactions only."""
_FULL_BLOOM = 1024
"""Bits of 2048, from which on a bloom says yes to an eighth of all that is not there."""
_NO_HEADER = Header(-1, b"", b"", 0, 0)


def _bloom_bits(value: bytes) -> int:
    """The three bits that an address or topic sets in a header's 2048-bit bloom."""
    digest = keccak(value)
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits
