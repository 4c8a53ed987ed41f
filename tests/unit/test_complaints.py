"""CmdStan's reasons for giving up, recorded from real runs, as sentences that say what they point to."""

import pytest

from stanmix.stan.complaints import compiler_reason, console, failure, is_zero_at_start, pointed, reason

SETTINGS = """method = sample (Default)
data
  file = /tmp/inv_metric/data.json
num_threads = 1 (Default)

"""
ENDED = """User-specified initialization failed.
 Try specifying new initial values, using partially specialized initialization, reducing the range of \
constrained values, or reparameterizing the model.
Initialization failed.
Error: sample failed: Initialization failed.
"""
INFORMATIONAL = """Iteration:  1 / 40 [  2%]  (Warmup)
Informational Message: The current Metropolis proposal is about to be rejected because of the following issue:
Exception: normal_lpdf: Scale parameter is 0, but must be positive! (in 'normal.stan', line 3, column 2)
If this warning occurs sporadically, such as for highly constrained variable types like covariance matrices, \
then the sampler is fine,
but if this warning occurs often then your model may be either severely ill-conditioned or misspecified.
"""
ZERO = f"""{SETTINGS}Rejecting initial value:
  Log probability evaluates to log(0), i.e. negative infinity.
  Stan can't start sampling from this initial value.

{ENDED}"""
FREE = f"""{SETTINGS}Rejecting initial value:
  Error evaluating the log probability at the initial value.
Exception: lb_free: Lower bounded variable is -10000, but must be greater than or equal to 0.000000 (in \
'/some/where/stan/blocks/mixture_parameters.stan', line 4, column 0, included from
'normal.stan', line 18, column 2)
{ENDED}"""
SCALE = f"""{SETTINGS}Rejecting initial value:
  Error evaluating the log probability at the initial value.
Exception: normal_lpdf: Scale parameter is 0, but must be positive! (in 'normal.stan', line 31, column 2 to \
column 40)
{ENDED}"""
DATA = f"""{SETTINGS}Exception: mismatch in dimension declared and found in context; \
processing stage=data initialization; variable name=y; position=0; dims declared=(5); dims found=(60) (in \
'/some/where/stan/blocks/real_observations.stan', line 2, column 0, included from
'normal.stan', line 13, column 2)
"""
METRIC = f"""{SETTINGS}{INFORMATIONAL}Cannot get inverse Euclidean metric from input file.
Caught exception:
mismatch in dimension declared and found in context; processing stage=read diag inv metric; variable \
name=inv_metric; position=0; dims declared=(5); dims found=(1)
Initialization failure
Error: sample failed: Initialization failure
"""
NOT_POSITIVE = f"""{SETTINGS}Inverse Euclidean metric not positive definite.
Initialization failure
"""
IMPROPER = f"{SETTINGS}{INFORMATIONAL}Posterior is improper. Please check your model.\n"
STEP = f"{SETTINGS}No acceptably small step size could be found. Perhaps the posterior is not continuous?\n"
SLOPE = (
    f"{SETTINGS}Rejecting initial value:\n  Gradient evaluated at the initial value is not finite.\n{ENDED}"
)
RNG = f"""{SETTINGS}Exception: poisson_rng: Rate parameter is 2.3e+11, but must be less than 1073741824 \
(in 'poisson_quantities.stan', line 20, column 4)
"""


@pytest.mark.parametrize(
    ("printed", "said", "points"),
    [
        (ZERO, "Stan says: Log probability evaluates to log(0), i.e. negative infinity.", ""),
        (
            FREE,
            "Stan says: lb_free: Lower bounded variable is -10000, but must be greater than or equal to "
            "0.000000 (mixture_parameters.stan, line 4).",
            "the chain's start, which lies where the parameter cannot be",
        ),
        (
            SCALE,
            "Stan says: normal_lpdf: Scale parameter is 0, but must be positive! (normal.stan, line 31).",
            "It happened where the chain starts",
        ),
        (
            DATA,
            "dims declared=(5); dims found=(60) (real_observations.stan, line 2).",
            "do not fit the program",
        ),
        (METRIC, "variable name=inv_metric; position=0; dims declared=(5); dims found=(1).", "first metric"),
        (NOT_POSITIVE, "Stan says: Inverse Euclidean metric not positive definite.", "first metric"),
        (IMPROPER, "Stan says: Posterior is improper. Please check your model.", "narrower prior"),
        (STEP, "No acceptably small step size could be found", "keeps its scale away from 0"),
        (SLOPE, "Stan says: Gradient evaluated at the initial value is not finite.", "its slope is not"),
        (RNG, "poisson_rng: Rate parameter is 2.3e+11", "narrower priors"),
        (f"{SETTINGS}{INFORMATIONAL}Disk quota exceeded\n", "CmdStan's last words: Disk quota exceeded.", ""),
        ("", "CmdStan said nothing.", ""),
    ],
)
def test_reasons_and_what_they_point_to(printed: str, said: str, points: str) -> None:
    assert said in reason(printed)
    assert points in pointed(printed)
    assert bool(points) == bool(pointed(printed))
    assert is_zero_at_start(printed) == (printed == ZERO)


def test_a_rejected_proposal_is_no_reason() -> None:
    assert "Scale parameter" not in reason(SETTINGS + INFORMATIONAL + "Segmentation fault")


@pytest.mark.parametrize(("status", "name"), [(9, "SIGKILL"), (11, "SIGSEGV"), (64, "SIGRTMAX")])
def test_signals_are_named(status: int, name: str) -> None:
    said = reason(SETTINGS, f"Error during sampling:\n\nRunSet: chains=1\n retcodes=[-{status}]")
    assert f"CmdStan was ended by signal {status} ({name})" in said
    assert ("memory" in said) == (status == 9)


def test_a_failure_is_one_message_of_what_why_and_what_to_do() -> None:
    text = str(failure("Chain 3", FREE, RuntimeError("Error during sampling:\n retcodes=[1]")))
    assert text.startswith("Chain 3 did not finish. Stan says: lb_free: ")
    assert "\n" not in text
    assert "Choose another sampling.seed" in text
    assert "The prior is to blame." in str(
        failure("Chain 1", ZERO, RuntimeError(""), "The prior is to blame.")
    )


def test_the_newest_output_is_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert console(tmp_path) == ""
    (tmp_path / "normal-1_0-stdout.txt").write_bytes(b"old \xff")
    (tmp_path / "normal-2_0-stdout.txt").write_text("new")
    import os

    os.utime(tmp_path / "normal-1_0-stdout.txt", (1, 1))
    assert console(tmp_path) == "new"


STANC = """Failed to compile Stan model '/some/where/normal.stan'. Console:
Semantic error in '/some/where/normal.stan', line 3, column 2 to column 9:
   -------------------------------------------------
     1:  data { int N; }
     3:    foo ~ normal(0, 1);
           ^
   -------------------------------------------------

Identifier 'foo' not in scope.

make: *** [make/program:50: normal.hpp] Error 1
"""
CPP = """Console:
g++ -O3 -c normal.cpp
In file included from normal.cpp:2:
/some/where/kernels.hpp:14:10: fatal error: simd/none.hpp: No such file or directory
   14 | #include "simd/none.hpp"
compilation terminated.
make: *** [make/program:61: normal] Error 1
"""


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (STANC, "stanc says: semantic error in normal.stan, line 3: Identifier 'foo' not in scope."),
        (
            CPP,
            "The C++ compiler says: kernels.hpp:14:10: fatal error: simd/none.hpp: No such file or directory",
        ),
        ("g++: fatal error: Killed signal terminated program cc1plus", "where memory runs out"),
        ("one\ntwo\n", "Its last words: two"),
        ("", "It said nothing."),
    ],
)
def test_the_compilers_first_error_is_told(printed: str, said: str) -> None:
    assert said in compiler_reason(printed)
