"""Configurations and tables of other kinds, as Snakemake meets them."""

import gzip
import json

import pandas as pd

CODE = "__use_yte__: true\n__definitions__:\n  - open('ran', 'w').close()\n"


def test_snakemake_reads_no_configuration_that_would_run_code(small):
    file = small.folder / "config.yaml"
    with small.changed(file, "title: Two groups and some lakes\n", CODE):
        result = small.snakemake("--dry-run")
    assert result.returncode == 1
    assert "'__use_yte__', by which a configuration may run code" in result.stdout
    assert not (small.folder / "ran").exists()


def test_a_key_twice_is_refused_in_both_kinds_of_configuration(small):
    other = small.folder / "other.yaml"
    other.write_text("title: a\ntitle: b\n", "utf-8")
    result = small.snakemake("--dry-run", "--configfile", str(other))
    assert result.returncode == 1
    assert "line 2: the key 'title' is there already in line 1" in result.stdout
    file = small.folder / "config.yaml"
    with small.changed(file, "  lakes: {", "  toy: {file: a.csv, response: y}\n  lakes: {"):
        result = small.snakemake("--dry-run")
    assert result.returncode == 1
    assert "the key 'toy' is there already in line 4" in result.stdout


def test_a_european_table_that_is_packed_is_read_by_the_workflow(small):
    y = pd.read_csv(small.folder / "acidity.csv")["y"]
    text = "id;y\n" + "".join(f"{i};{str(value).replace('.', ',')}\n" for i, value in enumerate(y))
    (small.folder / "lakes.csv.gz").write_bytes(gzip.compress(text.encode()))
    lakes = {"file": "lakes.csv.gz", "response": "y", "separator": ";", "decimal": ","}
    with small.configured(datasets={"lakes": lakes}):
        result = small.snakemake("--cores", "1", "results/lakes/data.parquet")
    assert result.returncode == 0, result.stdout
    facts = json.loads((small.results / "lakes" / "data.json").read_text("utf-8"))
    assert (facts["n"], facts["maximum"]) == (len(y), y.max())
