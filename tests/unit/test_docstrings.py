"""Sections of docstrings name what is there."""

import ast

import pytest

from stanmix.paths import PACKAGE

FILES = sorted(PACKAGE.rglob("*.py"))


def items(docstring, section):
    """The names that a section of a docstring in numpydoc's style lists; None without the section."""
    lines = (docstring or "").splitlines()
    heads = [i for i, line in enumerate(lines) if line == section and set(lines[i + 1]) == {"-"}]
    if not heads:
        return None
    names = []
    for i, line in enumerate(lines[heads[0] + 2 :], start=heads[0] + 2):
        if i + 1 < len(lines) and lines[i + 1] and set(lines[i + 1]) == {"-"}:
            break
        if line and not line.startswith(" "):
            names += [name.strip().lstrip("*") for name in line.split(",")]
    return names


def wrong_items(tree):
    """Classes and functions whose docstrings list other names than they have."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            listed = items(ast.get_docstring(node), "Attributes")
            fields = [own.target.id for own in node.body if isinstance(own, ast.AnnAssign)]
            is_data = any("dataclass" in ast.unparse(own) for own in node.decorator_list)
            if listed is not None and is_data and set(listed) != set(fields):
                yield node.name, sorted(set(listed) ^ set(fields))
        elif isinstance(node, ast.FunctionDef):
            listed = items(ast.get_docstring(node), "Parameters")
            own = node.args
            given = [
                a.arg for a in (*own.posonlyargs, *own.args, *own.kwonlyargs, own.vararg, own.kwarg) if a
            ]
            if listed is not None and not set(listed) <= set(given):
                yield node.name, sorted(set(listed) - set(given))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_docstrings_list_attributes_and_parameters_that_are_there(path):
    assert list(wrong_items(ast.parse(path.read_text("utf-8")))) == []


def test_items_that_ran_into_the_line_before_are_found():
    text = '''
@dataclass
class A:
    """One.

    Attributes
    ----------
    x
        The first. y The second.
    """

    x: int
    y: int
'''
    assert list(wrong_items(ast.parse(text))) == [("A", ["y"])]
