"""Look at a table, and suggest what to model in it and how.

The rules are simple and give reasons. Their suggestion is a start, which the user corrects in config.yaml.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stanmix.bounds import MOST_CORRELATED
from stanmix.commandline.columns import Array, Column, are_counts, listed_names
from stanmix.commandline.companions import FEWEST_CATEGORIES, Companion, trials_of, weights_of
from stanmix.config.schema import listed, written
from stanmix.families import family_of
from stanmix.families.product import OF_COLUMNS

OVERDISPERSED = 2.0
"""Largest ratio of the variance to that which a few components of Poisson counts, or of successes,
explain."""
EXCESS, TIMES = 3.0, 1.5
"""There are too many zeros if they exceed the expected number by this many standard errors and by this
factor."""
SKEWED = 1.0
"""Skewness above which a skewed family is suggested for positive numbers."""
SAMPLE = 100_000
"""Largest number of values in a likelihood."""
MOST_COLUMNS = 8
"""Largest number of columns that are suggested to be modelled together."""
MOST_COMPONENTS, MOST_COMPONENTS_OF_ROWS = 6, 4
ROWS_PER_COMPONENT = 15
"""Smallest number of rows for each component."""
ROWS_PER_PARAMETER = 3
"""Smallest number of rows for each free parameter of means and covariances of a structure with
correlations."""
MULTI_NORMAL = "multi_normal"
STRUCTURES = {
    "VVI": "every component has its own variances, and no correlations",
    "EEE": "all components have the same covariances",
    "VVV": "every component has its own covariances",
}
"""Structures of covariances that are compared, from few parameters to many, in words."""
SIMPLEST = "VVI"
"""The structure that is suggested for any number of rows."""
MOST_MISSING = 0.5
"""Share of empty cells above which a column is left out."""
CERTAIN = "if it tells the components of some rows for certain"
UNWEIGHTED = "without this line every row counts once"
ALONE = "as the only model, without structure and families"
"""How one column is modelled instead of several."""


@dataclass(frozen=True)
class Key:
    """An entry of a data set in the configuration.

    Attributes
    ----------
    name, value
        What is written.
    why
        Why, and how to undo it. For a possibility: when to write it.
    """

    name: str
    value: Any
    why: str


@dataclass(frozen=True)
class Structure:
    """A structure of covariances, as a model of its own.

    Attributes
    ----------
    name
        Its name.
    components, why_components
        Numbers of components to compare, and why.
    """

    name: str
    components: tuple[int, ...]
    why_components: str


@dataclass(frozen=True)
class Suggestion:
    """What to model, and how.

    Attributes
    ----------
    columns
        All columns of the table.
    response
        Names of the columns to model.
    why_response
        Why these.
    family, why_family
        Family of the components, and why.
    components, why_components
        Numbers of components to compare, and why.
    structures
        Structures of covariances to compare, each with its numbers of components; empty for families that
        have none.
    left_out
        Why other usual structures are left out; empty if none is.
    families
        Families of the columns of a product; empty for other families.
    instead
        Other families to try.
    product
        What to write for a product, if one is possible; otherwise empty.
    keys
        Keys of the data set beside its response.
    possible
        Possible further keys.
    """

    columns: tuple[Column, ...]
    response: tuple[str, ...]
    why_response: str
    family: str
    why_family: str
    components: tuple[int, ...]
    why_components: str
    structures: tuple[Structure, ...] = ()
    left_out: str = ""
    families: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    product: str = ""
    keys: tuple[Key, ...] = ()
    possible: tuple[Key, ...] = ()

    @property
    def models(self) -> dict[str, dict[str, Any]]:
        """The models' sections of the configuration by their names: the family, or each structure."""
        if self.structures:
            return {
                own.name: {"family": self.family, "structure": own.name, "components": list(own.components)}
                for own in self.structures
            }
        families = {"families": list(self.families)} if self.families else {}
        return {self.family: {"family": self.family, **families, "components": list(self.components)}}

    @property
    def read(self) -> dict[str, Any]:
        """The keys of the data set that describe how to read the file."""
        return {"response": list(self.response)} | {key.name: key.value for key in self.keys}


def suggest(columns: Sequence[Column], response: Sequence[str] = ()) -> Suggestion | None:
    """Suggest a response, a family and numbers of components.

    Parameters
    ----------
    columns
        The columns of the table.
    response
        The columns to model, all of which can be modelled; if none is named, columns are chosen.

    Returns
    -------
    Suggestion or None
        None if the table has no column that can be modelled.
    """
    trials = [] if len(response) > 1 else trials_of(columns, response)
    if trials and trials[0].sure:
        return _of_trials(columns, trials[0], bool(response))
    weights = weights_of(columns, response)
    weight = weights[0].column if weights and weights[0].sure else None
    if weight is not None and weights[0].beside is not None and not response:
        chosen, why, product = [weights[0].beside], f"{weight.name} counts its values", ""
    else:
        chosen, why, product = _choose(columns, response, weight, [*trials, *weights])
        if not chosen or (len(chosen) == 1 and chosen[0].why_not):
            return None
    names = tuple(listed_names(chosen))
    possible = _possible(columns, [*trials, *weights], chosen)
    count = np.ones(len(_values(chosen[0]))) if weight is None else _values(weight)
    keys = [] if weight is None else [Key("weights", weight.name, f"because {weights[0].why}; {UNWEIGHTED}")]
    if len(chosen) > 1:
        found = _of_rows(columns, chosen, why, round(count.sum()))
        return replace(found, keys=(*found.keys, *keys), possible=possible, product=product)
    y = _repeated(_values(chosen[0]), count)
    family, why_family, instead = family_for(y)
    numbers, why_numbers = _components(round(count.sum()), len(np.unique(y)), MOST_COMPONENTS)
    return Suggestion(
        tuple(columns), names, why, family, why_family, numbers, why_numbers,
        instead=instead, product=product, keys=tuple(keys), possible=possible,
    )  # fmt: skip


def _values(column: Column) -> Array:
    assert column.values is not None
    return column.values


def _choose(
    columns: Sequence[Column], response: Sequence[str], weight: Column | None, companions: Sequence[Companion]
) -> tuple[list[Column], str, str]:
    """Choose columns to model, with the reasons, and describe a product of more columns.

    Measurements and counts in one table are modelled together, and so are categories if there is nothing
    else. If there are only measurements, all are modelled; if there are only counts, the first is. Categories
    beside numbers are left out, since they may well be explanatory variables.
    """
    if response:
        named = [column for name in response for column in columns if column.name == name]
        return named, "you named it" if len(named) == 1 else "you named them", ""
    usable = [column for column in columns if not column.why_not and column is not weight]
    usable = [column for column in usable if not column.names_rows] or usable
    doubtful = [own.column for own in companions if own.column.kind == "counts"] if len(usable) > 1 else []
    parts = _with_cells([c for c in columns if _may_be_part(c) and c is not weight and c not in doubtful])
    measured, counts, categories = (
        [column for column in parts if column.kind == kind] for kind in ("measured", "counts", "categories")
    )
    if measured and counts:
        return *_first(parts, "columns of different kinds"), ""
    if not usable and len(categories) >= FEWEST_CATEGORIES:
        return *_first(categories, "columns of categories"), ""
    product = _product(parts) if usable and (categories or len(counts) > 1) else ""
    measured = _with_cells(measured)
    if len(measured) > 1:
        return *_first(measured, "the columns of measurements"), product
    if len(usable) == 1:
        return usable, "it is the only column of numbers to model", product
    if measured and measured[0] in usable:
        return measured, "it is the only column of measurements", product
    return usable[:1], f"it is the first of {len(usable)} columns of counts", product


def _may_be_part(column: Column) -> bool:
    """Tell whether a column may be one of several that are modelled together."""
    if column.values is None or not column.kind or column.names_rows:
        return False
    tells_classes = column.kind == "categories" and column.names_classes
    return not tells_classes and column.missing <= MOST_MISSING * len(column.values)


def _with_cells(columns: Sequence[Column]) -> list[Column]:
    """Leave out columns with empty cells if a row would otherwise have no value."""
    rows = np.column_stack([_values(column) for column in columns]) if columns else np.zeros((0, 0))
    is_any_empty = bool(np.isnan(rows).all(axis=1).any())
    return [column for column in columns if not (is_any_empty and column.missing)]


def _first(columns: list[Column], what: str) -> tuple[list[Column], str]:
    """Return the columns that are modelled together, up to the largest number, and why."""
    if len(columns) > MOST_COLUMNS:
        what = f"the first {MOST_COLUMNS} of {len(columns)} {what.removeprefix('the ')}"
    return _with_cells(columns[:MOST_COLUMNS]), f"they are {what}"


def _product(columns: Sequence[Column]) -> str:
    """Say how columns are written as a product; empty for a single column."""
    if len(columns) < 2:
        return ""
    columns = columns[:MOST_COLUMNS]
    names = listed_names(c for c in columns if c.kind == "categories")
    categorical = f"categorical: {written(names)}, " if names else ""
    families = listed(map(_family_of_column, columns))
    return f"response: {written(listed_names(columns))}, {categorical}family: product, families: [{families}]"


def _possible(
    columns: Sequence[Column], companions: Sequence[Companion], chosen: Sequence[Column]
) -> tuple[Key, ...]:
    """Return possible keys of a data set, the first of each kind, given the chosen columns."""
    labels = [column for column in columns if column.may_be_labels and column not in chosen]
    found = {}
    if labels:
        why = f"{CERTAIN}; components are then {labels[0].levels} or more"
        why += ", and 0 is not known" if not labels[0].is_coded and labels[0].numbers.min() == 0 else ""
        found["labels"] = Key("labels", labels[0].name, why)
    for own in companions:
        if own.sure:
            continue
        when = "if it says how often each row counts"
        if own.beside is not None:
            y = own.beside.name
            alone = f", {ALONE}" if len(chosen) > 1 else ""
            when = f"if {y} counts successes among them{alone}: response: {written(y)}, family: binomial"
        elif own.column in chosen:
            when += ", and is then no response"
            rest = [column for column in chosen if column is not own.column]
            if len(rest) == 1 and not rest[0].why_not:
                family = family_for(rest[0].numbers)[0]
                when += f"; {ALONE}: response: {written(rest[0].name)}, family: {family}"
        found.setdefault(own.key, Key(own.key, own.column.name, when))
    return tuple(found.values())


def _of_trials(columns: Sequence[Column], pair: Companion, is_named: bool) -> Suggestion:
    """Suggest a family of successes among trials."""
    assert pair.beside is not None
    y, trials = _values(pair.beside), _values(pair.column)
    p = float(y.sum() / trials.sum())
    spread = float(((y - trials * p) ** 2).sum() / (trials * p * (1 - p)).sum())
    family, other = ("beta_binomial", "binomial") if spread > OVERDISPERSED else ("binomial", "beta_binomial")
    most = min(MOST_COMPONENTS, (int(trials.max()) + 1) // 2)
    numbers, why_numbers = _components(len(y), len(np.unique(np.column_stack([y, trials]), axis=0)), most)
    names = (pair.beside.name,)
    undo = f"to model {pair.beside.name} alone, remove this line, and write family: {family_for(y)[0]}"
    return Suggestion(
        tuple(columns),
        names,
        "you named it" if is_named else f"it counts successes among {pair.column.name}",
        family,
        f"these are successes among trials, which vary {spread:.1f} times as much as with one probability",
        numbers,
        why_numbers,
        instead=(other,),
        keys=(Key("trials", pair.column.name, f"because {pair.why}; {undo}"),),
        possible=_possible(columns, [], [pair.beside]),
    )


def _of_rows(columns: Sequence[Column], chosen: Sequence[Column], why: str, n: int) -> Suggestion:
    """Suggest a family of several columns: multivariate normal for measurements, otherwise a product."""
    y, D = np.column_stack([_values(column) for column in chosen]), len(chosen)
    keys = []
    categories = [column for column in chosen if column.kind == "categories"]
    if categories:
        undo = "to leave one out, remove it here, in response and in families"
        keys.append(Key("categorical", listed_names(categories), f"because these are categories; {undo}"))
    if holes := int(np.isnan(y).any(axis=1).sum()):
        rows = f"{holes:,} row{'s have' if holes > 1 else ' has'} empty cells, where the others count"
        undo = "to leave such rows out, remove them from the table, and this line"
        keys.append(Key("missing", "marginalise", f"because {rows}; {undo}"))
    most = MOST_COMPONENTS_OF_ROWS
    if len(categories) == D:
        # More classes would have more parameters than there are patterns.
        patterns, each = math.prod(c.levels for c in chosen), sum(c.levels - 1 for c in chosen)
        most = max(1, min(most, patterns // (1 + each)))
    numbers, why_numbers = _components(n, len(np.unique(y, axis=0)), most)
    found = Suggestion(
        tuple(columns),
        tuple(listed_names(chosen)),
        why,
        "product",
        "",
        numbers,
        why_numbers,
        keys=tuple(keys),
    )
    if any(column.kind != "measured" for column in chosen):
        return replace(
            found,
            why_family=f"{D} columns are modelled together, each by a family of its own; {_undo(chosen)}",
            families=tuple(map(_family_of_column, chosen)),
        )
    structures, left_out = structures_for(n, D, numbers, why_numbers)
    return replace(
        found,
        family=MULTI_NORMAL,
        why_family=f"{D} columns are modelled together",
        structures=structures,
        left_out=left_out,
    )


def structures_for(
    n: int, D: int, numbers: Sequence[int], why_numbers: str
) -> tuple[tuple[Structure, ...], str]:
    """Choose the structures of covariances that the rows can bear, and numbers of components for each.

    A structure with correlations and K components needs 3 rows for each free parameter of means and
    covariances: those that all components share, and K times those that each component has of its own. With D
    columns EEE shares D (D + 1) / 2 and has D for each component; VVV shares none and has D (D + 3) / 2 for
    each. A structure gets those of the numbers K for which there are enough rows. It is left out if there are
    too few for two components, since with one component EEE and VVV are the same model. VVI has one mean and
    one variance for each column, and each column gives information on its own. It therefore needs no more
    rows than a single column does, and is never left out.

    Parameters
    ----------
    n
        Number of rows, each as often as its weight says.
    D
        Number of columns.
    numbers
        Numbers of components to compare, from 1.
    why_numbers
        Why these.

    Returns
    -------
    structures : tuple of Structure
        What is compared, in the order of ``STRUCTURES``.
    left_out : str
        Why the others are not; empty if there are none.
    """
    found = [Structure(SIMPLEST, tuple(numbers), why_numbers)]
    if D > MOST_CORRELATED:
        return tuple(found), f"at most {MOST_CORRELATED} columns can have correlations"
    missed = []
    for name in (name for name in STRUCTURES if name != SIMPLEST):
        shared, each = free_parameters(name, D)
        borne = [K for K in numbers if n >= ROWS_PER_PARAMETER * (shared + K * each)]
        if len(borne) == len(numbers):
            found.append(Structure(name, tuple(borne), why_numbers))
        elif len(borne) > 1:
            why = (
                f"{n:,} rows bear up to {borne[-1]}, by {ROWS_PER_PARAMETER} rows for each free parameter, "
                f"of which a component has {each}"
            )
            found.append(Structure(name, tuple(borne), why))
        else:
            missed.append(f"{shared + 2 * each} of {name}")
    few = (
        f"{n:,} rows are fewer than {ROWS_PER_PARAMETER} for each of the free parameters with two components"
    )
    return tuple(found), f"{few}, {' and '.join(missed)}" if missed else ""


def free_parameters(structure: str, D: int) -> tuple[int, int]:
    """Return the numbers of free parameters of D columns: shared by all components, and of each."""
    family = family_of({"family": MULTI_NORMAL, "structure": structure}, D)
    shared = sum(parameter.name in family.shared for parameter in family.parameters)
    return shared, len(family.parameters) - shared


def _undo(chosen: Sequence[Column]) -> str:
    """Say how a product becomes a model of its numbers."""
    numbers = [c for c in chosen if c.kind == "measured"] or [c for c in chosen if c.kind == "counts"][:1]
    if not numbers or numbers[0].missing:
        return "a column can be left out of all lists"
    family = "multi_normal" if len(numbers) > 1 else family_for(numbers[0].numbers)[0]
    return f"without the others: response: {written(listed_names(numbers))}, family: {family}, no families"


def _family_of_column(column: Column) -> str:
    """Return the family of a column of a product, which has fewer families to choose from."""
    if column.kind == "categories":
        return "categorical"
    family, _, instead = family_for(column.numbers)
    return next(name for name in (family, *instead) if name in OF_COLUMNS)


def _repeated(y: Array, count: Array) -> Array:
    """Return observations repeated by their weights, in proportion if the weights are large."""
    times = np.round(count / max(1.0, float(count.sum()) / SAMPLE)).astype(int)
    return np.repeat(y, np.maximum(times, 1))


def family_for(y: Array) -> tuple[str, str, tuple[str, ...]]:
    """Suggest a family for some numbers, with the reason and families to try instead."""
    whole = bool((y == np.floor(y)).all())
    if are_counts(y):
        return _counts(y)
    rounded = "whole numbers far from 0 are taken for rounded measurements; " if whole else ""
    if y.min() > 0 and y.max() < 1:
        return "beta", "all values are between 0 and 1", ("normal",)
    if y.min() <= 0:
        return "normal", f"{rounded}values are on both sides of 0, or 0", ("student_t", "skew_normal")
    skewness = _skewness(y)
    if skewness <= SKEWED:
        why = f"{rounded}the values are hardly skewed ({skewness:.1f})"
        return "normal", why, ("lognormal", "gamma", "student_t")
    family = _skewed(y)
    other = "gamma" if family == "lognormal" else "lognormal"
    why = f"{rounded}the values are positive and skewed ({skewness:.1f})"
    return family, f"{why}, and {family} fits them better than {other}", (other, "weibull", "normal")


def _counts(y: Array) -> tuple[str, str, tuple[str, ...]]:
    """Choose among the families of counts by their dispersion and their zeros."""
    n, mean, variance = len(y), float(y.mean()), float(y.var(ddof=1))
    ratio = variance / mean
    if ratio > OVERDISPERSED:
        size = mean**2 / (variance - mean)
        zeros = (size / (size + mean)) ** size
        family, why = "neg_binomial_2", f"these are counts whose variance is {ratio:.1f} times their mean"
    else:
        zeros = math.exp(-mean)
        family, why = "poisson", f"these are counts whose variance is near their mean ({ratio:.1f} times it)"
    found = float((y == 0).mean())
    if found > max(TIMES * zeros, zeros + EXCESS * math.sqrt(zeros * (1 - zeros) / n)):
        # The counts above 0 tell the dispersion of the rest.
        positive = y[y > 0]
        ratio = float(positive.var(ddof=1) / positive.mean())
        family = "neg_binomial_2" if ratio > OVERDISPERSED else "poisson"
        why = f"these are counts of which {found:.0%} are 0, where {zeros:.0%} would be expected"
        return f"zero_inflated_{family}", why, (family, f"hurdle_{family}", f"zero_inflated_{_other(family)}")
    return family, why, (_other(family),)


def _other(family: str) -> str:
    return "poisson" if family == "neg_binomial_2" else "neg_binomial_2"


def _skewness(y: Array) -> float:
    z = (y - y.mean()) / y.std()
    return float((z**3).mean())


def _skewed(y: Array) -> str:
    """Choose between lognormal and gamma by their largest likelihoods."""
    from scipy import stats

    y = y if len(y) <= SAMPLE else np.random.default_rng(1).choice(y, SAMPLE, replace=False)
    y = y / y.mean()
    log_y = np.log(y)
    lognormal = stats.norm.logpdf(log_y, log_y.mean(), log_y.std()).sum() - log_y.sum()
    shape, _, scale = stats.gamma.fit(y, floc=0)
    return "lognormal" if lognormal >= stats.gamma.logpdf(y, shape, scale=scale).sum() else "gamma"


def _components(n: int, distinct: int, most: int) -> tuple[tuple[int, ...], str]:
    """Return numbers of components to compare, and why so many."""
    largest = max(1, min(most, max(2, n // ROWS_PER_COMPONENT), distinct))
    why = (
        f"of {n:,} rows up to {largest} can be compared"
        if largest < most
        else "to be compared with each other"
    )
    return tuple(range(1, largest + 1)), why
