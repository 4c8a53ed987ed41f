"""Read the file of a configuration: plain data, without duplicate keys, of bounded size.

Snakemake reads configurations itself, too: as JSON, or else as YAML, in which two keys let it run what the
file says as Python (`YTE <https://yte-template-engine.github.io>`_). Files are read here first, with the same
parsers. Refused are such keys, and all else that would make Snakemake or later stages fail without a
sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from stanmix.errors import ConfigError

MOST_CHARACTERS = 300_000
"""Largest size of a file, also after each alias has been replaced by its target."""
MOST_LEVELS = 30
"""Largest depth of nested mappings and lists."""
MOST_DIGITS = 400
"""Largest number of digits of a whole number, which is more than a double holds."""
RUNS_CODE = re.compile(r"__\w+__")
"""Keys under which Snakemake would run Python code, and similar ones."""

Parts = Callable[[Any], tuple[int, Iterable[Any]]]


class _Unfit(Exception):
    """The reason why something cannot be a configuration."""


def read(path: str | Path) -> dict[str, Any]:
    """Read a configuration without running anything in it.

    Parameters
    ----------
    path
        A YAML or JSON file.

    Returns
    -------
    dict
        The content, not yet checked against the schema.

    Raises
    ------
    ConfigError
        If it is not UTF-8, not YAML, no mapping, says a key twice, contains itself, is too large or nested
        too deeply, or has keys that make Snakemake run code.
    """
    return read_text(_text(path), path)


def read_text(text: str, path: str | Path) -> dict[str, Any]:
    """Read a configuration from its text; ``path`` is what messages call it. See :func:`read`."""
    try:
        found = _parsed(text)
    except _Unfit as unfit:
        raise ConfigError(f"{path}: {unfit}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = "" if mark is None else f"line {mark.line + 1}: "
        what = " ".join(filter(None, (error.context, error.problem)))
        raise ConfigError(
            f"{path} cannot be read as a configuration: {line}{what}. Indent by spaces, and put "
            "quotes around text that has a colon, a bracket or another special character."
        ) from None
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path}: this is no YAML ({reason}). Remove what is no text.") from None
    if not isinstance(found, dict):
        raise ConfigError(
            f"{path} must be a mapping with keys such as datasets, models and analyses. Write them as in: "
            "title: Body heights"
        )
    for key in found:
        if isinstance(key, str) and RUNS_CODE.fullmatch(key):
            raise ConfigError(
                f"{path} has the key '{key}', by which a configuration may run code. Remove the key, and ask "
                "who gave you the file what it is for."
            )
    return found


def check_size(config: Any) -> None:
    """Refuse a configuration that contains itself, or is too large or nested too deeply.

    Raises
    ------
    ConfigError
        If it does; configurations from files were checked while they were read.
    """
    try:
        _measure(config, _parts_of_value)
    except _Unfit as reason:
        raise ConfigError(f"config: {reason}") from None


def _text(path: str | Path) -> str:
    content = Path(path).read_bytes()
    if len(content) > 4 * MOST_CHARACTERS:
        raise ConfigError(f"{path}: {_too_large()}")
    try:
        # As Snakemake opens it, lines may end in any way.
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}, line {line}: the byte 0x{content[error.start]:02x} is not UTF-8. Save the file with "
            "the encoding UTF-8."
        ) from None


def _parsed(text: str) -> Any:
    """Read JSON, or else YAML, in Snakemake's order: they disagree about the type of 1e5."""
    if len(text) > MOST_CHARACTERS:
        raise _Unfit(_too_large())
    try:
        found = json.loads(text, parse_int=_whole_number)
    except RecursionError:
        raise _Unfit(_too_deep()) from None
    except ValueError:
        return _yaml(text)
    _refuse_repeated(text)
    _measure(found, _parts_of_value)
    return found


def _whole_number(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise _Unfit(_too_many_digits(len(text)))
    return int(text)


TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:]')
"""The tokens that decide which texts are keys of which object, in JSON."""


def _refuse_repeated(text: str) -> None:
    """Refuse an object with duplicate keys in a valid JSON text."""
    places: list[dict[str, int]] = []
    tokens = [(token[0], token.start()) for token in TOKEN.finditer(text)]
    for (token, place), (following, _) in pairwise([*tokens, ("", 0)]):
        if token in "{[":
            places.append({})
        elif token in "}]":
            places.pop()
        elif token != ":" and following == ":":
            key = json.loads(token)
            first = places[-1].setdefault(key, place)
            if first != place:
                lines = (text.count("\n", 0, position) + 1 for position in (first, place))
                raise _Unfit(_repeated(key, *lines))


class _Loader(yaml.SafeLoader):
    """PyYAML's loader of data, written in Python as that of Snakemake, up to some depth."""

    level = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Make a node with its content."""
        self.level += 1
        if self.level > MOST_LEVELS:
            raise _Unfit(_too_deep(self.peek_event().start_mark.line + 1))  # type: ignore[no-untyped-call]
        node: yaml.Node | None = super().compose_node(parent, index)
        self.level -= 1
        return node


def _yaml(text: str) -> Any:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        for mapping in _measure(root, _parts_of_node):
            if isinstance(mapping, yaml.MappingNode):
                _refuse_repeated_nodes(mapping, loader)
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _refuse_repeated_nodes(mapping: yaml.MappingNode, loader: _Loader) -> None:
    """Refuse a mapping with duplicate keys; keys from a merge (`<<`) may be overridden."""
    lines: dict[Any, int] = {}
    for key_node, _ in mapping.value:
        if not isinstance(key_node, yaml.ScalarNode):
            continue  # which cannot be a key, and is said when it is constructed
        line = key_node.start_mark.line + 1
        key = _constructed(key_node, loader)
        if key in lines:
            raise _Unfit(_repeated(key, lines[key], line))
        lines[key] = line


def _constructed(node: yaml.ScalarNode, loader: _Loader) -> Any:
    if node.tag == "tag:yaml.org,2002:merge":
        return "<<"
    return loader.construct_object(node)


def _construct_scalar(make: Any) -> Any:
    """Return a constructor that reports scalars which are not valid, such as the date 2026-02-31."""

    def construct(loader: _Loader, node: yaml.Node) -> Any:
        line = node.start_mark.line + 1
        if node.tag.endswith(":int") and len(node.value) > MOST_DIGITS:
            raise _Unfit(_too_many_digits(len(node.value), line))
        try:
            return make(loader, node)
        # PyYAML checks tags that are written, as in `!!int x`, by no more than the conversion.
        except (ValueError, AttributeError, LookupError, OverflowError):
            kind = node.tag.rsplit(":", 1)[-1]
            raise _Unfit(
                f"line {line}: '{node.value[:40]}' is no {kind}, as which YAML reads it. Put quotes around "
                "it if it is text."
            ) from None

    return construct


for _kind in ("int", "float", "bool", "timestamp"):
    _tag = f"tag:yaml.org,2002:{_kind}"
    _Loader.add_constructor(_tag, _construct_scalar(_Loader.yaml_constructors[_tag]))


def _parts_of_node(node: yaml.Node) -> tuple[int, Iterable[Any]]:
    if isinstance(node, yaml.MappingNode):
        return 2, (part for pair in node.value for part in pair)
    if isinstance(node, yaml.SequenceNode):
        return 2, node.value
    return len(node.value), ()


def _parts_of_value(value: Any) -> tuple[int, Iterable[Any]]:
    if isinstance(value, Mapping):
        return 2, (part for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return 2, value
    return len(value) if isinstance(value, str) else 1, ()


def _measure(root: Any, parts: Parts) -> list[Any]:
    """Refuse a value that contains itself, or is too large or too deep with its aliases replaced.

    Returns
    -------
    list
        All mappings and lists, each once.
    """
    known: dict[int, tuple[int, int]] = {}
    found: list[Any] = []
    inside: set[int] = set()

    def measure(node: Any, depth: int) -> tuple[int, int]:
        """Return size and height, computed once for each node, so that aliases of aliases take no time."""
        own, children = parts(node)
        if not isinstance(node, yaml.CollectionNode | Mapping | list | tuple):
            return own + 1, 0
        if id(node) in inside:
            raise _Unfit(
                "a mapping or list contains itself by an alias (*). Write out what it is to contain."
            )
        if id(node) in known:
            return known[id(node)]
        if depth > MOST_LEVELS:
            raise _Unfit(_too_deep())
        inside.add(id(node))
        height = 0
        for child in children:
            size, below = measure(child, depth + 1)
            own, height = own + size, max(height, below)
            if own > MOST_CHARACTERS:
                raise _Unfit(_too_large())
        inside.remove(id(node))
        if height + 1 > MOST_LEVELS:
            raise _Unfit(_too_deep())
        found.append(node)
        known[id(node)] = own, height + 1
        return known[id(node)]

    measure(root, 1)
    return found


def _too_large() -> str:
    return (
        f"it has more than {MOST_CHARACTERS:,} characters, with every alias (*) written out. Divide it into "
        "several analyses."
    )


def _too_deep(line: int | None = None) -> str:
    where = "" if line is None else f"line {line}: "
    return f"{where}more than {MOST_LEVELS} brackets or levels are open at once. Remove those not needed."


def _too_many_digits(digits: int, line: int | None = None) -> str:
    where = "" if line is None else f"line {line}: "
    return f"{where}a whole number has {digits:,} digits. Write one of at most {MOST_DIGITS}."


def _repeated(key: Any, first: int, second: int) -> str:
    return (
        f"line {second}: the key '{key}' is there already in line {first}. Remove one of the two, or give "
        "one of them another name."
    )
