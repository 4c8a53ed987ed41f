"""`stanmix program`: the complete Stan program of a model."""

import pytest
import yaml

from stanmix.commandline import main
from stanmix.stan.sources import complete

TOY = {"family": "gamma", "n": 60, "theta": [0.4, 0.6], "parameters": {"alpha": [2, 30], "beta": 2}}
CONFIG = {
    "datasets": {
        "toy": {"simulate": TOY},
        "rows": {"file": "rows.csv", "response": ["a", "b"]},
        "holes": {"file": "holes.csv", "response": ["a", "b"], "missing": "marginalise"},
    },
    "models": {
        "shapes": {"family": "gamma", "components": [1, 2]},
        "axes": {"family": "multi_normal", "structure": "VVI", "components": 2},
        "idle": {"family": "normal", "components": 2},
    },
    "analyses": [
        {"dataset": "toy", "models": ["shapes"]},
        {"dataset": "rows", "models": ["axes"]},
        {"dataset": "holes", "models": ["axes"]},
    ],
}


@pytest.fixture
def program(tmp_path, capsys):
    """What the command prints, and its code."""
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG), "utf-8")

    def run(*words):
        code = main(["program", *words, "--directory", str(tmp_path)])
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


def test_a_program_is_printed_with_its_includes_in_their_places_and_its_parameters_named(program):
    code, text, error = program("shapes")
    assert (code, error) == (0, "")
    assert "#include" not in text
    assert "vector[K] alpha = expand(free, free_index[1], fixed[1]); // shape\n" in text
    assert "lp += count[n] * log_sum_exp(joint);" in text
    assert text == complete("gamma", "stan")


def test_the_program_that_declares_kernels_and_that_of_the_quantities_are_others(program):
    assert program("shapes", "--kernel")[1] == complete("gamma", "kernel")
    assert program("shapes", "--quantities")[1] == complete("gamma_quantities", "stan")
    assert len({program("shapes", *words)[1] for words in ([], ["--kernel"], ["--quantities"])}) == 3


def test_where_data_sets_need_several_programs_one_is_named(program):
    code, text, error = program("axes")
    assert (code, text) == (1, "")
    assert "The model axes has several programs. Add --dataset with one of these: rows, holes." in error
    assert program("axes", "--dataset", "rows")[1] == complete("multi_normal_diag", "stan")
    assert program("axes", "--dataset", "holes")[1] == complete("multi_normal_structured", "stan")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["shape"], "No analysis has a model shape. Name one of these: axes, shapes."),
        (["idle"], "No analysis has a model idle."),
        (
            ["shapes", "--dataset", "rows"],
            "No analysis fits shapes to a data set rows. Name one of these: toy.",
        ),
    ],
)
def test_what_is_not_there_is_named(program, words, sentence):
    code, text, error = program(*words)
    assert (code, text) == (1, "")
    assert sentence in error
