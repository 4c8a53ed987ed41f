#include "sample.hpp"

#include "../methods.hpp"

#include <stan/services/sample/fixed_param.hpp>

namespace stanmix {

namespace {

Argument sample_arguments() {
  return group(
      "sample", "Bayesian inference with Markov chain Monte Carlo",
      {integer("num_samples", 1000, at_least(0), "Number of sampling iterations"),
       integer("num_warmup", 1000, at_least(0), "Number of warmup iterations"),
       flag("save_warmup", false, "Write the warmup draws too?"),
       integer("thin", 1, positive(), "Period between saved draws"),
       group(
           "adapt", "Warmup adaptation",
           {flag("engaged", true, "Adapt step size and metric?"),
            real("gamma", 0.05, positive(), "Adaptation regularization scale"),
            real("delta", 0.8, inside(0, 1), "Target acceptance statistic"),
            real("kappa", 0.75, positive(), "Adaptation relaxation exponent"),
            real("t0", 10, positive(), "Adaptation iteration offset"),
            integer("init_buffer", 75, at_least(0), "Width of the first fast adaptation interval"),
            integer("term_buffer", 50, at_least(0), "Width of the last fast adaptation interval"),
            integer("window", 25, at_least(0), "First width of the slow adaptation interval"),
            flag("save_metric", false, "Write the adapted metric as JSON?")}),
       choice("algorithm", "hmc", "Sampling algorithm",
              {group("hmc", "Hamiltonian Monte Carlo",
                     {choice("engine", "nuts", "Engine for Hamiltonian Monte Carlo",
                             {group("nuts", "The No-U-Turn Sampler",
                                    {integer("max_depth", 10, positive(), "Maximum tree depth")})}),
                      choice("metric", "diag_e", "Geometry of the base manifold",
                             {word("unit_e", "Euclidean manifold with unit metric"),
                              word("diag_e", "Euclidean manifold with diagonal metric"),
                              word("dense_e", "Euclidean manifold with dense metric")}),
                      text("metric_file", "",
                           "JSON file with an inverse metric (inv_metric) to start from"),
                      real("stepsize", 1, positive(), "Step size to start from"),
                      real("stepsize_jitter", 0, between(0, 1),
                           "Relative random jitter of the step size")}),
               word("fixed_param", "Evaluates generated quantities at fixed parameters")}),
       integer("num_chains", 1, positive(), "Number of chains in this process")});
}

int sample_fixed_param(SampleRun& run) {
  Session& session = run.session;
  return stan::services::sample::fixed_param(
      session.model(), run.num_chains, run.inits, session.seed(), session.id(),
      session.init_radius(), run.num_samples, run.thin, session.refresh(), session.interrupt(),
      session.logger(), run.init_writers, run.draws.writers(), run.diagnostics.writers());
}

int run_sample(Session& session) {
  if (session.method()["algorithm"].text() == "hmc" && session.model().num_params_r() == 0) {
    session.logger().info(
        "Model contains no parameters, running fixed_param sampler, no updates to Markov chain");
    session.override_choice("algorithm", "fixed_param");
  }
  const Argument& algorithm = session.method()["algorithm"];
  SampleRun run(session);
  int outcome;
  if (algorithm.text() == "fixed_param") {
    outcome = sample_fixed_param(run);
  } else {
    const std::string& metric = algorithm.chosen()["metric"].text();
    outcome = metric == "diag_e"    ? sample_nuts_diag(run)
              : metric == "dense_e" ? sample_nuts_dense(run)
                                    : sample_nuts_unit(run);
  }
  run.finish();
  return outcome;
}

}  // namespace

Method sample_method() {
  return {sample_arguments(), run_sample};
}

SampleRun::SampleRun(Session& session) : session(session) {
  const Argument& method = session.method();
  num_chains = method["num_chains"].natural();
  num_samples = method["num_samples"].integer();
  num_warmup = method["num_warmup"].integer();
  thin = method["thin"].integer();
  save_warmup = method["save_warmup"].flag();
  const Argument& adaptation = method["adapt"];
  adapt = adaptation["engaged"].flag();
  delta = adaptation["delta"].real();
  gamma = adaptation["gamma"].real();
  kappa = adaptation["kappa"].real();
  t0 = adaptation["t0"].real();
  init_buffer = adaptation["init_buffer"].natural();
  term_buffer = adaptation["term_buffer"].natural();
  window = adaptation["window"].natural();
  if (method["algorithm"].text() == "hmc") {
    const Argument& hmc = method["algorithm"].chosen();
    stepsize = hmc["stepsize"].real();
    stepsize_jitter = hmc["stepsize_jitter"].real();
    max_depth = hmc["engine"].chosen()["max_depth"].integer();
    metric_file = hmc["metric_file"].text();
    if (adapt && num_warmup == 0) {
      throw UsageError(
          "num_warmup must be greater than 0 while adaptation is engaged; add `adapt engaged=0` to "
          "go without");
    }
  } else {
    adapt = false;
  }

  inits = session.inits(num_chains);
  init_writers = session.no_writers(num_chains);
  draws = session.open_csv(output_names(session.output_file(), num_chains, session.id()));
  diagnostics = session.open_diagnostics(num_chains);
  const bool save_metric = adapt && adaptation["save_metric"].flag();
  for (const std::string& name :
       output_names(with_suffix(session.output_file(), "_metric.json"), num_chains, session.id())) {
    metrics.push_back(save_metric ? session.open_json(name) : JsonWriter());
  }
}

Contexts SampleRun::inverse_metrics(const std::shared_ptr<stan::io::var_context>& unit) const {
  if (metric_file.empty()) {
    return Contexts(num_chains, unit);
  }
  Contexts contexts;
  for (const std::string& name : input_names(metric_file, num_chains, session.id())) {
    contexts.push_back(read_variables(name));
  }
  return contexts;
}

void SampleRun::finish() {
  draws.finish();
  diagnostics.finish();
}

}  // namespace stanmix
