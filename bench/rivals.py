"""Cross-validated AUC of other packages on a table; run in an environment that has them.

Usage: python rivals.py DATA TARGET POSITIVE FOLD_STATE CATEGORICAL,... LEFT_OUT,...
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from optbinning import BinningProcess, Scorecard
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

warnings.simplefilter("ignore")


def light(**settings: Any) -> Callable[[], Any]:
    return lambda: lightgbm.LGBMClassifier(verbose=-1, n_jobs=1, **settings)


def optbinning(names: list[str], categorical: list[str]) -> Any:
    process = BinningProcess(names, categorical_variables=categorical)
    return Scorecard(binning_process=process, estimator=LogisticRegression(max_iter=1000))


def main() -> None:
    data, target, positive, state, listed, left_out = sys.argv[1:]
    table = pd.read_csv(data).drop(columns=[name for name in left_out.split(",") if name])
    y = (table.pop(target).astype(str) == positive).to_numpy().astype(int)
    categorical = [name for name in listed.split(",") if name in table]
    coded = table.copy()
    for name in categorical:
        coded[name] = coded[name].astype("category")
    plain = table.copy()
    plain[categorical] = plain[categorical].astype(str)
    tuned = {
        "learning_rate": 0.02,
        "n_estimators": 400,
        "num_leaves": 15,
        "min_child_samples": 60,
        "subsample": 0.7,
        "subsample_freq": 1,
        "colsample_bytree": 0.4,
        "reg_lambda": 5,
    }
    rivals: dict[str, tuple[Any, Callable[[], Any]]] = {
        "LightGBM": (coded, light()),
        "LightGBM, tuned": (coded, light(**tuned)),
        "HistGradientBoosting": (
            coded,
            lambda: HistGradientBoostingClassifier(
                categorical_features="from_dtype", random_state=0
            ),
        ),
        "optbinning": (plain, lambda: optbinning(list(plain), categorical)),
    }
    folds = list(StratifiedKFold(5, shuffle=True, random_state=int(state)).split(table, y))
    results = {}
    for name, (rows, make) in rivals.items():
        start = time.perf_counter()
        aucs = []
        for train, held in folds:
            model = make()
            model.fit(rows.iloc[train], y[train])
            aucs.append(roc_auc_score(y[held], model.predict_proba(rows.iloc[held])[:, 1]))
        seconds = time.perf_counter() - start
        results[name] = {"auc": round(float(np.mean(aucs)), 5), "seconds": round(seconds, 1)}
        sys.stderr.write(f"{name}: {results[name]}\n")
    sys.stdout.write(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
