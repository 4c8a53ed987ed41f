"""What a message about a configuration says is to be done, and doing it."""

import copy
import re

import yaml

WRITE = re.compile(
    r"(?:Write|Add)(?: under (?P<place>[\w.\[\]-]+))?(?:, for example)?: (?P<line>.+?)"
    r"(?: \(YAML reads .*\))?$"
)
REMOVE = re.compile(r"Remove: (?P<keys>[\w, ]+)\.")
REMOVE_IT = re.compile(r"(?:Remove it|Remove the key)\b")


def parts(place):
    """`analyses[1].models` as the keys and positions that lead there."""
    return [
        int(part[1:-1]) - 1 if part.startswith("[") else part
        for part in re.findall(r"\[\d+\]|[^.\[\]]+", place)
    ]


def at(config, path):
    for part in path:
        config = config[part]
    return config


def mapping_above(config, path, key):
    """The deepest mapping on the way that has a key, else the deepest mapping."""
    inside = [config]
    for part in path:
        try:
            inside.append(inside[-1][part])
        except (KeyError, IndexError, TypeError):
            break
    mappings = [part for part in inside if isinstance(part, dict)]
    return next((part for part in reversed(mappings) if key in part), mappings[-1])


def followed(config, message):
    """A copy of a configuration after what a message suggests; None where it suggests nothing."""
    config = copy.deepcopy(config)
    place = re.match(r"[\w-]+(?:[\w.-]*(?:\[\d+\])?)*", message)[0].rstrip(".")
    path = [] if place == "config" else parts(place)
    removed, write = REMOVE.search(message), WRITE.search(message)
    if removed:
        for key in removed["keys"].split(", "):
            del mapping_above(config, path, key)[key]
    if write is None:
        if not removed and not REMOVE_IT.search(message):
            return None
        if not removed:
            del at(config, path[:-1])[path[-1]]
        return config
    line = yaml.safe_load(write["line"])
    if ": the name " in message:
        return renamed(config, path, message, line)
    if isinstance(line, str):  # another name for one that is not there
        wrong = re.search(r"'(.+?)' is not under", message)[1]
        own = at(config, path)
        at(config, path[:-1])[path[-1]] = (
            line if own == wrong else [line if name == wrong else name for name in own]
        )
        return config
    if "must have exactly one of" in message:
        at(config, path[:-1])[path[-1]] = line
        return config
    if write["place"]:
        at(config, parts(write["place"])).update(line)
        return config
    (key, value), *_ = line.items()
    if "is not a known key" in message or "is not a parameter" in message:
        own = at(config, path[:-1])
        del own[path[-1]]
    elif key in path:
        last = len(path) - 1 - path[::-1].index(key)
        own = at(config, path[:last])
    else:
        own = mapping_above(config, path, key)
    own[key] = value
    return config


def renamed(config, path, message, better):
    """A configuration in which the bad name of a data set or model is another one, in the analyses, too."""
    section = at(config, path)
    known = [name for name in section if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(name))]
    known = known or [name for name in section if not isinstance(name, str) or name in ("programs",)]
    (wrong,) = known or [name for name in section if str(name).endswith("\n")]
    section[better] = section.pop(wrong)
    for analysis in config["analyses"]:
        if analysis["dataset"] == wrong and path == ["datasets"]:
            analysis["dataset"] = better
        if path == ["models"]:
            analysis["models"] = [better if name == wrong else name for name in analysis["models"]]
    return config
