"""Sample on until a fit is settled: rounds of sampling, each after a decision.

Decisions are those of :mod:`stanmix.judgement.escalation`. All rounds of a fit are one job, which keeps
finished chains beside its output, so that a killed job goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.errors import StanmixError
from stanmix.families import Observations
from stanmix.io import write_json, write_stan_json
from stanmix.judgement.escalation import DRAWS, MODES, RESTART, STOP, Budget, decide
from stanmix.judgement.judge import judge
from stanmix.model import Model
from stanmix.posterior import datatree
from stanmix.seeds import derive
from stanmix.stan import chains
from stanmix.stan.sampling import sample_chain
from stanmix.starts.allocation import allocated
from stanmix.starts.search import CONSEQUENCE

Array = npt.NDArray[np.float64]
Start = Mapping[str, Any]
"""``init``: values of the Stan program's parameters; ``inv_metric``; and a ``step_size`` to go on with."""

ELAPSED = rb"([0-9.e+-]+) seconds \(Total\)"


@dataclass(frozen=True)
class Fit:
    """A fit that is settled.

    Attributes
    ----------
    model, y
        The model and its observations.
    executable, data
        The sampling program and its data, JSON.
    found
        The result of the search for modes (modes.json), with the starts of chains beyond the configured
        number.
    sampling
        ``warmup``, ``draws``, ``adapt_delta`` and ``max_treedepth`` of the first round.
    thresholds
        Thresholds of the verdict: the configuration's ``diagnostics`` section.
    budget
        Limits of the sampling.
    seed, first_seed
        Seed of further rounds, and seed of the first round.
    workers, threads
        Chains at a time, and threads of each.
    """

    model: Model
    y: Observations
    executable: str | Path
    data: str | Path
    found: Mapping[str, Any]
    sampling: Mapping[str, Any]
    thresholds: Mapping[str, Any]
    budget: Budget
    seed: int
    first_seed: int
    workers: int = 1
    threads: int = 1


def settle(
    fit: Fit, first: Sequence[str | Path], kept: str | Path, more: str | Path, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Sample on until a fit is good, nothing would help, or the budget is spent.

    Parameters
    ----------
    first
        The stored chains of the first round.
    kept
        Where the facts are written: ``chains``, names of the final chains' files in the folder of the first
        ones, with a hash of their content each; ``rounds``, the decision after each round of sampling with
        the chains that were started again; and ``modes``, the ledger of the last one.
    more
        Folder for final chains that are not among the first.
    tell
        Shows a sentence where Snakemake runs.

    Returns
    -------
    dict
        The facts.
    """
    more, kept = Path(more), Path(kept)
    work = kept.with_name(f".{kept.stem}.rounds")
    _claim(work, fit, first)
    files = [Path(file) for file in first]
    files += _extra_chains(fit, len(files), work / "round_0")
    spent = per_iteration = 0.0
    settings = dict(fit.sampling)
    per_iteration = _seconds(files, fit.workers) / (settings["warmup"] + settings["draws"])
    rounds: list[dict[str, Any]] = []
    while True:
        values, stats = datatree.read_chains(files, fit.model)
        _, report = judge(
            datatree.assemble(values, stats, fit.model, fit.y),
            fit.model,
            fit.y,
            {**fit.thresholds, "max_treedepth": settings["max_treedepth"]},
            None,
            {"executable": fit.executable, "stan": fit.data, "modes": fit.found},
            kept,
        )
        decision = decide(report, settings, fit.budget, rounds, spent, per_iteration)
        number = len(rounds) + 1
        rounds.append(decision)
        if decision["done"]:
            break
        tell(f"{decision['why']} Next: {decision['action']}, about {decision['seconds']:.0f} s.")
        begun = time.monotonic()
        try:
            files, restarted = _round(fit, decision, report["modes"], settings, files, work, number)
        except StanmixError as error:
            why = f"{decision['why']} {decision['action']} failed: {error}"
            rounds[-1] = {**decision, "action": STOP, "done": True, "why": why, "settings": settings}
            break
        decision["restarted"] = restarted
        spent += time.monotonic() - begun
        settings = decision["settings"]
    shutil.rmtree(more, ignore_errors=True)
    more.mkdir(parents=True)
    names = []
    for number, file in enumerate(files, start=1):
        if file not in [Path(it) for it in first]:
            shutil.copyfile(file, more / f"chain_{number}.parquet")
            file = more / f"chain_{number}.parquet"
        names.append({"file": str(file.relative_to(kept.parent)), "sha256": _hash(file)})
    facts = {"chains": names, "rounds": rounds, "modes": report["modes"]}
    write_json(kept, facts)
    shutil.rmtree(work, ignore_errors=True)
    return facts


def _claim(work: Path, fit: Fit, first: Sequence[str | Path]) -> None:
    """Keep the chains of a killed job if it began with the same inputs; remove others."""
    facts = [dict(fit.sampling), dict(fit.thresholds), fit.seed, fit.found, vars(fit.budget)]
    text = json.dumps([*facts, [_hash(Path(file)) for file in first]], sort_keys=True, default=str)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    file = work / "fingerprint"
    if work.exists() and not (file.is_file() and file.read_text("utf-8") == fingerprint):
        shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    file.write_text(fingerprint, "utf-8")


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _seconds(files: Sequence[Path], workers: int) -> float:
    """Return the seconds that a round of chains takes, from CmdStan's own times."""
    found = [re.search(ELAPSED, chains.read(file).schema.metadata[chains.TAIL]) for file in files]
    each = [float(it[1]) for it in found if it]
    return sum(each) / max(1, min(workers, len(each)))


def _extra_chains(fit: Fit, configured: int, folder: Path) -> list[Path]:
    """Run the chains beyond the configured number, which many modes of consequence need."""
    starts = {configured + i: start for i, start in enumerate(fit.found.get("extra", ()), start=1)}
    return _run(fit, starts, fit.sampling, fit.first_seed, folder)


def _run(
    fit: Fit, starts: Mapping[int, Start], settings: Mapping[str, Any], seed: int, folder: Path
) -> list[Path]:
    """Run chains, several at a time, each from its start; those that a killed job finished are kept."""

    def run(item: tuple[int, Start]) -> Path:
        number, start = item
        target = folder / f"chain_{number}.parquet"
        if not target.exists():
            files = {name: folder / f"{name}_{number}.json" for name in ("init", "metric")}
            write_stan_json(files["init"], start["init"])
            write_stan_json(files["metric"], {"inv_metric": start["inv_metric"]})
            sample_chain(
                fit.executable,
                fit.data,
                files,
                target,
                settings,
                seed,
                number,
                fit.threads,
                start.get("step_size"),
            )
        return target

    if not starts:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max(1, fit.workers)) as pool:
        return list(pool.map(run, starts.items()))


def _round(
    fit: Fit,
    decision: Mapping[str, Any],
    ledger: Mapping[str, Any],
    before: Mapping[str, Any],
    files: Sequence[Path],
    work: Path,
    number: int,
) -> tuple[list[Path], list[dict[str, Any]]]:
    """Run a further round; return the chains' files, and which chains started again where."""
    seed, settings, folder = derive(fit.seed, number), decision["settings"], work / f"round_{number}"
    ends = [chains.state(file) for file in files]
    if decision["action"] == DRAWS:
        starts = {
            i: {"init": end["draw"], "inv_metric": end["inv_metric"], "step_size": end["step_size"]}
            for i, end in enumerate(ends, start=1)
        }
        new = _run(fit, starts, settings | {"draws": settings["draws"] - before["draws"]}, seed, folder)
        longer = []
        for i, (old, added) in enumerate(zip(files, new, strict=True), start=1):
            target = folder / f"longer_{i}.parquet"
            chains.append(old, added, target)
            longer.append(target)
        return longer, []
    rng = np.random.default_rng(seed)
    places = _places(fit.model, ledger, ends)
    if decision["action"] == MODES:
        chosen = allocated([place["mass"] for place in places], len(files), rng)
        targets = dict(enumerate(chosen, start=1))
    elif decision["action"] == RESTART:
        good = [i for i, place in enumerate(places) if place["mass"] >= CONSEQUENCE]
        share = np.array([places[i]["mass"] for i in good])
        targets = {c: good[int(rng.choice(len(good), p=share / share.sum()))] for c in decision["restart"]}
    else:  # each from where it is
        targets = {}
    starts, restarted = {}, []
    for i in targets or decision["restart"]:
        end = ends[min(i, len(ends)) - 1]
        if i in targets:
            place = places[targets[i]]
            end = ends[place["chain"] - 1] if place["chain"] else end
            restarted.append({"chain": i, "mode": place["mode"]})
            draw = place["point"]
        else:
            draw = end["draw"]
        starts[i] = {"init": draw, "inv_metric": end["inv_metric"]}
    again = dict(zip(starts, _run(fit, starts, settings, seed, folder), strict=True))
    last = max(len(files), *again)
    return [again[i] if i in again else files[i - 1] for i in range(1, last + 1)], restarted


def _places(
    model: Model, ledger: Mapping[str, Any], ends: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """List where chains may start again: where groups of chains are, and modes of mass without chains.

    Each has its ``mass``, ``point`` (values of Stan's parameters: the last draw of a chain there, or the
    mode), a ``chain`` (from 1) that is there or None, and its ``mode`` (from 1) or None. The largest mass is
    first.
    """
    modes = ledger["modes"]
    found = []
    for group in ledger["groups"]:
        chain = group["chains"][0]
        found.append(
            {
                # A place without a climb that reached an optimum must not be forgotten.
                "mass": 1.0 if group["mass"] is None else group["mass"],
                "point": ends[chain - 1]["draw"],
                "chain": chain,
                "mode": group["optima"][0]["mode"] if group["optima"] else None,
            }
        )
    for number, mode in enumerate(modes, start=1):
        if not mode["chains"] and (mode["mass"] or 0) >= ledger["search"]["consequence"]:
            values = {name: np.asarray(mode[name], dtype=float) for name in ("theta", *model.parameters)}
            point = {name: np.asarray(v).tolist() for name, v in model.stan_values(values).items()}
            found.append({"mass": mode["mass"], "point": point, "chain": None, "mode": number})
    return sorted(found, key=lambda place: -place["mass"])
