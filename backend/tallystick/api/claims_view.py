"""One's own claims in the API's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas.claims import Claim, ClaimMonth, ClaimsTotal
from tallystick.api.schemas.loans import Loan, RowAmounts
from tallystick.api.schemas.portfolio import AgeingBucket, PortfolioTotal
from tallystick.api.schemas.types import SplitAmounts
from tallystick.api.snapshot import Snapshot, row_amounts, split_amounts
from tallystick.claims import store
from tallystick.claims.store import Total
from tallystick.indexer import repository
from tallystick.indexer.schema import event_id
from tallystick.loans.debt import Split
from tallystick.loans.delinquency.months import month_label
from tallystick.loans.delinquency.policy import Policy
from tallystick.loans.delinquency.portfolio import Tally, ppm, report
from tallystick.loans.kinds import Status
from tallystick.loans.quotes.rates import percent
from tallystick.loans.returns import Amounts, Flows
from tallystick.settlement.attempts import last_attempts

AGEING = Policy(bucket_ends=(30, 60, 90))
_NONE: Amounts = (0, 0, 0, 0)


def total_answer(snapshot: Snapshot, token: str, total: Total, *, complete: bool) -> ClaimsTotal:
    """Claims in one token of the snapshot's chain."""
    flows = total.flows
    running, defaulted, gone = (
        report({day: Tally(*owing) for day, owing in table.items()}, snapshot.today, AGEING)
        for table in (flows.running, flows.defaulted, flows.written_off)
    )
    worth = running.total.outstanding + defaulted.total.outstanding
    whole = running.total + defaulted.total + gone.total
    return ClaimsTotal(
        chain_id=snapshot.chain_id,
        token=snapshot.token(token),
        claims=total.claims,
        complete=complete,
        running=_tally(whole),
        buckets=[
            AgeingBucket(
                days=days,
                loans=part.loans,
                outstanding=str(part.outstanding),
                ppm=ppm(part.outstanding, whole.outstanding),
            )
            for days, part in running.buckets.items()
        ],
        defaulted=_tally(defaulted.total),
        written_off=_tally(gone.total),
        outlay=str(flows.outlay),
        proceeds=str(flows.proceeds),
        received=split_amounts(flows.income),
        coming=row_amounts(flows.left.interest, flows.left.principal),
        rate_pct=_pct(flows.rate(snapshot.today, worth)),
        moved=flows.moved,
    )


def claims_after(
    snapshot: Snapshot, wallets: Sequence[str], token: str, after: int, limit: int
) -> tuple[list[Claim], int]:
    """Up to `limit` counted claims in a token whose rows in the index come before `after`, the
    newest first, and the row of the last one."""
    rows = [
        (loan, wallet)
        for wallet in wallets
        for loan in store.loans_before(snapshot.db, wallet, snapshot.chain.key, token, after, limit)
    ]
    # two of one's wallets may have had the same claim
    wanted = sorted({loan for loan, _ in rows}, reverse=True)[:limit]
    flows: dict[int, Flows] = {loan: Flows() for loan in wanted}
    for wallet in wallets:
        for loan, part in store.flows_in(snapshot.db, wallet, wanted).items():
            flows[loan].add(part)
    states = repository.loans_of(snapshot.db, wanted)
    pulls = last_attempts(snapshot.db, [state.loan_id for state in states])
    found = []
    for state in states:
        ref = state.originated
        one = flows[event_id(ref.block_number, ref.log_index, snapshot.chain.key)]
        view = snapshot.at(ref.chain_id, ref.book)
        shown = Loan(**view.members(state, pulls))
        owed = state.holder in wallets and state.debt.status is not Status.WRITTEN_OFF
        rate = one.rate(snapshot.today, int(shown.outstanding) if owed else 0)
        claim = Claim(
            loan=shown,
            held=state.holder in wallets,
            outlay=str(one.outlay),
            proceeds=str(one.proceeds),
            received=split_amounts(one.income),
            rate_pct=_pct(rate),
        )
        found.append((ref.block_number, ref.log_index, claim))
    found.sort(key=lambda each: each[:2], reverse=True)
    return [claim for _, _, claim in found], wanted[-1] if wanted else after


def months_of(flows: Flows) -> Iterator[ClaimMonth]:
    """Month by month."""
    for month in sorted(flows.agreed.keys() | flows.received.keys() | flows.coming.keys()):
        yield ClaimMonth(
            month=month_label(month),
            agreed=_rows(flows.agreed.get(month, _NONE)),
            received=_split(flows.received.get(month, _NONE)),
            coming=_rows(flows.coming.get(month, _NONE)),
        )


def row_of(snapshot: Snapshot, loan_id: bytes) -> int:
    """The row of a loan in the index. Raises `Problem`."""
    state = repository.get_loan_bare(snapshot.db, loan_id)
    if state is None:
        error = FieldError("is no loan of the index", parameter="starting_after")
        raise Problem("cursor_unknown", "Start from the first page.", errors=[error])
    ref = state.originated
    return event_id(ref.block_number, ref.log_index, snapshot.chain.key)


def _tally(part: Tally) -> PortfolioTotal:
    return PortfolioTotal(loans=part.loans, outstanding=str(part.outstanding))


def _rows(amounts: Amounts) -> RowAmounts:
    _, interest, _, principal = amounts
    return row_amounts(interest, principal)


def _split(amounts: Amounts) -> SplitAmounts:
    return split_amounts(Split(*amounts))


def _pct(rate: Decimal | None) -> str | None:
    return None if rate is None else percent(rate)
