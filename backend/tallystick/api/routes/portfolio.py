"""Delinquency of all loans in a token."""

from __future__ import annotations

from typing import Annotated, Any, cast

from eth_utils.address import to_checksum_address
from fastapi import APIRouter, Depends, Query

from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.schemas.portfolio import (
    AgeingBucket,
    AssetClassName,
    ClassShare,
    ParShare,
    PortfolioAnswer,
    PortfolioTotal,
)
from tallystick.api.schemas.types import ADDRESS_PATTERN, DOLLAR, LENDER
from tallystick.api.state import ServerState, server_state
from tallystick.indexer import repository
from tallystick.loans.delinquency.portfolio import PortfolioReport, Tally, classify, ppm

router = APIRouter(prefix="/v1/portfolio", tags=["portfolio"], route_class=LedgerRoute)

State = Annotated[ServerState, Depends(server_state)]
Contract = Query(
    pattern=ADDRESS_PATTERN, description="Amounts are of this token", examples=[DOLLAR]
)
Owner = Query(pattern=ADDRESS_PATTERN, description="Only this lender's loans", examples=[LENDER])


@router.get(
    "",
    operation_id="get_portfolio",
    summary="Ageing, classes, provisions and portfolio at risk",
    responses=document_responses("validation_failed", "index_not_ready"),
)
def get_portfolio(
    state: State,
    token: Annotated[str, Contract],
    lender: Annotated[str | None, Owner] = None,
) -> PortfolioAnswer:
    """Every active loan in the token counts, by days past due as of today."""
    with state.snapshot() as snapshot:
        holder = None if lender is None else to_checksum_address(lender)
        pairs = repository.exposures(snapshot.db, to_checksum_address(token), holder)
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
                    asset_class=cast("AssetClassName", kind.label),
                    provision=str(report.provisions[kind]),
                    **_share(report, part),
                )
                for kind, part in report.classes.items()
            ],
            provision=str(report.provision),
            par=[
                ParShare(above=above, **_share(report, part)) for above, part in report.par.items()
            ],
            as_of=snapshot.as_of(),
        )


def _share(report: PortfolioReport, part: Tally) -> dict[str, Any]:
    return {
        "loans": part.loans,
        "outstanding": str(part.outstanding),
        "ppm": ppm(part.outstanding, report.total.outstanding),
    }
