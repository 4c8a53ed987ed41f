"""Three commands to a report: install the repository, `stanmix init`, `stanmix run`."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from helpers import DATA, ROOT

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        command, cwd=cwd, env=kept | environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel, and with the packages of this one besides."""
    folder = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    # From a copy, since building leaves files behind.
    shutil.copytree(ROOT, folder / "source", ignore=shutil.ignore_patterns(".*", "results", "build", "logs"))
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, folder / "source", cwd=folder)
    (wheel,) = folder.glob("stan_mixtures-*.whl")
    venv.create(folder / "env", symlinks=True)
    python = folder / "env" / "bin" / "python"
    run(*pip, "--python", python, "install", "--no-deps", wheel, cwd=folder)
    (packages,) = (folder / "env" / "lib").glob("python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    shutil.rmtree(folder / "source")
    return python.parent


def test_the_wheel_has_the_whole_workflow(installed):
    script = "from stanmix import paths; print(paths.PACKAGE, paths.ROOT)"
    package, root = map(Path, run(installed / "python", "-c", script, cwd=installed).split())
    assert package.is_relative_to(installed.parent)
    assert root == package / "_workflow"
    inside = [path.name for path in (ROOT / "workflow").iterdir() if path.is_dir() and path.name != "stanmix"]
    for folder in (*(f"workflow/{name}" for name in inside), "stan", "profiles"):
        own = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
        own = {path for path in own if "__pycache__" not in path.parts}
        assert len(own) > 0
        assert own <= {path.relative_to(root) for path in (root / folder).rglob("*")}, folder


def test_three_commands_lead_to_a_report(installed, tmp_path):
    shutil.copy(DATA / "peers" / "faithful.csv", tmp_path)
    stanmix = installed / "stanmix"
    run(stanmix, "init", "faithful.csv", cwd=tmp_path)
    config = tmp_path / "config.yaml"
    text = config.read_text("utf-8").replace("components: [1, 2, 3, 4]", "components: [1, 2]")
    text = text.replace("models: [VVI, EEE, VVV]", "models: [VVV]")
    assert "components: [1, 2] #" in text
    assert "models: [VVV]}" in text
    config.write_text(f"{text}sampling: {{chains: 2, warmup: 200, draws: 200}}\n", "utf-8")
    assert "2 fits with 4 chains would run" in run(stanmix, "check", cwd=tmp_path)
    said = run(stanmix, "run", "--cores", "2", cwd=tmp_path)
    assert said.splitlines()[-1] == "The report: results/report.html"
    assert (tmp_path / "results" / "report.html").stat().st_size > 100_000
    facts = json.loads((tmp_path / "results" / "report.json").read_text("utf-8"))
    assert [fit["components"] for fit in facts["fits"]] == [1, 2]
    assert "Nothing to do" in run(stanmix, "run", cwd=tmp_path)
    new = run(stanmix, "predict", "results/faithful/VVV/k2", "faithful.csv", cwd=tmp_path)
    assert "272 rows" in new
