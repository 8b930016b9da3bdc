"""Delinquency of all loans in a token, and of one."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Query

from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import Books, ChainIds
from tallystick.api.schemas.portfolio import (
    AgeingBucket,
    AssetClassName,
    ClassShare,
    DelinquencyAnswer,
    LoanStanding,
    ParShare,
    PortfolioAnswer,
    PortfolioTotal,
)
from tallystick.api.schemas.types import ADDRESS_PATTERN, DOLLAR, HASH, LENDER
from tallystick.api.snapshot import hex_of, loan_id_bytes
from tallystick.api.state import ServerState, server_state
from tallystick.chain.hashing import to_checksum_address
from tallystick.indexer import repository
from tallystick.loans.delinquency.exposure import exposure
from tallystick.loans.delinquency.policy import AssetClass, Policy
from tallystick.loans.delinquency.portfolio import PortfolioReport, Tally, classify, ppm
from tallystick.loans.delinquency.standing import Standing, standing

router = APIRouter(prefix="/v1", tags=["portfolio"], route_class=LedgerRoute)

State = Annotated[ServerState, Depends(server_state)]
LoanId = Annotated[str, Path(description="The agreement's EIP-712 digest", examples=[HASH])]
Contract = Query(
    pattern=ADDRESS_PATTERN, description="Amounts are of this token", examples=[DOLLAR]
)
Owner = Query(pattern=ADDRESS_PATTERN, description="Only this lender's loans", examples=[LENDER])


@router.get(
    "/portfolio",
    operation_id="get_portfolio",
    summary="Ageing, classes, provisions and portfolio at risk",
    responses=document_responses("validation_failed", "index_not_ready"),
)
def get_portfolio(
    state: State,
    token: Annotated[str, Contract],
    lender: Annotated[str | None, Owner] = None,
    chain_id: Annotated[int | None, ChainIds] = None,
    book: Annotated[str | None, Books] = None,
) -> PortfolioAnswer:
    """Every active loan in the token counts, by days past due as of today. A token is one of one
    chain: where loans on several chains are in a token of this address, `chain_id` is needed."""
    with state.snapshot() as everything:
        contract = to_checksum_address(token)
        here = everything.within(chain_id, book)
        if len(here) > 1:
            held = repository.chains_with(everything.db, contract)
            here = [one for one in here if one[0].chain_id in held] or here[:1]
        if len(here) > 1:
            error = FieldError("is needed: several chains have this token", parameter="chain_id")
            raise Problem("validation_failed", "Please check: chain_id.", errors=[error])
        ((snapshot, book_id),) = here
        holder = None if lender is None else to_checksum_address(lender)
        chain = snapshot.chain.key if len(snapshot.views) > 1 else None
        pairs = repository.exposures(snapshot.db, contract, holder, chain, book_id)
        report = classify(pairs, snapshot.today)
        return PortfolioAnswer(
            token=snapshot.token(token),
            total=PortfolioTotal(
                loans=report.total.loans, outstanding=str(report.total.outstanding)
            ),
            buckets=[
                AgeingBucket(days=days, **_share(report, part))
                for days, part in report.buckets.items()
            ],
            classes=[
                ClassShare(
                    asset_class=_class_name(kind),
                    provision=str(report.provisions[kind]),
                    **_share(report, part),
                )
                for kind, part in report.classes.items()
            ],
            provision=str(report.provision),
            par=[
                ParShare(above=above, **_share(report, part)) for above, part in report.par.items()
            ],
            as_of=snapshot.as_of(None if book_id is None else snapshot.book),
        )


@router.get(
    "/loans/{loan_id}/delinquency",
    operation_id="get_loan_delinquency",
    summary="Days past due, ageing bucket, class and provision of a loan",
    responses=document_responses("loan_not_found", "validation_failed", "index_not_ready"),
)
def get_delinquency(state: State, loan_id: LoanId) -> DelinquencyAnswer:
    """As of today."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        found = exposure(loan.agreement, loan.stored)
        grace = loan.agreement.grace_days
        return DelinquencyAnswer(
            loan_id=hex_of(loan.loan_id),
            token=snapshot.token(loan.agreement.token),
            standing=None
            if found is None
            else _standing(standing(found, snapshot.today, Policy(), grace)),
            as_of=snapshot.as_of(),
        )


def _standing(found: Standing) -> LoanStanding:
    return LoanStanding(
        days_past_due=found.days_past_due,
        delinquent_days=found.delinquent_days,
        bucket=found.bucket,
        asset_class=_class_name(found.asset_class),
        outstanding=str(found.outstanding),
        provision=str(found.provision),
    )


def _class_name(asset_class: AssetClass) -> AssetClassName:
    return cast("AssetClassName", asset_class.label)


def _share(report: PortfolioReport, part: Tally) -> dict[str, Any]:
    return {
        "loans": part.loans,
        "outstanding": str(part.outstanding),
        "ppm": ppm(part.outstanding, report.total.outstanding),
    }
