"""Seeds: every random number of a run derives from the configured seed and its purpose.

A seed is the first 31 bits of the SHA-256 of the configured seed and the names of its purpose,
so that adding a data set or a model never changes the draws of another.
"""

from __future__ import annotations

import hashlib


def derive(seed: int, *purpose: str | int) -> int:
    """Return a seed from 1 to 2**31 - 1 for the given purpose.

    Parameters
    ----------
    seed
        The configured seed.
    *purpose
        Names of the purpose, such as data set, model, number of components and stage.
    """
    text = "\x1f".join(str(part) for part in (seed, *purpose))
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big") % (2**31 - 1) + 1
