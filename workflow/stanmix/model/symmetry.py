"""The permutations of components that leave a model as it is, and the best of them for given costs.

Components have a *colour* (prior, fixed values, known label) and *ties*: for each parameter the number of the
value that a component has, which others may have too. A permutation is a symmetry if it keeps colours, and if
components that share a value go to components that share one. These permutations form a group, which is
decomposed into a tree:

- a part of one component;
- a part of several parts that no tie joins: equivalent parts are exchanged as wholes, and each keeps its own
symmetries (a wreath product);
- a part whose ties cross, like those of the rows and columns of a table: its symmetries are listed.

Choosing the best permutation is then an assignment problem at every branch, whose costs are those of the
branches below, so that it is exact without a list of all permutations.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from stanmix.errors import StanmixError

Array = npt.NDArray[np.float64]
Permutation = npt.NDArray[np.intp]
Order = tuple[int, ...]

MOST_ORDERS = 50_000
"""Largest number of symmetries of one part with crossing ties."""
DENIED = 1e300
"""Cost of an assignment that is not allowed."""


@dataclass(frozen=True, eq=False)
class Part:
    """Components that are exchanged as a whole.

    Attributes
    ----------
    leaves
        The components (from 0), in an order in which equivalent parts correspond.
    kind
        Equal for equivalent parts.
    children
        The parts of which it consists; a single component has none.
    classes
        For each class of children that may be exchanged freely, their positions.
    orders
        If ties cross, all symmetries as permutations of the children's positions, the identity first.
    """

    leaves: Order
    kind: int
    children: tuple[Part, ...] = ()
    classes: tuple[Order, ...] = ()
    orders: npt.NDArray[np.intp] | None = None

    @cached_property
    def is_plain(self) -> bool:
        """Whether it is one class of single components, all of whose permutations are symmetries."""
        return len(self.classes) == 1 and len(self.leaves) == len(self.children)

    def best(self, cost: Array) -> tuple[float, Order]:
        """Return the smallest cost, and the component that takes the place of each leaf.

        Parameters
        ----------
        cost
            cost[j, l] of making component l component j.
        """
        return _match(self, self, cost)

    def sorted(self, values: Mapping[str, Array], name_of: NameOf) -> Order:
        """Return the order of its leaves in which values ascend; see :meth:`Symmetry.sorted`."""
        if not self.children:
            return self.leaves
        parts = [child.sorted(values, name_of) for child in self.children]
        if self.orders is not None:
            rows = [_joined([parts[place] for place in order]) for order in self.orders]
            name = name_of(self.leaves)
            if name is None:
                return rows[0]
            by_number, own_values = np.argsort(self.leaves), values[name]
            return min(rows, key=lambda row: own_values[np.array(row)[by_number]].tolist())
        for places in self.classes:
            own = [parts[place] for place in places]
            names = (name_of(members) for members in zip(*own, strict=True))
            name = next((it for it in names if it is not None), None)
            if name is not None:
                own.sort(key=partial(_numbers, values[name]))
            for place, part in zip(places, own, strict=True):
                parts[place] = part
        return _joined(parts)


NameOf = Callable[[Sequence[int]], "str | None"]
"""Function that names the quantity by which components are ordered; None if nothing tells them apart."""


@dataclass(frozen=True)
class Symmetry:
    """All symmetries of K components.

    Attributes
    ----------
    components
        The number K.
    factors
        Parts that change independently of each other; components outside of them keep their places.
    """

    components: int
    factors: tuple[Part, ...] = field(default=())

    @cached_property
    def orbits(self) -> list[list[int]]:
        """Classes of exchangeable components (from 0), with K components in all."""
        joined = np.eye(self.components, dtype=bool)
        for factor in self.factors:
            for first, second in _exchanged(factor):
                joined[first, second] = True
        count, label = connected_components(joined, directed=False)
        found = [np.flatnonzero(label == i).tolist() for i in range(count)]
        return sorted(found, key=min)

    def best(self, cost: Array) -> Permutation:
        """Return the symmetry of least cost; entry j is the component that becomes component j.

        Parameters
        ----------
        cost
            cost[j, l] of making component l component j, shape (K, K).
        """
        permutation: Permutation = self.best_of_each(cost[None])[0]
        return permutation

    def best_of_each(self, cost: Array) -> Permutation:
        """Return the symmetry of least cost for each of S draws, from costs (S, K, K)."""
        permutation = np.broadcast_to(np.arange(self.components), cost.shape[:2]).copy()
        for factor in self.factors:
            block = np.asarray(factor.leaves)
            if factor.is_plain:
                for s, own in enumerate(cost[:, block[:, None], block]):
                    permutation[s, block] = block[linear_sum_assignment(own)[1]]
                continue
            for s, own in enumerate(cost):
                permutation[s, block] = factor.best(own)[1]
        return permutation

    def margins(self, cost: Array, permutation: Permutation) -> Array:
        """Return the cost of the second-best symmetry less that of the best, for each of S draws.

        The second best differs from the best in at least one component, so each component in turn is kept
        from its place.

        Parameters
        ----------
        cost
            Shape (S, K, K).
        permutation
            The best of each, shape (S, K).
        """
        result = np.full(len(cost), np.inf)
        moving = {k for orbit in self.orbits if len(orbit) > 1 for k in orbit}
        for factor in self.factors:
            block = np.asarray(factor.leaves)
            for s, own in enumerate(cost.copy()):
                best = own[block, permutation[s, block]].sum()
                for j in moving.intersection(factor.leaves):
                    place = permutation[s, j]
                    own[j, place] = DENIED
                    result[s] = min(result[s], factor.best(own)[0] - best)
                    own[j, place] = cost[s, j, place]
        return result

    def ascending(self, values: Array) -> Permutation:
        """Return for each of S draws the symmetry after which its values ascend, from values (S, K)."""
        permutation = np.broadcast_to(np.arange(self.components), values.shape).copy()
        for factor in self.factors:
            block = np.asarray(factor.leaves)
            if factor.is_plain:
                permutation[:, block] = block[np.argsort(values[:, block], axis=-1, kind="stable")]
                continue
            for s, own in enumerate(values):
                permutation[s, block] = factor.sorted({"": own}, lambda _: "")
        return permutation

    def sorted(self, values: Mapping[str, Array], name_of: NameOf) -> Permutation:
        """Return the symmetry after which values ascend as far as symmetries allow.

        Single components ascend within their class. Parts of several components ascend by the first of
        them, the second where these are equal, and so on.

        Parameters
        ----------
        values
            K values under each name.
        name_of
            Function from exchangeable components to the name of the quantity that orders them.
        """
        permutation = np.arange(self.components)
        for factor in self.factors:
            permutation[list(factor.leaves)] = factor.sorted(values, name_of)
        return permutation


def symmetry_of(
    colours: Sequence[Hashable], ties: Sequence[Sequence[int]], own: Sequence[bool] | None = None
) -> Symmetry:
    """Find all symmetries of some components.

    Parameters
    ----------
    colours
        Colour of each component, K values.
    ties
        For each parameter the number (from 1) of each component's value; 0 if it has none that another could
        share.
    own
        Whether each component has a value that no other has. Without one, components with the same ties are
        copies of each other in every draw, so that no order of them means anything; they keep their places.

    Raises
    ------
    StanmixError
        If ties cross in more than `MOST_ORDERS` ways.
    """
    K = len(colours)
    build = _Builder(colours, ties, [True] * K if own is None else own)
    return Symmetry(K, tuple(_factors(build.part(tuple(range(K)), tuple(range(len(ties)))))))


def free_classes(components: int, classes: Sequence[Sequence[int]]) -> Symmetry:
    """Return the symmetries of classes within which all permutations are allowed."""
    label = {k: i for i, members in enumerate(classes) for k in members}
    return symmetry_of([label.get(k, -1 - k) for k in range(components)], [])


class _Builder:
    """Divides components into parts."""

    def __init__(self, colours: Sequence[Hashable], ties: Sequence[Sequence[int]], own: Sequence[bool]):
        self.colours, self.ties, self.own = colours, ties, own
        self.kinds: dict[Hashable, int] = {}

    def kind(self, *signature: Hashable) -> int:
        """Return the number of a signature."""
        return self.kinds.setdefault(signature, len(self.kinds))

    def part(self, members: Order, active: Order) -> Part:
        """Make the part of some components from the ties of the active parameters.

        A parameter is active until it ties a whole part, inside which it tells nothing more.
        """
        if len(members) == 1:
            return Part(members, self.kind("one", self.colours[members[0]]))
        whole = tuple(p for p in active if self._value(p, members[0]) and self._count(p, members) == 1)
        active = tuple(p for p in active if p not in whole)
        groups = self._joined(members, active)
        if len(groups) == 1:
            return self._crossing(members, active, whole)
        return self._split([self.part(group, active) for group in groups], whole)

    def _split(self, parts: Sequence[Part], whole: Order) -> Part:
        children = sorted(parts, key=lambda part: part.kind)
        places: dict[Hashable, list[int]] = {}
        for i, child in enumerate(children):
            copy = len(child.leaves) == 1 and not self.own[child.leaves[0]]
            places.setdefault((child.kind, i if copy else -1), []).append(i)
        kind = self.kind("several", whole, tuple(child.kind for child in children))
        leaves = tuple(k for child in children for k in child.leaves)
        return Part(leaves, kind, tuple(children), tuple(tuple(it) for it in places.values()))

    def _crossing(self, members: Order, active: Order, whole: Order) -> Part:
        """Make a part whose ties cross, from classes of components with the same ties."""
        twins: dict[Hashable, list[int]] = {}
        for k in members:
            shared = tuple(self._shared(p, k, members) for p in active)
            twins.setdefault((self.colours[k], shared), []).append(k)
        slots = [self.part(tuple(own), ()) for own in twins.values()]
        rows = [[self._value(p, own[0]) for p in active] for own in twins.values()]
        orders, code = _canonical([slot.kind for slot in slots], rows)
        children = tuple(slots[i] for i in orders[0])
        place = np.argsort(orders[0])
        leaves = tuple(k for child in children for k in child.leaves)
        return Part(
            leaves, self.kind("crossing", whole, active, code), children, orders=place[np.array(orders)]
        )

    def _joined(self, members: Order, active: Order) -> list[Order]:
        """Group components that ties join, directly or through others."""
        near = np.eye(len(members), dtype=bool)
        for p in active:
            value = np.array([self._value(p, k) for k in members])
            near |= (value[:, None] == value) & (value > 0)
        count, label = connected_components(near, directed=False)
        return [tuple(k for k, i in zip(members, label, strict=True) if i == g) for g in range(count)]

    def _value(self, parameter: int, component: int) -> int:
        return self.ties[parameter][component]

    def _count(self, parameter: int, members: Order) -> int:
        return len({self._value(parameter, k) for k in members})

    def _shared(self, parameter: int, component: int, members: Order) -> int:
        """Return the number of a component's value where others have it too; else 0."""
        value = self._value(parameter, component)
        return value if sum(self._value(parameter, k) == value for k in members) > 1 else 0


def _canonical(kinds: Sequence[int], rows: Sequence[Sequence[int]]) -> tuple[list[Order], Hashable]:
    """Write positions with crossing ties in a canonical order, which is the same for equivalent parts.

    Each position is written as its kind and, for each parameter, the first earlier position with the same
    value. The orders with the lexicographically smallest code are kept. They differ by the symmetries.

    Returns
    -------
    orders, code
        All these orders, and their code.
    """
    n = len(kinds)
    orders: list[Order] = [()]
    code: list[Hashable] = []
    for _ in range(n):
        written: dict[tuple[int, ...], list[Order]] = {}
        for order in orders:
            for i in set(range(n)) - set(order):
                back = [
                    next((at for at, j in enumerate(order) if value and rows[j][p] == value), n)
                    for p, value in enumerate(rows[i])
                ]
                written.setdefault((*back, kinds[i]), []).append((*order, i))
        first = min(written)
        orders = written[first]
        code.append(first)
        if len(orders) > MOST_ORDERS:
            raise StanmixError(
                f"The groups under 'equal' of several parameters cross in more than {MOST_ORDERS} ways, "
                "among which labels cannot be resolved. Use the same groups for all parameters."
            )
    return orders, tuple(code)


def _factors(part: Part) -> Iterator[Part]:
    """Yield the parts of a part that change independently of each other."""
    if part.orders is not None:
        yield part
    for places in part.classes:
        own = tuple(part.children[i] for i in places)
        if len(own) == 1:
            yield from _factors(own[0])
        else:
            leaves = tuple(k for child in own for k in child.leaves)
            yield Part(leaves, -1, own, (tuple(range(len(own))),))


def _exchanged(part: Part) -> Iterator[tuple[int, int]]:
    """Yield pairs of exchangeable components; following them reaches all exchangeable components."""
    for child in part.children:
        yield from _exchanged(child)
    for places in part.classes:
        for place in places[1:]:
            yield from zip(part.children[places[0]].leaves, part.children[place].leaves, strict=True)
    for order in part.orders if part.orders is not None else ():
        for child, place in zip(part.children, order, strict=True):
            yield from zip(child.leaves, part.children[place].leaves, strict=True)


def _match(mine: Part, other: Part, cost: Array) -> tuple[float, Order]:
    """Return the smallest cost at which one part becomes an equivalent one, and the other's components.

    They are in the order of the leaves whose places they take.
    """
    if not mine.children:
        return float(cost[mine.leaves[0], other.leaves[0]]), other.leaves
    if mine.is_plain:
        own = cost[np.ix_(mine.leaves, other.leaves)]
        rows, columns = linear_sum_assignment(own)
        return float(own[rows, columns].sum()), tuple(other.leaves[i] for i in columns)
    parts: list[Order] = [()] * len(mine.children)
    total = 0.0
    if mine.orders is not None:
        table = [
            [_match(a, b, cost) if a.kind == b.kind else (DENIED, ()) for b in other.children]
            for a in mine.children
        ]
        costs = np.array([[entry[0] for entry in row] for row in table])
        totals = costs[np.arange(len(table)), mine.orders].sum(axis=1)
        best = int(totals.argmin())
        parts = [table[i][j][1] for i, j in enumerate(mine.orders[best])]
        total = float(totals[best])
    for places in mine.classes:
        entries = [[_match(mine.children[i], other.children[j], cost) for j in places] for i in places]
        costs = np.array([[entry[0] for entry in row] for row in entries])
        rows, columns = linear_sum_assignment(costs)
        total += float(costs[rows, columns].sum())
        for i, j in zip(rows, columns, strict=True):
            parts[places[i]] = entries[i][j][1]
    return total, _joined(parts)


def _joined(parts: Sequence[Order]) -> Order:
    return tuple(k for part in parts for k in part)


def _numbers(values: Array, order: Order) -> list[float]:
    """Return the values of some components."""
    found: list[float] = values[list(order)].tolist()
    return found
