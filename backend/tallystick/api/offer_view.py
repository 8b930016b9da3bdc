"""Offers in the API's words, and their errors as problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.loans import RowAmounts
from tallystick.api.schemas.offers import (
    Offer,
    OfferDocument,
    OfferRow,
    OfferSignature,
    OfferStatus,
)
from tallystick.api.schemas.types import rfc3339
from tallystick.api.simulation import unavailable
from tallystick.api.snapshot import Snapshot, hex_of, row_amounts
from tallystick.chain.errors import RpcUnavailable
from tallystick.chain.typed_data import typed_data
from tallystick.indexer import repository
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import date_from_ymd
from tallystick.loans.quotes.intervals import eu_years
from tallystick.loans.quotes.rates import effective_rate, percent
from tallystick.loans.schedule import Row, schedule
from tallystick.offers import store
from tallystick.offers.errors import (
    OfferExpired,
    SignatureInvalid,
    SignatureMissing,
    SignerNotParty,
    TermsInvalid,
)

_TERM_NAMES = {
    "annual_rate": "annual_rate_pct",
    "penalty_rate": "penalty_rate_pct",
    "prepayment_fee": "prepayment_fee_pct",
    "conditions/deadline": "valid_until",
    "conditions/guarantor": "conditions/guaranty/guarantor",
    "conditions/guaranteed": "conditions/guaranty/guaranteed",
    "conditions/guarantee_days": "conditions/guaranty/guarantee_days",
    "conditions/collateral_token": "conditions/collateral/token",
    "conditions/collateral": "conditions/collateral/amount",
    "conditions/collateral_price": "conditions/collateral/price",
    "conditions/collateral_floor": "conditions/collateral/floor",
    "conditions/auction_days": "conditions/collateral/auction_days",
}
"""Names of the agreement's members in the terms of an offer."""


def offer_answer(snapshot: Snapshot, offer: store.Offer) -> Offer:
    """The offer with typed data and the whole schedule."""
    agreement = offer.agreement
    rows = schedule(agreement)
    return Offer(
        offer_id=offer.offer_id,
        external_id=offer.external_id,
        status=offer_status(snapshot, offer),
        loan_id=hex_of(offer.loan_id),
        agreement=AgreementTerms.of(agreement),
        token=snapshot.token(agreement.token),
        typed_data=typed_data(agreement, offer.chain_id, offer.book),
        schedule=[_row(row) for row in rows],
        totals=_totals(rows),
        annual_cost_pct=_annual_cost(agreement, rows),
        document=OfferDocument(
            hash=hex_of(agreement.conditions.document_hash), salt=hex_of(offer.salt)
        ),
        signatures=[
            OfferSignature(
                signer=offer.parties[role], role=role, signed_at=rfc3339(signature.signed_at)
            )
            for role, signature in sorted(offer.signatures.items())
        ],
        created_at=rfc3339(offer.created_at),
        valid_until=rfc3339(agreement.conditions.deadline),
        as_of=snapshot.as_of(),
    )


def offer_status(snapshot: Snapshot, offer: store.Offer) -> OfferStatus:
    """Where it stands, as seen from its book."""
    if repository.get_loan(snapshot.db, offer.loan_id) is not None:
        return "originated"
    if snapshot.now > offer.agreement.conditions.deadline:
        return "expired"
    return "awaiting_signatures" if offer.missing else "signed"


def _row(row: Row) -> OfferRow:
    return OfferRow(
        n=row.n,
        due_date=row.due_date.isoformat(),
        interest=str(row.interest),
        principal=str(row.principal),
        total=str(row.interest + row.principal),
        balance=str(row.balance),
    )


def _totals(rows: list[Row]) -> RowAmounts:
    return row_amounts(sum(row.interest for row in rows), sum(row.principal for row in rows))


def _annual_cost(agreement: Agreement, rows: list[Row]) -> str:
    start = date_from_ymd(agreement.start_date)
    flows = [(Fraction(0), -agreement.principal)]
    flows += [
        (eu_years(start, row.due_date, agreement.frequency), row.interest + row.principal)
        for row in rows
    ]
    return percent(effective_rate(flows))


@contextmanager
def offer_problem() -> Iterator[None]:
    """Turns what the offers package raises into problem documents."""
    try:
        yield
    except TermsInvalid as error:
        field = _TERM_NAMES.get(error.field, error.field)
        pointer = FieldError(error.rule, pointer=f"#/{field}")
        raise Problem("terms_invalid", f"{field} {error.rule}.", errors=[pointer]) from error
    except SignerNotParty as error:
        raise Problem(
            "signer_not_party",
            "Only borrower, lender and guarantor of the agreement sign it.",
            errors=[FieldError("is neither borrower, lender nor guarantor", pointer="#/signer")],
        ) from error
    except SignatureInvalid as error:
        raise Problem(
            "signature_invalid",
            "Sign the offer's typed data with the signer's account.",
            errors=[FieldError("does not belong to signer and offer", pointer="#/signature")],
        ) from error
    except OfferExpired as error:
        detail = f"It was open until {rfc3339(error.deadline)}; make a new one."
        raise Problem("offer_expired", detail) from error
    except SignatureMissing as error:
        detail = "Still to sign: " + " and ".join(error.roles) + "."
        raise Problem("offer_not_signed", detail, extra={"missing": list(error.roles)}) from error
    except RpcUnavailable as error:
        raise unavailable() from error
