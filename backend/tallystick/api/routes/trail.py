"""The audit trail for those who look after it: its entries, and whether it is whole."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tallystick.api.people import TAG, PrivateRoute, session_responses
from tallystick.api.problems import FieldError
from tallystick.api.routes.identity import Gate
from tallystick.api.routes.loans import State
from tallystick.api.schemas import trail as schemas
from tallystick.api.schemas.types import invalid, rfc3339
from tallystick.api.simulation import unavailable
from tallystick.api.state import ServerState
from tallystick.chain.errors import RpcError
from tallystick.trail import store
from tallystick.trail.anchors import Anchored, anchored_roots
from tallystick.trail.entry import Entry
from tallystick.trail.errors import EntryUnknown
from tallystick.trail.verify import verify

router = APIRouter(prefix="/v1/trail", tags=[TAG], route_class=PrivateRoute)

MOST_READ = 100_000
"""Entries that one request reads; `tallystick audit trail` reads them all."""
Word = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9_.:/-]{1,120}$", examples=["subject_mfrggzdfmztwq2lkn"])
]


@router.get(
    "",
    operation_id="list_trail",
    summary="Entries of the audit trail, newest first",
    responses=session_responses(),
)
def list_trail(
    access: Gate,
    actor: Annotated[Word, Query(description="Only what this subject did")] = None,
    about: Annotated[Word, Query(description="Only about this object or a part of it")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])] = 20,
    starting_after: Annotated[
        int | None, Query(ge=1, lt=2**62, description="Last one of the page before", examples=[71])
    ] = None,
) -> schemas.AuditPage:
    with access.file.open() as db:
        found = store.page(db, starting_after, limit + 1, actor=actor, object_=about or "")
    data = [_entry(one) for one in found[:limit]]
    return schemas.AuditPage(data=data, has_more=len(found) > limit)


@router.get(
    "/verification",
    operation_id="verify_trail",
    summary="Whether the newest entries are what was written, and which roots are on chain",
    responses=session_responses("chain_unavailable"),
)
def verify_trail(
    state: State,
    access: Gate,
    after: Annotated[
        int | None,
        Query(ge=0, lt=2**62, description="Read from the entry after this one", examples=[0]),
    ] = None,
) -> schemas.AuditVerification:
    """Reads the newest 100,000 entries, or those after one, and compares every root on chain.

    `contract` is null where the settings name no anchor or not whose stream it is.
    """
    keeper, roots = _anchors(state)
    with access.file.open() as db:
        last, chain = store.last(db)
        begin = max(0, last - MOST_READ) if after is None else after
        if last - begin > MOST_READ:
            fault = FieldError(f"leaves more than {MOST_READ} entries to read", parameter="after")
            raise invalid(fault)
        try:
            verdict = verify(db, roots, begin)
        except EntryUnknown as error:
            raise invalid(FieldError("is no entry", parameter="after")) from error
    return schemas.AuditVerification(
        whole=not verdict.findings,
        first=min(begin + 1, last),
        last=last,
        chain_hash="0x" + chain.hex(),
        findings=[
            schemas.AuditFinding(kind=one.kind, first=one.first, last=one.last, text=one.text)
            for one in verdict.findings
        ],
        contract=state.settings.anchor if keeper else None,
        keeper=keeper,
        roots=len(roots),
        anchored=verdict.anchored,
        newest=_root(roots[-1]) if roots else None,
    )


def _anchors(state: ServerState) -> tuple[str | None, list[Anchored]]:
    """Whose stream it is, and its roots. Raises `Problem` while the node is silent."""
    settings = state.settings
    if settings.anchor is None or settings.anchor_key is None:
        return None, []
    from eth_account import Account  # slow to load, and most requests need none

    keeper = str(Account.from_key(settings.anchor_key.get_secret_value()).address)
    try:
        begun = state.deployment.from_block
        return keeper, anchored_roots(state.prompt_rpc, settings.anchor, keeper, begun)
    except RpcError as error:
        raise unavailable() from error


def _root(found: Anchored) -> schemas.AuditRoot:
    return schemas.AuditRoot(
        sequence=found.sequence,
        root="0x" + found.root.hex(),
        block_number=found.block_number,
        transaction="0x" + found.tx_hash.hex(),
    )


def _entry(found: Entry) -> schemas.AuditEntry:
    fact = found.fact
    return schemas.AuditEntry(
        number=found.number,
        at=rfc3339(found.at),
        actor=fact.actor,
        act=fact.act,
        object=fact.object,
        purpose=fact.purpose,
    )
