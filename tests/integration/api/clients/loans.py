"""What an integrator writes with the Python client; run in the client's own environment."""

import json
import sys

from tallystick_client import Client
from tallystick_client.api.loans import get_loan, get_loan_schedule, list_loans
from tallystick_client.api.quotes import quote
from tallystick_client.models import LoanPage, ProblemDocument, ScheduleQuote
from tallystick_client.types import UNSET, Unset


def main(url: str) -> None:
    with Client(base_url=url) as client:
        ids: list[str] = []
        after: str | Unset = UNSET
        more = True
        while more:
            page = list_loans.sync(client=client, limit=3, starting_after=after)
            assert isinstance(page, LoanPage)
            ids += [loan.loan_id for loan in page.data]
            after, more = ids[-1], page.has_more
        loan = get_loan.sync(ids[0], client=client)
        assert not isinstance(loan, ProblemDocument | None)
        schedule = get_loan_schedule.sync(ids[0], client=client)
        assert not isinstance(schedule, ProblemDocument | None)
        missing = get_loan.sync("0x" + "00" * 32, client=client)
        assert isinstance(missing, ProblemDocument)
        terms = ScheduleQuote.from_dict(
            {
                "principal": "1200.00",
                "annual_rate_pct": "12",
                "number_of_repayments": 12,
                "disbursement_date": "2026-01-31",
            }
        )
        offered = quote.sync(client=client, body=terms)
        assert not isinstance(offered, ProblemDocument | None)
        told = {
            "loans": ids,
            "principal": loan.principal,
            "status": loan.status.value,
            "rows": len(schedule.data),
            "missing": missing.code,
            "quoted": offered.apr_pct,
        }
        print(json.dumps(told))  # noqa: T201


main(sys.argv[1])
