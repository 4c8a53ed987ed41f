"""Chains as they are stored, and back."""

import numpy as np
import pytest

from stanmix.errors import StanmixError
from stanmix.stan import chains

CHAIN = """# model = normal
# num_samples = 4
lp__,theta.1,theta.2,y.1.1
# Adaptation terminated
1,0.125,0.875,{0}1
2,0.25,0.75,{0}2
3,0.375,0.625,{0}3
4,0.5,0.5,{0}4
#
#  Elapsed Time: 1 seconds (Sampling)
"""


@pytest.fixture
def stored(tmp_path):
    """Two Stan CSV files and the chains stored from them."""
    files = []
    for chain in (1, 2):
        text = tmp_path / f"chain_{chain}.csv"
        text.write_text(CHAIN.format(chain))
        files.append(tmp_path / f"chain_{chain}.parquet")
        chains.store(text, files[-1])
    return files


def test_a_stored_chain_gives_back_its_stan_csv_file_byte_for_byte(stored, tmp_path):
    for file in stored:
        chains.write_stan_csv([file], tmp_path / "again.csv")
        assert (tmp_path / "again.csv").read_bytes() == file.with_suffix(".csv").read_bytes()


def test_variables_have_the_shape_that_stan_gave_them(stored):
    table = chains.read(stored[0])
    assert chains.variable(table, "lp__").tolist() == [1, 2, 3, 4]
    assert chains.variable(table, "theta").tolist() == [
        [0.125, 0.875],
        [0.25, 0.75],
        [0.375, 0.625],
        [0.5, 0.5],
    ]
    assert chains.variable(table, "y").tolist() == [[[11]], [[12]], [[13]], [[14]]]
    assert chains.variable(table, "thet").shape == (4, 0)


def test_some_draws_of_chains_are_written_one_after_the_other_with_one_header(stored, tmp_path):
    chains.write_stan_csv(stored, tmp_path / "merged.csv", np.array([0, 2, 3]))
    text = (tmp_path / "merged.csv").read_text()
    assert text.count("lp__") == 1
    assert "# num_samples = 6\n" in text
    chains.store(tmp_path / "merged.csv", tmp_path / "merged.parquet")
    assert chains.variable(chains.read(tmp_path / "merged.parquet"), "y")[:, 0, 0].tolist() == [
        11,
        13,
        14,
        21,
        23,
        24,
    ]


def test_a_chain_goes_on_under_the_comments_of_its_beginning(stored, tmp_path):
    chains.append(*stored, tmp_path / "both.parquet")
    chains.write_stan_csv([tmp_path / "both.parquet"], tmp_path / "both.csv")
    text = (tmp_path / "both.csv").read_text()
    assert "# num_samples = 8\n" in text
    assert [line.split(",")[-1] for line in text.splitlines() if line[0].isdigit()] == [
        "11", "12", "13", "14", "21", "22", "23", "24",
    ]  # fmt: skip


def test_a_chain_ends_with_a_state_to_go_on_from(tmp_path):
    text = """# num_samples = 2
# metric = dense_e
lp__,standard.1,standard.2,theta_free.1.1,theta_free.1.2
# Adaptation terminated
# Step size = 0.75
# Elements of inverse mass matrix:
# 1, 0.5
# 0.5, 2
-1,3,4,0.25,0.75
-2,5,6,0.5,0.5
"""
    (tmp_path / "a.csv").write_text(text)
    chains.store(tmp_path / "a.csv", tmp_path / "a.parquet")
    assert chains.state(tmp_path / "a.parquet") == {
        "draw": {"standard": [5, 6], "theta_free": [[0.5, 0.5]]},
        "inv_metric": [[1, 0.5], [0.5, 2]],
        "step_size": 0.75,
    }


def test_what_is_no_chain_is_refused_with_a_remedy(stored, tmp_path):
    (tmp_path / "empty.csv").write_text("# num_samples = 0\nlp__,mu\n")
    with pytest.raises(StanmixError, match=r"empty\.csv has no draws\. Remove it"):
        chains.store(tmp_path / "empty.csv", tmp_path / "empty.parquet")
    assert not (tmp_path / "empty.parquet").exists()
    stored[0].write_bytes(b"PAR1 cut off")
    with pytest.raises(StanmixError, match="cannot be read"):
        chains.read(stored[0])
    with pytest.raises(StanmixError, match="cannot be read"):
        chains.read(tmp_path / "none.parquet")
