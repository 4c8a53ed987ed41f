"""The measurement of how defaults end: what is read of a run, indices, rows, and the page."""

import itertools
import json

import pandas as pd
import pytest
import yaml
from bench.validation import corpus, corpus_page
from bench.validation import results as validation

DATA = corpus.DATA


def row(data="acidity", K=2, seed=1, verdict="converged", **changes):
    own = corpus.TABLES[data]
    facts = {
        "data": data,
        "family": own.family,
        "structure": None,
        "groups": own.groups,
        "separated": own.separated,
        "K": K,
        "seed": seed,
        "report": True,
        "run_seconds": 60.0,
        "run_components": 4,
        "verdict": verdict,
        "fit_seconds": 20.0,
        "rounds": 0,
        "actions": [],
        "log_density": -190.0,
        "elpd": -191.0,
        "ari_classes": None,
        "ari_mclust": None,
        "processor": "A processor",
        "cores": 2,
    }
    return facts | changes


# Of scikit-learn's documentation of `adjusted_rand_score`, and two of its tests (test_supervised.py).
@pytest.mark.parametrize(
    ("one", "other", "index"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], 1),
        ([0, 0, 1, 1], [1, 1, 0, 0], 1),
        ([0, 0, 1, 2], [0, 0, 1, 1], 4 / 7),
        ([0, 0, 1, 1], [0, 0, 1, 2], 4 / 7),
        ([0, 0, 0, 0], [0, 1, 2, 3], 0),
        ([0, 0, 1, 1], [0, 1, 0, 1], -0.5),
        ([0, 0, 0], [1, 1, 1], 1),
        (["a"], ["b"], 1),
    ],
)
def test_the_adjusted_rand_index_is_scikit_learns(one, other, index):
    assert corpus.adjusted_rand(one, other) == pytest.approx(index, abs=1e-12)


def test_the_adjusted_rand_index_of_mclusts_classes_is_what_mclust_reports():
    reported = {"diabetes": {"VVV3": 0.66401814, "VVI3": 0.65862918}, "iris": {"VVV3": 0.90387423}}
    found = json.loads((DATA / "mclust.json").read_text("utf-8"))
    for name, of_fits in reported.items():
        known = corpus.TABLES[name].read()[corpus.TABLES[name].classes]
        for fit, index in of_fits.items():
            assert corpus.adjusted_rand(found[name]["classification"][fit], known) == pytest.approx(
                index, abs=1e-8
            )


def test_the_adjusted_rand_index_is_that_of_pairs_counted_one_by_one():
    one, other = [1, 1, 2, 2, 2, 3, 3], list("aabbcca")
    pairs = list(itertools.combinations(range(7), 2))
    both = sum(one[i] == one[j] and other[i] == other[j] for i, j in pairs)
    first, second = (sum(x[i] == x[j] for i, j in pairs) for x in (one, other))
    expected = first * second / len(pairs)
    assert corpus.adjusted_rand(one, other) == pytest.approx(
        (both - expected) / ((first + second) / 2 - expected)
    )


def test_partitions_of_other_observations_are_refused():
    with pytest.raises(ValueError, match="3 and 2 observations"):
        corpus.adjusted_rand([1, 2, 3], [1, 2])


@pytest.mark.parametrize("table", corpus.TABLES.values(), ids=list(corpus.TABLES))
def test_every_table_has_its_columns_and_classes(table):
    found = table.read()
    assert not found[list(table.response)].isna().any(axis=None)
    assert table.classes not in table.response
    if table.classes:
        assert found[table.classes].nunique() == table.groups
    peers = json.loads((DATA / "mclust.json").read_text("utf-8")).get(table.name, {"classification": {}})
    assert all(len(classes) == len(found) for classes in peers["classification"].values())


def test_every_file_of_data_is_fitted_and_explained():
    files = {file.stem for file in DATA.glob("*.csv")}
    assert files == set(corpus.TABLES)
    text = (DATA / "README.md").read_text("utf-8")
    for table in corpus.TABLES.values():
        assert f"| `{table.name}` | {len(table.read())} |" in text
        assert f"| `{table.name}` | {table.groups} | " in text


def test_inits_configuration_is_fitted_but_for_components_and_seed(tmp_path):
    table = corpus.TABLES["iris"]
    corpus.configure(table, table.components, 7, tmp_path)
    config = yaml.safe_load((tmp_path / "config.yaml").read_text("utf-8"))
    fitted = pd.read_csv(tmp_path / "iris.csv")
    assert list(fitted) == list(table.response)
    assert config["sampling"] == {"seed": 7}
    assert {model["family"] for model in config["models"].values()} == {"multi_normal"}
    components = {name: model["components"] for name, model in config["models"].items()}
    # 150 rows do not bear more of the 14 parameters of an own covariance and mean.
    assert components == {"VVI": [1, 2, 3, 4, 5], "EEE": [1, 2, 3, 4, 5], "VVV": [1, 2, 3]}
    assert set(config) == {"title", "datasets", "models", "analyses", "sampling"}


def test_a_choice_of_init_whose_groups_are_not_known_stops(tmp_path):
    table = corpus.Table("fetal_lamb", ("y",), "normal", 2)
    with pytest.raises(SystemExit, match="init chose"):
        corpus.configure(table, [2], 1, tmp_path)


def test_settings_that_init_may_write_stay():
    config = {"models": {"m": {"family": "normal", "components": [1, 2]}}, "sampling": {"draws": 500}}
    found = corpus.with_changes(config, [1, 2, 3], 4)
    assert found["models"] == {"m": {"family": "normal", "components": [1, 2, 3]}}
    assert found["sampling"] == {"draws": 500, "seed": 4}


def test_a_model_that_bears_none_of_the_components_is_left_out():
    config = {"models": {"few": {"components": [1, 2]}, "many": {"components": [1, 2, 3]}}}
    assert corpus.with_changes(config, [3], 1)["models"] == {"many": {"components": [3]}}


@pytest.fixture
def run(tmp_path):
    """A run of acidity, whose fit of two components has everything and whose others have nothing."""
    config = {"datasets": {"acidity": {"response": "y"}}, "models": {"normal": {"family": "normal"}}}
    config["models"]["normal"]["components"] = [1, 2, 3, 4]
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    fit = tmp_path / "results" / "acidity" / "normal" / "k2"
    jobs = tmp_path / "benchmarks" / "acidity" / "normal" / "k2"
    (fit / "chains").mkdir(parents=True)
    rounds = [{"action": action} for action in ("more draws", "longer warmup", "stop")]
    (fit / "chains" / "kept.json").write_text(json.dumps({"rounds": rounds}))
    jobs.mkdir(parents=True)
    (jobs / "sample_1.tsv").write_text("s\th:m:s\n2.5\t0:00:02\n")
    (jobs / "label.tsv").write_text("s\th:m:s\n1.25\t0:00:01\n0.25\t0:00:00\n")
    (fit / "diagnostics.json").write_text(json.dumps({"verdict": "converged up to labels"}))
    (fit / "modes.json").write_text(json.dumps({"optima": [{"log_density": -1.5}, {"log_density": -2}]}))
    (fit / "loo.json").write_text(json.dumps({"elpd": -190.5}))
    peer = json.loads((DATA / "mclust.json").read_text("utf-8"))["acidity"]["classification"]["V2"]
    pd.DataFrame({"component": [3 - z for z in peer]}).to_parquet(fit / "assignments.parquet")
    (tmp_path / "results" / "report.html").write_text("")
    return tmp_path


def test_rows_are_what_the_files_of_a_run_say(run):
    rows = corpus.rows_of(corpus.TABLES["acidity"], 3, run, 61.24, cores=1)
    assert [found["K"] for found in rows] == [1, 2, 3, 4]
    found = rows[1]
    assert found["verdict"] == "converged up to labels"
    assert (found["rounds"], found["actions"]) == (2, ["more draws", "longer warmup"])
    assert (found["run_seconds"], found["fit_seconds"]) == (61.2, 4.0)
    assert (found["log_density"], found["elpd"]) == (-1.5, -190.5)
    assert (found["ari_mclust"], found["ari_classes"]) == (1.0, None)
    assert (found["seed"], found["report"], found["cores"], found["groups"]) == (3, True, 1, 2)
    assert json.loads(json.dumps(rows)) == rows


def test_what_a_run_did_not_leave_is_none(run):
    (run / "results" / "report.html").unlink()
    found = corpus.rows_of(corpus.TABLES["acidity"], 3, run, 1, cores=1)[0]
    assert (found["verdict"], found["elpd"], found["log_density"]) == (None, None, None)
    assert (found["report"], found["rounds"], found["fit_seconds"], found["ari_mclust"]) == (
        False,
        0,
        0,
        None,
    )


@pytest.mark.parametrize(("actions", "rounds"), [(["stop"], 0), (["smaller steps", "stop"], 1), ([], 0)])
def test_rounds_are_those_that_sampled_again(run, actions, rounds):
    file = run / "results" / "acidity" / "normal" / "k2" / "chains" / "kept.json"
    file.write_text(json.dumps({"rounds": [{"action": action} for action in actions]}))
    assert corpus.rows_of(corpus.TABLES["acidity"], 3, run, 1, cores=1)[1]["rounds"] == rounds


def test_known_classes_are_compared_where_there_are_some(run):
    fit = run / "results" / "acidity" / "normal" / "k2"
    found = corpus.fit_facts(fit, run / "benchmarks", known=["same"] * 155)
    assert found["ari_classes"] == 0


def test_rows_of_the_same_key_are_replaced_and_others_kept():
    before = [{"a": 1, "b": 2, "x": 0}, {"a": 1, "b": 1, "x": 0}]
    new = [{"a": 1, "b": 2, "x": 1}, {"a": 0, "b": 9, "x": 1}]
    assert validation.merged(before, ("a", "b"), new) == [
        {"a": 0, "b": 9, "x": 1},
        {"a": 1, "b": 1, "x": 0},
        {"a": 1, "b": 2, "x": 1},
    ]


def test_rows_of_runs_are_kept_in_the_file_a_line_each(tmp_path, monkeypatch):
    facts = tmp_path / "validation.json"
    whole = validation.read()
    others = {name: part for name, part in whole.items() if name not in validation.BY_RUN}
    monkeypatch.setattr(validation, "FACTS", facts)
    validation.store(others)
    assert facts.read_text("utf-8") == json.dumps(others, indent=2) + "\n"
    assert "Ordinary data" not in facts.with_suffix(".md").read_text("utf-8")
    validation.update("corpus", corpus.KEY, [row(seed=2)])
    validation.update("corpus", corpus.KEY, [row(seed=1), row(seed=2, verdict="several modes")])
    assert validation.read() == others | {"corpus": [row(seed=1), row(seed=2, verdict="several modes")]}
    assert sum(line.startswith('    {"data": ') for line in facts.read_text("utf-8").splitlines()) == 2
    assert "| acidity | normal | **2** | 1 | 0 | 0 | 1 | 0 | 0 | 20 |" in facts.with_suffix(".md").read_text(
        "utf-8"
    )


def test_exact_intervals_are_those_of_closed_forms():
    # Without a failure the lower end solves p^n = 0.025, with no success the upper one (1 - p)^n = 0.025.
    assert corpus_page.interval(10, 10) == pytest.approx((0.025 ** (1 / 10), 1))
    assert corpus_page.interval(0, 8) == pytest.approx((0, 1 - 0.025 ** (1 / 8)))
    # Clopper and Pearson's of 8 of 10, as R's binom.test prints it.
    assert corpus_page.interval(8, 10) == pytest.approx((0.4439045, 0.9747893), abs=1e-7)


def test_the_page_counts_fits_by_data_and_components():
    rows = [
        *(row(K=2, seed=seed, rounds=seed - 1, run_seconds=10.0 * seed) for seed in (1, 2, 3)),
        row(K=2, seed=4, verdict="not converged", run_seconds=100.0, actions=["more draws"]),
        row(K=3, seed=1, verdict="components not identified", fit_seconds=33.0),
        row(K=3, seed=2, verdict="several modes", fit_seconds=35.0),
        row("iris", K=3, structure="VVV", ari_classes=0.9, ari_mclust=1.0, verdict="converged up to labels"),
        row(
            "iris", K=3, seed=2, structure="VVV", ari_classes=0.8, ari_mclust=None, verdict=None, report=False
        ),
        row("faithful", K=2, structure="VVV", run_seconds=5.0, run_components=1, fit_seconds=4.0),
    ]
    text = "\n".join(corpus_page.render(rows))
    assert "- Measured on: A processor, 2 cores." in text
    assert "- Runs: 7, of 3 data sets. Without a report: 1." in text
    assert "- Good verdicts at the number of groups that is there: 5 of 7, 71% (29% to 96%)." in text
    assert "- Of data whose groups are separated: 1 of 1, 100% (3% to 100%)." in text
    assert "- Of all fits, not `not converged`: 7 of 9, 78% (40% to 97%)." in text
    assert "- Seconds of a run with all numbers of components: 60." in text
    assert "| acidity | normal | 2 | no | 3 of 4, 75% (19% to 99%) |  |  | 20 |" in text
    assert "| iris | multi_normal VVV | 3 | no | 1 of 2, 50% (1% to 99%) | 0.85 | 1.00 | 20 |" in text
    header = (
        "| data | model | K | converged | converged up to labels | components not identified | several modes "
    )
    assert header + "| not converged | no verdict | rounds | seconds of a fit |" in text
    assert "| acidity | normal | **2** | 3 | 0 | 0 | 0 | 1 | 0 | 0.5, at most 2 | 20 |" in text
    assert "| acidity | normal | 3 | 0 | 0 | 1 | 1 | 0 | 0 | 0 | 34 |" in text
    assert "| iris | multi_normal VVV | **3** | 0 | 1 | 0 | 0 | 0 | 1 | 0 | 20 |" in text
    assert text.endswith("Rounds of escalation: more draws 1.")


@pytest.fixture
def nothing_measured(tmp_path, monkeypatch):
    """Facts of validation, kept elsewhere, of which no part comes run by run."""
    others = {name: part for name, part in validation.read().items() if name not in validation.BY_RUN}
    monkeypatch.setattr(validation, "FACTS", tmp_path / "validation.json")
    validation.store(others)


@pytest.mark.usefixtures("nothing_measured")
def test_a_measurement_that_was_stopped_goes_on_with_the_runs_that_are_missing(monkeypatch):
    ran = []

    def measure(table, components, seed, cores):
        ran.append((table.name, seed, cores))
        if len(ran) == 3:
            raise KeyboardInterrupt
        return [row(table.name, K=K, seed=seed) for K in components]

    monkeypatch.setattr(corpus, "measure", measure)
    command = ["corpus", "--only", "acidity", "eyes", "--seeds", "2", "--cores", "1"]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(KeyboardInterrupt):
        corpus.main()
    assert len(validation.read()["corpus"]) == 8
    corpus.main()
    assert ran[2:] == [("acidity", 2, 1), ("acidity", 2, 1), ("eyes", 2, 1)]
    corpus.main()
    assert len(ran) == 5
    monkeypatch.setattr("sys.argv", [*command, "--again"])
    corpus.main()
    assert len(ran) == 9


@pytest.mark.usefixtures("nothing_measured")
def test_the_number_of_groups_alone_can_be_measured_and_the_others_later(monkeypatch):
    ran = []

    def measure(table, components, seed, cores):
        ran.append(list(components))
        return [row(table.name, K=K, seed=seed) for K in components]

    monkeypatch.setattr(corpus, "measure", measure)
    command = ["corpus", "--only", "acidity", "--seeds", "1"]
    for words in ([*command, "--groups"], command, [*command, "--groups"]):
        monkeypatch.setattr("sys.argv", words)
        corpus.main()
    assert ran == [[2], [1, 2, 3, 4]]
