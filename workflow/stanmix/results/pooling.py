"""Pool analyses of multiply imputed labels.

An analysis that follows a mixture, for example a regression on the groups, must not treat the most probable
labels as known. Run it once for each column of ``imputations.parquet`` and pool the results here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from stanmix.errors import StanmixError


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate.

    Attributes
    ----------
    estimate
        Mean of the estimates.
    variance
        Total: mean of the variances, and (1 + 1/m) times the variance between imputations.
    df
        Degrees of freedom of the t distribution of the estimate; infinite where the imputations agree.
    fraction_missing
        Share of the variance due to unknown labels.
    """

    estimate: float
    variance: float
    df: float
    fraction_missing: float

    def interval(self, probability: float = 0.95) -> tuple[float, float]:
        """Return the central interval of the given probability."""
        half = stats.t.ppf(0.5 + probability / 2, self.df) * np.sqrt(self.variance)
        return float(self.estimate - half), float(self.estimate + half)


def pool(estimates: npt.ArrayLike, variances: npt.ArrayLike) -> Pooled:
    """Combine an estimate from each imputation.

    By the rules of Rubin (1987), Multiple Imputation for Nonresponse in Surveys.

    Parameters
    ----------
    estimates, variances
        The estimate from each of m >= 2 imputations, and its squared standard error.

    Raises
    ------
    StanmixError
        If their lengths differ or are below 2, or a variance is not positive.
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    if q.ndim != 1 or q.shape != u.shape or len(q) < 2 or not (u > 0).all() or not np.isfinite(q).all():
        raise StanmixError(
            "Pooling needs finite estimates from at least two imputations, with a positive variance for "
            "each. Give pool() two lists of the same length."
        )
    m = len(q)
    between = (1 + 1 / m) * q.var(ddof=1)
    total = u.mean() + between
    df = np.inf if between == 0 else (m - 1) * (total / between) ** 2
    return Pooled(float(q.mean()), float(total), float(df), float(between / total))
