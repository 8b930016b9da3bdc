"""The terms of an offer, from the API's words to values."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tallystick.api.schemas.offers import OfferConditions, OfferTerms
from tallystick.api.schemas.types import checksum, parse_date, parse_time
from tallystick.api.simulation import unavailable
from tallystick.chain.errors import RpcError
from tallystick.chain.rpc import Rpc
from tallystick.chain.words import plan_in
from tallystick.loans.conditions import Conditions
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Transfer,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH
from tallystick.offers.errors import TermsInvalid
from tallystick.offers.terms import NO_CONDITIONS, Terms


def terms_of(given: OfferTerms) -> Terms:
    """The terms as the offers package takes them. Raises `Problem`."""
    return Terms(
        borrower=checksum(given.borrower, pointer="#/borrower"),
        lender=checksum(given.lender, pointer="#/lender"),
        token=checksum(given.token, pointer="#/token"),
        principal=int(given.principal),
        annual_rate_pct=Decimal(given.annual_rate_pct),
        amortization=Amortization.from_label(given.amortization),
        frequency=Frequency.from_label(given.frequency),
        every=given.every,
        count=given.count,
        start_date=parse_date(given.start_date, "#/start_date") if given.start_date else None,
        first_due_date=parse_date(given.first_due_date, "#/first_due_date"),
        due_day=given.due_day,
        installment=None if given.installment is None else int(given.installment),
        quantum=None if given.quantum is None else int(given.quantum),
        penalty_rate_pct=Decimal(given.penalty_rate_pct),
        grace_days=given.grace_days,
        penalty_cap_days=given.penalty_cap_days,
        valid_until=parse_time(given.valid_until, pointer="#/valid_until")
        if given.valid_until
        else None,
        prepayment_fee_pct=Decimal(given.prepayment_fee_pct),
        interest_method=InterestMethod.from_label(given.interest_method),
        day_count=None if given.day_count is None else DayCount.from_label(given.day_count),
        prepayment=Prepayment.from_label(given.prepayment),
        waterfall=Waterfall.from_label(given.waterfall),
        grace_principal=given.grace_principal,
        grace_interest=given.grace_interest,
        rows=NO_ADDRESS if given.rows is None else checksum(given.rows, pointer="#/rows"),
        conditions=_conditions(given.conditions or OfferConditions()),
    )


def _conditions(given: OfferConditions) -> Conditions:
    """Document, nonces and deadline are filled in with the agreement."""
    at = "#/conditions/"
    guaranty, security = given.guaranty, given.collateral
    conditions = replace(
        NO_CONDITIONS,
        default_days=given.default_days,
        acceleration_days=given.acceleration_days,
        write_off_days=given.write_off_days,
        transfer=Transfer.from_label(given.transfer),
        transferees=_hash(given.transferees),
        gate=NO_ADDRESS if given.gate is None else checksum(given.gate, pointer=at + "gate"),
        borrower_kind=_hash(given.borrower_kind),
        lender_kind=_hash(given.lender_kind),
    )
    if guaranty is not None:
        conditions = replace(
            conditions,
            guarantor=checksum(guaranty.guarantor, pointer=at + "guaranty/guarantor"),
            guaranteed=int(guaranty.guaranteed),
            guarantee_days=guaranty.guarantee_days,
        )
    if security is not None:
        conditions = replace(
            conditions,
            collateral_token=checksum(security.token, pointer=at + "collateral/token"),
            collateral=int(security.amount),
            collateral_price=int(security.price),
            collateral_floor=int(security.floor),
            auction_days=security.auction_days,
        )
    return conditions


def _hash(given: str | None) -> bytes:
    return NO_HASH if given is None else bytes.fromhex(given[2:])


def with_plan(rpc: Rpc, terms: Terms) -> Terms:
    """Reads the custom rows, which must stand on the chain already. Raises `TermsInvalid`."""
    if terms.rows == NO_ADDRESS:
        return terms
    try:
        code = bytes.fromhex(rpc.call("eth_getCode", terms.rows, "latest")[2:])
        return replace(terms, plan=plan_in(code, terms.count))
    except ValueError as error:
        raise TermsInvalid("rows", "must be a contract that lists one balance a row") from error
    except RpcError as error:
        raise unavailable() from error
