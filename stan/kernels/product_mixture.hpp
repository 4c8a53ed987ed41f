#ifndef STANMIX_KERNELS_PRODUCT_MIXTURE_HPP
#define STANMIX_KERNELS_PRODUCT_MIXTURE_HPP

// Products of one distribution for each column, declared in stan/kernels/product_mixture_lpdf.stan.

#include "../families/beta/kernel.hpp"
#include "../families/gamma/kernel.hpp"
#include "../families/lognormal/kernel.hpp"
#include "../families/neg_binomial_2/kernel.hpp"
#include "../families/normal/kernel.hpp"
#include "../families/poisson/kernel.hpp"
#include "../families/student_t/kernel.hpp"

#include <new>
#include <type_traits>

namespace stanmix {

/** Families of a column by the numbers that Stan programs give them; see stan/functions/product_log_components.stan. */
enum class ProductFamily { normal = 1, student_t, lognormal, gamma, beta, poisson, neg_binomial_2, categorical };

/** How many parameters the families have before categories, and the places of those that may be any number. */
constexpr int product_parameters[] = {0, 2, 3, 2, 2, 2, 1, 2};
constexpr int product_location[] = {-1, 0, 1, 0, -1, -1, -1, -1};

/** A column of the observations with the values of its parameters. */
struct ProductColumn {
  ProductFamily family;
  int levels;                      // of categories
  std::vector<double> real;        // real observations; a number of the support where one is missing
  std::vector<int> whole;          // counts, and categories from 1, of which 0 is missing
  std::vector<double> observed;    // 1 or 0 for each observation; empty where none is missing
  std::vector<double> parameters;  // for each component; of categories the log probabilities of all levels

  bool is_whole() const { return family >= ProductFamily::poisson; }
};

/** Read the d-th column of the observations, and the values of its parameters from the first of them on. */
template <typename Y, typename Value>
ProductColumn product_column(const char* function, const Y& y, int d, int family, int levels, const std::vector<Value>& value,
                             int first) {
  using stan::math::check_bounded;
  check_bounded(function, "numbers of families", family, 1, 8);
  ProductColumn column{static_cast<ProductFamily>(family), levels, {}, {}, {}, {}};
  const bool categories = column.family == ProductFamily::categorical;
  const std::ptrdiff_t N = y.rows();
  const double lowest = categories                                                                      ? 1
                        : column.family == ProductFamily::gamma || column.family == ProductFamily::beta ? 0
                                                                                                        : -infinity;
  for (std::ptrdiff_t n = 0; n < N; ++n) {
    const double x = y(n, d);
    const bool missing = std::isnan(x);
    if (missing && column.observed.empty()) column.observed.assign(N, 1.0);
    if (missing) column.observed[n] = 0.0;
    if (column.is_whole()) {
      if (!missing)
        check_bounded(function, "counts and categories", x, lowest < 0 ? 0.0 : lowest, categories ? levels : 2147483647.0);
      column.whole.push_back(missing ? (categories ? 0 : 1) : static_cast<int>(x));
    } else {
      column.real.push_back(missing ? 0.5 : x);
    }
  }
  const int given = categories ? levels - 1 : product_parameters[family];
  const int K = value[first].size();
  for (int k = 0; k < K; ++k) {
    double log_rest = 0;  // log probability of the levels from this one on
    for (int p = 0; p < given; ++p) {
      const double x = stan::math::value_of(value[first + p][k]);
      if (categories) {
        check_bounded(function, "shares of a level among those from it on", x, 0.0, 1.0);
        column.parameters.push_back(log_rest + std::log(x));
        log_rest += std::log1p(-x);
      } else {
        stan::math::check_finite(function, "parameters", x);
        if (p != product_location[family]) stan::math::check_positive(function, "parameters", x);
        column.parameters.push_back(x);
      }
    }
    if (categories) column.parameters.push_back(log_rest);
  }
  return column;
}

}  // namespace stanmix

#define STANMIX_KERNEL "simd/product.hpp"
#include "each_instruction_set.hpp"

namespace stan::math {

template <bool propto, typename Y, typename Count, typename LogTheta, typename Value>
return_type_t<LogTheta, Value> product_mixture_lpdf(const Y& y_in, const Count& count_in, const std::vector<int>& family,
                                                    const std::vector<int>& levels, const LogTheta& log_theta_in,
                                                    const std::vector<Value>& value, std::ostream*) {
  static constexpr const char* function = "product_mixture_lpdf";
  const auto& y = to_ref(y_in);
  const auto& count = to_ref(count_in);
  const auto& log_theta = to_ref(log_theta_in);
  check_size_match(function, "columns of the observations", y.cols(), "families", family.size());
  check_size_match(function, "numbers of levels", levels.size(), "families", family.size());
  check_nonzero_size(function, "parameters", value);
  const int K = value[0].size(), D = family.size();
  const stanmix::WeightsOf<plain_type_t<LogTheta>> weights(function, log_theta, K);
  weights.check(function, y.rows(), count);
  std::vector<stanmix::ProductColumn> columns;
  std::vector<int> first;
  std::ptrdiff_t sums = 1 + weights.size();
  int next = 0;
  for (int d = 0; d < D; ++d) {
    columns.push_back(stanmix::product_column(function, y, d, family[d], levels[d], value, next));
    first.push_back(next);
    next += columns[d].parameters.size() / K - (columns[d].family == stanmix::ProductFamily::categorical);
    sums += K * stanmix::plain::functions_of(columns[d]).sums;
  }
  check_size_match(function, "parameters", value.size(), "parameters of all columns", next);

  const auto pass = STANMIX_CHOSEN(product_pass);
  const std::vector<double> found =
      stanmix::sum_over(y.rows(), sums, [&](std::ptrdiff_t begin, std::ptrdiff_t end, double* piece) {
        pass(columns, count.data(), begin, end, weights.view, K, piece);
      });

  auto result = make_partials_propagator(log_theta, value);
  if (!(found[0] > -stanmix::infinity)) return result.build(-stanmix::infinity);  // with gradient 0
  weights.template fill<0>(result, [&](int k) { return found[1 + k]; });
  if constexpr (is_autodiff_v<scalar_type_t<Value>>) {
    const double* own = found.data() + 1 + weights.size();
    for (int d = 0; d < D; ++d) {
      const auto functions = stanmix::plain::functions_of(columns[d]);
      const int given = columns[d].parameters.size() / K;
      std::vector<double> gradient(K * given);
      functions.set_gradient(columns[d], K, own, gradient.data());
      const bool categories = columns[d].family == stanmix::ProductFamily::categorical;
      for (int p = 0; p < given - categories; ++p) {
        for (int k = 0; k < K; ++k) partials_vec<1>(result)[first[d] + p][k] = gradient[k * given + p];
      }
      own += K * functions.sums;
    }
  }
  return result.build(found[0]);
}

}  // namespace stan::math

#endif
