"""Names against a sanctions list of realistic size: what is found, what in error, how fast.

The list is made up from given names and surnames of eight parts of the world, so that namesakes and
near names are as frequent as in a crowd. `data/name_pairs.csv` holds spellings of one name and near
names of others. The last line is one JSON object.
"""

from __future__ import annotations

import csv
import json
import random
import re
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.backend.screening.people import Blinds, application

from tallystick.screening import Screening
from tallystick.screening.rules import load_rules
from tallystick.screening.sanctions.index import ListIndex
from tallystick.screening.sanctions.likeness import name_likeness
from tallystick.screening.sanctions.lists import Entry, SanctionsList
from tallystick.screening.sanctions.names import words_of

PAIRS = Path(__file__).resolve().parents[1] / "data" / "name_pairs.csv"
LISTED, APPLICANTS = 20_000, 1_000
# given names, then surnames; syllables make the rest of a crowd
PARTS = {
    "arabic": "ahmad mohammed ali hassan hussein omar khalid ibrahim yusuf mahmoud abdullah tariq"
    " samir nasser faisal hamid walid salim jamal karim",
    "russian": "ivanov petrov sokolov kuznetsov popov volkov morozov novikov fedorov orlov makarov"
    " zaitsev pavlov belov komarov kiselev ilin gusev titov kuzmin",
    "chinese": "wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo",
    "spanish": "garcia rodriguez martinez hernandez lopez gonzalez perez sanchez ramirez torres"
    " flores rivera gomez diaz reyes morales cruz ortiz gutierrez chavez",
    "african": "okafor okonkwo mwangi otieno banda phiri dlamini nkosi mensah owusu traore diallo"
    " keita camara kabila lubanga mugabe musa bello sani",
    "english": "smith johnson brown taylor wilson davies evans thomas roberts walker wright hughes"
    " green hall wood harris clarke jackson turner hill",
    "korean": "kim pak lee choe jong kang cho yun chang rim han sin so kwon hwang an song ryu hong",
    "indian": "sharma kumar singh patel gupta verma mehta reddy nair iyer khan das roy bose joshi"
    " rao shah pillai chopra malhotra",
}
SYLLABLES = re.findall("..", "bakalamanarasatavirolunomigashiwemifaridoelanurdezuxojepyqo")


def crowd(random_: random.Random) -> str:
    """A name of two or three words of one part of the world."""
    words = PARTS[random_.choice(sorted(PARTS))].split()
    made = ["".join(random_.choices(SYLLABLES, k=random_.randint(2, 3))) for _ in range(2)]
    parts = [made[0], random_.choice([random_.choice(words), made[1]])]
    parts += [random_.choice(words)] if random_.random() < 0.4 else []
    return " ".join(parts).title()


def main() -> None:
    random_ = random.Random(7)
    with PAIRS.open(encoding="utf-8", newline="") as file:
        pairs = list(csv.DictReader(file))
    report: dict[str, Any] = {"thresholds": {}}
    alike = [(name_likeness(words_of(p["one"]), words_of(p["other"])), p["same"]) for p in pairs]
    print(f"{'likeness':>8} {'found':>8} {'near names':>11}")
    for least in range(80, 100, 2):
        share = {
            same: sum(a >= least for a, s in alike if s == same) / sum(s == same for _, s in alike)
            for same in "10"
        }
        report["thresholds"][least] = [round(share["1"], 3), round(share["0"], 3)]
        print(f"{least:8} {share['1']:8.1%} {share['0']:11.1%}")
    names = [crowd(random_) for _ in range(2 * LISTED)]
    hidden = [p for p in pairs if p["same"] == "1"]
    entries = [
        Entry(str(n), "individual", (names[2 * n], names[2 * n + 1]), (str(1940 + n % 60),))
        for n in range(LISTED)
    ]
    entries += [Entry(f"p{n}", "individual", (p["one"],)) for n, p in enumerate(hidden)]
    source = SanctionsList("UN", "2026-01-01", "00", tuple(entries))
    begun = time.perf_counter()
    index = ListIndex([source])
    report["build_s"] = round(time.perf_counter() - begun, 2)
    report["names"] = len(index)
    least = load_rules().sanctions.likeness
    seen = sum(
        any(m.entry.entry == f"p{n}" for m in index.search(p["other"], least))
        for n, p in enumerate(hidden)
    )
    report["found_in_list"] = round(seen / len(hidden), 3)
    people = [(crowd(random_), f"{random_.randint(1940, 2000)}-05-05") for _ in range(APPLICANTS)]
    exact = {" ".join(sorted(name.split())) for name in names}
    strangers = [p for p in people if " ".join(sorted(p[0].split())) not in exact]
    times, named = [], 0
    with tempfile.TemporaryDirectory() as folder:
        screening = Screening(Path(folder) / "s.db", Blinds(), lists=[source])
        for number, (name, birth) in enumerate(strangers):
            one = application(number, at=10**9 + 10**6 * number, names=(name,), birth_date=birth)
            begun = time.perf_counter()
            hits = screening.screen(one)
            times.append(time.perf_counter() - begun)
            named += any(hit.rule == "sanctions_name" for hit in hits)
    report["strangers"] = len(strangers)
    report["strangers_with_hit"] = round(named / len(strangers), 4)
    report["screen_ms_median"] = round(1000 * median(times), 2)
    report["screen_ms_p99"] = round(1000 * sorted(times)[int(0.99 * len(times))], 2)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
