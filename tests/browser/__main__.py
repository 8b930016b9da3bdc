"""Serves loans from a chain of its own and has a real browser look at every page.

Exit code 0 when nothing is wrong. The pictures are left in build/browser.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.integration.anvil import Anvil
from tests.integration.api.server import serving
from tests.integration.api.story import Story, play
from tests.integration.world import World

from tallystick.db import migrate, open_database
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
            command = ["node", "check.mjs", browser, address, str(PICTURES), *paths]
            return subprocess.run(command, cwd=HERE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
