"""The challenger: gradient boosting without any limit on its trees, on the columns as given, of a
wide table on those that say the most on their own."""

from __future__ import annotations

from typing import Final

import lightgbm as lgb
import numpy as np

from tallystick.scoring.features import Codes, Floats
from tallystick.training.data import Dataset, Integers
from tallystick.training.fit import informative

MOST_COLUMNS: Final = 300


def challenge(data: Dataset, train: Codes, held: Codes, names: list[str], seed: int) -> Floats:
    """Log-odds of the held-out rows."""
    names = informative(data, train, names, MOST_COLUMNS)
    texts = [place for place, name in enumerate(names) if name in data.texts]
    table = np.stack(
        [
            data.numbers[name] if name in data.numbers else _codes(data.texts[name].codes)
            for name in names
        ],
        axis=1,
    )
    small = len(train) < 2000
    settings = {
        "objective": "binary",
        "verbose": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "learning_rate": 0.02 if small else 0.03,
        "num_leaves": 6 if small else 15,
        "min_data_in_leaf": 20 if small else 60,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "feature_fraction": 0.4,
        "lambda_l2": 5.0,
    }
    learn = lgb.Dataset(
        table[train], data.target[train], categorical_feature=texts, free_raw_data=True
    )
    model = lgb.train(settings, learn, 200 if small else 300)
    return np.asarray(model.predict(table[held], raw_score=True))


def _codes(codes: Integers) -> Floats:
    return np.where(codes < 0, np.nan, codes)
