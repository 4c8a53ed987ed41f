#include "../methods.hpp"
#include "../session.hpp"

#include <stan/services/sample/standalone_gqs.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

namespace stanmix {

namespace {

Argument generate_quantities_arguments() {
  return group(
      "generate_quantities", "Evaluates generated quantities at the draws of an earlier fit",
      {text("fitted_params", "",
            "CSV file of the fit; with several chains name_<id>.csv or a comma-separated list"),
       integer("num_chains", 1, positive(), "Number of chains in this process")});
}

std::vector<std::string> split_header(const std::string& line) {
  std::vector<std::string> names;
  std::size_t begin = 0;
  while (begin <= line.size()) {
    const std::size_t comma = std::min(line.find(',', begin), line.size());
    const std::size_t first = line.find_first_not_of(" \r", begin);
    const std::size_t last = line.find_last_not_of(" \r", comma == 0 ? 0 : comma - 1);
    names.push_back(first >= comma ? "" : line.substr(first, last - first + 1));
    begin = comma + 1;
  }
  return names;
}

// Draws x parameters, in the model's order. Columns are found by name, so that files of any method
// serve and columns of transformed parameters or of generated quantities in between do no harm.
Eigen::MatrixXd read_draws(const std::string& file, const std::vector<std::string>& parameters) {
  std::ifstream in(file);
  if (!in) {
    throw std::runtime_error("cannot open " + file + ": " + std::strerror(errno));
  }
  std::string line;
  while (std::getline(in, line) && (line.empty() || line[0] == '#')) {
  }
  const std::vector<std::string> header = split_header(line);
  std::map<std::string, std::size_t> target;  // parameter name to its place in the model
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    target[parameters[i]] = i;
  }
  const std::size_t unused = parameters.size();
  std::vector<std::size_t> place(header.size(), unused);
  std::size_t found = 0;
  for (std::size_t column = 0; column < header.size(); ++column) {
    const auto entry = target.find(header[column]);
    if (entry != target.end()) {
      place[column] = entry->second;
      target.erase(entry);
      ++found;
    }
  }
  if (found != parameters.size()) {
    throw std::runtime_error(file + " has no column for parameter " + target.begin()->first +
                             " of the model; is it the output of another model?");
  }

  std::vector<double> values;  // row by row
  std::size_t rows = 0;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line[0] == '#') {
      continue;
    }
    values.resize((rows + 1) * parameters.size());
    const char* cursor = line.c_str();
    for (std::size_t column = 0; column < header.size(); ++column) {
      char* end = nullptr;
      const double value = std::strtod(cursor, &end);
      const char expected = column + 1 == header.size() ? '\0' : ',';
      if (end == cursor || (*end != expected && *end != '\r')) {
        throw std::runtime_error(file + " is damaged: line " + std::to_string(number) +
                                 " after the header does not have " +
                                 std::to_string(header.size()) + " numbers");
      }
      if (place[column] != unused) {
        values[rows * parameters.size() + place[column]] = value;
      }
      cursor = end + 1;
    }
    ++rows;
  }
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<RowMajor>(values.data(), rows, parameters.size());
}

int run_generate_quantities(Session& session) {
  const std::string& fit = session.method()["fitted_params"].text();
  const std::size_t num_chains = session.method()["num_chains"].natural();
  if (fit.empty()) {
    throw UsageError("generate_quantities needs fitted_params=<the CSV file of a fit>");
  }
  std::vector<std::string> parameters;
  session.model().constrained_param_names(parameters, false, false);
  std::vector<Eigen::MatrixXd> draws;
  for (const std::string& name : input_names(fit, num_chains, session.id())) {
    draws.push_back(read_draws(name, parameters));
  }
  CsvFiles output = session.open_csv(output_names(session.output_file(), num_chains, session.id()));
  const int outcome = stan::services::standalone_generate(
      session.model(), static_cast<int>(num_chains), draws, session.seed(), session.interrupt(),
      session.logger(), output.writers());
  output.finish();
  return outcome;
}

}  // namespace

Method generate_quantities_method() {
  return {generate_quantities_arguments(), run_generate_quantities};
}

}  // namespace stanmix
