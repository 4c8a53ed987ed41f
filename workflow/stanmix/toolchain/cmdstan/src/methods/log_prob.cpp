#include "../methods.hpp"
#include "../session.hpp"

#include <stan/model/log_prob_grad.hpp>

namespace stanmix {

namespace {

Argument log_prob_arguments() {
  return group(
      "log_prob", "Log density and its gradient at given parameters",
      {text("unconstrained_params", "",
            "JSON file with params_r: parameters on the unconstrained scale"),
       text("constrained_params", "", "JSON file with parameters on the constrained scale"),
       flag("jacobian", true, "Include the change of variables?")});
}

// The points, on the unconstrained scale, at which to evaluate. `params_r` may be one point or an
// array of points.
std::vector<std::vector<double>> unconstrained_points(const std::string& file, std::size_t size) {
  const std::shared_ptr<stan::io::var_context> variables = read_variables(file);
  const std::vector<double> values = variables->vals_r("params_r");
  const std::vector<std::size_t> dims = variables->dims_r("params_r");
  if (dims.empty() || dims.size() > 2 || dims.back() != size) {
    throw std::runtime_error(file + " must hold params_r, an array of " + std::to_string(size) +
                             " numbers, or an array of such arrays");
  }
  const std::size_t count = dims.size() == 2 ? dims[0] : 1;
  std::vector<std::vector<double>> points(count, std::vector<double>(size));
  for (std::size_t point = 0; point < count; ++point) {
    for (std::size_t i = 0; i < size; ++i) {
      points[point][i] = values[point + i * count];  // contexts are column-major
    }
  }
  return points;
}

std::vector<double> unconstrain(stan::model::model_base& model, const std::string& file) {
  std::vector<double> point;
  std::vector<int> integers;
  std::ostringstream messages;
  model.transform_inits(*read_variables(file), integers, point, &messages);
  return point;
}

int run_log_prob(Session& session) {
  const Argument& method = session.method();
  const std::string& constrained = method["constrained_params"].text();
  const std::string& unconstrained = method["unconstrained_params"].text();
  if (constrained.empty() && unconstrained.empty()) {
    throw UsageError("log_prob needs constrained_params=<file> or unconstrained_params=<file>");
  }
  stan::model::model_base& model = session.model();
  std::vector<std::vector<double>> points;
  if (!unconstrained.empty()) {
    points = unconstrained_points(unconstrained, model.num_params_r());
  }
  if (!constrained.empty()) {
    points.push_back(unconstrain(model, constrained));
  }

  CsvFiles output = session.open_csv({session.output_file()});
  std::vector<std::string> parameters;
  model.unconstrained_param_names(parameters, false, false);
  std::vector<std::string> header{"lp__"};
  for (const std::string& name : parameters) {
    header.push_back("g_" + name);
  }
  output.first()(header);
  std::vector<int> integers;
  for (std::vector<double>& point : points) {
    std::vector<double> gradient;
    std::ostringstream messages;
    const double lp =
        method["jacobian"].flag()
            ? stan::model::log_prob_grad<true, true>(model, point, integers, gradient, &messages)
            : stan::model::log_prob_grad<true, false>(model, point, integers, gradient, &messages);
    if (!messages.str().empty()) {
      session.logger().info(messages.str());
    }
    gradient.insert(gradient.begin(), lp);
    output.first()(gradient);
  }
  output.finish();
  return 0;
}

}  // namespace

Method log_prob_method() {
  return {log_prob_arguments(), run_log_prob};
}

}  // namespace stanmix
