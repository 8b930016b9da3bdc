"""Serves loans from a chain of its own and has a real browser look at every page.

Exit code 0 when nothing is wrong. The pictures are left in build/browser.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.wallet import wallet
from tests.integration.anvil import Anvil
from tests.integration.api.server import serving
from tests.integration.api.story import Story, play
from tests.integration.world import UNIT, World

from tallystick.db import migrate, open_database
from tallystick.loans.calendar import date_of, day_at, month_day
from tallystick.settlement.attempts import Reason, record_failure, shortfall_text
from tallystick.settlement.migrations import schema

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build" / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        sys.stderr.write("No Chromium was found; on Debian: apt install chromium.\n")
        return 1
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with Anvil() as anvil, tempfile.TemporaryDirectory() as folder:
        world = World(anvil)
        world.parties["poor"] = world.party("poor", dollars=1)
        loans = play(world)
        with serving(world, Path(folder)) as stage:
            story = Story(stage, loans)
            with open_database(stage.settings.db) as db:
                migrate(db, schema)
                short = shortfall_text(111_140_000, 780_000_000)
                loan_id = world.loan_id(loans["late"])
                record_failure(db, loan_id, world.now(), 780_000_000, Reason.ALLOWANCE, short)
            paths = ["/", "/?q=ab", f"/?q={story.id('late')}"]
            paths += [f"/loans/{story.id(name)}" for name in ("late", "closed")]
            address = str(stage.http.base_url).rstrip("/")
            offer = stage.post("/v1/offers", offer_terms(world)).json()["offer_id"]
            paths += [f"/offers/{offer}", f"/accounts/{world.parties['ada'].address}"]
            command = ["node", "check.mjs", browser, address, str(PICTURES), *paths]
            looks = subprocess.run(command, cwd=HERE, check=False).returncode
            with wallet(world) as keys:
                scene = {
                    "address": address,
                    "node": world.url,
                    "wallet": keys,
                    "chain": world.chain_id,
                    "parties": {name: party.address for name, party in world.parties.items()},
                    "loans": {name: story.id(name) for name in loans},
                    "offer": offer,
                }
                command = ["node", "stories.mjs", browser, json.dumps(scene), str(PICTURES)]
                lives = subprocess.run(command, cwd=HERE, check=False).returncode
            return looks or lives


def offer_terms(world: World) -> dict[str, Any]:
    """Half a year of 600 dollars from ben to ada, with a hostile document."""
    start = date_of(day_at(world.now()))
    return {
        "borrower": world.parties["ada"].address,
        "lender": world.parties["ben"].address,
        "token": world.token,
        "principal": str(600 * UNIT),
        "annual_rate_pct": "9.5",
        "amortization": "level",
        "frequency": "months",
        "count": 6,
        "start_date": start.isoformat(),
        "first_due_date": month_day(start.year, start.month, 1, start.day).isoformat(),
        "due_day": start.day,
        "penalty_rate_pct": "4",
        "grace_days": 3,
        "penalty_cap_days": 90,
        "conditions": {"default_days": 60},
        "document": {"text": "<script>alert(1)</script>"},
    }


if __name__ == "__main__":
    sys.exit(main())
