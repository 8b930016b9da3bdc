"""Calls of the book as calldata.

Those that pay are laid out by hand, because they are made in great numbers; the others go through
the general ABI encoder. The tests compare all of them with the committed ABI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from tallystick.chain.hashing import keccak
from tallystick.chain.words import (
    AGREEMENT_TUPLE,
    AMENDMENT,
    ASSIGNMENT,
    CONDITIONS,
    SETTLEMENT,
    address_word,
    agreement_values,
    agreement_words,
    terms_words,
    word,
)
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment, Assignment, Settlement

_TERMS = (AGREEMENT_TUPLE, CONDITIONS.tuple)


@dataclass(frozen=True, slots=True)
class Consents:
    """Signatures and attestations; empty for a party that sends the transaction itself."""

    borrower: bytes = b""
    lender: bytes = b""
    guarantor: bytes = b""
    borrower_attestation: bytes = b""
    lender_attestation: bytes = b""


CONSENTS = "(bytes,bytes,bytes,bytes,bytes)"
"""Type of `Consents`."""


def _selector(name: str, *kinds: str) -> bytes:
    return keccak(text=f"{name}({','.join(kinds)})")[:4]


def _call(name: str, kinds: Sequence[str], *values: Any) -> bytes:
    from eth_abi.abi import encode  # loading it takes long, and few calls need it

    return _selector(name, *kinds) + encode(kinds, values)


def _terms(agreement: Agreement) -> tuple[Any, Any]:
    return agreement_values(agreement), CONDITIONS.values(agreement.conditions)


ORIGINATE_SELECTOR = _selector("originate", *_TERMS, CONSENTS)
AMEND_SELECTOR = _selector("amend", AGREEMENT_TUPLE, *_TERMS, AMENDMENT.tuple, CONSENTS)
MULTICALL_SELECTOR = _selector("multicall", "bytes[]")
_PAY = _selector("pay", AGREEMENT_TUPLE, "uint256")
_PAYOFF = _selector("payoff", AGREEMENT_TUPLE, "uint256")
_COLLECT = _selector("collect", AGREEMENT_TUPLE)
_COLLECT_MANY = _selector("collectMany", AGREEMENT_TUPLE + "[]")


def pay_call(agreement: Agreement, amount: int) -> bytes:
    """Calldata of ``pay``; `amount` in base units."""
    return _PAY + agreement_words(agreement) + word(amount)


def payoff_call(agreement: Agreement, max_amount: int) -> bytes:
    """Calldata of ``payoff``; `max_amount` in base units."""
    return _PAYOFF + agreement_words(agreement) + word(max_amount)


def collect_call(agreement: Agreement) -> bytes:
    """Calldata of ``collect``."""
    return _COLLECT + agreement_words(agreement)


def collect_many_call(agreements: Sequence[Agreement]) -> bytes:
    """Calldata of ``collectMany``."""
    words = b"".join(agreement_words(agreement) for agreement in agreements)
    return _COLLECT_MANY + word(32) + word(len(agreements)) + words


def originate_call(agreement: Agreement, consents: Consents) -> bytes:
    """Calldata of ``originate``."""
    return _call("originate", (*_TERMS, CONSENTS), *_terms(agreement), astuple(consents))


def amend_call(
    before: Agreement, after: Agreement, amendment: Amendment, consents: Consents
) -> bytes:
    """Calldata of ``amend``."""
    return _call(
        "amend",
        (AGREEMENT_TUPLE, *_TERMS, AMENDMENT.tuple, CONSENTS),
        agreement_values(before),
        *_terms(after),
        AMENDMENT.values(amendment),
        astuple(consents),
    )


def settle_call(
    agreement: Agreement, settlement: Settlement, borrower: bytes, lender: bytes
) -> bytes:
    """Calldata of ``settle``; `borrower` and `lender` are signatures, that of the sender empty."""
    return _call(
        "settle",
        (AGREEMENT_TUPLE, SETTLEMENT.tuple, "bytes", "bytes"),
        agreement_values(agreement),
        SETTLEMENT.values(settlement),
        borrower,
        lender,
    )


def assign_call(
    agreement: Agreement,
    assignment: Assignment,
    holder: bytes = b"",
    consent: bytes = b"",
    attestation: bytes = b"",
    min_outstanding: int = 0,
) -> bytes:
    """Calldata of ``assign``; `holder` is a signature, `consent` the borrower's or a proof.

    `min_outstanding`: base units of principal that must be left of the claim.
    """
    return _call(
        "assign",
        (*_TERMS, ASSIGNMENT.tuple, "bytes", "bytes", "bytes", "uint256"),
        *_terms(agreement),
        ASSIGNMENT.values(assignment),
        holder,
        consent,
        attestation,
        min_outstanding,
    )


def pay_through_call(agreement: Agreement, amount: int, channel: bytes, ref: bytes) -> bytes:
    """Calldata of ``payThrough``; `channel` and `ref` are tags of 32 bytes."""
    tail = word(amount) + channel.ljust(32, b"\0") + ref.ljust(32, b"\0")
    kinds = (AGREEMENT_TUPLE, "uint256", "bytes32", "bytes32")
    return _selector("payThrough", *kinds) + agreement_words(agreement) + tail


def set_autopay_call(agreement: Agreement, *, on: bool) -> bytes:
    """Calldata of ``setAutopay``."""
    return _selector("setAutopay", AGREEMENT_TUPLE, "bool") + agreement_words(agreement) + word(on)


def declare_default_call(agreement: Agreement) -> bytes:
    """Calldata of ``declareDefault``."""
    return _selector("declareDefault", *_TERMS) + terms_words(agreement)


def accelerate_call(agreement: Agreement) -> bytes:
    """Calldata of ``accelerate``."""
    return _selector("accelerate", *_TERMS) + terms_words(agreement)


def write_off_call(agreement: Agreement) -> bytes:
    """Calldata of ``writeOff``."""
    return _selector("writeOff", *_TERMS) + terms_words(agreement)


def draw_guarantor_call(agreement: Agreement) -> bytes:
    """Calldata of ``drawGuarantor``."""
    return _selector("drawGuarantor", *_TERMS) + terms_words(agreement)


def repay_recourse_call(agreement: Agreement, guarantor: str, amount: int) -> bytes:
    """Calldata of ``repayRecourse``; `amount` in base units."""
    selector = _selector("repayRecourse", AGREEMENT_TUPLE, "address", "uint256")
    return selector + agreement_words(agreement) + address_word(guarantor) + word(amount)


def add_collateral_call(agreement: Agreement, amount: int) -> bytes:
    """Calldata of ``addCollateral``; `amount` in base units of the collateral's token."""
    return _selector("addCollateral", *_TERMS, "uint256") + terms_words(agreement) + word(amount)


def buy_collateral_call(agreement: Agreement, amount: int, max_cost: int) -> bytes:
    """Calldata of ``buyCollateral``; base units of the collateral's and of the loan's token."""
    selector = _selector("buyCollateral", *_TERMS, "uint256", "uint256")
    return selector + terms_words(agreement) + word(amount) + word(max_cost)


def release_collateral_call(agreement: Agreement) -> bytes:
    """Calldata of ``releaseCollateral``."""
    return _selector("releaseCollateral", AGREEMENT_TUPLE) + agreement_words(agreement)


def multicall_call(calls: Sequence[bytes]) -> bytes:
    """Calldata of ``multicall``: several calls of the book, all or nothing."""
    return _call("multicall", ("bytes[]",), list(calls))


def permit_call(
    token: str, owner: str, value: int, deadline: int, v: int, r: bytes, s: bytes
) -> bytes:
    """Calldata of ``permit``: an ERC-2612 permit for the book."""
    kinds = ("address", "address", "uint256", "uint256", "uint8", "bytes32", "bytes32")
    return _call("permit", kinds, token, owner, value, deadline, v, r, s)


def revoke_nonce_call(nonce: int) -> bytes:
    """Calldata of ``revokeNonce``."""
    return _selector("revokeNonce", "uint256") + word(nonce)


def claim_call(token: str, to: str) -> bytes:
    """Calldata of ``claim``."""
    return _selector("claim", "address", "address") + address_word(token) + address_word(to)
