#include "../methods.hpp"
#include "../session.hpp"

#include <stan/services/pathfinder/multi.hpp>
#include <stan/services/pathfinder/single.hpp>

namespace stanmix {

namespace {

Argument pathfinder_arguments() {
  return group(
      "pathfinder", "Pathfinder variational approximation",
      {real("init_alpha", 0.001, positive(), "Step size of the first line search"),
       real("tol_obj", 1e-12, at_least(0), "Convergence tolerance on the change of the objective"),
       real("tol_rel_obj", 10000, at_least(0),
            "Convergence tolerance on the relative change of the objective"),
       real("tol_grad", 1e-8, at_least(0), "Convergence tolerance on the norm of the gradient"),
       real("tol_rel_grad", 1e7, at_least(0),
            "Convergence tolerance on the relative norm of the gradient"),
       real("tol_param", 1e-8, at_least(0),
            "Convergence tolerance on the change of the parameters"),
       integer("history_size", 5, positive(), "Number of updates kept by L-BFGS"),
       integer("num_psis_draws", 1000, positive(), "Number of draws kept by importance resampling"),
       integer("num_paths", 4, positive(), "Number of paths"),
       flag("save_single_paths", false, "Write the draws and the trace of every path?"),
       flag("psis_resample", true, "Resample the draws of all paths by importance?"),
       flag("calculate_lp", true, "Evaluate the log density at every draw?"),
       integer("max_lbfgs_iters", 1000, positive(), "Maximum number of L-BFGS iterations"),
       integer("num_draws", 1000, positive(), "Number of draws of every path"),
       integer("num_elbo_draws", 25, positive(), "Number of draws that estimate the ELBO")});
}

struct PathfinderSettings {
  explicit PathfinderSettings(const Argument& method)
      : history_size(method["history_size"].integer()),
        init_alpha(method["init_alpha"].real()),
        tol_obj(method["tol_obj"].real()),
        tol_rel_obj(method["tol_rel_obj"].real()),
        tol_grad(method["tol_grad"].real()),
        tol_rel_grad(method["tol_rel_grad"].real()),
        tol_param(method["tol_param"].real()),
        max_iterations(method["max_lbfgs_iters"].integer()),
        num_elbo_draws(method["num_elbo_draws"].integer()),
        num_draws(method["num_draws"].integer()),
        num_psis_draws(method["num_psis_draws"].integer()),
        num_paths(method["num_paths"].integer()),
        save_single_paths(method["save_single_paths"].flag()),
        psis_resample(method["psis_resample"].flag()),
        calculate_lp(method["calculate_lp"].flag()) {}

  int history_size;
  double init_alpha, tol_obj, tol_rel_obj, tol_grad, tol_rel_grad, tol_param;
  int max_iterations, num_elbo_draws, num_draws, num_psis_draws, num_paths;
  bool save_single_paths, psis_resample, calculate_lp;
};

int run_single(Session& session, const PathfinderSettings& settings, CsvWriter& output) {
  const Contexts inits = session.inits(1);
  const bool save_trace = settings.save_single_paths || !session.diagnostic_file().empty();
  const std::string& base =
      session.diagnostic_file().empty() ? session.output_file() : session.diagnostic_file();
  JsonWriter trace = save_trace ? session.open_json(with_suffix(base, ".json")) : JsonWriter();
  stan::callbacks::writer no_writer;
  return stan::services::pathfinder::pathfinder_lbfgs_single<false, false>(
      session.model(), *inits[0], session.seed(), session.id(), session.init_radius(),
      settings.history_size, settings.init_alpha, settings.tol_obj, settings.tol_rel_obj,
      settings.tol_grad, settings.tol_rel_grad, settings.tol_param, settings.max_iterations,
      settings.num_elbo_draws, settings.num_draws, save_trace, session.refresh(),
      session.interrupt(), session.logger(), no_writer, output, trace, settings.calculate_lp);
}

int run_multi(Session& session, const PathfinderSettings& settings, CsvWriter& output) {
  const std::size_t num_paths = settings.num_paths;
  const Contexts inits = session.inits(num_paths);
  std::vector<stan::callbacks::writer> init_writers = session.no_writers(num_paths);
  // As in CmdStan, a diagnostic file asks for the single paths too.
  const bool with_diagnostics = !session.diagnostic_file().empty();
  const bool save_paths = settings.save_single_paths || with_diagnostics;
  CsvFiles path_files;
  std::vector<JsonWriter> traces;
  if (save_paths) {
    path_files = session.open_csv(
        output_names(with_suffix(session.output_file(), "_path.csv"), num_paths, session.id()));
    const std::string& base = with_diagnostics ? session.diagnostic_file() : session.output_file();
    for (const std::string& name :
         output_names(with_suffix(base, "_path.json"), num_paths, session.id())) {
      traces.push_back(session.open_json(name));
    }
  } else {
    for (std::size_t path = 0; path < num_paths; ++path) {
      path_files.writers().emplace_back(nullptr, "# ");
      traces.emplace_back();
    }
  }
  stan::callbacks::structured_writer no_trace;
  const int outcome = stan::services::pathfinder::pathfinder_lbfgs_multi(
      session.model(), inits, session.seed(), session.id(), session.init_radius(),
      settings.history_size, settings.init_alpha, settings.tol_obj, settings.tol_rel_obj,
      settings.tol_grad, settings.tol_rel_grad, settings.tol_param, settings.max_iterations,
      settings.num_elbo_draws, settings.num_draws, settings.num_psis_draws, settings.num_paths,
      save_paths, session.refresh(), session.interrupt(), session.logger(), init_writers,
      path_files.writers(), traces, output, no_trace, settings.calculate_lp,
      settings.psis_resample);
  path_files.finish();
  return outcome;
}

int run_pathfinder(Session& session) {
  const PathfinderSettings settings(session.method());
  CsvFiles output = session.open_csv({session.output_file()});
  const int outcome = settings.num_paths == 1 ? run_single(session, settings, output.first())
                                              : run_multi(session, settings, output.first());
  output.finish();
  return outcome;
}

}  // namespace

Method pathfinder_method() {
  return {pathfinder_arguments(), run_pathfinder};
}

}  // namespace stanmix
