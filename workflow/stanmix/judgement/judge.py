"""Judge draws with a new ledger of modes. This happens after every round of sampling."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from stanmix.families import Data
from stanmix.io import scratch_folder
from stanmix.judgement import modes
from stanmix.judgement.checks import diagnose
from stanmix.model import Model


def judge(
    tree: Any,
    model: Model,
    y: Data,
    settings: Mapping[str, Any],
    truth: Mapping[str, Any] | None,
    files: Mapping[str, Any],
    beside: str | Path,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Summarise and judge a fit with its ledger of modes.

    Parameters
    ----------
    files
        ``executable`` and ``stan``, the sampling program and its data; ``modes``, the facts of the search.
    beside
        An output of the job, beside which scratch files are kept. The other parameters are those of
        :func:`stanmix.judgement.checks.diagnose`.
    """
    with scratch_folder(beside) as folder:
        ledger = partial(
            modes.ledger,
            model=model,
            tree=tree,
            y=y,
            found=files["modes"],
            executable=files["executable"],
            data=files["stan"],
            folder=folder,
        )
        return diagnose(tree, model, y, settings, truth, ledger)
