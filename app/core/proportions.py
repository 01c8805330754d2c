"""Proportions in whole numbers: percent in tenths, rounded half away from zero."""

TENTHS = 1000


def permille(numerator: int, denominator: int) -> int | None:
    """A share in tenths of a percent; None of nothing."""
    return _rounded(numerator * TENTHS, denominator) if denominator else None


def change_permille(now: int, before: int) -> int | None:
    """The change against an earlier count in tenths of a percent; None where there was nothing to compare with."""
    return _rounded((now - before) * TENTHS, before) if before else None


def _rounded(numerator: int, denominator: int) -> int:
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size
