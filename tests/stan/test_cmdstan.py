"""The CmdStan in use, driven by cmdstanpy as the workflow drives it.

With an assembled CmdStan this tests the project's own command-line front end; any other must pass too,
except where a test says that it concerns the front end.
"""

import json
import math
import os
import re
import shutil
import subprocess
from pathlib import Path

import cmdstanpy
import numpy as np
import pytest

from stanmix.toolchain import ensure
from stanmix.toolchain.assembly import ORACLE, ORACLE_PROGRAM

COINS = """
data {
  int<lower=0> N;
  array[N] int<lower=0, upper=1> y;
}
parameters {
  real<lower=0, upper=1> theta;
  simplex[3] weights;
}
model {
  y ~ bernoulli(theta);
  weights ~ dirichlet(rep_vector(2, 3));
}
generated quantities {
  real odds = theta / (1 - theta);
  int heads = binomial_rng(N, theta);
}
"""

CONSTANT = """
generated quantities {
  real z = normal_rng(0, 1);
}
"""

Y = [0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
HEADS, TOSSES = sum(Y), len(Y)


@pytest.fixture(scope="module")
def cmdstan():
    found = ensure(print)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CMDSTAN", str(found.path))
        patch.delenv("STAN_NUM_THREADS", raising=False)
        yield found


@pytest.fixture
def front_end(cmdstan):
    """CmdStan with the project's own front end, whose sentences differ from those of the original."""
    if cmdstan.origin != "assembled":
        pytest.skip("concerns the front end of an assembled CmdStan")
    return cmdstan


def compiled(folder, name, program):
    source = folder / f"{name}.stan"
    source.write_text(program)
    return cmdstanpy.CmdStanModel(stan_file=source)


@pytest.fixture(scope="module")
def coins(cmdstan, tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("coins"), "coins", COINS)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "coins.json"
    path.write_text(json.dumps({"N": TOSSES, "y": Y}))
    return str(path)


@pytest.fixture(scope="module")
def fit(coins, data, tmp_path_factory):
    return coins.sample(
        data=data,
        chains=2,
        parallel_chains=1,
        seed=1,
        iter_warmup=300,
        iter_sampling=300,
        sig_figs=18,
        output_dir=tmp_path_factory.mktemp("fit"),
        show_progress=False,
    )


def rows(path):
    """Return the lines of a CSV file that are not comments."""
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def run(model, *words, **options):
    command = [model.exe_file, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


# ---------------------------------------------------------------------------------------- sampling


def test_draws_have_the_right_distribution(fit):
    theta = fit.stan_variable("theta")
    exact = (HEADS + 1) / (TOSSES + 2)
    assert theta.mean() == pytest.approx(exact, abs=0.03)
    assert fit.stan_variable("weights").mean(axis=0) == pytest.approx(np.full(3, 1 / 3), abs=0.05)
    assert fit.divergences.sum() == 0


def test_columns_and_adaptation_are_where_cmdstanpy_looks(fit):
    assert fit.column_names[:7] == (
        *("lp__", "accept_stat__", "stepsize__", "treedepth__", "n_leapfrog__", "divergent__", "energy__"),
    )
    assert fit.metric_type == "diag_e"
    assert fit.inv_metric.shape == (2, 3)
    assert (fit.step_size > 0).all()


def test_same_seed_gives_the_same_bytes_and_chains_differ(coins, data, tmp_path):
    words = ["random", "seed=7", "data", f"file={data}", "output"]
    for name, number in (("a", 1), ("b", 1), ("c", 2)):
        result = run(coins, f"id={number}", *words, f"file={tmp_path / name}.csv", "sample", "num_samples=50")
        assert result.returncode == 0
    first, again, other = (rows(tmp_path / f"{name}.csv") for name in "abc")
    assert len(first) == 51
    assert first == again
    assert first[0] == other[0]
    assert first[1:] != other[1:]


def test_chains_of_one_process_equal_chains_of_their_own(coins, data, tmp_path):
    words = ["random", "seed=7", "data", f"file={data}", "output"]
    sample = ["sample", "num_samples=20", "num_warmup=100"]
    run(coins, "id=3", *words, f"file={tmp_path}/all.csv", *sample, "num_chains=2")
    run(coins, "id=4", *words, f"file={tmp_path}/one.csv", *sample)
    assert (tmp_path / "all_3.csv").exists()
    assert rows(tmp_path / "all_4.csv") == rows(tmp_path / "one.csv")


def test_saved_warmup_and_thinning(coins, data, tmp_path):
    fit = coins.sample(
        data=data,
        chains=1,
        seed=1,
        iter_warmup=40,
        iter_sampling=30,
        thin=5,
        save_warmup=True,
        output_dir=tmp_path,
        show_progress=False,
    )
    assert fit.draws(inc_warmup=True).shape[:2] == (14, 1)


@pytest.mark.parametrize("metric", ["unit_e", "dense_e"])
def test_other_metrics(coins, data, tmp_path, metric):
    fit = coins.sample(
        data=data,
        chains=1,
        seed=1,
        metric=metric,
        max_treedepth=8,
        adapt_delta=0.9,
        step_size=0.5,
        output_dir=tmp_path,
        show_progress=False,
    )
    assert fit.metric_type == metric
    assert fit.stan_variable("theta").mean() == pytest.approx(0.25, abs=0.03)


def test_metric_and_initial_values_from_files(coins, data, tmp_path):
    start = {"theta": 0.25, "weights": [0.2, 0.3, 0.5]}
    fit = coins.sample(
        data=data,
        chains=1,
        seed=1,
        inits=start,
        inv_metric={"inv_metric": [0.5, 0.6, 0.7]},
        step_size=1e-9,
        adapt_engaged=False,
        iter_warmup=0,
        iter_sampling=2,
        sig_figs=18,
        output_dir=tmp_path,
        show_progress=False,
    )
    # With so small a step the chain stays where it starts.
    assert fit.stan_variable("theta") == pytest.approx([0.25, 0.25], abs=1e-4)
    assert fit.stan_variable("weights")[0] == pytest.approx(start["weights"], abs=1e-4)


def test_initial_values_of_each_chain(coins, data, tmp_path):
    for chain, theta in ((1, 0.25), (2, 0.75)):
        (tmp_path / f"init_{chain}.json").write_text(json.dumps({"theta": theta, "weights": [0.2, 0.3, 0.5]}))
    result = run(
        coins,
        *("data", f"file={data}", f"init={tmp_path}/init.json", "output", f"file={tmp_path}/x.csv"),
        *("sample", "num_chains=2", "num_samples=1", "algorithm=fixed_param"),
    )
    assert result.returncode == 0, result.stderr
    for chain, theta in ((1, 0.25), (2, 0.75)):
        header, values = rows(tmp_path / f"x_{chain}.csv")
        draw = dict(zip(header.split(","), map(float, values.split(",")), strict=True))
        assert draw["theta"] == pytest.approx(theta)


def test_model_without_parameters_needs_no_request(cmdstan, tmp_path):
    model = compiled(tmp_path, "constant", CONSTANT)
    result = run(model, "random", "seed=1", "output", f"file={tmp_path}/x.csv", "sample", "num_samples=20")
    assert result.returncode == 0
    assert "algorithm = fixed_param" in (tmp_path / "x.csv").read_text()
    fit = model.sample(chains=1, seed=1, iter_sampling=20, output_dir=tmp_path, show_progress=False)
    assert np.unique(fit.stan_variable("z")).size == 20


# --------------------------------------------------------------------------- methods after sampling


def test_generated_quantities_of_each_draw(coins, data, fit, tmp_path):
    """The draws were written with 18 digits, without which a simplex does not add up when it is read back."""
    quantities = coins.generate_quantities(
        data=data, previous_fit=fit, seed=3, sig_figs=18, gq_output_dir=tmp_path
    )
    theta = fit.stan_variable("theta")
    assert quantities.stan_variable("odds") == pytest.approx(theta / (1 - theta), rel=1e-15)
    heads = quantities.stan_variable("heads")
    assert heads.mean() == pytest.approx(TOSSES * theta.mean(), abs=0.5)


def test_generated_quantities_of_a_fit_of_another_model(front_end, coins, data, tmp_path):
    (tmp_path / "other.csv").write_text("lp__,mu\n1,2\n")
    result = run(
        coins,
        "generate_quantities",
        f"fitted_params={tmp_path}/other.csv",
        "data",
        f"file={data}",
        cwd=tmp_path,
    )
    assert result.returncode == 1
    assert re.search(r"^Error: .*other.csv has no column for parameter theta", result.stderr)


def test_generated_quantities_of_a_truncated_file(front_end, coins, data, tmp_path):
    (tmp_path / "cut.csv").write_text("theta,weights.1,weights.2,weights.3\n0.5,0.2,0.3,0.5\n0.5,0.2\n")
    result = run(
        coins,
        "generate_quantities",
        f"fitted_params={tmp_path}/cut.csv",
        "data",
        f"file={data}",
        cwd=tmp_path,
    )
    assert result.returncode == 1
    assert "cut.csv is damaged: line 2" in result.stderr


@pytest.mark.parametrize("algorithm", ["lbfgs", "bfgs", "newton"])
def test_optimum(coins, data, tmp_path, algorithm):
    mode = coins.optimize(data=data, seed=1, algorithm=algorithm, sig_figs=18, output_dir=tmp_path)
    assert mode.stan_variable("theta") == pytest.approx(HEADS / TOSSES, abs=1e-4)
    assert mode.stan_variable("weights") == pytest.approx(np.full(3, 1 / 3), abs=1e-4)


def test_optimum_on_the_unconstrained_scale(coins, data, tmp_path):
    mode = coins.optimize(data=data, seed=1, jacobian=True, sig_figs=18, output_dir=tmp_path)
    assert mode.stan_variable("theta") == pytest.approx((HEADS + 1) / (TOSSES + 2), abs=1e-4)


@pytest.mark.parametrize("paths", [1, 3])
def test_pathfinder(coins, data, tmp_path, paths):
    fit = coins.pathfinder(data=data, seed=1, num_paths=paths, draws=1000, output_dir=tmp_path)
    assert fit.draws().shape[0] == 1000
    assert fit.stan_variable("theta").mean() == pytest.approx(0.25, abs=0.05)


def test_log_density_equals_the_formula(coins, data):
    """Differences between two values of theta, since Stan drops constants."""
    weights = [0.2, 0.3, 0.5]

    def formula(theta, jacobian):
        density = HEADS * math.log(theta) + (TOSSES - HEADS) * math.log(1 - theta)
        return density + jacobian * math.log(theta * (1 - theta))

    for jacobian in (False, True):
        low, high = (
            coins.log_prob({"theta": theta, "weights": weights}, data, jacobian=jacobian, sig_figs=18).iloc[0]
            for theta in (0.2, 0.7)
        )
        expected = formula(0.7, jacobian) - formula(0.2, jacobian)
        assert high["lp__"] - low["lp__"] == pytest.approx(expected, rel=1e-12)
        slope = HEADS + jacobian - (TOSSES + 2 * jacobian) * 0.7
        assert high["g_theta"] == pytest.approx(slope, rel=1e-12)


# ------------------------------------------------------------------------------ information, errors


def test_info(coins, cmdstan):
    info = coins.exe_info()
    version = ".".join(info[f"stan_version_{part}"] for part in ("major", "minor", "patch"))
    assert version == cmdstan.version
    assert info["STAN_THREADS"] == "false"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sample", "foo=3"], "foo=3 is either mistyped or misplaced"),
        (["sample", "max_depth=3"], "its place is: method=sample algorithm=hmc engine=nuts max_depth=<int>"),
        (
            ["sample", "num_samples=-3"],
            '-3 is not a valid value for "num_samples"; valid values: integers, 0 <=',
        ),
        (["sample", "num_samples=10O"], '10O is not a valid value for "num_samples"'),
        (["sample", "adapt", "delta=2"], '2 is not a valid value for "delta"; valid values: 0 < delta < 1'),
        (["sample", "save_warmup=yes"], 'yes is not a valid value for "save_warmup"; valid values: 0, 1,'),
        (["method=guess"], 'guess is not a valid value for "method"; valid values: sample, optimize,'),
        (["id=1"], "a method must be given"),
        (["sample", "num_threads=4"], '4 is not a valid value for "num_threads"'),
        (["sample", "data", "file=none.json"], "cannot open none.json: No such file"),
        (["sample", "data", "file=none.txt"], "cannot read none.txt: its name must end in .json"),
        (["generate_quantities"], None),
        (["log_prob"], None),
    ],
)
def test_mistakes_end_in_one_line(front_end, coins, tmp_path, words, message):
    result = run(coins, *words, cwd=tmp_path)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(("Error: ", "Exception: "))
    if message:
        assert message in result.stderr


def test_missing_data_names_the_variable(coins, tmp_path):
    (tmp_path / "bad.json").write_text('{"N": 3}')
    result = run(coins, "sample", "data", f"file={tmp_path}/bad.json", cwd=tmp_path)
    assert result.returncode == 1
    assert "variable name=y" in result.stderr


def test_failed_initialisation_says_so_last(front_end, coins, data, tmp_path):
    (tmp_path / "init.json").write_text('{"theta": 3, "weights": [0.2, 0.3, 0.5]}')
    result = run(coins, "sample", "data", f"file={data}", f"init={tmp_path}/init.json", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "Error: sample failed: Initialization failed."


def test_output_that_cannot_be_opened(front_end, coins, data):
    result = run(coins, "sample", "data", f"file={data}", "output", "file=/not/there/x.csv")
    assert result.returncode == 1
    assert "Error: cannot write /not/there/x.csv: No such file or directory" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_full_disk_is_an_error(front_end, coins, data):
    result = run(coins, "sample", "num_samples=10", "data", f"file={data}", "output", "file=/dev/full")
    assert result.returncode == 1
    assert "is the disk full?" in result.stderr


def test_help_lists_every_method(front_end, coins):
    result = run(coins, "help-all")
    assert result.returncode == 0
    for word in ("sample", "optimize", "generate_quantities", "pathfinder", "log_prob", "max_depth=<int>"):
        assert word in result.stdout


# ---------------------------------------------------------------------------------- building models


def test_program_that_does_not_compile(cmdstan, tmp_path):
    with pytest.raises(ValueError, match="Failed to compile") as error:
        compiled(tmp_path, "broken", "parameters { real x }")
    assert "broken.stan" in str(error.value)
    assert not (tmp_path / "broken").exists()


@pytest.mark.slow
def test_threads_and_user_header(cmdstan, tmp_path):
    """Options that change the ABI get main objects of their own; a model may call C++."""
    (tmp_path / "twice.hpp").write_text("inline double twice(double x, std::ostream*) { return 2 * x; }\n")
    # Older than stanc, as in a clone made before the set-up: make must not try to remake it.
    os.utime(tmp_path / "twice.hpp", (0, 0))
    source = tmp_path / "caller.stan"
    source.write_text(
        "functions { real twice(real x); } parameters { real<lower=0, upper=1> u; } "
        "generated quantities { real z = twice(21); }"
    )
    model = cmdstanpy.CmdStanModel(
        stan_file=source,
        user_header=tmp_path / "twice.hpp",
        cpp_options={"STAN_THREADS": True, "CXXFLAGS": "-march=native"},
    )
    assert model.exe_info()["STAN_THREADS"] == "true"
    fit = model.sample(
        chains=2, threads_per_chain=1, iter_sampling=3, output_dir=tmp_path, show_progress=False
    )
    assert (fit.stan_variable("z") == 42).all()


# ------------------------------------------------------------------------- against the real CmdStan


def growth_data(folder):
    """Write data for the oracle's program: a trend with noise."""
    rng = np.random.default_rng(1)
    time = np.linspace(0, 1, 40)
    season = np.column_stack([np.sin(20 * time), np.cos(20 * time)])
    values = {
        "T": 40,
        "K": 2,
        "S": 3,
        "t": time.tolist(),
        "cap": [10.0] * 40,
        "y": (0.5 * time + 0.1 * season[:, 0] + rng.normal(0, 0.05, 40)).tolist(),
        "t_change": [0.2, 0.4, 0.6],
        "X": season.tolist(),
        "sigmas": [10.0, 10.0],
        "tau": 0.05,
        "trend_indicator": 0,
        "s_a": [1, 1],
        "s_m": [0, 0],
    }
    (folder / "growth.json").write_text(json.dumps(values))


def comparable(path):
    """Return a file without what must differ: times, versions and the names of the executables."""
    different = re.compile(
        r"Elapsed|seconds|start_datetime|stan_version_minor|stanc_version|stancflags|# model = "
    )
    return [line for line in path.read_text().splitlines() if not different.search(line)]


@pytest.fixture(scope="module")
def pair(cmdstan, tmp_path_factory):
    """One model built by the original CmdStan and by ours."""
    oracle = cmdstan.path / ORACLE
    if not oracle.exists():
        pytest.skip("the oracle comes with an assembled CmdStan only")
    folder = tmp_path_factory.mktemp("oracle")
    shutil.copyfile(cmdstan.path / ORACLE_PROGRAM, folder / "prophet.stan")
    return oracle, cmdstanpy.CmdStanModel(stan_file=folder / "prophet.stan").exe_file


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "sample",
        "sample num_samples=100 num_warmup=200 save_warmup=1 thin=3",
        "sample num_samples=50 num_chains=3 algorithm=hmc metric=dense_e adapt save_metric=1",
        "sample num_samples=50 algorithm=hmc engine=nuts max_depth=4 metric=unit_e adapt delta=0.95",
        "sample num_samples=50 num_warmup=10 algorithm=hmc metric=dense_e adapt engaged=0",
        "sample num_samples=5 algorithm=fixed_param",
        "pathfinder num_paths=1 num_draws=100 num_psis_draws=50",
        "pathfinder num_paths=3 num_draws=100 num_psis_draws=50 save_single_paths=1",
        "log_prob constrained_params=point.json",
        "log_prob constrained_params=point.json jacobian=0",
    ],
)
def test_files_equal_those_of_the_original(pair, tmp_path, words):
    folders = tmp_path / "original", tmp_path / "ours"
    for executable, folder in zip(pair, folders, strict=True):
        folder.mkdir()
        growth_data(folder)
        (folder / "point.json").write_text(
            '{"k":0.5,"m":0.01,"delta":[0.1,0,0.2],"sigma_obs":0.05,"beta":[0.1,0.02]}'
        )
        command = (
            f"{executable} id=2 random seed=5 data file=growth.json output file=x.csv sig_figs=18 {words}"
        )
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    original, ours = ({path.name for path in folder.iterdir()} for folder in folders)
    assert original == ours
    for name in original:
        assert comparable(folders[0] / name) == comparable(folders[1] / name), name
