"""Which chains run again in a further round, and from where."""

from pathlib import Path

import numpy as np
import pytest

from helpers import free_values, model_of
from stanmix.judgement import settling
from stanmix.judgement.escalation import DRAWS, MODES, RESTART, STEPS, Budget

MODEL = model_of(2)
SETTINGS = {"warmup": 500, "draws": 1000, "adapt_delta": 0.9, "max_treedepth": 12}


def end(chain):
    """The last state of a chain: its first mean tells it from others."""
    draw = MODEL.stan_point(np.array([0.5, 0.5]), np.array([chain, 9.0, 1.0, 1.0]))
    return {"draw": draw, "inv_metric": [float(chain)] * 5, "step_size": 0.1 * chain}


def mode(mean, mass, chains=()):
    at = {"theta": [0.5, 0.5], "mu": [mean, 9.0], "sigma": [1.0, 1.0]}
    return {"mass": mass, "chains": list(chains)} | at


def group(chains, mass, number):
    return {
        "chains": list(chains),
        "mass": mass,
        "optima": [{"mode": number, "share": 1.0}] if number else [],
    }


def ledger(modes, groups):
    return {"modes": modes, "groups": groups, "search": {"consequence": 0.002}}


@pytest.fixture
def played(monkeypatch, tmp_path):
    """Play a round without sampling: the chains that would run, from where, and the files of all."""

    def play(action, found, restart=(), settings=SETTINGS):
        started = {}

        def run(fit, starts, settings, seed, folder):
            started.update(starts, settings=settings)
            return [Path(f"new_{i}") for i in starts]

        monkeypatch.setattr(settling, "_run", run)
        monkeypatch.setattr(settling.chains, "state", lambda file: end(int(Path(file).name[-1])))
        monkeypatch.setattr(settling.chains, "append", lambda *args: None)
        fit = settling.Fit(MODEL, None, "", "", {}, SETTINGS, {}, Budget(3, 10**6, 1e6), 1, 1)
        files = [Path(f"old_{i}") for i in (1, 2, 3, 4)]
        decision = {"action": action, "settings": settings, "restart": list(restart)}
        made, restarted = settling._round(fit, decision, found, SETTINGS, files, tmp_path, 1)
        ran = {i: free_values(MODEL, it["init"])[0] for i, it in started.items() if i != "settings"}
        return ran, started, [str(file) for file in made], restarted

    return play


ONE = ledger([mode(1.0, 1.0, (1, 2, 3, 4))], [group((1, 2, 3, 4), 1.0, 1)])


def test_more_draws_go_on_from_where_each_chain_is(played):
    ran, started, files, restarted = played(DRAWS, ONE, settings=SETTINGS | {"draws": 2500})
    assert ran == pytest.approx({1: 1, 2: 2, 3: 3, 4: 4})
    assert started["settings"]["draws"] == 1500
    assert [started[i]["step_size"] for i in (1, 2, 3, 4)] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert [Path(file).name for file in files] == [f"longer_{i}.parquet" for i in (1, 2, 3, 4)]
    assert restarted == []


def test_smaller_steps_warm_up_anew_from_where_each_chain_is(played):
    ran, started, files, restarted = played(STEPS, ONE, restart=(1, 2, 3, 4))
    assert ran == pytest.approx({1: 1, 2: 2, 3: 3, 4: 4})
    assert all("step_size" not in started[i] for i in ran)
    assert files == ["new_1", "new_2", "new_3", "new_4"]
    assert restarted == []


def test_a_stray_chain_starts_again_at_a_good_one_and_the_others_stay(played):
    found = ledger(
        [mode(1.0, 0.99, (1, 2, 4)), mode(30.0, 1e-9, (3,))],
        [group((1, 2, 4), 0.99, 1), group((3,), 1e-9, 2)],
    )
    ran, started, files, restarted = played(RESTART, found, restart=(3,))
    # From the last draw of a chain that is there, with its metric.
    assert ran == pytest.approx({3: 1})
    assert started[3]["inv_metric"] == end(1)["inv_metric"]
    assert files == ["old_1", "old_2", "new_3", "old_4"]
    assert restarted == [{"chain": 3, "mode": 1}]


def test_every_mode_that_matters_gets_two_chains_and_so_does_one_without(played):
    found = ledger(
        [mode(1.0, 0.6, (1, 2, 3)), mode(4.0, 0.3, (4,)), mode(50.0, 0.1), mode(70.0, 0.001)],
        [group((1, 2, 3), 0.6, 1), group((4,), 0.3, 2)],
    )
    ran, _, files, restarted = played(MODES, found, restart=(1, 2, 3, 4))
    assert sorted(ran.values()) == pytest.approx([1, 1, 4, 4, 50, 50])
    assert files == [f"new_{i}" for i in range(1, 7)]
    assert sorted(it["mode"] for it in restarted) == [1, 1, 2, 2, 3, 3]


def test_a_place_of_which_no_climb_reached_a_mode_is_not_forgotten(played):
    found = ledger([mode(1.0, 1.0, (1, 2))], [group((1, 2), 1.0, 1), group((3, 4), None, None)])
    ran, *_ = played(MODES, found, restart=(1, 2, 3, 4))
    assert sorted(ran.values()) == pytest.approx([1, 1, 3, 3])
