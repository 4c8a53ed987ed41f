#include "sample.hpp"

#include <stan/services/sample/hmc_nuts_dense_e.hpp>
#include <stan/services/sample/hmc_nuts_dense_e_adapt.hpp>

namespace stanmix {

int sample_nuts_dense(SampleRun& run) {
  using stan::services::util::create_unit_e_dense_inv_metric;
  Session& session = run.session;
  stan::model::model_base& model = session.model();
  const Contexts metrics = run.inverse_metrics(std::make_shared<stan::io::array_var_context>(
      create_unit_e_dense_inv_metric(model.num_params_r())));
  if (run.adapt) {
    return stan::services::sample::hmc_nuts_dense_e_adapt(
        model, run.num_chains, run.inits, metrics, session.seed(), session.id(),
        session.init_radius(), run.num_warmup, run.num_samples, run.thin, run.save_warmup,
        session.refresh(), run.stepsize, run.stepsize_jitter, run.max_depth, run.delta, run.gamma,
        run.kappa, run.t0, run.init_buffer, run.term_buffer, run.window, session.interrupt(),
        session.logger(), run.init_writers, run.draws.writers(), run.diagnostics.writers(),
        run.metrics);
  }
  return stan::services::sample::hmc_nuts_dense_e(
      model, run.num_chains, run.inits, metrics, session.seed(), session.id(),
      session.init_radius(), run.num_warmup, run.num_samples, run.thin, run.save_warmup,
      session.refresh(), run.stepsize, run.stepsize_jitter, run.max_depth, session.interrupt(),
      session.logger(), run.init_writers, run.draws.writers(), run.diagnostics.writers());
}

}  // namespace stanmix
