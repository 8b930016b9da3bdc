"""What servicing does by itself, over and over: the job and the command do the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tallystick.chain.deployment import load_deployment
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.rpc import Rpc
from tallystick.config import Settings
from tallystick.db import snapshot
from tallystick.earlywarning.store import open_records, open_triggers_file, scores_of
from tallystick.identity.access.access import Access
from tallystick.indexer import repository
from tallystick.indexer.repository import open_index
from tallystick.jobs.job import NotYet, Turn
from tallystick.loans.statements.sheet import Currency
from tallystick.servicing.cases.cure import cures
from tallystick.servicing.cases.desk import Desk
from tallystick.servicing.cases.sweep import Sweep, Swept
from tallystick.servicing.close.daily import Corrected, close_book
from tallystick.servicing.close.run import Closer
from tallystick.servicing.close.store import Close, open_close_file, read_close_file
from tallystick.servicing.errors import CaseUnknown
from tallystick.servicing.policy import ServicingPolicy
from tallystick.servicing.tell import tell_all
from tallystick.statements.words import Language

_ALL = 2**62
Done = tuple[int, str, Close | Corrected]
"""Chain id, book, and what was done."""


def close_all(settings: Settings, first: int | None = None) -> Iterator[Done]:
    """Closes every date that has ended, of every book.

    Raises DatabaseMissing, SchemaOutdated, PolicyInvalid, CloseRefused, CloseTaken.
    """
    with _closer(settings) as closer:
        for chain_id, book in closer.books():
            for done in close_book(closer, chain_id, book, first):
                yield chain_id, book, done


@contextmanager
def _closer(settings: Settings) -> Iterator[Closer]:
    policy = ServicingPolicy.read(settings.servicing_policy)
    with open_index(settings.db) as index, open_close_file(settings.servicing) as db:
        yield Closer(index, db, policy, lambda: int(time.time()))


def sweep_cases(settings: Settings, desk: Desk) -> Swept:
    """Brings cases and promises to what closes, triggers and chain say.

    Raises DatabaseMissing, SchemaOutdated.
    """
    with (
        open_index(settings.db) as index,
        open_close_file(settings.servicing) as closed,
        open_triggers_file(settings.warnings) as warnings,
    ):
        found = cures(closed, desk.policy)
        sweep = Sweep(desk, index, closed, found, scores_of(warnings))
        return sweep.run(lambda: iter(open_records(warnings, _ALL)))


def cases(settings: Settings, _: Turn) -> str:
    """The job that follows early warning."""
    if settings.vault_index_key is None or not settings.db.exists():
        raise NotYet("cases need a vault and an index")
    with open_desk(settings) as desk:
        done = sweep_cases(settings, desk)
    return (
        f"{done.opened} cases opened, {done.kept} kept, {done.closed} closed;"
        f" promises: {done.promises_kept} kept, {done.promises_broken} broken"
    )


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """The desk outside of the server. Raises `KeyServiceInvalid`, PolicyInvalid."""
    policy = ServicingPolicy.read(settings.servicing_policy)
    chain_id = load_deployment(settings.deployment).chain_id
    access = Access.open(settings, chain_id, Rpc(settings.rpc_url))
    try:
        yield Desk(access, policy)
    finally:
        access.close()


def package_of(settings: Settings, loan_id: bytes, currency: Currency, language: Language) -> bytes:
    """The legal package of a loan, as of the index's head; cases are in it where there is a vault.

    Raises DatabaseMissing, CaseUnknown, ProofUnavailable, RpcError.
    """
    from tallystick.servicing.package.build import build_package
    from tallystick.servicing.package.gather import gather

    with ExitStack() as stack:
        index = stack.enter_context(open_index(settings.db))
        closed = None
        if settings.servicing.exists():
            closed = stack.enter_context(read_close_file(settings.servicing))
        cases = None
        if settings.vault_index_key is not None:
            desk = stack.enter_context(open_desk(settings))
            cases = stack.enter_context(desk.reading())
        stack.enter_context(snapshot(index))
        loan = repository.get_loan(index, loan_id)
        if loan is None:
            raise CaseUnknown("the index knows no loan with this id")
        chain_id = loan.originated.chain_id
        head = repository.cursor(index, chain_id)
        assert head is not None  # noqa: S101 - the loan is indexed
        home = load_deployment(settings.deployment).chain_id
        rpc = Endpoints(settings.nodes(home)[chain_id])
        facts = gather(index, rpc, loan, head.hash, currency, (closed, cases))
        return build_package(facts, language)


def close(settings: Settings, _: Turn) -> str:
    """The job. What it has to do is written in its own file, so it asks for no turn of its own."""
    if not settings.db.exists():
        raise NotYet("there is no index yet")
    done = list(close_all(settings))
    closed = sum(isinstance(what, Close) for _, _, what in done)
    corrected = sum(what.lines for _, _, what in done if isinstance(what, Corrected))
    told = tell_all(settings)
    return f"{closed} dates closed, {corrected} lines corrected, {told} notices told"
