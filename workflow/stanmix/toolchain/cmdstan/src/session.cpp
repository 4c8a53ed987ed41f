#include "session.hpp"

#include <stan/io/dump.hpp>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/version.hpp>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <iomanip>
#include <sstream>
#include <utility>

namespace stanmix {

namespace {

// Where the extension begins, or the end of the name. A dot in a folder's name begins no extension.
std::size_t extension_start(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  const std::size_t slash = name.rfind('/');
  const bool in_folder = slash != std::string::npos && dot != std::string::npos && dot < slash;
  return dot == std::string::npos || in_folder ? name.size() : dot;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) {
    parts.push_back(part);
  }
  return parts;
}

// A comma-separated list must have one name per run; returns nothing if `name` is a single name.
std::vector<std::string> listed_names(const std::string& name, std::size_t count) {
  std::vector<std::string> names = split_at_commas(name);
  if (names.size() < 2) {
    return {};
  }
  if (names.size() != count) {
    throw std::runtime_error("expected 1 or " + std::to_string(count) + " file names but found " +
                             std::to_string(names.size()) + " in " + name);
  }
  return names;
}

std::string with_id(const std::string& name, int id) {
  const std::size_t dot = extension_start(name);
  return name.substr(0, dot) + "_" + std::to_string(id) + name.substr(dot);
}

bool is_number(const std::string& text, double& number) {
  std::istringstream in(text);
  return static_cast<bool>(in >> number) && in.eof();
}

std::string now() {
  const std::time_t seconds = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::ostringstream out;
  out << std::put_time(&utc, "%Y-%m-%d %H:%M:%S UTC");
  return out.str();
}

}  // namespace

std::shared_ptr<stan::io::var_context> read_variables(const std::string& file) {
  if (file.empty()) {
    return std::make_shared<stan::io::empty_var_context>();
  }
  const std::string extension = file.substr(extension_start(file));
  if (extension != ".json" && extension != ".R") {
    throw std::runtime_error("cannot read " + file +
                             ": its name must end in .json (or .R for the older dump format)");
  }
  std::ifstream in(file);
  if (!in) {
    throw std::runtime_error("cannot open " + file + ": " + std::strerror(errno));
  }
  if (extension == ".R") {
    return std::make_shared<stan::io::dump>(in);
  }
  try {
    return std::make_shared<stan::json::json_data>(in);
  } catch (const std::exception& error) {
    throw std::runtime_error("cannot read " + file + ": " + error.what());
  }
}

std::vector<std::string> output_names(const std::string& name, std::size_t count, int first_id) {
  std::vector<std::string> names = listed_names(name, count);
  if (names.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back(count == 1 ? name : with_id(name, first_id + static_cast<int>(i)));
    }
  }
  return names;
}

std::vector<std::string> input_names(const std::string& name, std::size_t count, int first_id) {
  std::vector<std::string> names = listed_names(name, count);
  if (names.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string own = with_id(name, first_id + static_cast<int>(i));
      names.push_back(count > 1 && std::ifstream(own) ? own : name);
    }
  }
  return names;
}

std::string with_suffix(const std::string& name, const std::string& suffix) {
  return name.substr(0, extension_start(name)) + suffix;
}

void CsvFiles::finish() {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    std::ofstream& stream = writers_[i].get_stream();
    stream.flush();
    if (!stream) {
      throw std::runtime_error("could not write all of " + names_[i] + "; is the disk full?");
    }
  }
}

Session::Session(Argument& arguments, stan::model::model_base& model,
                 stan::callbacks::logger& logger)
    : arguments_(arguments), model_(model), logger_(logger), start_time_(now()) {}

void Session::override_choice(const std::string& name, const std::string& value) {
  arguments_["method"][arguments_["method"].text()][name].assign(value);
}

unsigned int Session::seed() const {
  return arguments_["random"]["seed"].natural();
}

double Session::init_radius() const {
  double radius = 0;
  if (!is_number(arguments_["init"].text(), radius)) {
    return 2;  // what CmdStan uses for the parameters that a file of initial values leaves out
  }
  if (radius < 0) {
    throw UsageError("init=" + arguments_["init"].text() +
                     " is negative; give 0, a positive number or a file");
  }
  return radius;
}

Contexts Session::inits(std::size_t count) const {
  const std::string& init = arguments_["init"].text();
  Contexts contexts;
  double radius = 0;
  if (is_number(init, radius)) {
    contexts.assign(count, read_variables(""));
    return contexts;
  }
  for (const std::string& name : input_names(init, count, id())) {
    contexts.push_back(read_variables(name));
  }
  return contexts;
}

std::vector<stan::callbacks::writer> Session::no_writers(std::size_t count) const {
  return std::vector<stan::callbacks::writer>(count);
}

std::unique_ptr<std::ofstream> Session::open(const std::string& name) const {
  auto stream = std::make_unique<std::ofstream>(name);
  if (!*stream) {
    throw std::runtime_error("cannot write " + name + ": " + std::strerror(errno));
  }
  const int digits = arguments_["output"]["sig_figs"].integer();
  if (digits != -1) {
    *stream << std::setprecision(digits);
  }
  return stream;
}

CsvFiles Session::open_csv(const std::vector<std::string>& names) const {
  CsvFiles files;
  files.names_ = names;
  for (const std::string& name : names) {
    files.writers_.emplace_back(open(name), "# ");
    write_header(files.writers_.back(), true);
  }
  return files;
}

CsvFiles Session::open_diagnostics(std::size_t count) const {
  CsvFiles files;
  if (diagnostic_file().empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      files.writers_.emplace_back(nullptr, "# ");
    }
    return files;
  }
  files.names_ = output_names(diagnostic_file(), count, id());
  for (const std::string& name : files.names_) {
    files.writers_.emplace_back(open(name), "# ");
    write_header(files.writers_.back(), false);
  }
  return files;
}

JsonWriter Session::open_json(const std::string& name) const {
  return JsonWriter(open(name));
}

void Session::write_header(CsvWriter& writer, bool of_draws) const {
  writer("stan_version_major = " + stan::MAJOR_VERSION);
  writer("stan_version_minor = " + stan::MINOR_VERSION);
  writer("stan_version_patch = " + stan::PATCH_VERSION);
  writer("model = " + model_.model_name());
  if (of_draws) {
    writer("start_datetime = " + start_time_);
  }
  arguments_.print(writer.get_stream(), "# ");
  if (of_draws) {
    for (const std::string& line : model_.model_compile_info()) {
      writer(line);
    }
  }
}

void Session::save_config() const {
  if (!arguments_["output"]["save_cmdstan_config"].flag()) {
    return;
  }
  const std::unique_ptr<std::ofstream> out =
      open(with_suffix(split_at_commas(output_file()).front(), "_config.json"));
  *out << "\n{\n"
       << "  \"stan_major_version\" : \"" << stan::MAJOR_VERSION << "\",\n"
       << "  \"stan_minor_version\" : \"" << stan::MINOR_VERSION << "\",\n"
       << "  \"stan_patch_version\" : \"" << stan::PATCH_VERSION << "\",\n"
       << "  \"model_name\" : \"" << model_.model_name() << "\",\n"
       << "  \"start_datetime\" : \"" << start_time_ << "\",\n";
  arguments_.print_json(*out, 1);
  *out << ",\n  \"mpi_enabled\" : false";
  for (const std::string& line : model_.model_compile_info()) {
    const std::size_t equals = line.find(" = ");
    *out << ",\n  \"" << line.substr(0, equals) << "\" : \"" << line.substr(equals + 3) << '"';
  }
  *out << "\n}\n";
}

}  // namespace stanmix
