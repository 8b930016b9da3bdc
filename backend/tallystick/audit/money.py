"""The money of each token: what was lent is repaid or outstanding, what waits in the book is there,
and the token moved what the events say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tallystick.audit.chain import Advance, AuditedChain
from tallystick.audit.report import Difference, LoanAudit, TokenAudit
from tallystick.chain.hashing import keccak
from tallystick.chain.words import address
from tallystick.loans.agreement import Agreement
from tallystick.loans.events import BookEvent, Claimed, Credited, Originated, Paid
from tallystick.proof.layout import credit_key

_BALANCE_OF = keccak(text="balanceOf(address)")[:4]
_SYMBOL = keccak(text="symbol()")[:4]
_DECIMALS = keccak(text="decimals()")[:4]
_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()

Movement = tuple[bytes, str, str, str]
"""Transaction, token, from and to."""


def audit_tokens(chain: AuditedChain, loans: Sequence[LoanAudit]) -> dict[str, TokenAudit]:
    """Sums by token over the loans, each checked: lent = principal repaid + outstanding."""
    tokens: dict[str, TokenAudit] = {}
    for loan in loans:
        if loan.state is None:
            continue
        agreement, paid = loan.state.agreement, loan.state.paid
        token = _token(chain, tokens, agreement.token)
        token.lent += agreement.principal
        token.principal += paid.principal
        token.interest += paid.interest
        token.penalty += paid.penalty
        token.outstanding += loan.outstanding
    for token in tokens.values():
        expected = token.lent - token.principal
        if token.outstanding != expected:
            token.differences.append(
                Difference("outstanding", str(expected), str(token.outstanding), "events")
            )
    return tokens


def audit_credits(
    chain: AuditedChain, events: Iterable[BookEvent], tokens: dict[str, TokenAudit]
) -> None:
    """Credits by the events, in storage, and covered by the book's balance. Wants all events."""
    credited: Counter[tuple[str, str]] = Counter()
    for event in events:
        if isinstance(event, Credited):
            credited[event.token, event.account] += event.amount
        elif isinstance(event, Claimed):
            credited[event.token, event.account] -= event.amount
    accounts = sorted(credited)
    for token_address, _ in accounts:
        _token(chain, tokens, token_address)
    words = chain.words([credit_key(*account) for account in accounts])
    for token in tokens.values():
        token.credits = 0
        token.balance = _number(chain.view(token.token, _BALANCE_OF + _word(chain.book)))
    for (token_address, account), word in zip(accounts, words, strict=True):
        token = tokens[token_address]
        expected = credited[token_address, account]
        token.credits = (token.credits or 0) + expected
        if word != expected:
            token.differences.append(
                Difference(f"credit of {account}", str(expected), str(word), "storage")
            )
    for token in tokens.values():
        # more is possible: anybody can send tokens to the book's address
        if token.balance is not None and token.balance < (token.credits or 0):
            token.differences.append(
                Difference("balance of the book", str(token.credits), str(token.balance), "token")
            )


def expected_movements(
    events: Iterable[BookEvent], agreements: Mapping[bytes, Agreement]
) -> Counter[Movement]:
    """What the events say that tokens moved, in base units."""
    moved: Counter[Movement] = Counter()
    pending: list[Credited] = []
    for event in events:
        tx_hash = event.ref.tx_hash
        if isinstance(event, Originated):
            terms = event.agreement
            moved[tx_hash, terms.token, terms.lender, terms.borrower] += terms.principal
        elif isinstance(event, Credited):
            pending.append(event)
        elif isinstance(event, Paid) and event.loan_id in agreements:
            terms = agreements[event.loan_id]
            total = event.penalty + event.interest + event.principal
            credit = pending.pop() if pending and pending[-1].loan_id == event.loan_id else None
            if credit is None:
                moved[tx_hash, terms.token, event.payer, terms.lender] += total
            else:
                book = event.ref.book
                moved[tx_hash, terms.token, event.payer, book] += credit.amount
        elif isinstance(event, Claimed):
            moved[tx_hash, event.token, event.ref.book, event.to] += event.amount
    return moved


def audit_transfers(
    chain: AuditedChain, expected: Counter[Movement], advance: Advance
) -> list[Difference]:
    """Compares with the tokens' own Transfer logs in the same transactions."""
    hashes = sorted({tx_hash for tx_hash, *_ in expected})
    moved: Counter[Movement] = Counter()
    for tx_hash, receipt in zip(hashes, chain.receipts(hashes, advance), strict=True):
        for log in receipt["logs"] if receipt else ():
            if log["topics"][:1] == [_TRANSFER] and len(log["topics"]) == 3:
                moved[(tx_hash, *_transfer(log))] += int(log["data"], 16)
    return [
        Difference(
            f"transfer from {sender} to {to} in 0x{tx_hash.hex()}",
            str(amount),
            str(moved[tx_hash, token, sender, to]),
            "token",
        )
        for (tx_hash, token, sender, to), amount in expected.items()
        if moved[tx_hash, token, sender, to] < amount  # the transaction may have moved more
    ]


def _transfer(log: dict[str, Any]) -> tuple[str, str, str]:
    token, sender, to = log["address"], *(f"0x{topic[26:]}" for topic in log["topics"][1:])
    return (
        address(bytes.fromhex(token[2:])),
        address(bytes.fromhex(sender[2:])),
        address(bytes.fromhex(to[2:])),
    )


def _token(chain: AuditedChain, tokens: dict[str, TokenAudit], token: str) -> TokenAudit:
    if token not in tokens:
        tokens[token] = TokenAudit(token, *_facts(chain, token))
    return tokens[token]


def _facts(chain: AuditedChain, token: str) -> tuple[str | None, int | None]:
    """Symbol and decimals as the token says; None where it says nothing usable."""
    text = (chain.view(token, _SYMBOL) or b"")[64:76].rstrip(b"\0").decode("ascii", "replace")
    decimals = _number(chain.view(token, _DECIMALS))
    symbol = text if text.isprintable() and text.isascii() and text else None
    return symbol, decimals if decimals is not None and decimals <= 36 else None


def _number(answer: bytes | None) -> int | None:
    return int.from_bytes(answer[:32], "big") if answer and len(answer) >= 32 else None


def _word(account: str) -> bytes:
    return bytes.fromhex(account[2:]).rjust(32, b"\0")
