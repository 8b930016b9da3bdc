"""Phrases of the pages that depend on data. Every key of the tables is a value of the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from babel import Locale
from babel.support import NullTranslations
from markupsafe import Markup

from tallystick.api.schemas.loans import LastPull, Loan
from tallystick.api.schemas.types import Token
from tallystick.settlement.attempts import Reason
from tallystick.web import formats


def N_(text: str) -> str:  # noqa: N802 - gettext's customary name for "extract, translate later"
    return text


STATUS = {
    "active": N_("Active"),
    "overdue": N_("Overdue"),
    "defaulted": N_("In default"),
    "written_off": N_("Written off"),
    "closed": N_("Closed"),
}
ROW_STATUS = {
    "paid": N_("Paid"),
    "paid_late": N_("Paid late"),
    "overdue": N_("Overdue"),
    "due": N_("Due today"),
    "upcoming": N_("Upcoming"),
    "not_needed": N_("Not needed"),
}
GROUP = {
    "reminder": N_("Reminders of payments that fall due"),
    "receipt": N_("Receipts of payments"),
    "offer": N_("Offers"),
}
AMORTIZATION = {
    "level": N_("level installments"),
    "equal_principal": N_("equal principal"),
    "interest_only": N_("interest only, principal at the end"),
    "bullet": N_("everything at maturity"),
    "custom": N_("amounts as agreed for each"),
}
DAY_COUNT = {
    "thirty_360": N_("Months count 30 days, years 360."),
    "actual_365": N_("Days count as they are, years 365."),
    "actual_360": N_("Days count as they are, years 360."),
}
PREPAYMENT = {
    "shorter_term": N_("What is paid early shortens the term."),
    "lower_installment": N_("What is paid early lowers the installments that follow."),
}
WATERFALL = {
    "penalty_interest_principal": N_(
        "Money pays the penalty first, then interest, then principal."
    ),
    "interest_principal_penalty": N_("Money pays interest and principal first, the penalty last."),
    "penalty_principal_interest": N_(
        "Money pays the penalty first, then principal, then interest."
    ),
}
TRANSFER = {
    "free": N_("The claim may be sold to anyone."),
    "consent": N_("The claim may be sold only with the borrower's consent."),
    "listed": N_("The claim may be sold only to accounts on an agreed list."),
}
SOURCE = {
    "paid": N_("paid"),
    "collected": N_("collected"),
    "guarantor": N_("paid by the guarantor"),
    "collateral": N_("from the sale of collateral"),
    "settlement": N_("settlement of the whole debt"),
}
REASON = (
    N_("not stated"),
    N_("illness"),
    N_("loss of work"),
    N_("loss of income or harvest"),
    N_("disaster"),
    N_("family"),
    N_("business"),
    N_("dispute"),
    N_("agreement of convenience"),
)
OTHER_REASON = N_("the parties' own")
PULL = {
    Reason.ALLOWANCE: N_(
        "The last pull on %(day)s failed: the allowance was %(available)s of %(required)s needed. "
        "Raise the allowance that the borrower gives to the book, or pay directly."
    ),
    Reason.BALANCE: N_(
        "The last pull on %(day)s failed: the borrower held %(available)s of %(required)s needed. "
        "Add to the borrower's balance before the next try."
    ),
    Reason.TOKEN: N_(
        "The last pull on %(day)s failed: the token refused the transfer although allowance and "
        "balance suffice. Ask its issuer whether it is paused or blocks one of the accounts."
    ),
    Reason.REFUSED: N_(
        "The last pull on %(day)s failed: the call was refused. Pay directly, and ask whoever runs "
        "the keeper to look at its log."
    ),
}
OFFER_STATUS = {
    "awaiting_signatures": N_("Waiting for signatures"),
    "signed": N_("Signed by all"),
    "originated": N_("Recorded"),
    "expired": N_("Expired"),
}
ROLE = {
    "borrower": N_("Borrower"),
    "lender": N_("Lender"),
    "guarantor": N_("Guarantor"),
}
SIDE = {
    "borrower": (N_("What it owes"), N_("This account has never borrowed.")),
    "lender": (N_("What it is owed"), N_("This account holds no claim.")),
}
PROBLEM = {
    "not_found": N_("There is nothing at this address."),
    "offer_not_found": N_("There is no offer with this id."),
    "loan_not_found": N_("There is no loan with this id."),
    "cursor_unknown": N_("The list cannot go on from there. Please start from the first page."),
    "index_not_ready": N_("The index has not read a block yet. Please try again in a moment."),
    "identity_unavailable": N_("Nobody can sign in here: this service keeps no personal data."),
    "lending_unavailable": N_("This service does not lend at the moment."),
    "repair_unavailable": N_("This service repairs no credit."),
    "chain_unavailable": N_("The chain does not answer. Please try again in a moment."),
    "application_not_found": N_("You have no such application."),
    "repair_not_found": N_("You have no such repair."),
    "message_not_found": N_("You have no such message."),
    "matter_not_found": N_("You have no such matter."),
    "assignment_not_found": N_("There is no transfer with this id."),
    "change_not_found": N_("There is no change with this id."),
    "webhook_not_found": N_("You have no such webhook or message."),
    "lesson_not_found": N_("There is no such lesson."),
    "role_missing": N_("Your roles do not permit this."),
    "approval_not_found": N_("There is no request with this id."),
    "case_not_found": N_("There is no identity case with this id."),
    "entry_not_found": N_("There is no such entry or dispute."),
    "objection_not_found": N_("There is no such objection."),
    "release_not_found": N_("There is no such release."),
    "same_eyes": N_("This is about yourself, so somebody else answers."),
    "validation_failed": N_("This address is not complete or not correct."),
}
OTHER_PROBLEM = N_("Something went wrong on our side. It was recorded.")


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases in one language."""

    catalogue: NullTranslations
    locale: Locale

    @property
    def _(self) -> Callable[[str], str]:
        return self.catalogue.gettext

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return "" if self.locale.language == "zh" else " "

    @property
    def stop(self) -> str:
        """What ends a sentence."""
        return "。" if self.locale.language == "zh" else "."

    def status(self, status: str) -> str:
        """Status of a loan."""
        return self._(STATUS[status])

    def offer_status(self, status: str) -> str:
        """Status of an offer."""
        return self._(OFFER_STATUS[status])

    def role(self, role: str) -> str:
        """A party's part in an agreement."""
        return self._(ROLE[role])

    def side(self, side: str) -> str:
        """What an account does in the loans that follow."""
        return self._(SIDE[side][0])

    def nothing_on(self, side: str) -> str:
        """That there is no such loan."""
        return self._(SIDE[side][1])

    def row_status(self, status: str) -> str:
        """Status of one row of a schedule."""
        return self._(ROW_STATUS[status])

    def amortization(self, kind: str) -> str:
        """How principal is repaid."""
        return self._(AMORTIZATION[kind])

    def day_count(self, kind: str) -> str:
        """How days are counted."""
        return self._(DAY_COUNT[kind])

    def prepayment(self, kind: str) -> str:
        """What paying early does to the rest."""
        return self._(PREPAYMENT[kind])

    def waterfall(self, order: str) -> str:
        """What money pays first."""
        return self._(WATERFALL[order])

    def transfer(self, rule: str) -> str:
        """To whom the claim may be sold."""
        return self._(TRANSFER[rule])

    def source(self, source: str) -> str:
        """Where the money of a payment came from."""
        return self._(SOURCE[source])

    def reason(self, code: int) -> str:
        """Why a loan was restructured."""
        return self._(REASON[code] if code < len(REASON) else OTHER_REASON)

    def restructured(self, times: int) -> str:
        """That other terms are in force than those of the beginning."""
        n = self.catalogue.ngettext
        return n(
            "It was restructured once; the terms are those in force now.",
            "It was restructured %(times)d times; the terms are those in force now.",
            times,
        ) % {"times": times}

    def grace(self, component: str, rows: int) -> str:
        """That the first rows pay less."""
        n = self.catalogue.ngettext
        if component == "interest":
            phrase = n(
                "The first installment pays nothing; its interest is collected later.",
                "The first %(rows)d installments pay nothing; their interest is collected later.",
                rows,
            )
        else:
            phrase = n(
                "The first installment repays no principal.",
                "The first %(rows)d installments repay no principal.",
                rows,
            )
        return phrase % {"rows": rows}

    def watch_left(self, rows: int) -> str:
        """How many punctual installments are still wanted after a restructuring."""
        n = self.catalogue.ngettext
        return n(
            "on watch: %(rows)d punctual installment to go",
            "on watch: %(rows)d punctual installments to go",
            rows,
        ) % {"rows": rows}

    def watched(self, rows: int) -> str:
        """How many punctual installments restore the loan's standing."""
        n = self.catalogue.ngettext
        return n(
            "%(rows)d punctual installment restores its standing",
            "%(rows)d punctual installments restore its standing",
            rows,
        ) % {"rows": rows}

    def failed_pull(self, pull: LastPull, token: Token) -> Markup:
        """Why nothing could be collected, and what to do."""
        phrase = self._(PULL[pull.reason or Reason.REFUSED])
        sentence = Markup(phrase)  # noqa: S704 - our own; it escapes what is filled in
        return sentence % {
            "day": formats.day(pull.at[:10], self.locale),
            "available": _money(pull.available, token),
            "required": _money(pull.required, token),
        }

    def problem(self, code: str) -> str:
        """What went wrong, for people."""
        return self._(PROBLEM.get(code, OTHER_PROBLEM))

    def group(self, group: str) -> str:
        """Messages that one click stops."""
        return self._(GROUP[group])

    def period(self, frequency: str, every: int) -> str:
        """How often a row falls due."""
        n = self.catalogue.ngettext
        phrase = {
            "days": n("every day", "every %(every)d days", every),
            "weeks": n("every week", "every %(every)d weeks", every),
            "months": n("every month", "every %(every)d months", every),
        }[frequency]
        return phrase % {"every": every} if "%(" in phrase else phrase

    def days_late(self, days: int) -> str:
        """How long a payment is or was late."""
        return self.catalogue.ngettext("%(days)d day late", "%(days)d days late", days) % {
            "days": days
        }

    def forward(self, days: int) -> str:
        """A step of the sandbox's clock."""
        return self.catalogue.ngettext("By %(days)d day", "By %(days)d days", days) % {"days": days}

    def age(self, seconds: int) -> str:
        """How long ago, in the largest unit that fits."""
        n = self.catalogue.ngettext
        if seconds < 120:
            return n("%(count)d second ago", "%(count)d seconds ago", seconds) % {"count": seconds}
        if seconds < 7200:
            minutes = seconds // 60
            return n("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
        if seconds < 172_800:
            hours = seconds // 3600
            return n("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}
        days = seconds // 86_400
        return n("%(count)d day ago", "%(count)d days ago", days) % {"count": days}


def pull_fails(loan: Loan) -> bool:
    """Whether what is due now could not be pulled: a failure before it fell due is history."""
    pull, due = loan.last_pull, loan.next_due
    return bool(pull and due and pull.outcome == "failed" and pull.at[:10] >= due.due_date)


def _money(base_units: str | None, token: Token) -> str:
    return (
        "" if base_units is None else f"{formats.amount(base_units, token)} {formats.unit(token)}"
    )
