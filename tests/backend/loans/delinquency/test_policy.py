from __future__ import annotations

from typing import Any

import pytest

from tallystick.loans.delinquency.policy import AssetClass, Policy
from tallystick.loans.errors import InputInvalid


@pytest.mark.parametrize(
    ("days", "bucket", "asset_class"),
    [
        (0, "current", "normal"),
        (1, "1-30", "special_mention"),
        (30, "1-30", "special_mention"),
        (31, "31-60", "special_mention"),
        (90, "61-90", "special_mention"),
        (91, "91-180", "substandard"),
        (180, "91-180", "substandard"),
        (270, "181-360", "substandard"),
        (271, "181-360", "doubtful"),
        (360, "181-360", "doubtful"),
        (361, "361+", "loss"),
        (20_000, "361+", "loss"),
    ],
)
def test_thresholds_fall_between_two_days(days: int, bucket: str, asset_class: str) -> None:
    policy = Policy()
    assert policy.bucket_labels[policy.bucket(days)] == bucket
    assert policy.asset_class(days).label == asset_class


def test_provisions_round_up() -> None:
    policy = Policy()
    assert policy.provision(AssetClass.NORMAL, 100) == 1
    assert policy.provision(AssetClass.NORMAL, 101) == 2
    assert policy.provision(AssetClass.LOSS, 2**96) == 2**96
    assert policy.provision(AssetClass.SPECIAL_MENTION, 0) == 0


def test_json_round_trip() -> None:
    policy = Policy((7, 14), (7, 30, 60, 90), (0, 0, 1, 2, 3), (0,), after_grace=True)
    assert Policy.from_json(policy.to_json()) == policy
    assert Policy.from_json({}) == Policy()
    assert policy.bucket_labels == ("current", "1-7", "8-14", "15+")


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"buckets": [1]}, "/buckets"),
        ({"bucket_ends": []}, "/bucket_ends"),
        ({"bucket_ends": 30}, "/bucket_ends"),
        ({"bucket_ends": [0, 30]}, "/bucket_ends/0"),
        ({"bucket_ends": [30, 30]}, "/bucket_ends/1"),
        ({"class_above": [0, 90, 270]}, "/class_above"),
        ({"class_above": [0, 90, 80, 360]}, "/class_above/2"),
        ({"class_above": [0, 90, 270, 40_000]}, "/class_above/3"),
        ({"provision_ppm": [0, 0, 0, 0, 1_000_001]}, "/provision_ppm/4"),
        ({"provision_ppm": [5, 4, 5, 5, 5]}, "/provision_ppm/1"),
        ({"par_above": [-1]}, "/par_above/0"),
        ({"par_above": [True]}, "/par_above/0"),
        ({"par_above": ["30"]}, "/par_above/0"),
        ({"after_grace": 1}, "/after_grace"),
    ],
)
def test_a_wrong_policy_names_field_and_rule(data: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        Policy.from_json(data)
    assert caught.value.pointer == pointer
    assert caught.value.rule
