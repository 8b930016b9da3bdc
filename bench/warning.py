"""Early warning: how much of what is coming the past months tell.

On the Taiwan table, whose last month is the target, by leaving out the newest months; and on
made-up loans through `tallystick warn`'s own table, trained on one crowd and tried on another. The
made-up crowd shows that the way works, not how well it will do. The last line is one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.backend.earlywarning.crowd import LAST_DAY, crowd

from tallystick.earlywarning.table import Horizon, training_rows, write_rows

ROOT = Path(__file__).resolve().parents[1]
TAIWAN = ROOT / "data" / "taiwan_default_30k.csv.gz"
MONTHS = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5")
"""The newest first; BILL_AMT and PAY_AMT count from 1."""


def score(*arguments: object) -> dict[str, Any]:
    command = [ROOT / ".venv" / "bin" / "tallystick", "score", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    text = done.stdout.decode()
    return dict(json.loads(text if text.startswith("{\n") else text.splitlines()[-1]))


def taiwan(ahead: int, folder: Path) -> dict[str, Any]:
    """Figures when the newest `ahead - 1` months are not known yet."""
    gone = {
        name
        for place, month in enumerate(MONTHS[: ahead - 1], 1)
        for name in (month, f"BILL_AMT{place}", f"PAY_AMT{place}")
    }
    lines = (ROOT / "data" / "taiwan.yaml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.strip().partition(":")[0] not in gone]
    schema = folder / f"{ahead}.yaml"
    schema.write_text("\n".join([*kept, f"exclude: [{', '.join(sorted(gone))}]", ""]))
    trained = score(
        "train", "--data", TAIWAN, "--schema", schema, "--out", folder / str(ahead), "--seed", 1
    )
    return {name: trained[name] for name in ("auc", "sd", "ece", "challenger_auc")}


def made_up(folder: Path) -> dict[str, Any]:
    """A card learned from one crowd's loans, and how it orders another's."""
    tables = []
    for seed in (1, 2):
        path = folder / f"crowd{seed}.csv"
        count = write_rows(training_rows(crowd(600, seed), LAST_DAY, Horizon()), path)
        tables.append((path, count))
    (learned, rows), (later, _) = tables
    model = folder / "crowd"
    score("train", "--data", learned, "--schema", learned.with_suffix(".yaml"), "--out", model)
    seen = score("monitor", "--model", model, "--data", later)
    return {"rows": rows, **{name: seen[name] for name in ("auc", "ks", "mean_pd", "default_rate")}}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report: dict[str, Any] = {"made_up": made_up(folder)}
        print(json.dumps(report), flush=True)
        for ahead in (1, 2, 6):
            report[f"taiwan_{ahead}"] = taiwan(ahead, folder)
            print(ahead, json.dumps(report[f"taiwan_{ahead}"]), flush=True)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
