"""Every package that the project names has its reason in docs/dependencies.md, and no other."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    wanted = [*project["project"]["dependencies"], *(one for group in groups for one in group)]
    names = {re.split(r"[<>=!~\[ ]", one)[0] for one in wanted}
    names |= set(json.loads((ROOT / "package.json").read_text())["dependencies"])
    rows = re.findall(
        r"^\| `([^`]+)` \| (.{8,}) \|$", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE
    )
    assert len(rows) == len({name for name, _ in rows})
    assert {name for name, _ in rows} == names
