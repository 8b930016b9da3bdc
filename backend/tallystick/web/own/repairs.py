"""Repair: asking for help with a loan, plans beside each other, negotiating, and the watch."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import lessons, repairs
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.routes.repairs import Repairing
from tallystick.api.schemas.loans import Loan
from tallystick.api.schemas.repairs import RepairOffer
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.loans.calendar import month_day
from tallystick.web.bars import TimeBar, on_one_scale
from tallystick.web.own.loans import loans_of
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

router = own_router()


@router.get("/repairs")
def show_repairs(
    request: Request, state: State, access: Gate, repairing: Repairing, caller: Who
) -> HTMLResponse:
    """One's cases, and the loans for which one may ask."""
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/repairs.html",
            snapshot,
            repairs=repairs.list_repairs(repairing, caller).data,
            loans=_running(snapshot, access, caller),
        )


@router.get("/repairs/new")
def show_new_repair(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    loan: Annotated[str, Query(max_length=66)] = "",
) -> HTMLResponse:
    """What happened, what comes in and goes out, and what shows it."""
    with state.snapshot() as snapshot:
        running = _running(snapshot, access, caller)
        return page(
            request,
            "own/repair_new.html",
            snapshot,
            loans=running,
            chosen=loan,
            month=snapshot.as_of().today[:7],
        )


@router.get("/repairs/{repair_id}")
def show_repair(
    request: Request,
    state: State,
    repairing: Repairing,
    caller: Who,
    repair_id: Annotated[str, Path(max_length=64)],
) -> HTMLResponse:
    """Where a case stands, the offers with their effect, and how the plan is kept."""
    repair = repairs.get_repair(state, repairing, caller, repair_id)
    with state.snapshot(loan_id_bytes(repair.loan_id)) as snapshot:
        today = date.fromisoformat(snapshot.as_of().today)
        loan = snapshot.loan_answer(snapshot.find(loan_id_bytes(repair.loan_id)))
        return page(
            request,
            "own/repair.html",
            snapshot,
            repair=repair,
            loan=loan,
            titles={one.name: one.title for one in lessons.list_lessons(repairing).data},
            pictures=pictures_of(repair.offers, loan.token.decimals or 0),
            next_month=month_day(today.year, today.month, 1, today.day).isoformat(),
        )


def pictures_of(offers: list[RepairOffer], decimals: int) -> list[list[TimeBar]]:
    """What each offer asks for and when, on one scale."""
    rows = [
        [(day, str(int(amount) / 10**decimals)) for day, amount in offer.effect.rows]
        for offer in offers
    ]
    return on_one_scale(rows)


def _running(snapshot: Snapshot, access: Gate, caller: Who) -> list[Loan]:
    return [loan for loan in loans_of(snapshot, access, caller).data if loan.status != "closed"]
