"""The folder of files that are made once for a user, not once for an analysis."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def locked(path: Path, say: Callable[[str], object], work: str) -> Iterator[None]:
    """Hold the lock of a file or folder of the cache, so that one process makes it while the others wait.

    The system frees the lock when the process ends, however it ends. On a file system without locks nobody
    waits.

    Parameters
    ----------
    path
        The file or folder to be made; the lock is beside it.
    say
        Called with a line of text before waiting.
    work
        The work of another process in the meantime, such as "compiling normal".

    Raises
    ------
    ToolchainError
        If the cache cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.with_name(f"{path.name}.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise ToolchainError(
            f"The cache {path.parent} cannot be written ({error.strerror}): set $STANMIX_CACHE to a folder "
            "that can."
        ) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another process that is {work}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            pass  # no locks here: results are renamed into place, so that two processes only work twice
        yield
