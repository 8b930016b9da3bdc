"""What is known beside what an applicant declares: bank statements, the past of its wallets on
chain, and signals that it shares, all as of the application's moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tallystick.db import Database
from tallystick.decisions.application import Applicant, Application
from tallystick.decisions.bank import BankStatements, Report, bank_facts
from tallystick.decisions.books import books_of
from tallystick.decisions.case import Issue, Ledger, SeenAt
from tallystick.decisions.catalogue import Catalogue
from tallystick.decisions.errors import ApplicationInvalid, StatementUnknown
from tallystick.decisions.words import money, number
from tallystick.identity.rights.rights import Rights
from tallystick.intake.errors import DocumentRefused
from tallystick.intake.quality import Quality
from tallystick.intake.signals import Signals, SignalSchema, read_signals
from tallystick.loans.calendar import date_of
from tallystick.wallets.credit import Owed, credit_history
from tallystick.wallets.reader import WalletReader
from tallystick.wallets.repository import Cut, as_of_now


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts and `left_out` as a `Case` keeps them; `owed` is outstanding principal, base units,
    `funders` are wallets from which money came, by wallet, `issues` what is unusual about the data.
    """

    books: dict[str, int | None]
    bank: dict[str, str | None]
    chain: dict[str, str | None]
    wallet: dict[str, str | None]
    signals: dict[str, str | None]
    left_out: dict[str, str]
    reports: tuple[Report, ...]
    seen_at: tuple[SeenAt, ...]
    owed: dict[Owed, int]
    funders: dict[str, tuple[str, ...]]
    issues: tuple[Issue, ...]

    @property
    def qualities(self) -> tuple[Quality, ...]:
        """The reports on the statements."""
        return tuple(each.quality for each in self.reports)


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Reads evidence. Safe to share between threads."""

    statements: BankStatements
    wallets: WalletReader
    rights: Rights

    def gather(
        self,
        db: Database,
        applicant: Applicant,
        asked: Application,
        catalogue: Catalogue,
        ledger: Ledger,
        clocks: Mapping[int, int],
    ) -> Evidence:
        """The caller has asked for permission to read statements.

        Raises `ApplicationInvalid`, `IndexBehind`, `RpcUnavailable`, `RpcRefused`.
        """
        chains = as_of_now(db, clocks)
        home = chains[0]
        try:
            reports = self.statements.named(applicant.subject, asked.statements)
        except StatementUnknown as error:
            raise ApplicationInvalid(("#/statements", str(error))) from error
        signals = self._signals(applicant, asked, catalogue, home.day)
        history = credit_history(db, applicant.wallets, chains)
        facts = self.wallets.facts(applicant.wallet, home.cut)
        wallet = {
            name.removeprefix("wallet_"): value if isinstance(value, str) else number(value)
            for name, value in facts.features().items()
        }
        wallet["token_balance"] = money(facts.token_balance, ledger.decimals)
        return Evidence(
            books=books_of(history),
            bank=bank_facts(reports, catalogue.currency, _declared_income(asked.budget), home.day),
            chain={
                name.removeprefix("chain_"): number(value)
                for name, value in history.features().items()
            },
            wallet=wallet,
            signals={
                name: value if isinstance(value, str) else number(value)
                for name, value in signals.values.items()
            },
            reports=tuple(reports),
            seen_at=tuple(_seen(each.cut) for each in chains),
            owed=history.outstanding,
            funders=self.wallets.funders(db, applicant.wallets, home.cut),
            left_out=dict(signals.left_out),
            issues=tuple(_foreign(reports, catalogue.currency)),
        )

    def _signals(
        self, applicant: Applicant, asked: Application, catalogue: Catalogue, day: int
    ) -> Signals:
        """Values of what is consented to; nothing else is looked at."""
        if not asked.signals:
            return Signals({}, {})
        consents = {
            each.purpose
            for each in self.rights.consents.of_subject(applicant.subject)
            if each.withdrawn_at is None
        }
        schema = SignalSchema(version=catalogue.version, signals=catalogue.signals)
        try:
            return read_signals(schema, list(asked.signals), consents=consents, day=day)
        except DocumentRefused as error:
            raise ApplicationInvalid((_pointer(error), error.rule)) from error


def _pointer(error: DocumentRefused) -> str:
    place = "" if error.row is None else f"/{error.row - 1}"
    return "#/signals" + place + ("" if error.column is None else f"/{error.column}")


def _seen(cut: Cut) -> SeenAt:
    return SeenAt(chain=cut.chain, number=cut.number, hash="0x" + cut.hash.hex())


def _declared_income(budget: Mapping[str, Any]) -> Decimal:
    """The mean of the months that the budget states."""
    incomes = [Decimal(month["income"]) for month in budget["months"]]
    return sum(incomes, Decimal(0)) / len(incomes)


def _foreign(reports: Iterable[Report], currency: str | None) -> list[Issue]:
    """Statements whose amounts cannot be compared with what is lent."""
    return [
        Issue(
            field=f"statements/{each.statement_id}",
            code="other_currency",
            en=f"a bank statement of {date_of(each.quality.last_day)} is in {each.currency}",
            zh=f"{date_of(each.quality.last_day)} 的银行流水币种为 {each.currency}",
        )
        for each in reports
        if each.currency != currency
    ]
