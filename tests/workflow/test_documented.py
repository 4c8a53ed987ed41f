"""The reference of the results: every file of a run, and every column and field in it, is on the page."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import xarray as xr

from helpers import ROOT

PAGE = ROOT / "docs" / "reference" / "results.md"
FIT = "{dataset}/{model}/k{K}/"
OF_OTHER_RUNS = {
    "{dataset}/data.parquet": {"y_{d}", "trials", "weight", "label"},
    f"{FIT}loo_pointwise.parquet": {"weight", "drawn", "approximation"},
    f"{FIT}model.json": {"structure", "columns", "families", "levels", "known", "weighted", "noise"},
}
"""What only other data or models than those of the small run have."""
NOT_SPLIT = {f"{FIT}stan.json", "config.effective.yaml"}
"""Files whose fields stand elsewhere: in the Stan program, in the configuration reference."""
CONTENT = (".json", ".csv", ".parquet", ".nc")


def sections():
    """The documented files: pattern of their path, the section's chapter, and the names in its tables."""
    found, chapter = {}, ""
    for block in re.split(r"^(?=##)", PAGE.read_text("utf-8"), flags=re.MULTILINE):
        heading, _, body = block.partition("\n")
        if heading.startswith("## "):
            chapter = heading.removeprefix("## ")
        if not heading.startswith("### "):
            continue
        cells = re.findall(r"^\| (`[^|]*) \|", body, re.MULTILINE)
        names = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
        section = (chapter, names)
        found |= {path.replace(".../", FIT): section for path in re.findall(r"`([^`]+)`", heading)}
    for suffix in ("csv", "parquet"):  # which say that they have all of the other's columns
        chapter, names = found[f"{FIT}predictions.{suffix}"]
        found[f"{FIT}predictions.{suffix}"] = (chapter, found[f"{FIT}assignments.{suffix}"][1] + names)
    return found


DOCUMENTED = sections()


def pattern(documented, of_path=True):
    """A regular expression of a documented path or name."""
    parts = re.split(r"(\{\w+\})", documented)
    numbers = ("{K}", "{chain}", "{round}", "{d}", "{k}", "{i}")
    other = r"[\w-]+" if of_path else r"\w+?"
    return "".join(
        (r"\d+" if part in numbers else r"\d+(\.\d+)*" if part == "{index}" else other)
        if part.startswith("{")
        else re.escape(part)
        for part in parts
    )


def documented(path):
    """The documented path that a file below the results has, the most particular one."""
    found = [place for place in DOCUMENTED if re.fullmatch(pattern(place), path)]
    return min(found, key=lambda place: place.count("{"), default=None)


def content(file):
    """Names of the columns, fields or variables of a file."""
    if file.suffix == ".csv":
        return file.read_text("utf-8").splitlines()[0].split(",")
    if file.suffix == ".parquet":
        return pq.read_schema(file).names
    if file.suffix == ".json":
        return list(json.loads(file.read_text("utf-8")))
    with xr.open_datatree(file) as tree:
        return [f"{group.path}/{name}".lstrip("/") for group in tree.subtree for name in group.data_vars]


def files_of(run):
    return {
        file.relative_to(run.results).as_posix(): file
        for file in run.results.rglob("*")
        if file.is_file() and file.name != ".snakemake_timestamp"
    }


def test_every_file_of_a_run_is_documented_and_every_documented_one_is_there(tiny_run):
    files = files_of(tiny_run)
    assert [path for path in files if documented(path) is None] == []
    seen = {documented(path) for path in files}
    missing = {place for place, (chapter, _) in DOCUMENTED.items() if chapter != "On demand"} - seen
    assert missing == {f"{FIT}predictions.csv", f"{FIT}predictions.parquet"}


def test_every_column_and_field_is_documented_and_every_documented_one_is_there(tiny_run):
    unknown, unseen = [], {place: set(names) for place, (_, names) in DOCUMENTED.items()}
    for path, file in files_of(tiny_run).items():
        place = documented(path)
        if file.suffix not in CONTENT or place in NOT_SPLIT:
            continue
        names = DOCUMENTED[place][1]
        for name in content(file):
            fitting = {own for own in names if re.fullmatch(pattern(own, of_path=False), name)}
            unseen[place] -= fitting
            unknown += [] if fitting else [f"{path}: {name}"]
    assert unknown == []
    together = {  # files of one section, each of which has a part of its names
        place: set.intersection(*(unseen[other] for other in DOCUMENTED if DOCUMENTED[other] is entry))
        for place, entry in DOCUMENTED.items()
    }
    left = {
        place: names - OF_OTHER_RUNS.get(place, set())
        for place, names in together.items()
        if DOCUMENTED[place][0] != "On demand" and "predictions" not in place
    }
    assert {place: names for place, names in left.items() if names} == {}


def test_every_column_of_predictions_is_documented(tiny_run, tmp_path):
    fit = tiny_run.results / "lakes" / "free" / "k2"
    command = [sys.executable, "-m", "stanmix", "predict", str(fit), str(tiny_run.folder / "acidity.csv")]
    environment = os.environ | {"PYTHONPATH": str(tiny_run.workflow / "workflow")}
    file = tmp_path / "predictions.parquet"
    subprocess.run([*command, "--output", str(file)], env=environment, capture_output=True, check=True)
    names = DOCUMENTED[f"{FIT}predictions.parquet"][1]
    found = [
        next((own for own in names if re.fullmatch(pattern(own, False), name)), name)
        for name in content(file)
    ]
    assert list(dict.fromkeys(found)) == names


def normal(path):
    """A path with all its wildcards alike."""
    return re.sub(r"(\{\})+", "{}", re.sub(r"\{[^{}]*\}", "{}", path.replace("{{", "{").replace("}}", "}")))


def declared():
    """All paths below the results that the rules name."""
    text = "".join(file.read_text("utf-8") for file in sorted((ROOT / "workflow" / "rules").glob("*.smk")))
    paths = re.findall(r"\"((?:\{FIT\}|<results>)/[^\"]+)\"", text)
    return {normal(path.replace("{FIT}/", FIT).replace("<results>/", "")): path for path in paths}


def test_every_path_that_the_rules_name_is_documented_and_those_on_demand_are_named():
    folders = {normal(str(Path(place).parent)) for place in DOCUMENTED}
    rules = declared()
    assert len(rules) > 30
    unknown = [
        path
        for name, path in rules.items()
        if documented(name.replace("{}", "0")) is None and name not in folders
    ]
    assert unknown == []
    on_demand = {place for place, (chapter, _) in DOCUMENTED.items() if chapter == "On demand"}
    unnamed = {place for place in on_demand if normal(place) not in rules}
    # The rules name the folder of the chains that are more than the first.
    assert unnamed == {f"{FIT}diagnostics.failed.json", f"{FIT}chains/more/chain_{{chain}}.parquet"}
