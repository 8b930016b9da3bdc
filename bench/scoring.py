"""The scorecard beside other packages: AUC on the same folds and columns, and speed."""

from __future__ import annotations

import csv
import gzip
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tallystick.scoring.schema import Schema, read_schema
from tallystick.scoring.scorer import Scorer
from tallystick.scoring.store import load_model

ROOT = Path(__file__).resolve().parents[1]
TABLES = {
    "Taiwan": (ROOT / "data" / "taiwan_default_30k.csv.gz", ROOT / "data" / "taiwan.yaml"),
    "German": (ROOT / "data" / "german_credit_1k.csv.gz", ROOT / "data" / "german.yaml"),
}
APPLICANTS = 1_000_000
FOLD_STATE = 42  # as in tallystick.training.folds


def champion(data: Path, schema: Path, folder: Path) -> dict[str, Any]:
    command = [ROOT / ".venv" / "bin" / "tallystick", "score", "train", "--out", folder]
    command += ["--data", data, "--schema", schema, "--seed", "1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def rivals(data: Path, schema: Schema, *, protected: bool) -> dict[str, Any]:
    texts = ",".join(column.name for column in schema.columns if column.kind == "categorical")
    left_out = "" if protected else ",".join(column.name for column in schema.protected())
    python = ROOT / ".tools" / "scoring-bench" / "bin" / "python"
    command = [python, ROOT / "bench" / "rivals.py", data, schema.target, schema.positive]
    command += [str(FOLD_STATE), texts, left_out]
    # with more threads than processors that are free, the rivals would wait for each other
    settings = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=settings)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def one_applicant(data: Path, folder: Path, schema: Schema) -> float:
    """Median microseconds of one score with reasons."""
    scorer = Scorer(load_model(folder).card)
    numeric = {column.name for column in schema.used() if column.kind == "numeric"}
    with gzip.open(data, "rt", encoding="utf-8") as file:
        rows = [
            {name: float(cell) if name in numeric else cell for name, cell in row.items()}
            for row, _ in zip(csv.DictReader(file), range(5000), strict=False)
        ]
    times = []
    for row in rows:
        start = time.perf_counter()
        scorer.score(row)
        times.append(time.perf_counter() - start)
    return round(median(times) * 1e6, 1)


def many_applicants(data: Path, folder: Path, scratch: Path) -> tuple[float, float]:
    """Elapsed and processor seconds that `tallystick score apply` takes for a million rows."""
    with gzip.open(data, "rt", encoding="utf-8") as file:
        header, *rows = file.readlines()
    big = scratch / "million.csv"
    with big.open("w", encoding="utf-8") as file:
        file.write(header)
        for start in range(0, APPLICANTS, len(rows)):
            file.writelines(rows[: APPLICANTS - start])
    command = [ROOT / ".venv" / "bin" / "tallystick", "score", "apply", "--model", folder]
    before, start = _processor(), time.perf_counter()
    subprocess.run(
        [*command, "--data", big, "--out", scratch / "scores.csv"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return round(time.perf_counter() - start, 1), round(_processor() - before, 1)


def _processor() -> float:
    """Seconds that ended children have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for title, (data, schema_file) in TABLES.items():
            schema = read_schema(schema_file)
            before = _processor()
            ours = champion(data, schema_file, scratch / title)
            ours["processor"] = round(_processor() - before, 1)
            same = rivals(data, schema, protected=False)
            every = rivals(data, schema, protected=True)
            report[title] = {
                "champion": {
                    key: ours[key] for key in ("auc", "sd", "ece", "ks", "seconds", "processor")
                },
                "rivals": same,
                "rivals_with_protected_columns": every,
                "microseconds_one": one_applicant(data, scratch / title, schema),
            }
            print(f"\n{title:30} {'AUC':>8} {'with protected':>15} {'seconds':>8}")
            print(f"{'champion':30} {ours['auc']:8.4f} {'':15} {ours['seconds']:8.1f}")
            for rival, figures in same.items():
                both = f"{figures['auc']:8.4f} {every[rival]['auc']:15.4f}"
                print(f"{rival:30} {both} {figures['seconds']:8.1f}")
            print(f"training {ours['processor']} processor seconds")
            print(f"expected calibration error {ours['ece']:.4f}")
            print(f"one applicant with reasons {report[title]['microseconds_one']} µs (median)")
        data, _ = TABLES["Taiwan"]
        seconds, processor = many_applicants(data, scratch / "Taiwan", scratch)
        report |= {"seconds_million": seconds, "processor_million": processor}
        print(f"a million applicants {seconds} s, of them {processor} s computing")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
