#include "../methods.hpp"
#include "../session.hpp"

#include <stan/services/optimize/bfgs.hpp>
#include <stan/services/optimize/lbfgs.hpp>
#include <stan/services/optimize/newton.hpp>

namespace stanmix {

namespace {

std::vector<Argument> bfgs_arguments() {
  return {
      real("init_alpha", 0.001, positive(), "Step size of the first line search"),
      real("tol_obj", 1e-12, at_least(0), "Convergence tolerance on the change of the objective"),
      real("tol_rel_obj", 10000, at_least(0),
           "Convergence tolerance on the relative change of the objective"),
      real("tol_grad", 1e-8, at_least(0), "Convergence tolerance on the norm of the gradient"),
      real("tol_rel_grad", 1e7, at_least(0),
           "Convergence tolerance on the relative norm of the gradient"),
      real("tol_param", 1e-8, at_least(0),
           "Convergence tolerance on the change of the parameters")};
}

Argument optimize_arguments() {
  std::vector<Argument> lbfgs_arguments = bfgs_arguments();
  lbfgs_arguments.push_back(
      integer("history_size", 5, positive(), "Number of updates kept by L-BFGS"));
  return group(
      "optimize", "Point estimation",
      {choice("algorithm", "lbfgs", "Optimization algorithm",
              {group("bfgs", "BFGS with line search", bfgs_arguments()),
               group("lbfgs", "L-BFGS with line search", lbfgs_arguments),
               group("newton", "Newton's method")}),
       flag("jacobian", false,
            "Include the change of variables, that is: find the mode on the unconstrained scale?"),
       integer("iter", 2000, positive(), "Maximum number of iterations"),
       flag("save_iterations", false, "Write every iteration?")});
}

// Whether the change of variables counts is a template argument of the services, hence of this
// function.
template <bool jacobian>
int optimize(Session& session, stan::callbacks::writer& output) {
  using namespace stan::services::optimize;
  const Argument& method = session.method();
  const Argument& settings = method["algorithm"].chosen();
  const Contexts inits = session.inits(1);
  const int iterations = method["iter"].integer();
  const bool save_iterations = method["save_iterations"].flag();
  stan::callbacks::writer no_writer;
  if (settings.name() == "newton") {
    return newton<stan::model::model_base, jacobian>(
        session.model(), *inits[0], session.seed(), session.id(), session.init_radius(), iterations,
        save_iterations, session.interrupt(), session.logger(), no_writer, output);
  }
  if (settings.name() == "bfgs") {
    return bfgs<stan::model::model_base, jacobian>(
        session.model(), *inits[0], session.seed(), session.id(), session.init_radius(),
        settings["init_alpha"].real(), settings["tol_obj"].real(), settings["tol_rel_obj"].real(),
        settings["tol_grad"].real(), settings["tol_rel_grad"].real(), settings["tol_param"].real(),
        iterations, save_iterations, session.refresh(), session.interrupt(), session.logger(),
        no_writer, output);
  }
  return lbfgs<stan::model::model_base, jacobian>(
      session.model(), *inits[0], session.seed(), session.id(), session.init_radius(),
      settings["history_size"].integer(), settings["init_alpha"].real(), settings["tol_obj"].real(),
      settings["tol_rel_obj"].real(), settings["tol_grad"].real(), settings["tol_rel_grad"].real(),
      settings["tol_param"].real(), iterations, save_iterations, session.refresh(),
      session.interrupt(), session.logger(), no_writer, output);
}

int run_optimize(Session& session) {
  CsvFiles output = session.open_csv({session.output_file()});
  const int outcome = session.method()["jacobian"].flag()
                          ? optimize<true>(session, output.first())
                          : optimize<false>(session, output.first());
  output.finish();
  return outcome;
}

}  // namespace

Method optimize_method() {
  return {optimize_arguments(), run_optimize};
}

}  // namespace stanmix
