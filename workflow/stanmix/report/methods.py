"""The methods in words for use in a paper, with references, from the facts of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stanmix.report.formats import count, percent, plain

Facts = Mapping[str, Any]

OWN_FRONT_END = "own front end"
"""Where CmdStan comes from if there was none: Stan from wheels, behind the project's own front end."""

REFERENCES = {
    "stan": "Carpenter B, Gelman A, Hoffman MD, Lee D, Goodrich B, Betancourt M, Brubaker M, Guo J, Li P and "
    "Riddell A (2017). Stan: a probabilistic programming language. Journal of Statistical Software 76(1).",
    "nuts": "Hoffman MD and Gelman A (2014). The No-U-Turn sampler: adaptively setting path lengths in "
    "Hamiltonian Monte Carlo. Journal of Machine Learning Research 15, 1593-1623.",
    "priors": "Richardson S and Green PJ (1997). On Bayesian analysis of mixtures with an unknown number of "
    "components. Journal of the Royal Statistical Society B 59, 731-792.",
    "ecr": "Papastamoulis P and Iliopoulos G (2010). An artificial allocations based solution to the label "
    "switching problem in Bayesian analysis of mixtures of distributions. Journal of Computational and "
    "Graphical Statistics 19, 313-331.",
    "stephens": "Stephens M (2000). Dealing with label switching in mixture models. Journal of the Royal "
    "Statistical Society B 62, 795-809.",
    "stacking": "Yao Y, Vehtari A and Gelman A (2022). Stacking for non-mixing Bayesian computations: the "
    "curse and blessing of multimodal posteriors. Journal of Machine Learning Research 23(79), 1-45.",
    "rhat": "Vehtari A, Gelman A, Simpson D, Carpenter B and Bürkner P-C (2021). Rank-normalization, "
    "folding, and localization: an improved R-hat for assessing convergence of MCMC. Bayesian Analysis 16, "
    "667-718.",
    "bfmi": "Betancourt M (2016). Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte "
    "Carlo. arXiv:1604.00695.",
    "loo": "Vehtari A, Gelman A and Gabry J (2017). Practical Bayesian model evaluation using leave-one-out "
    "cross-validation and WAIC. Statistics and Computing 27, 1413-1432.",
    "psis": "Vehtari A, Simpson D, Gelman A, Yao Y and Gabry J (2024). Pareto smoothed importance sampling. "
    "Journal of Machine Learning Research 25(72), 1-58.",
    "vi": "Wade S and Ghahramani Z (2018). Bayesian cluster analysis: point estimation and credible balls. "
    "Bayesian Analysis 13, 559-626.",
    "snakemake": "Mölder F et al. (2021). Sustainable data analysis with Snakemake. F1000Research 10, 33.",
    "arviz": "Kumar R, Carroll C, Hartikainen A and Martin O (2019). ArviZ: a unified library for "
    "exploratory analysis of Bayesian models in Python. Journal of Open Source Software 4(33), 1143.",
}
"""References of the methods, by a key."""


class Citations:
    """Numbers references in the order in which they are cited."""

    def __init__(self) -> None:
        self._keys: list[str] = []

    def __call__(self, *keys: str) -> str:
        """Cite references, as [1] or [2, 3]."""
        self._keys += [key for key in keys if key not in self._keys]
        return f"[{', '.join(str(self._keys.index(key) + 1) for key in keys)}]"

    @property
    def listed(self) -> list[str]:
        """The references in order."""
        return [REFERENCES[key] for key in self._keys]


def methods(facts: Facts) -> dict[str, Any]:
    """Write the methods of a run.

    Parameters
    ----------
    facts
        The facts of the run without its methods.

    Returns
    -------
    dict
        ``paragraphs``, each with a ``title`` and a ``text``, and ``references``, which the texts cite by
        their numbers, from 1. Both are empty if no fit has results.
    """
    if not facts["fits"]:
        return {"paragraphs": [], "references": []}
    fitted = {fit["dataset"] for fit in facts["fits"]}
    cite = Citations()
    paragraphs = [
        *(_models(facts, dataset, cite) for dataset in facts["datasets"] if dataset["name"] in fitted),
        {"title": "Sampling", "text": _sampling(facts, cite)},
        {"title": "Labels and convergence", "text": _convergence(facts, cite)},
        {"title": "Comparison and checks", "text": _comparison(facts, cite)},
        {"title": "Software", "text": _software(facts, cite)},
    ]
    return {"paragraphs": paragraphs, "references": cite.listed}


def _models(facts: Facts, dataset: Facts, cite: Citations) -> dict[str, str]:
    """Describe the models of a data set."""
    fits = [fit for fit in facts["fits"] if fit["dataset"] == dataset["name"]]
    kind = "rows" if dataset["columns"] else "values"
    texts = [
        f"The {count(dataset['n'])} {kind} of {dataset['response']} were described by finite mixtures. "
        "Priors are written in Stan's notation."
    ]
    for name in dict.fromkeys(fit["model"] for fit in fits):
        own = [fit for fit in fits if fit["model"] == name]
        texts.append(_model(name, own))
    if any(row["origin"].startswith("default, scaled") for fit in fits for row in fit["priors"]):
        texts.append(
            "Default priors centre locations at the middle of the data and scale them by their range "
            f"{cite('priors')}."
        )
    return {"title": f"Models of {dataset['name']}", "text": " ".join(texts)}


def _model(name: str, fits: Sequence[Facts]) -> str:
    """Describe a model by its family and, for the largest number of components, its priors."""
    numbers = [str(fit["components"]) for fit in fits]
    components = numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
    family = fits[0]["family"].replace("_", " ")
    noise = ", and one uniform component for noise" if fits[0]["classes"] > fits[0]["components"] else ""
    largest = max(fits, key=lambda fit: fit["components"])
    priors = [
        f"{row['parameter']} {row['prior']}"
        if row["prior"].startswith("fixed")
        else f"{row['parameter']} ~ {row['prior']}"
        for row in largest["priors"]
    ]
    of = "one component" if numbers == ["1"] else f"K = {components} components"
    with_most = f" (here for K = {largest['components']})" if len(fits) > 1 else ""
    return f"Model {name} has {of} of the {family} family{noise}, with{with_most} {'; '.join(priors)}."


_STARTS = {
    "modes": "draws near the modes that a search before found, by their mass",
    "random": "random starts of Stan's",
}


def _sampling(facts: Facts, cite: Citations) -> str:
    sampling = facts["config"]["sampling"]
    likelihood = (
        "an analytic gradient in C++"
        if facts["config"]["likelihood"] == "kernel"
        else "Stan's automatic gradient"
    )
    text = (
        f"Posteriors were sampled by the No-U-Turn sampler {cite('nuts')} of Stan {cite('stan')}, with the "
        f"assignment of each observation summed out of the likelihood, which has {likelihood}. Each of "
        f"{sampling['chains']} chains ran {count(sampling['warmup'])} iterations of warmup and "
        f"{count(sampling['draws'])} of sampling, with a target acceptance statistic of "
        f"{plain(sampling['adapt_delta'])} and a largest tree depth of {sampling['max_treedepth']}, from "
        f"{_STARTS[sampling['starts']]}. Every seed derives from {sampling['seed']}."
    )
    budget = facts["config"]["escalate"]
    if not budget["max_rounds"]:
        return text
    return (
        f"{text} Fits that did not pass were sampled on, in at most {budget['max_rounds']} rounds up to "
        f"{count(budget['max_draws'])} draws and {plain(budget['max_minutes'])} minutes."
    )


def _convergence(facts: Facts, cite: Citations) -> str:
    limits = facts["config"]["diagnostics"]
    methods_used = {fit["labels"]["method"] for fit in facts["fits"] if fit["components"] > 1}
    text = ""
    if "relabel" in methods_used:
        text += (
            "Components that the prior cannot tell apart were numbered so that the classifications of all "
            f"draws agree, by equivalence classes of representatives {cite('ecr')} and then Stephens' "
            f"algorithm {cite('stephens')}. "
        )
    orders = sorted(method for method in methods_used if method.startswith("order"))
    if orders:
        text += f"Components were numbered by {' and '.join(orders)}. "
    return text + (
        f"Convergence was judged by rank-normalised split R-hat (at most {plain(limits['rhat'])}) and bulk "
        f"and tail effective sample sizes (at least {count(limits['ess'])}) {cite('rhat')}, first of "
        "quantities that do not depend on labels, then of the parameters; by the Monte Carlo standard "
        f"error, the energy fraction of missing information (at least {plain(limits['bfmi'])}) "
        f"{cite('bfmi')} and the absence of divergent transitions. Modes were searched before by climbs "
        "from clusterings, random partitions, draws from the prior, and splits and merges of modes, until "
        "batches of them found nothing new of consequence, and weighed by Laplace's method with importance "
        f"sampling; chains at different ones are also weighted by stacking {cite('stacking')}."
    )


def _comparison(facts: Facts, cite: Citations) -> str:
    interval = percent(facts["config"]["diagnostics"]["interval"])
    checked = facts["fits"][0]["predictive"]
    return (
        "Predictive accuracy was estimated by the expected log pointwise predictive density (elpd) from "
        f"Pareto-smoothed importance-sampling leave-one-out cross-validation {cite('loo', 'psis')}, and "
        "differences by their own standard errors. Posterior predictive checks compare test statistics "
        f"with those of {count(checked['replicated'])} replicated data sets. Partitions minimise the "
        f"expected variation of information or Binder's loss {cite('vi')}. Intervals are highest-density "
        f"intervals of probability {interval}; test statistics have central {percent(checked['interval'])} "
        "intervals."
    )


def _software(facts: Facts, cite: Citations) -> str:
    versions = facts["versions"]
    stan, _, origin = versions["cmdstan"].partition(" ")
    if origin == f"({OWN_FRONT_END})":
        by = f"Stan {stan} through its own command-line front end over Stan's services"
    else:
        by = f"CmdStan {stan}"
    return (
        f"The analysis was run by stan-mixtures {versions['stan-mixtures']} with {by}, cmdstanpy "
        f"{versions['cmdstanpy']}, ArviZ {versions['arviz-stats']} {cite('arviz')}, NumPy "
        f"{versions['numpy']}, SciPy {versions['scipy']} and Python {versions['python']}, as a workflow of "
        f"Snakemake {versions['snakemake']} {cite('snakemake')}."
    )
