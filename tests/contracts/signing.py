"""What the parties sign, and the arguments of calls that carry signatures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import typed
from agreements import (
    BORROWER,
    DAY,
    GUARANTOR,
    ISSUER,
    LENDER,
    NONE,
    START,
    ZERO,
    changed,
    conditions,
    terms,
    timestamp,
    ymd,
)
from brownie import chain
from eth_abi import encode
from eth_utils import keccak

from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment, Assignment, Settlement
from tallystick.loans.kinds import Frequency, Status


def agreement_message(book: Any, agreement: Agreement) -> Any:
    value = typed.as_struct(typed.AGREEMENT, agreement)
    return typed.message("Agreement", value, typed.of_book(book))


def amendment_message(book: Any, after: Agreement, amendment: Amendment) -> Any:
    value = {"agreement": typed.as_struct(typed.AGREEMENT, after)} | typed.decisions(amendment)
    return typed.message("Amendment", value, typed.of_book(book))


def settlement_message(book: Any, settlement: Settlement) -> Any:
    value = typed.as_struct(typed.SETTLEMENT, settlement)
    return typed.message("Settlement", value, typed.of_book(book))


def assignment_message(book: Any, assignment: Assignment) -> Any:
    value = typed.as_struct(typed.ASSIGNMENT, assignment)
    return typed.message("Assignment", value, typed.of_book(book))


def signature(message: Any, account: Any) -> bytes:
    return bytes(account.sign_message(message).signature)


def digest(book: Any, agreement: Agreement) -> bytes:
    """EIP-712 digest of the agreement: of the original one it is the loan's id."""
    return typed.digest(agreement_message(book, agreement))


def loan_id(book: Any, agreement: Agreement) -> str:
    """0x hex, also of amended terms."""
    amends = agreement.amends
    return "0x" + (digest(book, agreement) if amends == NONE else amends).hex()


def sign(book: Any, agreement: Agreement, account: Any) -> bytes:
    return signature(agreement_message(book, agreement), account)


def consents(book: Any, agreement: Agreement, **given: bytes) -> tuple[bytes, ...]:
    """Everybody's signature over the agreement, and no attestation, unless given."""
    guarantor = agreement.conditions.guarantor != ZERO
    made = {
        "borrower": sign(book, agreement, BORROWER),
        "lender": sign(book, agreement, LENDER),
        "guarantor": sign(book, agreement, GUARANTOR) if guarantor else b"",
        "borrower_attestation": b"",
        "lender_attestation": b"",
    }
    assert given.keys() <= made.keys()
    return tuple((made | given).values())


def origination(book: Any, agreement: Agreement, **given: bytes) -> tuple[Any, ...]:
    """The arguments of `originate`."""
    return terms(agreement), conditions(agreement), consents(book, agreement, **given)


def amendment_of(book: Any, before: Agreement, **changes: Any) -> Amendment:
    """A restructuring that forgives nothing and adds unpaid interest to the principal."""
    amendment = Amendment(
        terms_before=digest(book, before),
        status_before=Status.ACTIVE,
        waived_penalty=0,
        waived_interest=0,
        waived_principal=0,
        capitalise=True,
        watch_rows=0,
        reason=2,
        plan_hash=keccak(text="salt and plan"),
    )
    return replace(amendment, **changes)


def renewed(book: Any, before: Agreement, today: date, first: date, **changes: Any) -> Agreement:
    """Terms that follow `before` from `today` on, with fresh nonces."""
    nonces = before.conditions
    shape = {
        "amends": bytes.fromhex(loan_id(book, before)[2:]),
        "start_date": ymd(today),
        "first_due_date": ymd(first),
        "due_day": first.day if before.frequency is Frequency.MONTHS else 0,
        "borrower_nonce": nonces.borrower_nonce + 100,
        "lender_nonce": nonces.lender_nonce + 100,
        "deadline": timestamp(today, 2 * DAY),
    }
    if nonces.guarantor != ZERO:
        shape["guarantor_nonce"] = nonces.guarantor_nonce + 100
    return changed(before, **(shape | changes))


def amend_arguments(
    book: Any, before: Agreement, after: Agreement, amendment: Amendment, **given: bytes
) -> tuple[Any, ...]:
    """The arguments of `amend`, signed by borrower, lender and guarantor unless given."""
    message = amendment_message(book, after, amendment)
    guarantor = after.conditions.guarantor != ZERO
    made = {
        "borrower": signature(message, BORROWER),
        "lender": signature(message, LENDER),
        "guarantor": signature(message, GUARANTOR) if guarantor else b"",
        "borrower_attestation": b"",
        "lender_attestation": b"",
    }
    assert given.keys() <= made.keys()
    return (
        terms(before),
        terms(after),
        conditions(after),
        typed.amendment_tuple(amendment),
        tuple((made | given).values()),
    )


def settlement_of(book: Any, agreement: Agreement, amount: int, **changes: Any) -> Settlement:
    """An offer that is good for a year."""
    settlement = Settlement(
        terms=digest(book, agreement),
        amount=amount,
        reason=8,
        plan_hash=NONE,
        borrower_nonce=500,
        lender_nonce=500,
        deadline=timestamp(START, 366 * DAY),
    )
    return replace(settlement, **changes)


def settle_arguments(
    book: Any, agreement: Agreement, settlement: Settlement, **given: bytes
) -> tuple[Any, ...]:
    message = settlement_message(book, settlement)
    made = {"borrower": signature(message, BORROWER), "lender": signature(message, LENDER)}
    assert given.keys() <= made.keys()
    values = typed.as_tuple(typed.SETTLEMENT, settlement)
    return terms(agreement), values, *(made | given).values()


def assignment_of(book: Any, agreement: Agreement, to: Any, **changes: Any) -> Assignment:
    """A gift of the lender's claim, good for a year."""
    assignment = Assignment(
        loan_id=bytes.fromhex(loan_id(book, agreement)[2:]),
        from_=LENDER.address,
        to=to.address,
        token=agreement.token,
        price=0,
        nonce=700,
        deadline=timestamp(START, 366 * DAY),
    )
    return replace(assignment, **changes)


def assign_arguments(
    book: Any,
    agreement: Agreement,
    assignment: Assignment,
    *,
    holder: Any = LENDER,
    consent: bytes = b"",
    attestation: bytes = b"",
    at_least: int = 0,
) -> tuple[Any, ...]:
    """The arguments of `assign`; `holder` signs, None for nobody."""
    message = assignment_message(book, assignment)
    return (
        terms(agreement),
        conditions(agreement),
        typed.as_tuple(typed.ASSIGNMENT, assignment),
        b"" if holder is None else signature(message, holder),
        consent,
        attestation,
        at_least,
    )


def attestation(
    gate: Any, subject: Any, kind: bytes, issued: int, expires: int, salt: bytes = NONE
) -> tuple[bytes, bytes]:
    """An attestation by `ISSUER` as `IssuerGate` understands it, and its digest."""
    value = {
        "subject": subject.address,
        "kind": kind,
        "issuedAt": issued,
        "expiresAt": expires,
        "salt": salt,
    }
    domain = {
        "name": "Tallystick IssuerGate",
        "version": "1",
        "chainId": chain.id,
        "verifyingContract": gate.address,
    }
    message = typed.message("Attestation", value, domain)
    head = encode(
        ["address", "uint40", "uint40", "bytes32"], [ISSUER.address, issued, expires, salt]
    )
    return head + signature(message, ISSUER), typed.digest(message)


def token_permit(token: Any, owner: Any, spender: str, value: int, deadline: int) -> Any:
    """ERC-2612: v, r, s of `owner` for its next nonce."""
    permit = {
        "owner": owner.address,
        "spender": spender,
        "value": value,
        "nonce": token.nonces(owner.address),
        "deadline": deadline,
    }
    domain = {
        "name": token.name(),
        "version": "1",
        "chainId": chain.id,
        "verifyingContract": token.address,
    }
    signed = owner.sign_message(typed.message("Permit", permit, domain))
    return signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32)


def permit2_signature(
    permit2: Any, owner: Any, details: tuple[Any, ...], spender: str, deadline: int
) -> bytes:
    """Permit2's `PermitSingle`; `details` are token, amount, expiration and nonce."""
    permit = {
        "details": dict(zip((n for n, _ in typed.PERMIT_DETAILS), details, strict=True)),
        "spender": spender,
        "sigDeadline": deadline,
    }
    domain = {"name": "Permit2", "chainId": chain.id, "verifyingContract": permit2.address}
    return signature(typed.message("PermitSingle", permit, domain), owner)
