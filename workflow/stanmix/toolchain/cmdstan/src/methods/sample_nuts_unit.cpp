#include "sample.hpp"

#include <stan/services/sample/hmc_nuts_unit_e.hpp>
#include <stan/services/sample/hmc_nuts_unit_e_adapt.hpp>

namespace stanmix {

int sample_nuts_unit(SampleRun& run) {
  Session& session = run.session;
  if (run.adapt) {
    return stan::services::sample::hmc_nuts_unit_e_adapt(
        session.model(), run.num_chains, run.inits, session.seed(), session.id(),
        session.init_radius(), run.num_warmup, run.num_samples, run.thin, run.save_warmup,
        session.refresh(), run.stepsize, run.stepsize_jitter, run.max_depth, run.delta, run.gamma,
        run.kappa, run.t0, session.interrupt(), session.logger(), run.init_writers,
        run.draws.writers(), run.diagnostics.writers(), run.metrics);
  }
  return stan::services::sample::hmc_nuts_unit_e(
      session.model(), run.num_chains, run.inits, session.seed(), session.id(),
      session.init_radius(), run.num_warmup, run.num_samples, run.thin, run.save_warmup,
      session.refresh(), run.stepsize, run.stepsize_jitter, run.max_depth, session.interrupt(),
      session.logger(), run.init_writers, run.draws.writers(), run.diagnostics.writers());
}

}  // namespace stanmix
