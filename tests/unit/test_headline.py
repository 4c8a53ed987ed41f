"""What the first screen of the report says, for every kind of outcome."""

from collections.abc import Sequence
from typing import Any

import pytest

from stanmix.errors import StanmixError
from stanmix.report import pdf
from stanmix.report.headline import headline, incomparable

DATASET = {"name": "lakes"}


def fit(components: int, passed: bool = True, standing: str = "", **facts: Any) -> dict[str, Any]:
    return {
        "model": "sweep",
        "components": components,
        "converged": passed,
        "standing": standing or ("passed" if passed else "failed"),
        "reasons": [] if passed else ["R-hat is 1.2. Raise sampling.warmup."],
        "family": "normal",
        "measure": "density",
        "elpd": {"n": 155, "pareto_k": {"threshold": 0.7, "good": 155, "bad": 0, "very_bad": 0}},
    } | facts


def compared(*differences: tuple[int, float, float]) -> list[dict[str, Any]]:
    """Rows of a comparison: K, difference of elpd and its standard error."""
    return [
        {"model": "sweep", "components": k, "elpd": -200 + d, "se": 9.0, "elpd_diff": d, "se_diff": e}
        | {"verdict": "converged", "left_out": None}
        for k, d, e in differences
    ]


def without(components: int, reason: str, elpd: float | None = None) -> dict[str, Any]:
    """A row of a comparison that is left out of the ranking."""
    numbers = dict.fromkeys(("se", "elpd_diff", "se_diff"))
    return {"model": "sweep", "components": components, "elpd": elpd, "left_out": reason} | numbers


def about(fits: Sequence[dict[str, Any]], *differences: tuple[int, float, float]) -> dict[str, Any]:
    return headline(DATASET, fits, compared(*differences))


def test_the_choice_passed_and_has_the_fewest_components_of_the_best() -> None:
    found = about([fit(1), fit(2), fit(3), fit(4)], (4, 0, 0), (3, -0.5, 0.4), (2, -1.9, 1.0), (1, -30, 5))
    assert [row["components"] for row in found["supported"]] == [4, 3, 2]
    assert found["choice"]["components"] == 2
    assert found["best"]["components"] == 4
    assert found["next"] == (
        "Report sweep, K = 2: it passed every check and has the fewest components of the fits that predict "
        "as well as the best."
    )
    assert found["warnings"] == []


def test_fits_that_did_not_pass_are_passed_over_and_said() -> None:
    found = about([fit(1), fit(2, False), fit(3)], (3, 0, 0), (2, -0.5, 0.4), (1, -30, 5))
    assert found["choice"]["components"] == 3
    assert found["failed"] == 1
    assert found["next"].endswith("sweep, K = 2 predicts as well, but did not pass.")


def limited(components: int) -> dict[str, Any]:
    """A fit whose components are not identified."""
    reason = "In 40% of the draws components cannot be told apart. Fit fewer components."
    return fit(components, False, "limited", reasons=[reason])


def test_components_that_are_not_identified_are_no_failures() -> None:
    found = about(
        [fit(1), fit(2), limited(3), limited(4)], (4, 0, 0), (3, -0.1, 0.4), (2, -1.9, 1), (1, -30, 5)
    )
    assert (found["passed"], found["limited"], found["failed"]) == (2, 2, 0)
    assert found["next"] == (
        "Report sweep, K = 2: it passed every check and has the fewest components of the fits that predict "
        "as well as the best. 2 others predict as well, but their components are not identified."
    )
    one = about([fit(2), limited(3), fit(4, False)], (3, 0, 0), (2, -0.5, 0.4), (4, -0.6, 0.4))
    assert one["next"].endswith(
        "sweep, K = 4 predicts as well, but did not pass. "
        "sweep, K = 3 predicts as well, but its components are not identified."
    )


def test_what_does_not_depend_on_labels_is_reported_where_nothing_better_is_there() -> None:
    alone = about([limited(3)], (3, 0, 0))["next"]
    assert alone == (
        "Report what does not depend on labels, such as the density and the partition: the components are "
        "not identified. Or fit fewer components."
    )
    best = about([fit(1), limited(3), limited(4)], (4, 0, 0), (3, -0.5, 0.4), (1, -30, 5))
    assert best["choice"] is None
    assert best["next"].startswith("Report what does not depend on labels of sweep, K = 3, such as")
    failing = about([fit(2, False), limited(3)], (3, 0, 0), (2, -30, 5))
    assert failing["next"].startswith("Report what does not depend on labels of sweep, K = 3")


def test_a_clear_winner_is_said_to_be_one() -> None:
    assert "clearly better" in about([fit(1), fit(2)], (2, 0, 0), (1, -30, 5))["next"]


@pytest.mark.parametrize(
    ("difference", "error", "is_clearly_worse"),
    [
        (-1.9, 0.5, False),
        (-3.99, 0.01, False),
        (-4, 1.9, True),
        (-4, 2.1, False),
        (-30, 16, False),
        (-30, 5, True),
    ],
)
def test_a_difference_is_clear_from_4_and_two_standard_errors_on(difference, error, is_clearly_worse) -> None:
    found = about([fit(1), fit(2)], (2, 0, 0), (1, difference, error))
    assert ("clearly better" in found["next"]) == is_clearly_worse
    assert found["choice"]["components"] == (2 if is_clearly_worse else 1)


def test_a_difference_without_an_error_is_not_clear() -> None:
    assert about([fit(1), fit(2)], (2, 0, 0), (1, -30, None))["choice"]["components"] == 1


def test_fits_that_are_left_out_never_win_and_are_named() -> None:
    reason = "elpd is not available, because of row 91."
    rows = [*compared((2, 0, 0)), without(3, "its chains did not converge", -150.0), without(4, reason)]
    found = headline(DATASET, [fit(2), fit(3, False), fit(4)], rows)
    assert found["best"]["components"] == found["choice"]["components"] == 2
    assert [row["components"] for row in found["supported"]] == [2]
    assert found["behind"] is None
    assert found["warnings"] == [
        "sweep, K = 3 is left out of the ranking: its chains did not converge.",
        "sweep, K = 4 is left out of the ranking: elpd is not available, because of row 91.",
    ]
    assert found["next"] == "Report sweep, K = 2: it passed every check, and no other fit can be ranked."
    clear = headline(
        DATASET, [fit(1), fit(2), fit(4)], [*compared((2, 0, 0), (1, -30, 5)), without(4, reason)]
    )
    assert "it predicts clearly better than the others that are ranked, and passed" in clear["next"]


def test_without_any_fit_in_the_ranking_the_page_still_says_what_to_do() -> None:
    reason = "elpd is not available, because of row 91."
    found = headline(DATASET, [fit(1), fit(2)], [without(1, reason), without(2, reason)])
    assert found["best"] is found["choice"] is None
    assert found["next"].startswith("No fit can be ranked")
    single = headline(DATASET, [fit(2)], [without(2, reason)])
    assert single["next"] == "Every check passed: report it, without its elpd."
    assert single["warnings"] == ["Of the fit, elpd is not available, because of row 91."]
    bad = headline(DATASET, [fit(2, False)], [without(2, "its chains did not converge", -150.0)])
    assert bad["next"] == "The fit did not pass every check. Raise sampling.warmup."


def test_without_a_good_fit_among_the_best_the_remedy_comes_first() -> None:
    found = about([fit(1), fit(2, False)], (2, 0, 0), (1, -30, 5))
    assert found["choice"] is None
    assert found["next"] == ("None of the fits that predict best passed every check. Raise sampling.warmup.")
    assert (
        about([fit(2, False)], (2, 0, 0))["next"]
        == "The fit did not pass every check. Raise sampling.warmup."
    )
    assert about([fit(2)], (2, 0, 0))["next"] == "Every check passed: report it."


def test_counts_and_continuous_numbers_are_not_compared() -> None:
    fits = [fit(1, family="poisson", measure="probability"), fit(2)]
    found = about(fits, (2, 0, 0), (1, -30, 5))
    assert found["best"] is found["choice"] is found["behind"] is None
    assert found["supported"] == []
    assert found["warnings"] == incomparable(fits)
    assert "(normal: density; poisson: probability)" in found["warnings"][0]
    assert incomparable([fit(1, family="lognormal"), fit(2)]) == []


def test_fits_to_different_observations_are_not_compared() -> None:
    other = fit(2)["elpd"] | {"n": 1500}
    (warning,) = incomparable([fit(1), fit(2, elpd=other)])
    assert "fits to 155 and 1,500 of them" in warning


def test_an_elpd_that_rests_on_bad_estimates_is_warned_of() -> None:
    elpd = {"n": 155, "pareto_k": {"threshold": 0.7, "good": 152, "bad": 2, "very_bad": 1}}
    (warning,) = about([fit(2, elpd=elpd)], (2, 0, 0))["warnings"]
    assert "rests on 3 observations with a Pareto k above 0.70" in warning


def test_without_a_browser_printing_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(
        StanmixError, match=r"No Chromium or Chrome is installed here.*apt-get install chromium"
    ):
        pdf.find_browser()
