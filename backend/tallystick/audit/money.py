"""The money of each token: what was lent is repaid, forgiven or outstanding, what waits in the book
is there, and the token moved what the events say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tallystick.audit.chain import Advance, AuditedChain
from tallystick.audit.movements import Movement
from tallystick.audit.report import Difference, LoanAudit, TokenAudit
from tallystick.chain.hashing import keccak
from tallystick.chain.words import address
from tallystick.loans.events import (
    Amended,
    BookEvent,
    Change,
    Claimed,
    CollateralAdded,
    CollateralReleased,
    CollateralSold,
    Credited,
    Settled,
)
from tallystick.loans.fold import LoanState, Payment
from tallystick.proof.layout import credit_key

_BALANCE_OF = keccak(text="balanceOf(address)")[:4]
_SYMBOL = keccak(text="symbol()")[:4]
_DECIMALS = keccak(text="decimals()")[:4]
_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()


def audit_tokens(chain: AuditedChain, loans: Sequence[LoanAudit]) -> dict[str, TokenAudit]:
    """Sums by token over the loans, each checked: what was lent, and interest that became
    principal, is repaid, forgiven or outstanding; collateral is in escrow, sold or released."""
    tokens: dict[str, TokenAudit] = {}
    for loan in loans:
        if loan.state is None:
            continue
        state, paid = loan.state, loan.state.paid
        token = _token(chain, tokens, state.original.token)
        token.lent += state.original.principal
        token.principal += paid.principal
        token.interest += paid.interest
        token.fee += paid.fee
        token.penalty += paid.penalty
        token.outstanding += loan.outstanding
        _add_changes(token, state)
        _add_collateral(chain, tokens, state)
    for token in tokens.values():
        token.differences += [
            Difference(what, str(expected), str(found), "events")
            for what, expected, found in (
                (
                    "outstanding",
                    token.lent + token.capitalised - token.principal - token.forgiven,
                    token.outstanding,
                ),
                ("escrow", token.collateral - token.sold - token.released, token.escrow),
            )
            if expected != found
        ]
    return tokens


def _add_changes(token: TokenAudit, state: LoanState) -> None:
    """Principal that came and went without a payment."""
    left = state.original.principal
    moves = sorted((*state.payments, *state.changes), key=_place)
    for move in moves:
        if isinstance(move, Payment):
            left -= move.split.principal
        elif isinstance(move, Amended):
            token.forgiven += move.waived.principal
            left -= move.waived.principal
            if move.amendment.capitalise:
                token.capitalised += move.balance - left
                left = move.balance
        elif isinstance(move, Settled):
            token.forgiven += move.waived.principal


def _place(move: Payment | Change) -> tuple[int, int]:
    return move.ref.block_number, move.ref.log_index


def _add_collateral(chain: AuditedChain, tokens: dict[str, TokenAudit], state: LoanState) -> None:
    for change in state.changes:
        if isinstance(change, CollateralAdded):
            _token(chain, tokens, change.token).collateral += change.amount
        elif isinstance(change, CollateralSold):
            _token(chain, tokens, change.token).sold += change.amount
        elif isinstance(change, CollateralReleased):
            _token(chain, tokens, change.token).released += change.amount
    if state.escrow.amount:
        _token(chain, tokens, state.escrow.token).escrow += state.escrow.amount


def audit_credits(
    chain: AuditedChain, events: Iterable[BookEvent], tokens: dict[str, TokenAudit]
) -> None:
    """Credits by the events, in storage, and covered with the collateral by the book's balance.
    Wants all events."""
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
        held = (token.credits or 0) + token.escrow
        if token.balance is not None and token.balance < held:
            token.differences.append(
                Difference("balance of the book", str(held), str(token.balance), "token")
            )


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
