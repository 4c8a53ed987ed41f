"""Read tables from files: CSV and similar text, also European or gzipped, Parquet, and Excel."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stanmix.errors import DataError

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
"""The separator of each kind of text file if the configuration names none."""
PARQUET, EXCEL = ".parquet", ".xlsx"
PACKED = ".gz"
UNREADABLE = (
    pd.errors.ParserError,
    pd.errors.ParserWarning,
    pd.errors.EmptyDataError,
    pa.ArrowException,
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
)
LOOKED_AT = 200
"""Number of lines of a file from which its separator and decimal mark are inferred."""
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Remedies:
    """Remedies that messages about a file name.

    Attributes
    ----------
    file
        Remedy if there is no such file.
    column
        Remedy if it lacks the column that ``{key}`` of a data set names.
    rows
        Remedy if the file has no rows.
    trials
        Remedy if numbers of trials are impossible.
    form
        Remedy if its separator or decimal mark differ from those configured: ``{form}``.
    """

    file: str
    column: str
    rows: str
    trials: str
    form: str


FITTED = Remedies(
    file="Correct datasets.NAME.file in the config.",
    column="Correct datasets.NAME.{key} in the config.",
    rows="at least two rows",
    trials="Correct those rows, or datasets.NAME.trials in the config.",
    form="Write under datasets.NAME: {form}",
)
"""Remedies for data that are to be fitted."""


@dataclass(frozen=True)
class Form:
    """Separator and decimal mark of a text file.

    Attributes
    ----------
    separator
        Text between fields; None for the usual one of this kind of file.
    decimal
        Text before decimals; None for a point.
    """

    separator: str | None = None
    decimal: str | None = None

    @property
    def keys(self) -> dict[str, str]:
        """The form that a data set's section gives."""
        return {key: value for key, value in vars(self).items() if value is not None}


def kind_of(path: Path) -> str:
    """Return the suffix that tells how a file is read, in small letters: `.csv` for `y.CSV.gz`."""
    name = path.name.lower()
    kind = Path(name.removesuffix(PACKED)).suffix
    return kind if kind in SEPARATORS or not name.endswith(PACKED) else PACKED


def opened(path: Path) -> IO[bytes] | gzip.GzipFile:
    """Open a file to read its bytes, unpacked."""
    return gzip.open(path) if path.name.lower().endswith(PACKED) else path.open("rb")


def read_all(path: str | Path, remedies: Remedies = FITTED, form: Form | None = None) -> pd.DataFrame:
    """Read a file with all of its columns, as they are.

    Raises
    ------
    DataError
        If the file cannot be read, or two columns have one name.
    """
    return read_columns(Path(path), None, remedies, form)


def read_columns(
    path: Path,
    columns: Iterable[tuple[str, str]] | None,
    remedies: Remedies = FITTED,
    form: Form | None = None,
) -> pd.DataFrame:
    """Read some columns of a file.

    Parameters
    ----------
    path
        A CSV, TSV, Parquet or Excel file.
    columns
        Names of columns, each with the key of the configuration that names it; None for all of the file's.
    remedies
        What messages say that is to be done.
    form
        Separator and decimal mark of the text file.

    Raises
    ------
    DataError
        If the file cannot be read, lacks a column, or has two of that name.
    """
    form = form or Form()
    wanted = None if columns is None else list(dict.fromkeys(name for name, _ in columns))
    kind = kind_of(path)
    if kind not in (*SEPARATORS, PARQUET, EXCEL):
        raise DataError(
            f"{path} ends in '{path.suffix}', but data come as .csv, .tsv (also with .gz behind), .parquet "
            "or .xlsx. Rename or convert the file."
        )
    if not path.is_file():
        raise DataError(f"There is no file {path}. {remedies.file}")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty. Give a file with a header line and {remedies.rows}.")
    try:
        known = pq.read_schema(path).names if kind == PARQUET else None
        if known is None:
            table = _read_excel(path) if kind == EXCEL else _read_text(path, kind, form)
            known = list(table.columns)
        _refuse_twice(path, known, wanted)
        if set(wanted or ()) <= set(known):
            if kind == PARQUET:
                # Metadata of pandas could turn a column into an index.
                table = pq.read_table(path, columns=wanted).to_pandas(ignore_metadata=True)
            return table if wanted is None else table[wanted]
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} cannot be read as {kind[1:].upper()}: the byte 0x{error.object[error.start]:02x} is not "
            "UTF-8. Save the file with the encoding UTF-8."
        ) from error
    except UNREADABLE as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")
        remedy = _remedy(path, kind, form, remedies, wanted) or "Check its format."
        raise DataError(f"{path} cannot be read as {kind[1:].upper()}: {reason}. {remedy}") from error
    shown = ", ".join(map(str, known[:20])) + (", ..." if len(known) > 20 else "")
    missing, key = next((name, key) for name, key in columns or () if name not in known)
    remedy = _remedy(path, kind, form, remedies, wanted) or remedies.column.format(key=key)
    raise DataError(f"{path} has no column '{missing}'; its columns are: {shown}. {remedy}")


def _refuse_twice(path: Path, known: Sequence[str], wanted: Sequence[str] | None) -> None:
    """Refuse two columns with the same name, since it is unclear which one is meant."""
    for name in known if wanted is None else wanted:
        if known.count(name) > 1:
            places = [i for i, own in enumerate(known, start=1) if own == name]
            raise DataError(
                f"{path} has {len(places)} columns named '{name}', which are columns "
                f"{', '.join(map(str, places[:-1]))} and {places[-1]}. Give each a name of its own."
            )


def _remedy(
    path: Path, kind: str, form: Form, remedies: Remedies, wanted: Sequence[str] | None
) -> str | None:
    """Describe the file's separator and decimal mark where these explain why it cannot be read."""
    if kind not in SEPARATORS:
        return None
    found = look(path)
    try:
        known = _header(path, _separator(kind, found))
    except UNREADABLE:
        return None
    if found.keys == form.keys or not set(wanted or ()) <= set(known):
        return None
    words = ", ".join(f'{key}: "{value}"' for key, value in found.keys.items()).replace("\t", "\\t")
    words = words or "neither separator nor decimal, which are those of its kind"
    return remedies.form.format(form="{" + words + "}" if found.keys else words)


def _separator(kind: str, form: Form) -> str:
    return form.separator or SEPARATORS[kind]


def _read_text(path: Path, kind: str, form: Form) -> pd.DataFrame:
    """Read a text file whole.

    Pandas refuses rows with more fields than the header, as decimal commas make them, only when it
    reads all columns; reading one it shifts or cuts the values in silence.
    """
    _refuse_binary(path)
    separator = _separator(kind, form)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        table: pd.DataFrame = pd.read_csv(
            path,
            sep=separator,
            decimal=form.decimal or ".",
            index_col=False,
            encoding="utf-8-sig",
            skip_blank_lines=False,
            low_memory=False,
        )
    # Pandas gives the second of two columns of one name another one.
    header = _header(path, separator)
    if len(header) == len(table.columns):
        table.columns = pd.Index(
            [own or str(given) for own, given in zip(header, table.columns, strict=True)]
        )
    return table


def _refuse_binary(path: Path) -> None:
    lines = 0
    with opened(path) as source:
        while block := source.read(1 << 20):
            place = block.find(b"\0")
            if place >= 0:
                line = lines + block.count(b"\n", 0, place) + 1
                raise DataError(
                    f"{path} has a NUL byte in line {line}, so that it is no text, or text that is not "
                    "UTF-8. Save the file as text with the encoding UTF-8."
                )
            lines += block.count(b"\n")


def _rows(path: Path, separator: str, errors: str = "strict") -> Iterable[list[str]]:
    with opened(path) as source:
        text = (line.decode("utf-8", errors) for line in source)
        yield from csv.reader(text, delimiter=separator)


def _header(path: Path, separator: str) -> list[str]:
    first = next(iter(_rows(path, separator, "replace")), [])
    return [first[0].removeprefix("\ufeff"), *first[1:]] if first else []


def _read_excel(path: Path) -> pd.DataFrame:
    """Read the first sheet of an Excel file."""
    if importlib.util.find_spec("openpyxl") is None:
        raise DataError(
            f"{path} is an Excel file, and the package that reads these is not installed. Install openpyxl, "
            "or save the table as .csv."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about styles that the file leaves out
        try:
            cells = pd.read_excel(path, sheet_name=0, header=None, engine="openpyxl")
        except (ValueError, KeyError) as error:
            raise DataError(
                f"{path} cannot be read as XLSX: {str(error).splitlines()[0]} Save the table as .csv."
            ) from error
    if cells.empty:
        raise DataError(f"{path} has no cells in its first sheet. Put the table there.")
    table = cells.iloc[1:].reset_index(drop=True).infer_objects()
    names = cells.iloc[0]
    table.columns = pd.Index(
        [f"Unnamed: {i}" if pd.isna(name) else str(name) for i, name in enumerate(names)]
    )
    return table


def look(path: str | Path) -> Form:
    """Infer separator and decimal mark of a text file from its first lines.

    The result is the usual :class:`Form` if they do not show. The separator divides all lines into as many
    fields as the header; of several such separators it is the one with most fields. The decimal mark is a
    comma where numbers have one and none has a point.
    """
    path = Path(path)
    kind = kind_of(path)
    if kind not in SEPARATORS or not path.is_file():
        return Form()
    usual = SEPARATORS[kind]
    best: tuple[str, list[list[str]]] | None = None
    for separator in dict.fromkeys([usual, ";", "\t", "|", ","]):
        try:
            rows = [row for row in islice(_rows(path, separator, "replace"), LOOKED_AT) if row]
        except (csv.Error, OSError, EOFError, zlib.error):
            return Form()  # reading says so
        fits = bool(rows) and all(_fits(row, len(rows[0])) for row in rows)
        if fits and (best is None or len(rows[0]) > len(best[1][0])):
            best = separator, rows
    if best is None:
        return Form()
    separator, rows = best
    cells = [cell.strip() for row in rows[1:] for cell in row]
    commas = [cell for cell in cells if DECIMAL_COMMA.fullmatch(cell)]
    if separator == ",":  # where 1,234 in quotes is rather one thousand
        commas = [cell for cell in commas if not THOUSANDS.fullmatch(cell)]
    is_comma = bool(commas) and not any(DECIMAL_POINT.fullmatch(cell) for cell in cells)
    return Form(None if separator == usual else separator, "," if is_comma else None)


def _fits(row: list[str], fields: int) -> bool:
    """Tell whether a row has as many fields as the header, or more that are empty."""
    return len(row) >= fields and not any(row[fields:])
