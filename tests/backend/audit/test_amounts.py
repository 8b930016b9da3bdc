import pytest

from tallystick.audit.amounts import readable


@pytest.mark.parametrize(
    ("amount", "decimals", "shown"),
    [
        (None, 6, "?"),
        (0, 6, "0.00"),
        (1, 6, "0.000001"),
        (1_234_567_500_000, 6, "1,234,567.50"),
        (1234, 0, "1,234"),
        (1234, None, "1,234"),
        (10**18 + 1, 18, "1.000000000000000001"),
        (15, 1, "1.5"),
    ],
)
def test_readable(amount: int | None, decimals: int | None, shown: str) -> None:
    assert readable(amount, decimals) == shown
