"""Files of configurations: what is no plain data gets a sentence, before anything else reads the file."""

import json
from pathlib import Path

import pytest
import yaml
from configurations import GOOD
from hypothesis import given
from hypothesis import strategies as st

from helpers import ROOT
from stanmix.commandline import main
from stanmix.commandline.projects import named_configurations
from stanmix.config import load, read
from stanmix.config.reading import MOST_CHARACTERS, read_text
from stanmix.errors import ConfigError

HERE = "config.yaml"


def bomb(start, form):
    """Nine times what is nine times what is ..., 9^9 in all, in some hundred characters."""
    lines = [f"a: &a {start}"]
    lines += [
        f"{new}: &{new} {form.format(','.join([f'*{old}'] * 9))}"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join(lines) + "\n"


SAID = {
    "a key twice": ("title: a\nlikelihood: stan\ntitle: b\n", ["line 3", "'title'", "line 1"]),
    "two models of one name": (
        "models:\n  m: {family: normal}\n  n: {family: normal}\n  m: {family: gamma}\n",
        ["line 4: the key 'm' is there already in line 2"],
    ),
    "two files": ("datasets:\n  d:\n    file: a.csv\n    file: b.csv\n", ["line 4", "'file'", "line 3"]),
    "a key twice, escaped": ('title: a\n"\\x74itle": b\n', ["line 2", "'title'", "line 1"]),
    "a number twice": ("1: a\n0x1: b\n", ["line 2: the key '1'"]),
    "a key twice in braces": ("models: {a: 1,\n a: 2}", ["line 2: the key 'a'", "line 1"]),
    "a key twice in JSON": ('{"a": 1,\n "b": {"c": 1,\n "c": 2}}', ["line 3: the key 'c'", "line 2"]),
    "a key twice in JSON, escaped": ('{"a": 1,\n"\\u0061": 2}', ["line 2: the key 'a'", "line 1"]),
    "code": ("__use_yte__: true\ntitle: a\n", ["'__use_yte__'", "run code", "Remove the key"]),
    "code, defined": ('__definitions__: ["import os"]\n', ["'__definitions__'", "run code"]),
    "code, quoted": ('"__use_yte__": true\n', ["'__use_yte__'", "run code"]),
    "code, escaped": ('"\\x5f_use_yte__": true\n', ["'__use_yte__'", "run code"]),
    "code, merged": ("<<: {__use_yte__: true}\n", ["'__use_yte__'", "run code"]),
    "code, by an alias": ("x: &x {__use_yte__: true}\n<<: *x\n", ["'__use_yte__'", "run code"]),
    "code, tagged": ("!!str __use_yte__: true\n", ["'__use_yte__'", "run code"]),
    "code in JSON": ('{"__use_yte__": true}', ["'__use_yte__'", "run code"]),
    "an object of Python": ("title: !!python/name:os.system\n", ["python/name:os.system", "tag"]),
    "a call of Python": ("title: !!python/object/apply:os.system [ls]\n", ["cannot be read", "tag"]),
    "a mapping in itself": ("a: &a {b: *a}\n", ["contains itself"]),
    "a list in itself": ("a: &a [1, *a]\n", ["contains itself"]),
    "brackets": ("[" * 10_000, ["more than 30 brackets or levels"]),
    "brackets under a key": ("title: " + "[" * 10_000, ["line 1: more than 30"]),
    "closed brackets": ("title: " + "[" * 10_000 + "]" * 10_000, ["more than 30"]),
    "dashes": ("- " * 10_000 + "a", ["more than 30"]),
    "objects in JSON": ('{"a":' * 10_000 + "1" + "}" * 10_000, ["more than 30"]),
    "31 lists in JSON": ("[" * 31 + "]" * 31, ["more than 30"]),
    "digits": ("title: " + "1" * 5_000, ["a whole number has 5,000 digits"]),
    "digits in JSON": ('{"a": ' + "1" * 5_000 + "}", ["a whole number has 5,000 digits"]),
    "an alias bomb": (bomb("[x,x,x,x,x,x,x,x,x]", "[{}]") + "title: *i\n", ["more than 300,000 characters"]),
    "a bomb of merges": (bomb("{x: 1}", "{{<<: [{}]}}"), ["more than 300,000 characters"]),
    "a bomb of texts": (f"a: &a {'x' * 9000}\nb: [{','.join(['*a'] * 99)}]\n", ["more than 300,000"]),
    "a large file": ("# " + "x" * MOST_CHARACTERS, ["more than 300,000 characters"]),
    "a very large file": ("# " + "x" * 5 * MOST_CHARACTERS, ["more than 300,000 characters"]),
    "no day": ("title: 2026-02-31\n", ["line 1: '2026-02-31' is no timestamp", "quotes"]),
    "no number": ("title: !!int x\n", ["'x' is no int"]),
    "an empty number": ('title: !!int ""\n', ["'' is no int"]),
    "no truth": ("title: !!bool x\n", ["'x' is no bool"]),
    "a list as a key": ("? [a, b]\n: 1\n", ["unhashable key"]),
    "nothing": ("", ["must be a mapping with keys"]),
    "a comment": ("# nothing\n", ["must be a mapping with keys"]),
    "a list": ("[1]\n", ["must be a mapping with keys"]),
    "a text": ("title\n", ["must be a mapping with keys"]),
    "two documents": ("a: 1\n---\nb: 1\n", ["line 2", "another document"]),
    "a tab": ("a:\n\tb: 1\n", ["line 2", "'\\t'"]),
    "two colons": ("title: a: b\n", ["line 1", "mapping values are not allowed"]),
    "an open quote": ('title: "a\n', ["quoted scalar"]),
    "a percent sign": ("title: %x\n", ["line 1", "'%'"]),
    "no anchor": ("title: *a\n", ["undefined alias"]),
    "a NUL byte": ("title: a\0b\n", ["#x0000"]),
    "a control character": ("title: a\x07b\n", ["#x0007"]),
    "a bad merge": ("a: {<<: 3}\n", ["for merging"]),
    "Latin-1": ("title: Größe\n".encode("latin-1"), ["line 1: the byte 0xf6 is not UTF-8"]),
    "Latin-1 in line 2": ("a: b\ntitle: Größe\n".encode("latin-1"), ["line 2: the byte 0xf6"]),
    "UTF-16": ("title: a\n".encode("utf-16"), ["the byte 0xff is not UTF-8"]),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", ["the byte 0x89 is not UTF-8"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), SAID.values(), ids=SAID)
def test_a_file_that_is_no_plain_data_gets_a_sentence(tmp_path, content, words):
    file = tmp_path / HERE
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as caught:
        read(file)
    message = str(caught.value)
    assert message.startswith(str(file))
    assert "\n" not in message
    for each in words:
        assert each in message


READ = {
    "a byte order mark": ("\ufefftitle: a\n", {"title": "a"}),
    "lines of Windows": ("title: a\r\nlikelihood: b\r\n", {"title": "a", "likelihood": "b"}),
    "JSON": ('{"title": "a", "n": 1e5}', {"title": "a", "n": 1e5}),
    "JSON with tabs": ('{\n\t"title": "a"\n}', {"title": "a"}),
    "YAML's own 1e5": ("n: 1e5\n", {"n": "1e5"}),
    "keys that a merge has, too": ("x: &x {a: 1}\ny: {<<: *x, a: 2}\n", {"x": {"a": 1}, "y": {"a": 2}}),
    "an alias": ("x: &x [1, 2]\ny: *x\n", {"x": [1, 2], "y": [1, 2]}),
    "one key in two mappings": ("x: {a: 1}\ny: {a: 1}\n", {"x": {"a": 1}, "y": {"a": 1}}),
    "one key in two objects": ('{"x": [{"a": 1}, {"a": 1}], "a": "a"}', {"x": [{"a": 1}] * 2, "a": "a"}),
    "a text like a key": ('{"a": ":", "b": "{\\"a\\": 1}"}', {"a": ":", "b": '{"a": 1}'}),
    "30 levels": ("a: " + "[" * 29 + "]" * 29, None),
    "a number and its text": ("1: a\n'1': b\n", {1: "a", "1": "b"}),
}


@pytest.mark.parametrize(("text", "meant"), READ.values(), ids=READ)
def test_what_is_unusual_and_right_is_read(tmp_path, text, meant):
    file = tmp_path / HERE
    file.write_bytes(text.encode())
    assert read(file) == (yaml.safe_load(text) if meant is None else meant)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8)
NAMES = st.text("abc:#'\" ", min_size=1, max_size=4)
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abcé", min_size=1, max_size=5), PLAIN, min_size=1, max_size=4))
def test_what_is_written_is_read_back_from_yaml_and_json(config):
    assert read_text(yaml.safe_dump(config, allow_unicode=True), HERE) == config
    assert read_text(json.dumps(config), HERE) == config


@given(st.text(st.sampled_from("ab:{}[],&*!|>-?#%@'\"\\<\n\t 01x"), max_size=60))
def test_any_text_is_read_or_refused_in_a_sentence(text):
    try:
        assert isinstance(read_text(text, HERE), dict)
    except ConfigError as error:
        assert str(error).startswith(HERE)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    try:
        assert isinstance(read(file), dict)
    except ConfigError as error:
        assert "\n" not in str(error)


@given(st.lists(st.sampled_from("abcde"), min_size=2, max_size=6))
def test_a_repeated_key_is_named_with_both_lines(keys):
    for text in (
        "".join(f"{key}: 1\n" for key in keys),
        "{\n" + ",\n".join(f'"{key}": 1' for key in keys) + "}",
    ):
        first_line = 2 if text[0] == "{" else 1
        second = next((i for i, key in enumerate(keys) if key in keys[:i]), None)
        if second is None:
            assert list(read_text(text, HERE)) == keys
            continue
        with pytest.raises(ConfigError) as caught:
            read_text(text, HERE)
        first = keys.index(keys[second])
        assert f"line {second + first_line}: the key '{keys[second]}'" in str(caught.value)
        assert f"already in line {first + first_line}." in str(caught.value)


@pytest.mark.parametrize("command", ["check", "plan", "run"])
def test_no_command_runs_what_a_configuration_says(tmp_path, capsys, command):
    proof = tmp_path / "ran"
    code = f'__use_yte__: true\n__definitions__:\n  - open({str(proof)!r}, "w").close()\n'
    (tmp_path / HERE).write_text(code + yaml.safe_dump(GOOD), "utf-8")
    assert main([command, "--directory", str(tmp_path)]) == 1
    assert "'__use_yte__', by which a configuration may run code" in capsys.readouterr().err
    assert not proof.exists()


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["--configfile", "a.yaml", "b.yaml", "--dry-run", "all"], ["a.yaml", "b.yaml"]),
        (["--configfiles=a.yaml", "all"], ["a.yaml"]),
        (["--configf", "a.yaml"], ["a.yaml"]),
        (["--config", "title=a", "--dry-run"], []),
        (["all", "--cores", "2"], []),
    ],
)
def test_configurations_that_words_for_snakemake_name_are_found(words, files):
    assert named_configurations(words) == files


def test_a_configuration_that_words_for_snakemake_name_is_read_before(tmp_path, capsys):
    (tmp_path / HERE).write_text(yaml.safe_dump(GOOD), "utf-8")
    other = tmp_path / "other.yaml"
    other.write_text("title: a\ntitle: b\n", "utf-8")
    words = ["run", "--directory", str(tmp_path), "--", "--configfile", "other.yaml", "--dry-run"]
    assert main(words) == 1
    assert "the key 'title' is there already in line 1" in capsys.readouterr().err


def test_the_shipped_configurations_are_read_as_ever():
    files = [file for file in [ROOT / HERE, *Path(ROOT / "tests").rglob(HERE)] if file.is_file()]
    assert len(files) >= 2
    for file in files:
        assert read(file) == yaml.safe_load(file.read_text("utf-8"))


def test_a_configuration_in_memory_that_contains_itself_is_refused():
    config = {"title": []}
    config["title"].append(config["title"])
    with pytest.raises(ConfigError, match="contains itself"):
        load(config)


def test_a_list_of_many_unlike_items_is_checked_in_no_time():
    items = [value for i in range(5_000) for value in (i, str(i))]
    config = GOOD | {"analyses": [{"dataset": "toy", "models": items}]}
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert len(str(caught.value).splitlines()) == 50
