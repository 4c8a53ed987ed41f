"""Look at a table, and suggest what to model in it and how.

The rules are simple and say why; what they suggest is a start, which the user corrects in config.yaml.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stanmix.commandline.columns import Array, Column, are_counts, listed_names
from stanmix.commandline.companions import FEWEST_CATEGORIES, Companion, trials_of, weights_of
from stanmix.config.schema import listed, written
from stanmix.families.product import OF_COLUMNS

OVERDISPERSED = 2.0
"""Variance above this many times what a few components of Poisson counts, or of successes, explain."""
EXCESS, TIMES = 3.0, 1.5
"""Zeros are too many where they are so many standard errors and so many times more than expected."""
SKEWED = 1.0
"""Skewness above which positive numbers take a family of skewed ones."""
SAMPLE = 100_000
"""Values that a likelihood is computed of, at most."""
MOST_COLUMNS = 8
"""Columns that are suggested to be modelled together."""
MOST_COMPONENTS, MOST_COMPONENTS_OF_ROWS = 6, 4
ROWS_PER_COMPONENT = 15
"""Fewer rows say little about a component."""
ROWS_PER_COVARIANCE = 5
"""Rows a component for each of its covariances, below which these are left out."""
MOST_MISSING = 0.5
"""Share of empty cells above which a column is left out."""
CERTAIN = "if it tells the components of some rows for certain"
UNWEIGHTED = "without this line every row counts once"


@dataclass(frozen=True)
class Key:
    """An entry of a data set in the configuration.

    Attributes
    ----------
    name, value
        What is written.
    why
        Why, and how to undo it; of a possibility, when to write it.
    """

    name: str
    value: Any
    why: str


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
    structure, why_structure
        Structure of covariances; empty for families that have none.
    components, why_components
        Numbers of components to compare, and why.
    families
        Families of the columns of a product; empty for others.
    instead
        Other families to try.
    product
        What to write for a product, where one is possible; empty elsewhere.
    keys
        What the data set has beside its response.
    possible
        What it may have.
    """

    columns: tuple[Column, ...]
    response: tuple[str, ...]
    why_response: str
    family: str
    why_family: str
    components: tuple[int, ...]
    why_components: str
    structure: str = ""
    why_structure: str = ""
    families: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    product: str = ""
    keys: tuple[Key, ...] = ()
    possible: tuple[Key, ...] = ()

    @property
    def model(self) -> dict[str, Any]:
        """The model's section of the configuration."""
        structure = {"structure": self.structure} if self.structure else {}
        families = {"families": list(self.families)} if self.families else {}
        return {"family": self.family, **structure, **families, "components": list(self.components)}

    @property
    def read(self) -> dict[str, Any]:
        """What the data set tells a reader of the file."""
        return {"response": list(self.response)} | {key.name: key.value for key in self.keys}


def suggest(columns: Sequence[Column], response: Sequence[str] = ()) -> Suggestion | None:
    """Suggest a response, a family and numbers of components.

    Parameters
    ----------
    columns
        The columns of the table.
    response
        The columns to model, all of them such as can be; where none is named they are chosen.

    Returns
    -------
    Suggestion or None
        None where the table has no column that can be modelled.
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
    possible = _possible(columns, [*trials, *weights], names)
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
    """Choose columns to model, and say why these, and what a product of more of them would be.

    Columns of which some are measurements and some counts are modelled together, and so are categories where
    there is nothing else; of measurements alone all, and of counts alone the first. Categories beside numbers
    may as well be what these are explained by.
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
    """Leave out columns that have empty cells, where these would leave a row with nothing."""
    rows = np.column_stack([_values(column) for column in columns]) if columns else np.zeros((0, 0))
    is_any_empty = bool(np.isnan(rows).all(axis=1).any())
    return [column for column in columns if not (is_any_empty and column.missing)]


def _first(columns: list[Column], what: str) -> tuple[list[Column], str]:
    """Return so many columns as are modelled together, and why."""
    if len(columns) > MOST_COLUMNS:
        what = f"the first {MOST_COLUMNS} of {len(columns)} {what.removeprefix('the ')}"
    return _with_cells(columns[:MOST_COLUMNS]), f"they are {what}"


def _product(columns: Sequence[Column]) -> str:
    """Say how columns are written as a product; nothing of a single one."""
    if len(columns) < 2:
        return ""
    columns = columns[:MOST_COLUMNS]
    names = listed_names(c for c in columns if c.kind == "categories")
    categorical = f"categorical: {written(names)}, " if names else ""
    families = listed(map(_family_of_column, columns))
    return f"response: {written(listed_names(columns))}, {categorical}family: product, families: [{families}]"


def _possible(
    columns: Sequence[Column], companions: Sequence[Companion], response: Sequence[str]
) -> tuple[Key, ...]:
    """Return what a data set may have, the first of each."""
    labels = [column.name for column in columns if column.may_be_labels and column.name not in response]
    found = {"labels": Key("labels", labels[0], CERTAIN)} if labels else {}
    for own in companions:
        if own.sure:
            continue
        when = "if it says how often each row counts"
        if own.beside is not None:
            y = own.beside.name
            when = f"if {y} counts successes among them: response: {written(y)}, family: binomial"
        elif own.column.name in response:
            when += ", and is then no response"
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
        possible=_possible(columns, [], names),
    )


def _of_rows(columns: Sequence[Column], chosen: Sequence[Column], why: str, n: int) -> Suggestion:
    """Suggest a family of several columns: multivariate normal of measurements, else a product."""
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
        # More classes have more parameters than there are patterns.
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
    needed = ROWS_PER_COVARIANCE * D * (D + 1) // 2 * numbers[-1]
    structure = "VVV" if n >= needed else "VVI"
    return replace(
        found,
        family="multi_normal",
        why_family=f"{D} columns are modelled together",
        structure=structure,
        why_structure="every component has its own covariances"
        if structure == "VVV"
        else f"variances only, since {n:,} rows are few for covariances of {D} columns",
    )


def _undo(chosen: Sequence[Column]) -> str:
    """Say how a product becomes a model of its numbers."""
    numbers = [c for c in chosen if c.kind == "measured"] or [c for c in chosen if c.kind == "counts"][:1]
    if not numbers or numbers[0].missing:
        return "a column can be left out of all lists"
    family = "multi_normal" if len(numbers) > 1 else family_for(numbers[0].numbers)[0]
    return f"without the others: response: {written(listed_names(numbers))}, family: {family}, no families"


def _family_of_column(column: Column) -> str:
    """Return the family of a column of a product, which has fewer than there are."""
    if column.kind == "categories":
        return "categorical"
    family, _, instead = family_for(column.numbers)
    return next(name for name in (family, *instead) if name in OF_COLUMNS)


def _repeated(y: Array, count: Array) -> Array:
    """Return observations as often as their weights say, in proportion where these are many."""
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
        # What is not 0 tells the dispersion of the rest.
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
