// What every method needs besides its own arguments: the model, the seed, and where to read from
// and write to.
#ifndef STANMIX_SESSION_HPP
#define STANMIX_SESSION_HPP

#include "arguments.hpp"

#include <stan/callbacks/interrupt.hpp>
#include <stan/callbacks/json_writer.hpp>
#include <stan/callbacks/logger.hpp>
#include <stan/callbacks/unique_stream_writer.hpp>
#include <stan/callbacks/writer.hpp>
#include <stan/io/var_context.hpp>
#include <stan/model/model_base.hpp>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace stanmix {

using CsvWriter = stan::callbacks::unique_stream_writer<std::ofstream>;
using JsonWriter = stan::callbacks::json_writer<std::ofstream>;
using Contexts = std::vector<std::shared_ptr<stan::io::var_context>>;

// Reads variables from a .json or .R file, or none if the name is empty. Throws std::runtime_error
// naming the file.
std::shared_ptr<stan::io::var_context> read_variables(const std::string& file);

// One output name per run: `name` itself for one run, else `stem_<id>.csv` (ids count from
// `first_id`), or the elements of a comma-separated list.
std::vector<std::string> output_names(const std::string& name, std::size_t count, int first_id);

// The same for inputs, where the shared file `name.ext` serves if `name_<id>.ext` does not exist.
std::vector<std::string> input_names(const std::string& name, std::size_t count, int first_id);

// `name` with `suffix` in place of its extension: ("a/x.csv", "_path_1.csv") gives
// "a/x_path_1.csv".
std::string with_suffix(const std::string& name, const std::string& suffix);

// CSV files that are being written together, one per chain; without names all writing goes nowhere.
class CsvFiles {
 public:
  std::vector<CsvWriter>& writers() { return writers_; }
  CsvWriter& first() { return writers_.front(); }
  // Writes what is buffered. Throws std::runtime_error naming the file if anything could not be
  // written (a full disk, say): the services ignore the state of their streams, and a truncated
  // file must not look finished.
  void finish();

 private:
  friend class Session;
  std::vector<std::string> names_;
  std::vector<CsvWriter> writers_;
};

class Session {
 public:
  Session(Argument& arguments, stan::model::model_base& model, stan::callbacks::logger& logger);

  const Argument& arguments() const { return arguments_; }
  // The arguments of the chosen method.
  const Argument& method() const { return arguments_["method"].chosen(); }
  // Records in the header that the method's `name` is `value` although nobody asked for it.
  void override_choice(const std::string& name, const std::string& value);

  stan::model::model_base& model() const { return model_; }
  stan::callbacks::logger& logger() const { return logger_; }
  stan::callbacks::interrupt& interrupt() { return interrupt_; }
  unsigned int seed() const;
  int id() const { return arguments_["id"].integer(); }
  int refresh() const { return arguments_["output"]["refresh"].integer(); }
  const std::string& output_file() const { return arguments_["output"]["file"].text(); }
  const std::string& diagnostic_file() const {
    return arguments_["output"]["diagnostic_file"].text();
  }

  // Half the width of the interval of random initial values on the unconstrained scale.
  double init_radius() const;
  // Initial values of `count` runs; empty contexts unless `init` names a file.
  Contexts inits(std::size_t count) const;
  // A writer of initial values for each run; nothing reads them, but the services ask for one.
  std::vector<stan::callbacks::writer> no_writers(std::size_t count) const;

  // Opens CSV files and writes their comment header. Throws std::runtime_error naming a file that
  // cannot be opened.
  CsvFiles open_csv(const std::vector<std::string>& names) const;
  // Diagnostic files carry neither start time nor compiler, as in CmdStan; an empty name gives
  // `count` writers that write nowhere.
  CsvFiles open_diagnostics(std::size_t count) const;
  JsonWriter open_json(const std::string& name) const;
  std::unique_ptr<std::ofstream> open(const std::string& name) const;

  // Writes the configuration beside the output if `save_cmdstan_config` asks for it.
  void save_config() const;

 private:
  void write_header(CsvWriter& writer, bool of_draws) const;

  Argument& arguments_;
  stan::model::model_base& model_;
  stan::callbacks::logger& logger_;
  stan::callbacks::interrupt interrupt_;
  std::string start_time_;
};

}  // namespace stanmix

#endif
