"""What repeated measurements say: the median ratio and its range."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any


def compare(ours: Sequence[float], theirs: Sequence[float], larger_is_better: bool = False) -> dict[str, Any]:
    """Compare measurements that were made in turn.

    Parameters
    ----------
    ours, theirs
        One value a repetition each.
    larger_is_better
        Whether they are rates; otherwise they are times or sizes.

    Returns
    -------
    dict
        ``ours`` and ``theirs`` (medians), ``ratio`` (median of the repetitions' ratios, above 1 where ours is
        better), ``spread`` (least and largest ratio) and ``repetitions``.
    """
    pairs = list(zip(ours, theirs, strict=True))
    ratios = [a / b if larger_is_better else b / a for a, b in pairs]
    return {
        "ours": statistics.median(ours),
        "theirs": statistics.median(theirs),
        "ratio": statistics.median(ratios),
        "spread": [min(ratios), max(ratios)],
        "repetitions": len(ratios),
    }
