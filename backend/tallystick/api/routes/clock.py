"""Setting the clock of a development chain, and of everything that goes by it."""

from __future__ import annotations

import time

from fastapi import APIRouter

from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.chain import chain_head, position_of
from tallystick.api.routes.loans import State
from tallystick.api.schemas.chain import ClockAnswer, ClockSetting
from tallystick.api.schemas.types import parse_time, rfc3339
from tallystick.api.state import ServerState
from tallystick.chain.devchain import DevelopmentChain, NotADevelopmentChain
from tallystick.chain.errors import RpcError
from tallystick.loans.calendar import SECONDS_PER_DAY

MOST_DAYS = 366
"""A step: beyond it a mistyped year would spoil the chain, whose clock never goes back."""
_PATIENCE_SECONDS = 10.0

router = APIRouter(prefix="/v1/chain", tags=["chain"], route_class=LedgerRoute)


@router.put(
    "/clock",
    operation_id="set_clock",
    summary="Set the clock of a development chain forward",
    responses=document_responses("clock_not_settable", "clock_behind", "chain_unavailable"),
)
def set_clock(setting: ClockSetting, state: State) -> ClockAnswer:
    """Mines a block at that time and answers when the index has it: what is due, the keeper and the
    pages go by it at once. Refused on every chain that is worth something."""
    wanted = parse_time(setting.now, pointer="#/now")
    try:
        chain = _development_chain(state)
        _check(wanted, chain.now())
        chain.move_to(wanted)
    except RpcError as error:
        raise Problem("chain_unavailable", "The node did not set its clock.") from error
    state.clock.was_set()
    head = chain_head(state.home)
    if head is None:
        raise Problem("chain_unavailable", "The node has not answered since its clock was set.")
    _await_block(state, head.number)
    indexed = state.cursor()
    return ClockAnswer(
        now=rfc3339(state.clock.now(wanted)),
        head=head,
        indexed=position_of(indexed),
        lag=max(0, head.number - indexed.number) if indexed else None,
    )


def _development_chain(state: ServerState) -> DevelopmentChain:
    """Both must say so: the chain's id, and the node, which others cannot make believe."""
    if state.clock.settable:
        try:
            return DevelopmentChain(state.rpc)
        except NotADevelopmentChain:
            pass
    raise Problem("clock_not_settable", "This is no development chain: its time is everybody's.")


def _check(wanted: int, present: int) -> None:
    if wanted <= present:
        detail = f"The chain's time is {rfc3339(present)} already."
        raise Problem("clock_behind", detail, extra={"now": rfc3339(present)})
    if wanted > present + MOST_DAYS * SECONDS_PER_DAY:
        detail = f"At most {MOST_DAYS} days after {rfc3339(present)}."
        error = FieldError(detail, pointer="#/now")
        raise Problem("validation_failed", "Please check: #/now.", errors=[error])


def _await_block(state: ServerState, number: int) -> None:
    """Returns once the index has the block; sooner or later the answer says how far it is."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        indexed = state.cursor()
        if indexed is not None and indexed.number >= number:
            return
        time.sleep(0.02)
