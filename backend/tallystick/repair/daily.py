"""What repair does every day: invites borrowers in trouble, and looks after plans that run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tallystick.amendments.schema import schema as changes_schema
from tallystick.chain.deployment import load_deployment
from tallystick.chain.rpc import Rpc
from tallystick.config import Settings
from tallystick.db import Database, migrate, open_database
from tallystick.earlywarning.store import open_records, open_triggers_file
from tallystick.earlywarning.triggers import Action
from tallystick.identity.access.access import Access
from tallystick.indexer import repository
from tallystick.jobs.job import NotYet, Turn
from tallystick.repair.errors import RepairConflict
from tallystick.repair.flow import Debt, Repairs
from tallystick.repair.store import Case
from tallystick.repair.supervise import supervise_all, watch_restored

_MOST = 10_000


class NotIndexed(Exception):
    """The index has no block yet."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Repair outside a request; `now` is the time of the index's head, Unix seconds."""

    repairs: Repairs
    index: Database
    settings: Settings
    now: int


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """Raises `NotIndexed`, `KeyServiceInvalid`, `DocumentInvalid`, `DeploymentError`."""
    chain_id = load_deployment(settings.deployment).chain_id
    access = Access.open(settings, chain_id, Rpc(settings.rpc_url))
    try:
        with open_database(settings.db) as index:
            migrate(index, changes_schema)
            at = repository.cursor(index, chain_id)
            if at is None:
                raise NotIndexed("No block is indexed yet.")
            yield Desk(Repairs.from_settings(settings, access), index, settings, at.timestamp)
    finally:
        access.close()


def daily(settings: Settings, _: Turn) -> str:
    """The job: `invite_warned`, then every case is brought to where the chain has it."""
    if settings.vault_index_key is None:
        raise NotYet("nobody can sign in, so nobody asks for a repair")
    try:
        with open_desk(settings) as desk:
            invited = len(invite_warned(desk))
            moved = len(supervise_all(desk.repairs, desk.index, desk.now))
            lost = len(watch_restored(desk.repairs, desk.index, desk.now))
    except NotIndexed as error:
        raise NotYet(str(error)) from error
    return f"{invited} invited, {moved} moved, {lost} lost standing"


def invite_warned(desk: Desk) -> list[Case]:
    """Opens a case for each running loan for which early warning suggests a repair, if its borrower
    has signed in before and none is open."""
    with open_triggers_file(desk.settings.warnings) as db:
        records = open_records(db, _MOST)
    found = []
    for record in records:
        if record.trigger.action is not Action.OFFER_REPAIR:
            continue
        loan = repository.get_loan(desk.index, record.loan_id)
        if loan is None or loan.closed is not None:
            continue
        subject = desk.repairs.access.vault.find("wallet", loan.agreement.borrower)
        if subject is None:
            continue
        try:
            debt = Debt(loan, 0, desk.now)
            found.append(desk.repairs.invite(subject, debt, record.trigger.code))
        except RepairConflict:
            continue
    return found
