// Everything that the samplers share: settings read from the command line once, and the files of
// all chains.
#ifndef STANMIX_METHODS_SAMPLE_HPP
#define STANMIX_METHODS_SAMPLE_HPP

#include "../session.hpp"

namespace stanmix {

struct SampleRun {
  explicit SampleRun(Session& session);

  // The inverse metrics of all chains: from `metric_file`, or copies of `unit`.
  Contexts inverse_metrics(const std::shared_ptr<stan::io::var_context>& unit) const;
  void finish();

  Session& session;
  std::size_t num_chains;
  int num_samples;
  int num_warmup;
  int thin;
  bool save_warmup;
  bool adapt;

  // Of HMC only; not read when the algorithm is fixed_param.
  double stepsize = 1;
  double stepsize_jitter = 0;
  int max_depth = 10;
  double delta;
  double gamma;
  double kappa;
  double t0;
  unsigned int init_buffer;
  unsigned int term_buffer;
  unsigned int window;
  std::string metric_file;

  Contexts inits;
  std::vector<stan::callbacks::writer> init_writers;
  CsvFiles draws;
  CsvFiles diagnostics;
  std::vector<JsonWriter> metrics;
};

// Defined in one file for each metric.
int sample_nuts_diag(SampleRun& run);
int sample_nuts_dense(SampleRun& run);
int sample_nuts_unit(SampleRun& run);

}  // namespace stanmix

#endif
