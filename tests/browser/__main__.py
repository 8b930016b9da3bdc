"""Serves loans and people from a chain of its own and has a real browser look at every page.

`python -m tests.browser` does everything, with `looks [parts of addresses]` or `stories [parts of
names]` a half, with `short` what every change should pass. Exit code 0 when nothing is wrong. The
pictures are left in build/browser.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.browser.control import control
from tests.browser.lending import secured
from tests.browser.scenery import PARTIES, looks, offer_terms
from tests.browser.staffroom import staff_looks
from tests.browser.stage import Scene, opened
from tests.integration.anvil import Anvil
from tests.integration.api.story import play
from tests.integration.world import World

from tallystick.loans.agreement import Agreement

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build" / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome")
PARTS = ("all", "looks", "stories", "short")


def main(part: str = "all", only: str = "") -> int:
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None or part not in PARTS:
        told = f"parts: {', '.join(PARTS)}" if browser else "no Chromium (apt install chromium)"
        sys.stderr.write(f"{told}\n")
        return 1
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with Anvil() as anvil, tempfile.TemporaryDirectory() as folder:
        world = World(anvil, PARTIES)
        world.parties["poor"] = world.party("poor", dollars=1)
        risky = secured(world)
        loans = play(world) | {"risky": risky}
        with opened(world, Path(folder)) as scene:
            failed = 0
            if part in ("all", "looks"):
                failed |= _look(browser, scene, loans, only)
            if part in ("all", "stories", "short"):
                failed |= _live(browser, scene, loans, "short" if part == "short" else only)
            return failed


def _look(browser: str, scene: Scene, loans: dict[str, Agreement], only: str) -> int:
    parts = only.split(",")
    found = looks(scene, loans) + staff_looks(scene, loans)
    pages = [asdict(look) for look in found if any(part in look.path for part in parts)]
    command = ["node", "check.mjs", browser, scene.address, str(PICTURES), json.dumps(pages)]
    return subprocess.run(command, cwd=HERE, check=False).returncode


def _live(browser: str, scene: Scene, loans: dict[str, Agreement], only: str) -> int:
    offer = scene.http.post("/v1/offers", json=offer_terms(scene.world)).json()["offer_id"]
    with control(scene) as keys:
        stage = {
            "address": scene.address,
            "node": scene.world.url,
            "wallet": keys,
            "chain": scene.world.chain_id,
            "parties": {name: party.address for name, party in scene.world.parties.items()},
            "loans": {name: "0x" + scene.world.loan_id(loan).hex() for name, loan in loans.items()},
            "offer": offer,
        }
        command = ["node", "stories.mjs", browser, json.dumps(stage), str(PICTURES), only]
        return subprocess.run(command, cwd=HERE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
