"""Phrases of the pages that depend on data. Every key of the tables is a value of the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from babel import Locale
from babel.support import NullTranslations


def N_(text: str) -> str:  # noqa: N802 - gettext's customary name for "extract, translate later"
    return text


STATUS = {
    "active": N_("Active"),
    "overdue": N_("Overdue"),
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
AMORTIZATION = {
    "level": N_("level installments"),
    "equal_principal": N_("equal principal"),
    "interest_only": N_("interest only, principal at the end"),
    "bullet": N_("everything at maturity"),
}
PROBLEM = {
    "not_found": N_("There is nothing at this address."),
    "loan_not_found": N_("There is no loan with this id."),
    "cursor_unknown": N_("The list cannot go on from there. Please start from the first page."),
    "index_not_ready": N_("The index has not read a block yet. Please try again in a moment."),
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

    def status(self, status: str) -> str:
        """Status of a loan."""
        return self._(STATUS[status])

    def row_status(self, status: str) -> str:
        """Status of one row of a schedule."""
        return self._(ROW_STATUS[status])

    def amortization(self, kind: str) -> str:
        """How principal is repaid."""
        return self._(AMORTIZATION[kind])

    def problem(self, code: str) -> str:
        """What went wrong, for people."""
        return self._(PROBLEM.get(code, OTHER_PROBLEM))

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
