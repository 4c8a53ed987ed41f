"""The report on paper, printed by a browser without a window."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from stanmix.errors import StanmixError
from stanmix.io import scratch_folder

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge",
)
"""Names under which programs that print pages are installed."""
SECONDS = 240


def find_browser() -> str:
    """Return the path of a browser that prints.

    Raises
    ------
    StanmixError
        If none is installed.
    """
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise StanmixError(
        "No Chromium or Chrome is installed here, which prints report.pdf. Install one (apt-get install "
        "chromium), or open report.html in any browser and print it from there."
    )


def print_pdf(page: str | Path, target: str | Path) -> None:
    """Print a page of HTML.

    Parameters
    ----------
    page
        The file of the page.
    target
        The PDF file to write.

    Raises
    ------
    StanmixError
        If there is no browser, or it fails.
    """
    browser, target = find_browser(), Path(target).resolve()
    with scratch_folder(target) as profile:
        command = [browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        # A sandbox cannot be made for root, as in most containers; the page is our own and asks for nothing.
        command += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command.append("--generate-pdf-document-outline")
        command += [f"--user-data-dir={profile}", "--no-pdf-header-footer", f"--print-to-pdf={target}"]
        command.append(Path(page).resolve().as_uri())
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise StanmixError(f"{browser} did not print {page} within {SECONDS} s. Run it again.") from None
    if result.returncode or not target.is_file():
        last = result.stderr.strip().splitlines()[-1:] or ["It said nothing."]
        raise StanmixError(f"{browser} could not print {page}: {last[0]}")
