"""Where files are kept that are made once for a user, not once for an analysis."""

import os
from pathlib import Path

from stanmix.toolchain.problems import ToolchainError


def cache_dir() -> Path:
    """Return the cache folder: ``$STANMIX_CACHE``, else ``stan-mixtures`` in the user's cache.

    Returns
    -------
    Path
        An absolute path. The folder need not exist yet.

    Raises
    ------
    ToolchainError
        If the variable in use holds a relative path, which would mean another folder for each
        working directory.
    """
    for variable, name in (("STANMIX_CACHE", ""), ("XDG_CACHE_HOME", "stan-mixtures")):
        value = os.environ.get(variable)
        if value:
            path = Path(value).expanduser()
            if not path.is_absolute():
                raise ToolchainError(f"${variable} is the relative path {value}; set it to an absolute path.")
            return path / name
    return Path.home() / ".cache" / "stan-mixtures"
