"""Odd files of data: each gets its sentence, or is read as it is meant."""

import gzip
import importlib.util
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stanmix.data import checking, reading
from stanmix.data.tables import Form, look
from stanmix.errors import DataError
from stanmix.families import family_of
from stanmix.run.planning import rows_of


def file_of(folder, name, content):
    path = folder / name
    content = content.encode() if isinstance(content, str) else content
    is_packed = content[:2] == b"\x1f\x8b" or not name.lower().endswith(".gz")
    path.write_bytes(content if is_packed else gzip.compress(content))
    return path


EUROPEAN = {"separator": ";", "decimal": ","}
Y = [1.5, -2, 300]
READ = {
    "European": ("y.csv", "id;y\n1;1,5\n2;-2\n3;3e2\n", EUROPEAN),
    "one European column": ("y.csv", "y\n1,5\n-2\n300\n", EUROPEAN),
    "quoted decimal commas": ("y.csv", 'id,y\n1,"1,5"\n2,"-2,0"\n3,"300"\n', {"decimal": ","}),
    "semicolons and points": ("y.csv", "id;y\n1;1.5\n2;-2\n3;300\n", {"separator": ";"}),
    "tabs in CSV": ("y.csv", "id\ty\n1\t1.5\n2\t-2\n3\t300\n", {"separator": "\t"}),
    "bars": ("y.csv", "id|y\n1|1.5\n2|-2\n3|300\n", {"separator": "|"}),
    "TSV with commas": ("y.tsv", "id\ty\n1\t1,5\n2\t-2\n3\t300\n", {"decimal": ","}),
    "commas in TSV": ("y.tsv", "id,y\n1,1.5\n2,-2\n3,300\n", {"separator": ","}),
    "gzip": ("y.csv.gz", "id,y\n1,1.5\n2,-2\n3,300\n", {}),
    "gzip of TSV": ("y.tsv.gz", "id\ty\n1\t1.5\n2\t-2\n3\t300\n", {}),
    "European gzip": ("Y.CSV.GZ", "id;y\n1;1,5\n2;-2\n3;300\n", EUROPEAN),
    "a mark before European": ("y.csv", "\ufeffy;id\n1,5;1\n-2;2\n300;3\n", EUROPEAN),
    "an empty name": ("y.csv", ",y\n1,1.5\n2,-2\n3,300\n", {}),
    "two other columns of one name": ("y.csv", "a,y,a\n1,1.5,1\n2,-2,1\n3,300,1\n", {}),
    "a text with a semicolon": ("y.csv", "a,y\nx;z,1.5\nx,-2\nx,300\n", {}),
    "spaces": ("y.csv", "id,y\n1, 1.5\n2, -2\n3,300 \n", {}),
    "thousands in quotes elsewhere": ("y.csv", 'a,y\n"1,000",1.5\n"2,000",-2\n"3,000",300\n', {}),
}


@pytest.mark.parametrize(("name", "content", "form"), READ.values(), ids=READ)
def test_a_table_is_read_as_it_is_written_and_init_sees_how(tmp_path, name, content, form):
    path = file_of(tmp_path, name, content)
    assert reading.read(path, "y", **form)["y"].tolist() == Y
    assert look(path) == Form(**form)
    assert rows_of(path) == 3


SAID = {
    "NUL bytes": ("y.csv", "y\n1\n2\0\n3\n", {}, ["NUL byte in line 3", "UTF-8"]),
    "NUL bytes, zipped": ("y.csv.gz", "y\n1\n2\0\n3\n", {}, ["NUL byte in line 3"]),
    "UTF-16": ("y.csv", "y\n1\n".encode("utf-16"), {}, ["NUL byte in line 1"]),
    "Latin-1": ("y.csv", "y,größe\n1,2\n".encode("latin-1"), {}, ["0xf6 is not UTF-8"]),
    "two columns": ("y.csv", "y,id,y\n1,2,3\n", {}, ["2 columns named 'y'", "columns 1 and 3"]),
    "three columns": ("y.csv", "y,y,y\n1,2,3\n", {}, ["3 columns named 'y'", "1, 2 and 3"]),
    "the second's other name": ("y.csv", "z,z\n1,2\n", {"response": "z.1"}, ["no column 'z.1'", "z, z"]),
    "European": ("y.csv", "id;y\n1;1,5\n2;2\n", {}, ['separator: ";", decimal: ","']),
    "a European column": ("y.csv", "y\n1,5\n2,7\n", {}, ['under datasets.NAME: {separator: ";", decimal']),
    "tabs": ("y.csv", "id\ty\n1\t1\n2\t3\n", {}, ['{separator: "\\t"}']),
    "not European": ("y.csv", "id,y\n1,1.5\n2,2\n", EUROPEAN, ["neither separator nor decimal"]),
    "a decimal comma": ("y.csv", 'y\n"1,5"\n"2"\n', {}, ["'1,5' in row 1", "decimal: ','"]),
    "a decimal point": ("y.csv", "y;z\n1.5;1\n2;2\n", EUROPEAN, ["'1.5' in row 1", "mark is a comma"]),
    "thousands": ("y.csv", "y;z\n1.234,5;1\n2;2\n", EUROPEAN, ["'1.234,5' in row 1", "divide thousands"]),
    "a broken gzip": ("y.csv.gz", gzip.compress(b"y\n1\n")[:-9], {}, ["cannot be read as CSV"]),
    "no gzip": ("y.csv.gz", b"\x1f\x8b no gzip at all", {}, ["cannot be read as CSV"]),
    "a packed picture": ("y.png.gz", "x", {}, ["ends in '.gz'"]),
    "no suffix": ("y", "y\n1\n", {}, ["ends in ''"]),
    "trials in the response": ("y.csv", "y\n1\n2\n", {"trials": "y"}, ["both as response and as trials"]),
    "trials above Stan's": ("y.csv", "y,n\n1,9\n2,3e9\n", {"trials": "n"}, ["above 2,147,483,647", "row 2"]),
    "labels of 1e300": ("y.csv", "y,k\n1,1\n2,1e300\n", {"labels": "k"}, ["the label 1e+300 in row 2"]),
    "infinite labels": ("y.csv", "y,k\n1,1\n2,inf\n", {"labels": "k"}, ["the label inf in row 2"]),
    "a label of 101": ("y.csv", "y,k\n1,1\n2,101\n", {"labels": "k"}, ["the label 101 in row 2"]),
    "a label of 1.5": ("y.csv", "y,k\n1,1\n2,1.5\n", {"labels": "k"}, ["the label 1.5 in row 2"]),
    "weights of 0": ("y.csv", "y,w\n1,1\n2,0\n", {"weights": "w"}, ["the weight 0 in row 2"]),
    "truth with a hole": ("y.csv", "y,z\nTrue,1\n,2\nFalse,3\n", {}, ["true/false values"]),
    "a long text": ("y.csv", f"y\n1\n{'x' * 9000}\n", {}, ["the first is '" + "x" * 40 + "'"]),
    "no header": ("y.csv", "\n\n", {}, ["y.csv"]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "keys", "words"), SAID.values(), ids=SAID)
def test_a_bad_table_gets_a_sentence(tmp_path, name, content, keys, words):
    path = file_of(tmp_path, name, content)
    with pytest.raises(DataError) as caught:
        reading.read(path, **{"response": "y"} | keys)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < 500 + len(str(path))
    for each in words:
        assert each in message


@pytest.mark.parametrize("case", ["European", "a European column", "tabs"])
def test_what_a_message_about_a_table_suggests_makes_it_readable(tmp_path, case):
    name, content, _, _ = SAID[case]
    path = file_of(tmp_path, name, content)
    with pytest.raises(DataError) as caught:
        reading.read(path, "y")
    form = yaml.safe_load(str(caught.value).split("Write under datasets.NAME: ")[1])
    assert len(reading.read(path, "y", **form)) == 2


NOW = datetime(2026, 1, 2, tzinfo=UTC)
PARQUET = {
    "timestamps": ([NOW, NOW], ["holds times", "unit"]),
    "durations": ([NOW - NOW, NOW - NOW], ["holds times"]),
    "dates": ([date(2026, 1, 2), date(2026, 1, 3)], ["2 values that are not numbers"]),
    "bytes": ([b"a", b"b"], ["2 values that are not numbers"]),
    "lists": ([[1.0], [2.0]], ["2 values that are not numbers"]),
    "structures": ([{"a": 1}, {"a": 2}], ["2 values that are not numbers"]),
    "truth": ([True, False], ["true/false values"]),
    "truth with a hole": ([True, None], ["true/false values"]),
    "nothing": ([None, None], ["2 missing values"]),
    "text": (["a", "b"], ["'a' in row 1"]),
}


@pytest.mark.parametrize(("values", "words"), PARQUET.values(), ids=PARQUET)
def test_a_parquet_column_of_no_numbers_gets_a_sentence(tmp_path, values, words):
    path = tmp_path / "y.parquet"
    pq.write_table(pa.table({"y": values, "z": [1, 2]}), path)
    with pytest.raises(DataError) as caught:
        reading.read(path, "y")
    for each in words:
        assert each in str(caught.value)


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"y": [Decimal("1.5"), Decimal("2.0")]}),
        pa.table({"y": pa.array(["1.5", "2"]).dictionary_encode()}),
        pa.Table.from_pandas(pd.DataFrame({"z": [1, 2]}, index=pd.Index([1.5, 2.0], name="y"))),
        pa.Table.from_arrays([pa.array([1, 2]), pa.array([1.5, 2.0]), pa.array([1, 2])], ["z", "y", "z"]),
    ],
    ids=["decimals", "dictionary", "an index", "two others of one name"],
)
def test_parquet_columns_are_read_whatever_holds_their_numbers(tmp_path, table):
    path = tmp_path / "y.parquet"
    pq.write_table(table, path)
    assert reading.read(path, "y")["y"].tolist() == [1.5, 2]


def test_two_parquet_columns_of_one_name_get_a_sentence(tmp_path):
    path = tmp_path / "y.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["y", "y"]), path)
    with pytest.raises(DataError, match=r"2 columns named 'y', which are columns 1 and 2\. Give each"):
        reading.read(path, "y")


@pytest.mark.parametrize(
    ("y", "family", "words"),
    [
        ([1, 2e9], "poisson", ["whole numbers from 0 to 100,000,000", "2000000000 in row 2"]),
        ([1, 2e9], "neg_binomial_2", ["to 100,000,000", "normal"]),
        ([1, 1e8 + 1], "hurdle_poisson", ["to 100,000,000"]),
        ([1, -1], "poisson", ["the first is -1 in row 2"]),
    ],
)
def test_counts_beyond_those_that_stan_draws_get_a_sentence(y, family, words):
    demand = {"model": "m", "components": 1, "spec": {"family": family, "components": 1}}
    with pytest.raises(DataError) as caught:
        checking.check(np.array(y, dtype=float), "toy", [demand])
    for each in words:
        assert each in str(caught.value)


def test_the_largest_counts_are_taken():
    family = family_of({"family": "poisson"})
    assert not family.support.outside(np.array([0, 1e8])).any()
    assert 1e8 < 2**30 / 10  # Stan's poisson_rng and neg_binomial_2_rng take rates below 2^30


def test_too_many_categories_get_a_sentence(tmp_path):
    path = file_of(tmp_path, "y.csv", "a,b\n" + "".join(f"{i}.5,{i % 3}\n" for i in range(1001)))
    with pytest.raises(DataError, match="column a has 1,001 different values, but a column of categories"):
        reading.read(path, ["a", "b"], categorical=["a", "b"])
    assert reading.read(path, ["a", "b"], categorical=["b"])["y_2"].max() == 3


def test_an_excel_file_without_its_reader_gets_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    path = file_of(tmp_path, "y.xlsx", b"PK")
    with pytest.raises(DataError, match=r"y\.xlsx is an Excel file.+Install openpyxl, or save the table as"):
        reading.read(path, "y")


def cells(monkeypatch, rows):
    """Let pandas find these cells in an Excel file."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(pd, "read_excel", lambda *_, **__: pd.DataFrame(rows, dtype=object))


def test_the_first_row_of_an_excel_sheet_is_its_header(tmp_path, monkeypatch):
    path = file_of(tmp_path, "y.xlsx", b"PK")
    cells(monkeypatch, [["id", "y", None, 2026], [1, 1.5, None, 1], [2, -2, None, 1], [3, 300, None, 1]])
    assert reading.read(path, "y")["y"].tolist() == Y
    assert reading.read(path, "2026")["y"].tolist() == [1, 1, 1]
    assert rows_of(path) is None


def test_two_excel_columns_of_one_name_get_a_sentence(tmp_path, monkeypatch):
    path = file_of(tmp_path, "y.xlsx", b"PK")
    cells(monkeypatch, [["y", "y"], [1, 2]])
    with pytest.raises(DataError, match="2 columns named 'y'"):
        reading.read(path, "y")


@given(st.binary(max_size=80), st.sampled_from(["csv", "tsv", "parquet", "csv.gz"]))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"any.{suffix}"
    path.write_bytes(content)
    look(path)
    try:
        assert len(reading.read(path, "y"))
    except DataError as error:
        assert "any." in str(error)


FIELDS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@given(
    st.lists(st.tuples(FIELDS, FIELDS), min_size=2, max_size=8),
    st.sampled_from([("csv", ";", ","), ("csv", ";", "."), ("csv", ",", "."), ("tsv", "\t", ",")]),
)
def test_numbers_are_read_back_however_a_table_is_written(tmp_path_factory, rows, form):
    suffix, separator, decimal = form
    path = tmp_path_factory.getbasetemp() / f"written.{suffix}"
    pd.DataFrame(rows, columns=["a", "y"]).to_csv(path, sep=separator, decimal=decimal, index=False)
    found = look(path)
    assert found.separator in (None, separator)
    assert reading.read(path, "y", **found.keys)["y"].tolist() == [y for _, y in rows]
