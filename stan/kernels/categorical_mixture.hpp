#ifndef STANMIX_KERNELS_CATEGORICAL_MIXTURE_HPP
#define STANMIX_KERNELS_CATEGORICAL_MIXTURE_HPP

// Products of categorical distributions (latent classes), declared in stan/kernels/categorical_mixture_lpmf.stan.

#include "mixture_node.hpp"

namespace stanmix {

/** Answers of N observations to the items, observation by observation, from 1; 0 where one is missing. */
struct CategoricalData {
  const int* x;
  const int* first;  // for each item the row of its first answer in the table
  int items;
};

}  // namespace stanmix

#define STANMIX_KERNEL "simd/categorical.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Count, typename LogTheta, typename LogP>
return_type_t<LogTheta, LogP> categorical_mixture_lpmf(const std::vector<std::vector<int>>& x, const Count& count_in,
                                                       const std::vector<int>& levels, const LogTheta& log_theta_in,
                                                       const LogP& log_p_in, std::ostream*) {
  static constexpr const char* function = "categorical_mixture_lpmf";
  const auto& count = to_ref(count_in);
  const auto& log_theta = to_ref(log_theta_in);
  const auto& log_p = to_ref(log_p_in);
  const stanmix::WeightsOf<plain_type_t<LogTheta>> weights(function, log_theta, log_p.cols());
  const std::ptrdiff_t N = x.size();
  const int K = log_p.cols(), items = levels.size();
  const int padded = (weights.size() + stanmix::lanes - 1) / stanmix::lanes * stanmix::lanes;
  weights.check(function, N, count);
  std::vector<int> first(items), flat;
  int answers = 0;
  for (int j = 0; j < items; ++j) {
    check_positive(function, "numbers of levels", levels[j]);
    first[j] = answers;
    answers += levels[j];
  }
  flat.reserve(N * items);
  for (const std::vector<int>& row : x) {
    check_size_match(function, "answers of an observation", row.size(), "items", items);
    for (int j = 0; j < items; ++j) {
      check_bounded(function, "answers", row[j], 0, levels[j]);
      flat.push_back(row[j]);
    }
  }
  const Eigen::MatrixXd value = value_of(log_p);
  check_size_match(function, "rows of the log probabilities", value.rows(), "levels of all items", answers);
  check_not_nan(function, "log probabilities", value);
  check_less_or_equal(function, "log probabilities", value, 0.0);
  std::vector<double> table(answers * padded, 0.0);
  Eigen::Map<Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(table.data(), answers, padded).leftCols(K) = value;

  const stanmix::CategoricalData data{flat.data(), first.data(), items};
  const auto pass = STANMIX_CHOSEN(categorical_pass);
  const std::vector<double> found =
      stanmix::sum_over(N, 1 + padded + answers * padded, [&](std::ptrdiff_t begin, std::ptrdiff_t end, double* piece) {
        pass(data, count.data(), begin, end, weights.view, table.data(), weights.size(), piece);
      });

  auto result = make_partials_propagator(log_theta, log_p);
  if (!(found[0] > -stanmix::infinity)) return result.build(-stanmix::infinity);  // with gradient 0
  weights.template fill<0>(result, [&](int k) { return found[1 + k]; });
  if constexpr (is_autodiff_v<scalar_type_t<LogP>>) {
    partials<1>(result) =
        Eigen::Map<const Eigen::Matrix<double, -1, -1, Eigen::RowMajor>>(found.data() + 1 + padded, answers, padded)
            .leftCols(K);
  }
  return result.build(found[0]);
}

}  // namespace stan::math

#endif
