// The command line of every model executable. It knows no model: `new_model` and
// `get_stan_profile_data` come from the object file that stanc and the compiler made of the Stan
// program, so this file is compiled once, not once per model.
#include "methods.hpp"
#include "session.hpp"

#include <stan/callbacks/stream_logger.hpp>
#include <stan/math/prim/core/init_threadpool_tbb.hpp>
#include <stan/math/rev/core/profiling.hpp>
#include <stan/services/error_codes.hpp>
#include <stan/version.hpp>

#include <chrono>
#include <iostream>

// The two functions that stanc generates for every model.
stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed,
                                   std::ostream* messages);
stan::math::profile_map& get_stan_profile_data();

namespace stanmix {

namespace {

#ifdef STAN_THREADS
constexpr bool threads_enabled = true;
#else
constexpr bool threads_enabled = false;
#endif

// Passes messages on and keeps the last error that a service logged, so that the program can end
// with one line that says why it failed.
class RememberingLogger : public stan::callbacks::logger {
 public:
  void debug(const std::string& message) override { console_.debug(message); }
  void debug(const std::stringstream& message) override { console_.debug(message); }
  void info(const std::string& message) override { console_.info(message); }
  void info(const std::stringstream& message) override { console_.info(message); }
  void warn(const std::string& message) override { console_.warn(message); }
  void warn(const std::stringstream& message) override { console_.warn(message); }
  void error(const std::string& message) override {
    console_.error(message);
    remember(message);
  }
  void error(const std::stringstream& message) override { error(message.str()); }
  void fatal(const std::string& message) override {
    console_.fatal(message);
    remember(message);
  }
  void fatal(const std::stringstream& message) override { fatal(message.str()); }

  const std::string& last_error() const { return last_error_; }

 private:
  void remember(const std::string& message) {
    if (message.find_first_not_of(" \n") != std::string::npos) {
      last_error_ = message;
    }
  }

  stan::callbacks::stream_logger console_{std::cout, std::cout, std::cout, std::cerr, std::cerr};
  std::string last_error_;
};

Argument command_line() {
  std::vector<Argument> method_arguments;
  for (const Method& method : methods()) {
    method_arguments.push_back(method.arguments);
  }
  const int num_threads = stan::math::internal::get_num_threads();
  return group(
      "", "",
      {choice("method", "sample", "What to do (the word method= may be left out)",
              std::move(method_arguments)),
       integer("id", 1, at_least(0),
               "Number of the chain, which advances the random number generator"),
       group("data", "Input data", {text("file", "", "JSON file with the data")}),
       text("init", "2",
            "Initial values: a number x for random ones between -x and x, 0 for zeros, or a file; "
            "with several "
            "chains name_<id>.json or a comma-separated list"),
       group("random", "Random numbers",
             {integer("seed", -1, between(-1, 4294967295.0), "Seed; -1 takes one from the clock")}),
       group("output", "Output files",
             {text("file", "output.csv",
                   "CSV file; with several chains name_<id>.csv or a comma-separated list"),
              text("diagnostic_file", "", "File for diagnostics of the algorithm"),
              integer("refresh", 100, at_least(0),
                      "Iterations between progress messages; 0 for none"),
              integer("sig_figs", 8, between(-1, 18),
                      "Significant digits; 18 reproduces every number exactly, -1 is the system's "
                      "default"),
              text("profile_file", "profile.csv",
                   "CSV file for the times of profile blocks in the program"),
              flag("save_cmdstan_config", false, "Write these arguments as JSON?")}),
       integer("num_threads", num_threads, threads_enabled ? at_least(-1) : between(1, 1),
               "Threads; more than one needs a model compiled with STAN_THREADS")});
}

unsigned int seed_from_clock() {
  using namespace std::chrono;
  return static_cast<unsigned int>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

void print_info() {
#ifdef STAN_NO_RANGE_CHECKS
  constexpr bool no_range_checks = true;
#else
  constexpr bool no_range_checks = false;
#endif
#ifdef STAN_CPP_OPTIMS
  constexpr bool cpp_optims = true;
#else
  constexpr bool cpp_optims = false;
#endif
  std::cout << std::boolalpha << "stan_version_major = " << stan::MAJOR_VERSION << '\n'
            << "stan_version_minor = " << stan::MINOR_VERSION << '\n'
            << "stan_version_patch = " << stan::PATCH_VERSION << '\n'
            << "STAN_THREADS=" << threads_enabled << '\n'
            << "STAN_MPI=false\n"
            << "STAN_OPENCL=false\n"
            << "STAN_NO_RANGE_CHECKS=" << no_range_checks << '\n'
            << "STAN_CPP_OPTIMS=" << cpp_optims << '\n';
}

void print_usage(const std::string& program, const Argument& root, bool everything) {
  std::cout << "Usage: " << program
            << " <method> [argument=value ...] data file=<file> output file=<file>\n\nMethods:\n";
  for (const Method& method : methods()) {
    std::cout << "  " << method.arguments.name() << ": " << method.arguments.help() << '\n';
  }
  std::cout << "\n`" << program << " help-all` lists every argument, `" << program
            << " info` the build.\n";
  if (everything) {
    std::cout << '\n';
    root.print_help(std::cout, 0);
  }
}

void write_profile(const Session& session) {
  const stan::math::profile_map& profile = get_stan_profile_data();
  if (profile.empty()) {
    return;
  }
  const std::unique_ptr<std::ofstream> out =
      session.open(session.arguments()["output"]["profile_file"].text());
  *out << "name,thread_id,total_time,forward_time,reverse_time,chain_stack,no_chain_stack,autodiff_"
          "calls,no_autodiff_calls\n";
  for (const auto& [key, info] : profile) {
    *out << key.first << ',' << key.second << ',' << info.get_fwd_time() + info.get_rev_time()
         << ',' << info.get_fwd_time() << ',' << info.get_rev_time() << ','
         << info.get_chain_stack_used() << ',' << info.get_nochain_stack_used() << ','
         << info.get_num_rev_passes() << ',' << info.get_num_no_AD_fwd_passes() << '\n';
  }
}

int run(const std::string& program, const std::vector<std::string>& tokens) {
  Argument root = command_line();
  for (const std::string& token : tokens) {
    if (token == "info") {
      print_info();
      return 0;
    }
    if (token == "help" || token == "help-all") {
      print_usage(program, root, token == "help-all");
      return 0;
    }
  }
  if (tokens.empty()) {
    print_usage(program, root, false);
    return 1;
  }
  root.parse(tokens);
  bool method_given = false;
  for (const std::string& token : tokens) {
    for (const Method& method : methods()) {
      method_given |=
          token == method.arguments.name() || token == "method=" + method.arguments.name();
    }
  }
  if (!method_given) {
    throw UsageError("a method must be given, for example `sample`");
  }
  if (root["random"]["seed"].is_default()) {
    root["random"]["seed"].set_default(static_cast<long long>(seed_from_clock()));
  }
  root.print(std::cout, "");
  std::cout << std::endl;

  stan::math::init_threadpool_tbb(root["num_threads"].integer());
  const std::shared_ptr<stan::io::var_context> data = read_variables(root["data"]["file"].text());
  RememberingLogger logger;
  const std::unique_ptr<stan::model::model_base> model(
      &new_model(*data, root["random"]["seed"].natural(), &std::cout));
  Session session(root, *model, logger);
  session.save_config();
  int outcome = 0;
  for (const Method& method : methods()) {
    if (method.arguments.name() == root["method"].text()) {
      outcome = method.run(session);
    }
  }
  write_profile(session);
  if (outcome != stan::services::error_codes::OK) {
    std::cerr << "Error: " << root["method"].text() << " failed"
              << (logger.last_error().empty() ? "" : ": " + logger.last_error()) << std::endl;
    return 1;
  }
  return 0;
}

}  // namespace

}  // namespace stanmix

int main(int argc, char** argv) {
  try {
    return stanmix::run(argv[0], {argv + 1, argv + argc});
  } catch (const std::exception& error) {
    // Exceptions out of a Stan program already begin so and name the line of the program.
    const std::string message = error.what();
    std::cerr << (message.rfind("Exception", 0) == 0 ? "" : "Error: ") << message << std::endl;
    return 1;
  }
}
