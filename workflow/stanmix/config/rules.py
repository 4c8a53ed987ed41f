"""Rules of the configuration across keys, which a JSON Schema cannot express.

Each function yields sentences that name the key, say what is wrong and how to write it.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stanmix.bounds import MOST_CORRELATED
from stanmix.config.examples import inside, normalised, unrepeated
from stanmix.config.schema import listed, shown, written
from stanmix.families import Family, class_of, family_of, simulated_columns
from stanmix.families.multivariate import FACTORS, most_factors
from stanmix.families.multivariate.normal import UNCORRELATED
from stanmix.model import treatment_of
from stanmix.posterior.identify import IDENTIFY, ordered_by
from stanmix.priors import DISTRIBUTIONS, prior_problem

Section = Mapping[str, Any]

PROGRAMS = "programs"
"""Folder of the compiled programs, which is beside those of the data sets."""
FROM_FILES = ("response", "trials", "labels", "weights", "categorical", "missing", "separator", "decimal")
"""Keys of data sets that are read from files."""
NOT_IN_FILE_NAMES = "{}<>"
"""Characters of file names that Snakemake takes for wildcards and variables."""
"""Structures without a parameter for each pair of columns."""


def rule_problems(config: Section) -> Iterator[str]:
    """List contradictions in a configuration that follows the schema."""
    if PROGRAMS in config["datasets"]:
        yield (
            f"datasets: the name '{PROGRAMS}' is that of the folder with the compiled Stan programs. "
            f"Write: {PROGRAMS}_data"
        )
    for section in ("datasets", "models"):
        for name in config[section]:
            if (once := unrepeated(name)) != name:
                yield (
                    f"{section}: the name '{name}' ends in one text 20 times or more, which Snakemake takes "
                    f"for an endless path. Write: {once}"
                )
    for name, dataset in config["datasets"].items():
        yield from _dataset(f"datasets.{name}", dataset)
    for name, model in config["models"].items():
        yield from _model(f"models.{name}", model, _columns_for(name, config))
    yield from _analyses(config)


def component_numbers(model: Section) -> list[int]:
    """Return the numbers of components that a model asks for."""
    components = model["components"]
    return list(components) if isinstance(components, list) else [components]


def _dataset(where: str, dataset: Section) -> Iterator[str]:
    if ("simulate" in dataset) == ("file" in dataset):
        yield (
            f"{where} must have exactly one of 'simulate' and 'file'. "
            "Write, for example: {file: resources/galaxies.csv, response: velocity}"
        )
        return
    if "file" in dataset:
        yield from _file_name(f"{where}.file", dataset["file"])
        response = dataset.get("response")
        for key in ("trials", "labels", "weights"):
            if isinstance(dataset.get(key), str) and dataset[key] in _as_list(response):
                yield (
                    f"{where}.{key} is '{dataset[key]}', a column that is modelled. Name the column that "
                    f"has the {key}, or leave it out of response."
                )
        for key in ("separator", "decimal"):
            if key in dataset and dataset["file"].lower().endswith((".parquet", ".xlsx")):
                yield f"{where}.{key} belongs to text files, and {dataset['file']} is none. Remove it."
        if response is None:
            yield (
                f"{where}: the key 'response' is missing; it names the column to model. Add: response: "
                "velocity"
            )
        elif dataset.get("missing") == "marginalise" and columns_of(dataset) is None:
            yield (
                f"{where}.missing is marginalise, but without its only column nothing is left of a row. "
                "Remove it, or name two response columns or more."
            )
        elif isinstance(response, list) and len(response) > 1 and "trials" in dataset:
            yield (
                f"{where} has trials and {len(response)} response columns, but successes are one column. "
                f"Write: response: {response[0]}"
            )
        for name in dataset.get("categorical", []):
            if name not in _as_list(response):
                yield (
                    f"{where}.categorical lists '{name}', which is not a response column. Those are: "
                    f"{listed(_as_list(response))}."
                )
        return
    for key in FROM_FILES:
        if key in dataset:
            instead = {
                "response": "; simulated data have the column y",
                "trials": "; simulated data have those under 'simulate'",
            }.get(key, "")
            yield f"{where}.{key} belongs to data read from a file{instead}. Remove it."
    yield from _simulation(f"{where}.simulate", dataset["simulate"])


def _file_name(where: str, file: str) -> Iterator[str]:
    """Check that Snakemake takes the name of a file as it is."""
    wrong = [c for c in file if c in NOT_IN_FILE_NAMES or not c.isprintable()]
    if wrong:
        better = "".join("_" if c in wrong else c for c in file)
        yield (
            f"{where} has {shown(wrong[0])} in a file's name, which Snakemake does not take as it is. Rename "
            f"the file. Write: {where.rsplit('.', 1)[-1]}: {written(better)}"
        )


def _simulation(where: str, spec: Section) -> Iterator[str]:
    yield from _structure(where, spec)
    columns = (
        simulated_columns(spec) if "families" in spec or not class_of(spec["family"]).has_families else None
    )
    yield from (wrong := [*_families(where, spec), *_width(where, spec, columns)])
    if wrong:
        return
    yield from _factors(where, spec, simulated_columns(spec))
    family = family_of(spec, simulated_columns(spec))
    counts, n, theta = spec.get("counts"), spec.get("n"), spec.get("theta")
    lists = [v for v in [*spec["parameters"].values(), theta, counts] if isinstance(v, list)]
    example = shown([50] * (len(lists[0]) if lists else 2))
    if (counts is None) == (n is None) or (n is None) != (theta is None):
        too_many = [key for key in ("n", "theta") if key in spec]
        yield (
            f"{where} takes either counts, or n together with theta. "
            f"{f'Remove: {listed(too_many)}. ' * bool(too_many)}Write, for example: counts: {example}"
        )
        return
    if counts is not None and sum(counts) < 1:
        yield f"{where}.counts has no observations. Write, for example: counts: {example}"
    if theta is not None and not math.isclose(sum(theta), 1, abs_tol=1e-6):
        yield (
            f"{where}.theta sums to {sum(theta):.6g}, but weights sum to 1. Write: theta: {normalised(theta)}"
        )
    if family.support.has_trials and "trials" not in spec:
        yield (
            f"{where} simulates {family.name}, which needs the number of trials. Add, for example: trials: 20"
        )
    if not family.support.has_trials and "trials" in spec:
        yield f"{where}.trials is given, but the {family.name} family has no trials. Remove it."
    components = len(counts if counts is not None else theta or [])
    given = spec["parameters"]
    yield from _unknown_parameters(f"{where}.parameters", given, family)
    for parameter in family.parameters:
        key = f"{where}.parameters.{parameter.name}"
        if parameter.name not in given:
            yield (
                f"{key} is missing; it is the {parameter.description} of each component. Add: "
                f"{parameter.name}: {inside(parameter.support):g}"
            )
            continue
        values = given[parameter.name]
        if isinstance(values, list) and len(values) != components:
            yield (
                f"{key} has {_values(values)}, but there are {_components(components)}. Give one value for "
                f"each. Write, for example: {parameter.name}: {written((values * components)[:components])}"
            )
        yield from _outside(key, values, family, parameter.name)


def _structure(where: str, spec: Section) -> Iterator[str]:
    """Check that only families with structures have the key, and that products have families of columns."""
    if "structure" in spec and not class_of(spec["family"]).has_structures:
        yield (
            f"{where}.structure is given, but the {spec['family']} family has none. Remove it, or choose the "
            "family multi_normal."
        )
        return
    if "factors" in spec and spec.get("structure") != FACTORS:
        yield (
            f"{where}.factors is given, but the structure {spec.get('structure', 'VVV')} has none. Remove "
            f"it, or choose the structure {FACTORS}."
        )


def _factors(where: str, spec: Section, columns: int | None) -> Iterator[str]:
    """Check that the number of factors is identified with this number of columns."""
    if spec.get("structure") != FACTORS or columns is None:
        return
    factors, most = spec.get("factors", 1), most_factors(columns)
    if most == 0:
        yield (
            f"{where} has the structure {FACTORS}, which needs three columns or more, but the data have "
            f"{columns}. Write: structure: VVV"
        )
    elif factors > most:
        yield (
            f"{where} has {factors} factors, but of {columns} columns at most {most} can be told apart. "
            f"Write: factors: {most}"
        )


def _families(where: str, spec: Section) -> Iterator[str]:
    """Check that products, and no other families, have families of their columns."""
    has_families = class_of(spec["family"]).has_families
    if has_families and "families" not in spec:
        yield (
            f"{where} is a {spec['family']}, but the key 'families' is missing; it names the family of all "
            "columns, or a list those of each. Add, for example: families: normal"
        )
    if not has_families and "families" in spec:
        yield (
            f"{where}.families is given, but the {spec['family']} family has none. Remove it, or choose "
            "the family product."
        )


def _width(where: str, spec: Section, columns: int | None) -> Iterator[str]:
    """Check that pairs of columns do not have too many parameters."""
    structure, kind = spec.get("structure", "VVV"), class_of(spec["family"])
    most = kind.most_columns(structure)
    if columns is None or most is None or columns <= most:
        return
    if structure in UNCORRELATED:
        yield f"{where} is {spec['family']} for {columns:,} columns. Take at most {most:,} columns."
        return
    pairs = columns * (columns - 1) // 2
    simpler = kind.most_columns("VVI") or 0
    remedy = (
        "Write: structure: VVI"
        if columns <= simpler and simpler > MOST_CORRELATED
        else f"Take at most {MOST_CORRELATED} columns."
    )
    yield (
        f"{where} has the structure {structure} for {columns:,} columns, which are {pairs:,} correlations a "
        f"component; at most {MOST_CORRELATED} columns can have them. {remedy}"
    )


def _columns_for(model: str, config: Section) -> int | None:
    """Return the number of columns of the data sets that a model is fitted to, the largest of several."""
    used = [
        config["datasets"][a["dataset"]]
        for a in config["analyses"]
        if model in a["models"] and a["dataset"] in config["datasets"]
    ]
    return max((columns_of(dataset) or 0 for dataset in used), default=0) or None


def columns_of(dataset: Section) -> int | None:
    """Return the number of columns of multivariate data; None for other data."""
    if "simulate" in dataset:
        return simulated_columns(dataset["simulate"])
    response = dataset.get("response")
    return len(response) if isinstance(response, list) and len(response) > 1 else None


def _model(where: str, model: Section, columns: int | None) -> Iterator[str]:
    yield from _structure(where, model)
    yield from (wrong := [*_families(where, model), *_width(where, model, columns)])
    if wrong:
        return
    family = family_of(model, columns)
    numbers = component_numbers(model)
    parameters = model.get("parameters", {})
    yield from _unknown_parameters(f"{where}.parameters", parameters, family)
    for parameter in family.parameters:
        if parameter.name in parameters:
            key = f"{where}.parameters.{parameter.name}"
            treatment = treatment_of(model, family, parameter.name)
            yield from _parameter(key, treatment, family, parameter.name, numbers)
    noise = int(model.get("noise", False))
    yield from _weights(f"{where}.weights", model.get("weights", {}), numbers, noise)
    yield from _identify(f"{where}.identify", model, family)
    weights_are_fixed = "fixed" in model.get("weights", {})
    every_value_is_fixed = all(
        None not in _as_list(parameters.get(p.name, {}).get("fixed", None)) for p in family.parameters
    )
    for components in numbers:
        if every_value_is_fixed and (components == 1 or weights_are_fixed):
            yield (
                f"{where} leaves nothing to infer with {_components(components)}, since every parameter is "
                f"fixed. Remove 'fixed' from one of: {listed(p.name for p in family.parameters)}, weights."
            )


def _identify(where: str, model: Section, family: Family) -> Iterator[str]:
    """Check that labels are resolved in a known way, by a parameter that differs between components."""
    identify = model.get("identify", IDENTIFY)
    if identify in ("relabel", "none"):
        return
    by = ordered_by(identify)
    known = [*(p.name for p in family.parameters), "theta"]
    if by not in known:
        choices = listed(["relabel", *(f"order({name})" for name in known), "none"])
        yield (
            f"{where} is '{identify}', but it must be one of: {choices}. "
            "Write, for example: identify: relabel"
        )
        return
    treatment = model.get("weights", {}) if by == "theta" else treatment_of(model, family, str(by))
    if treatment.get("shared", False) or None not in _as_list(treatment.get("fixed", None)):
        how = "shared by all components" if treatment.get("shared", False) else "fixed"
        yield f"{where} orders by {by}, which is {how}. Write: identify: relabel"


def _parameter(where: str, spec: Section, family: Family, name: str, numbers: list[int]) -> Iterator[str]:
    fixed, prior, shared = spec.get("fixed"), spec.get("prior"), spec.get("shared", False)
    yield from _equal(where, spec, numbers)
    if fixed is not None:
        yield from _length(f"{where}.fixed", fixed, numbers)
        yield from _outside(f"{where}.fixed", [v for v in _as_list(fixed) if v is not None], family, name)
        everything_fixed = None not in _as_list(fixed)
        if everything_fixed and (prior is not None or shared):
            others = [key for key in ("prior", "shared") if spec.get(key)]
            yield f"{where} is fixed, so it takes no prior and cannot be shared. Remove: {listed(others)}."
    if prior is not None:
        problem = prior_problem(prior, family.parameter(name).support)
        if problem:
            yield f"{where}.prior: {problem}"
        for argument, value in prior.items():
            if argument == "dist":
                continue
            if shared and isinstance(value, list):
                yield (
                    f"{where}.prior.{argument} is a list, but a shared parameter has one value. "
                    f"Write: {argument}: {shown(value[0])}"
                )
            else:
                yield from _length(f"{where}.prior.{argument}", value, numbers)
        support = DISTRIBUTIONS[prior["dist"]].support
        wanted = family.parameter(name).support
        if prior["dist"] == "beta" and wanted[1] > 1:
            yield (
                f"{where}.prior: a beta prior confines {name} to {support[0]:g} to {support[1]:g}. "
                f"Write, for example: prior: {{dist: {'lognormal' if wanted[0] == 0 else 'normal'}, "
                "mu: 0, sigma: 1}"
            )


def _equal(where: str, spec: Section, numbers: list[int]) -> Iterator[str]:
    """Check the groups of components that have one value together."""
    groups = spec.get("equal", [])
    if not groups:
        return
    members = [k for group in groups for k in group]
    if spec.get("shared", False):
        yield f"{where} is shared by all components, so that 'equal' says nothing. Remove: equal."
    if max(members) > min(numbers):
        yield (
            f"{where}.equal names component {max(members)}, but the model is fitted with "
            f"{listed(numbers)} components. "
            f"{'Write, for example: equal: [[1, 2]]' if min(numbers) > 1 else 'Remove: equal.'}"
        )
        return
    if len(set(members)) < len(members):
        yield (
            f"{where}.equal names a component in two groups. Make them one. Write: "
            f"equal: [{shown(sorted(set(members)))}]"
        )
    fixed = spec.get("fixed")
    held = [
        k
        for k in members
        if fixed is not None and _as_list(fixed)[min(k, len(_as_list(fixed))) - 1] is not None
    ]
    if held:
        yield (
            f"{where}.equal names component {held[0]}, whose value is fixed. Fix the others of its group at "
            "the same value instead. Remove: equal."
        )
    for argument, value in spec.get("prior", {}).items():
        values = value if isinstance(value, list) and len(value) >= max(members) else None
        if values and any(len({values[k - 1] for k in group}) > 1 for group in groups):
            firsts = {k: group[0] for group in groups for k in group}
            same = [values[firsts.get(k, k) - 1] for k in range(1, len(values) + 1)]
            yield (
                f"{where}.prior.{argument} differs between components that 'equal' gives one value. Give "
                f"them the same. Write: {argument}: {written(same)}"
            )


def _weights(where: str, spec: Section, components: list[int], noise: int) -> Iterator[str]:
    """Check weights; a model with noise has one more."""
    numbers = [k + noise for k in components]
    if "fixed" in spec and "prior" in spec:
        yield (f"{where} has both 'fixed' and 'prior', but weights are one or the other. Remove: prior.")
    if "fixed" in spec:
        if numbers != [len(spec["fixed"])]:
            remedy = (
                f"Write, for example: fixed: {normalised([1.0] * numbers[0])}"
                if len(numbers) == 1
                else "Give each number of components a model of its own, or remove: fixed."
            )
            yield (
                f"{where}.fixed has {_values(spec['fixed'])}, but the model is fitted with {listed(numbers)} "
                f"components. {remedy}"
            )
        elif not math.isclose(sum(spec["fixed"]), 1, abs_tol=1e-6):
            yield (
                f"{where}.fixed sums to {sum(spec['fixed']):.6g}, but weights sum to 1. "
                f"Write: fixed: {normalised(spec['fixed'])}"
            )
    if "prior" in spec:
        yield from _length(f"{where}.prior.alpha", spec["prior"]["alpha"], numbers)


def _analyses(config: Section) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for i, analysis in enumerate(config["analyses"], start=1):
        where = f"analyses[{i}]"
        dataset = analysis["dataset"]
        if "predict" in analysis:
            yield from _file_name(f"{where}.predict", analysis["predict"])
        if dataset not in config["datasets"]:
            yield _unknown_name(f"{where}.dataset", dataset, config["datasets"], "datasets")
        for model in analysis["models"]:
            if model not in config["models"]:
                yield _unknown_name(f"{where}.models", model, config["models"], "models")
            elif dataset in config["datasets"]:
                source, spec = config["datasets"][dataset], config["models"][model]
                yield from _fitting_data(where, dataset, source, model, spec)
            first = seen.setdefault((dataset, model), i)
            if first != i:
                yield (
                    f"{where} fits {model} to {dataset}, as analyses[{first}] does already. Remove it from "
                    "one of them."
                )


def _fitting_data(where: str, dataset: str, source: Section, model: str, spec: Section) -> Iterator[str]:
    """Check that a model gets exactly the columns and the numbers of trials that it needs."""
    if class_of(spec["family"]).has_families and "families" not in spec:
        return  # the check of the model reports it
    family, columns = family_of(spec), columns_of(source)
    if family.is_multivariate:
        yield from _factors(f"models.{model}", spec, columns)
    if family.is_multivariate and columns is None:
        yield (
            f"{where}: model {model} is {family.name}, which needs two columns or more, and data set "
            f"{dataset} has one. {_two_columns(dataset, source)}"
        )
    yield from _categories(where, dataset, source, model, spec)
    families = spec.get("families")
    if isinstance(families, list) and columns is not None and len(families) != columns:
        yield (
            f"{where}: model {model} has {len(families)} families, but data set {dataset} has {columns} "
            f"columns. Give one for each. Write under models.{model}, for example: families: "
            f"{written((families * columns)[:columns])}"
        )
    if not family.is_multivariate and columns is not None:
        if "simulate" in source:
            yield (
                f"{where}: data set {dataset} has {columns} columns, but the {family.name} family of model "
                f"{model} describes one. Write under models.{model}, for example: family: multi_normal"
            )
        else:
            yield (
                f"datasets.{dataset}.response lists {columns} columns, but the {family.name} family of model "
                f"{model} describes one. Write: response: {source['response'][0]}"
            )
    if "simulate" in source:
        has_trials = family_of(source["simulate"]).support.has_trials
        key = f"datasets.{dataset}.simulate.trials"
    else:
        has_trials, key = "trials" in source, f"datasets.{dataset}.trials"
    if family.support.has_trials and not has_trials:
        yield (
            f"{where}: model {model} is {family.name}, which needs the number of trials, and data set "
            f"{dataset} has none. "
            + (
                f"Write under models.{model}: family: {source['simulate']['family']}"
                if "simulate" in source
                else f"Add under datasets.{dataset}, for example: trials: 20"
            )
        )
    if has_trials and not family.support.has_trials:
        yield (
            f"{where}: data set {dataset} has numbers of trials, which the {family.name} family of model "
            f"{model} does not use. Remove {key}, or choose its family. Write under models.{model}: family: "
            "binomial"
        )


def _two_columns(dataset: str, source: Section) -> str:
    if "simulate" in source:
        return "Fit a model of one column to it."
    columns = [*_as_list(source["response"]), "width"]
    return f"Write under datasets.{dataset}, for example: response: {written(columns)}"


def _categories(where: str, dataset: str, source: Section, model: str, spec: Section) -> Iterator[str]:
    """Check that columns of categories get families of categories."""
    listed_ones, response = source.get("categorical", []), _as_list(source.get("response"))
    families = spec.get("families", spec["family"])
    if isinstance(families, list) and len(families) != len(response):
        return  # the check of the families reports it
    of_columns = families if isinstance(families, list) else [families] * len(response)
    wrong = [
        (column, family)
        for column, family in zip(response, of_columns, strict=True)
        if column in listed_ones and family != "categorical"
    ]
    if not wrong:
        return
    column, family = wrong[0]
    if class_of(spec["family"]).has_families:
        better = [
            "categorical" if own in listed_ones else family
            for own, family in zip(response, of_columns, strict=True)
        ]
        remedy = f"Write under models.{model}: families: {written(better)}"
    else:
        remedy = "Choose the family product, or remove the column from categorical and from response."
    yield (
        f"{where}: data set {dataset} lists the column {column} under categorical, but model {model} gives "
        f"it the family {family}. {remedy}"
    )


def _unknown_name(where: str, name: str, known: Iterable[str], section: str) -> str:
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    remedy = f"Write: {close[0]}" if close else f"Use one of these, or add '{name}' under {section}."
    return f"{where}: '{name}' is not under {section}, where there are: {listed(known)}. {remedy}"


def _unknown_parameters(where: str, given: Section, family: Family) -> Iterator[str]:
    known = [p.name for p in family.parameters]
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            remedy = f"Write: {close[0]}: {written(given[name])}" if close else "Remove it."
            yield (
                f"{where}.{name} is not a parameter of the {family.name} family, which has: "
                f"{listed(known)}. {remedy}"
            )


def _outside(where: str, values: Any, family: Family, name: str) -> Iterator[str]:
    lower, upper = support = family.parameter(name).support
    allowed = f"above {lower:g}" if math.isinf(upper) else f"between {lower:g} and {upper:g}"
    for value in _as_list(values):
        if not lower < value < upper:
            yield (
                f"{where} has the value {value:g}, but {name} must be {allowed}. "
                f"Write, for example: {where.rsplit('.', 1)[-1]}: {inside(support):g}"
            )


def _length(where: str, value: Any, numbers: list[int]) -> Iterator[str]:
    if not isinstance(value, list) or all(k == len(value) for k in numbers):
        return
    key = where.rsplit(".", 1)[-1]
    if len(numbers) > 1:
        yield (
            f"{where} has {_values(value)}, but the model is fitted with {listed(numbers)} components. "
            "Make a model of its own for each number, or give one value for all of them. "
            f"Write, for example: {key}: {shown(next((v for v in value if v is not None), 1))}"
        )
    else:
        fitting = (value * numbers[0])[: numbers[0]]
        yield (
            f"{where} has {_values(value)}, but the model has {_components(numbers[0])}. Give one value "
            f"for each. Write, for example: {key}: {written(fitting)}"
        )


def _values(value: list[Any]) -> str:
    return f"{len(value)} value{'s' * (len(value) != 1)}"


def _components(n: int) -> str:
    return f"{n} component{'s' * (n != 1)}"


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
