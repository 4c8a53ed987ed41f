"""Another workflow uses this one as a module, with a configuration and a prefix of its own."""

import shutil
from collections import Counter

import pytest
import yaml
from projects import Project

from helpers import DATA, ROOT

OUTER = """
configfile: "outer.yaml"


module stanmix:
    snakefile:
        config["workflow"]
    config:
        config["mixtures"]
    prefix:
        "mixtures"


use rule * from stanmix as stanmix_*


rule measure:
    input:
        "raw.csv",
    output:
        "measured.csv",
    shell:
        "cp {input} {output}"


rule all:
    default_target: True
    input:
        rules.stanmix_report.output,
"""
MIXTURES = {
    "datasets": {"lakes": {"file": "measured.csv", "response": "y"}},
    "models": {"free": {"family": "normal", "components": [1, 2]}},
    "analyses": [{"dataset": "lakes", "models": ["free"]}],
    "sampling": {"chains": 2, "warmup": 100, "draws": 100},
}


@pytest.fixture
def outer(tmp_path):
    """A workflow that makes a table and has its mixtures fitted."""
    shutil.copy(DATA / "acidity.csv", tmp_path / "raw.csv")
    (tmp_path / "Snakefile").write_text(OUTER, "utf-8")
    config = {"workflow": str(ROOT / "Snakefile"), "mixtures": MIXTURES}
    (tmp_path / "outer.yaml").write_text(yaml.safe_dump(config), "utf-8")
    return Project(tmp_path, tmp_path)


def test_the_rules_have_the_names_and_the_prefix_of_the_module(outer):
    plan = outer.dry_run()
    judged = ("escalate", "label", "prior", "quantify", "partition", "diagnose", "draw_fit")
    each_fit = ("initialise", "search", *judged)
    once = ("ingest", "compare", "draw_dataset", "report")
    expected = Counter({f"stanmix_{rule}": 2 for rule in each_fit})
    expected += Counter({f"stanmix_{rule}": 1 for rule in once})
    expected += Counter({"stanmix_compile_program": 2, "stanmix_sample": 4, "measure": 1, "all": 1})
    assert plan.rules == expected


def test_the_plan_and_single_stages_can_be_asked_for(outer):
    assert outer.dry_run("stanmix_plan").rules["stanmix_time_gradient"] == 2
    assert outer.dry_run("stanmix_data").rules == {"measure": 1, "stanmix_ingest": 1, "stanmix_data": 1}


def test_a_mistake_in_the_module_s_configuration_is_said(outer):
    with outer.configured_in("outer.yaml", mixtures=MIXTURES | {"samplin": {}}):
        result = outer.snakemake("--dry-run")
    assert result.returncode != 0
    assert "samplin is not a known key" in result.stdout


def test_the_workflow_where_the_catalog_looks_for_it_is_the_same(small):
    there = Project(small.folder, ROOT / "workflow").dry_run()
    here = small.dry_run()
    assert there.messages == here.messages
    assert there.rules == here.rules + Counter({"default": 1}) - Counter({"all": 1})


def test_a_fit_of_data_that_another_rule_makes(outer):
    target = "mixtures/results/lakes/free/k1/posterior.nc"
    result = outer.snakemake("--cores", "2", target)
    assert result.returncode == 0, result.stdout
    assert (outer.folder / target).is_file()
    assert (outer.folder / "mixtures/logs/lakes/free/k1/sample_1.log").is_file()
    made = {path.name for path in outer.folder.iterdir()}
    assert made == {".snakemake", "Snakefile", "mixtures", "measured.csv", "outer.yaml", "raw.csv"}
    assert outer.dry_run(target).rules == {}
