"""How numbers are written: with the digits that carry information."""

from __future__ import annotations

import math

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 8
LARGEST_FIXED = 1e15
"""Larger numbers are written with an exponent; doubles do not have all their digits."""


def decimals_of(error: float | None) -> int | None:
    """Return how many decimals a number with a standard error deserves; None without an error.

    The last decimal is that of the error's first digit: 9.0123 with error 0.004 has three.
    """
    if error is None or not math.isfinite(error) or error <= 0:
        return None
    return min(MOST_DECIMALS, max(0, -math.floor(math.log10(error))))


def fixed(value: float | None, decimals: int) -> str:
    """Write a number with the given decimals and a true minus sign."""
    if value is None or not math.isfinite(value):
        return MISSING
    if abs(value) >= LARGEST_FIXED:
        return f"{value:.2e}".replace("-", MINUS)
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")  # -0.00 is 0.00
    return text.replace("-", MINUS)


def significant(value: float | None, digits: int = 3) -> str:
    """Write a number with the given significant digits; whole numbers are written as such."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == round(value) and abs(value) < 1e7:
        return count(value)
    size = math.floor(math.log10(abs(value)))
    if size < -5 or size > 7:
        return f"{value:.{digits - 1}e}".replace("-", MINUS)
    return fixed(value, max(0, digits - 1 - size))


def measured(value: float | None, error: float | None) -> str:
    """Write a number with the decimals that its standard error justifies."""
    decimals = decimals_of(error)
    if decimals is None or error is None:
        return significant(value, 4)
    needed = -math.floor(math.log10(error))
    if value and math.isfinite(value) and (needed > MOST_DECIMALS or abs(value) >= LARGEST_FIXED):
        digits = min(MOST_DECIMALS, max(0, math.floor(math.log10(abs(value))) + needed))
        return f"{value:.{digits}e}".replace("-", MINUS)
    return fixed(value, decimals)


def plain(value: float | None) -> str:
    """Write a number that a person chose, such as a threshold, in the usual way: 0.3, 400."""
    return MISSING if value is None else f"{value:.6g}"


def count(value: float | None) -> str:
    """Write a number of things, or an effective sample size, without decimals."""
    return fixed(value, 0)


def percent(share: float | None) -> str:
    """Write a share in per cent: 95%, 99.5%."""
    if share is None or not math.isfinite(share):
        return MISSING
    return f"{significant(100 * share, 3 if share > 0.1 else 2).removesuffix('.0')}%"


def seconds(value: float | None) -> str:
    """Write a duration: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
