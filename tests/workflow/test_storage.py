"""Data from elsewhere, and results elsewhere, through Snakemake's storage plugins."""

import functools
import http.server
import threading

import pytest
from projects import new_project

from helpers import DATA, ROOT

pytestmark = pytest.mark.long  # a run each


@pytest.fixture
def web():
    """A web server on the loopback that serves the test data."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(DATA))
    handler.log_message = lambda *arguments: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_data_file_may_be_a_url(web, tmp_path):
    project = new_project(tmp_path / "project", ROOT)
    address = f"{web}/acidity.csv"
    with project.configured(
        datasets={"lakes": {"file": address, "response": "y"}},
        analyses=[{"dataset": "lakes", "models": ["free"]}],
    ):
        result = project.snakemake("--cores", "2", "diagnostics")
        assert result.returncode == 0, result.stdout
        facts = (project.results / "lakes" / "data.json").read_text("utf-8")
        assert f'"source": "{address}"' in facts
        assert '"n": 155' in facts
        assert not project.dry_run("diagnostics").rules


def test_results_may_live_in_a_storage(tmp_path):
    project = new_project(tmp_path / "project", ROOT)
    storage = tmp_path / "storage"
    (storage / "project").mkdir(parents=True)
    (storage / "project" / "acidity.csv").write_bytes((DATA / "acidity.csv").read_bytes())
    arguments = ["--default-storage-provider", "fs", "--default-storage-prefix", str(storage / "project")]
    result = project.snakemake("--cores", "2", "diagnostics", *arguments)
    assert result.returncode == 0, result.stdout
    found = {path.relative_to(storage / "project").as_posix() for path in storage.rglob("diagnostics.json")}
    assert found == {f"results/{fit}/k2/diagnostics.json" for fit in ("toy/shared", "toy/free", "lakes/free")}
