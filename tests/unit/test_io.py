import errno
import json
import math
from pathlib import Path

import numpy as np
import pytest

from stanmix import io
from stanmix.errors import StanmixError
from stanmix.io import read_json, replacing, scratch_folder, write_json, write_stan_json


def test_a_file_takes_its_place_only_when_it_is_whole(tmp_path):
    target = tmp_path / "new" / "table.csv"
    with replacing(target) as path:
        path.write_text("half")
        assert path.suffix == ".csv"
        assert path.parent == target.parent
        assert not target.exists()
    assert target.read_text() == "half"


def test_an_exception_leaves_the_old_file_and_no_other(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")
    with pytest.raises(KeyError), replacing(target) as path:
        path.write_text("half")
        raise KeyError
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]
    assert target.read_text() == "old"


def test_a_full_disk_gets_a_sentence(tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StanmixError, match=r"The disk is full while writing .*facts\.json"):
        write_json(tmp_path / "facts.json", {})
    assert list(tmp_path.iterdir()) == []


def test_other_errors_of_the_system_stay_what_they_are(tmp_path, monkeypatch):
    def forbidden(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "write_text", forbidden)
    with pytest.raises(PermissionError):
        write_json(tmp_path / "facts.json", {})


def test_what_a_killed_job_left_is_removed_only_where_the_job_is_alone(tmp_path):
    left = tmp_path / ".out.123.scratch"
    left.mkdir()
    with scratch_folder(tmp_path / "out.csv", alone=False):
        assert left.is_dir()
    with scratch_folder(tmp_path / "out.csv"):
        assert not left.exists()


def test_a_scratch_folder_is_gone_after_use_and_after_a_failure(tmp_path):
    with scratch_folder(tmp_path / "out.csv") as folder:
        (folder / "x").write_text("1")
        assert folder.parent == tmp_path
    with pytest.raises(KeyError), scratch_folder(tmp_path / "out.csv") as folder:
        raise KeyError
    assert list(tmp_path.iterdir()) == []


VALUES = {
    "nan": math.nan,
    "inf": np.inf,
    "array": np.array([[1.5, np.nan]]),
    "integer": np.int64(3),
    "bool": np.bool_(True),
    "plain_bool": False,
    "single": np.float32(0.5),
    "nested": [{"k": (1, None)}],
    3: "é",
}


def test_facts_are_plain_json_with_null_for_what_json_lacks(tmp_path):
    write_json(tmp_path / "facts.json", VALUES)
    text = (tmp_path / "facts.json").read_text("utf-8")
    assert "é" in text
    assert text.endswith("}\n")
    assert read_json(tmp_path / "facts.json") == {
        "nan": None,
        "inf": None,
        "array": [[1.5, None]],
        "integer": 3,
        "bool": True,
        "plain_bool": False,
        "single": 0.5,
        "nested": [{"k": [1, None]}],
        "3": "é",
    }


def test_data_for_stan_keep_infinity_and_every_digit(tmp_path):
    write_stan_json(tmp_path / "data.json", {"upper": [math.inf, -math.inf], "y": np.array([0.1 + 0.2])})
    text = (tmp_path / "data.json").read_text()
    assert "Infinity, -Infinity" in text
    assert json.loads(text)["y"] == [0.1 + 0.2]


@pytest.mark.parametrize("n", [0, 1, 6, 7])
def test_arrays_for_stan_are_written_in_parts(tmp_path, monkeypatch, n):
    monkeypatch.setattr(io, "VALUES_AT_ONCE", 3)
    write_stan_json(tmp_path / "data.json", {"N": n, "y": np.arange(n) / 3, "count": np.arange(n)})
    found = json.loads((tmp_path / "data.json").read_text())
    assert found == {"N": n, "y": (np.arange(n) / 3).tolist(), "count": list(range(n))}
