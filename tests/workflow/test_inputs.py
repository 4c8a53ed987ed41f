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


def test_files_and_names_as_odd_as_are_allowed_run(small):
    """Of names the longest, and one of what Snakemake's shell, wildcards and globs could take otherwise."""
    text = (small.folder / "acidity.csv").read_text("utf-8")
    files = [
        "a b.csv",
        "é.csv",
        "a'b.csv",
        'a"b.csv',
        "$a.csv",
        "a*[b].csv",
        "a;b&c.csv",
        "-a.csv",
        "a#b,c.csv",
    ]
    for file in files:
        (small.folder / file).write_text(text, "utf-8")
    names = ["abcdefgh" * 8, "m" * 19, *(f"d{i}" for i in range(len(files) - 2))]
    datasets = {name: {"file": file, "response": "y"} for name, file in zip(names, files, strict=True)}
    analyses = [{"dataset": name, "models": ["free"]} for name in names]
    with small.configured(datasets=datasets, analyses=analyses):
        result = small.snakemake("--cores", "1", *(f"results/{name}/data.parquet" for name in names))
    assert result.returncode == 0, result.stdout
    assert len(list(small.results.glob("*/data.parquet"))) == len(files)
