"""Bad configurations: each gets its sentence, and what that suggests removes the problem."""

import copy

import pytest
from configurations import CHANGES, GOOD, REMOVED
from suggestions import followed

from stanmix.config import load
from stanmix.errors import ConfigError


def changed(place, value):
    config = copy.deepcopy(GOOD)
    *parents, last = place.split(".", 1) if place.startswith("datasets.{") else _parts(place)
    target = config
    for part in parents:
        if isinstance(target, dict):
            target.setdefault(part, {})
        target = target[part]
    if value is REMOVED:
        del target[last]
    else:
        target[last] = copy.deepcopy(value)
    return config


def _parts(place):
    return [int(part) if part.isdigit() else part for part in place.split(".")]


def problems(config):
    try:
        load(config)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def test_the_good_configuration_is_good():
    assert problems(GOOD) == []


@pytest.mark.parametrize("case", CHANGES, ids=[f"{c.place[:40]}={str(c.value)[:40]!r}" for c in CHANGES])
def test_a_mistake_gets_its_sentence_and_the_suggestion_removes_it(case):
    config = changed(case.place, case.value)
    found = problems(config)
    named = [problem for problem in found if all(words in problem for words in case.words)]
    assert named, found
    if case.follow:
        config = followed(config, named[0])
        assert config is not None, named[0]
        assert problems(config) == []
