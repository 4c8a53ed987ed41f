#ifndef STANMIX_KERNELS_ELEMENTWISE_HPP
#define STANMIX_KERNELS_ELEMENTWISE_HPP

// Mixtures of distributions of single numbers, as Stan sees them. A family is a folder in stan/families with a component
// struct, and with a struct in namespace stanmix::families that says what its parameters may be. Its likelihood is in
// namespace stan::math, where every Stan program finds it.

#include "mixture_node.hpp"

#include "data.hpp"

#define STANMIX_KERNEL "simd/elementwise.hpp"
#include "each_instruction_set.hpp"

#include <array>
#include <tuple>
#include <utility>

/** The pass of a component struct, for this machine. */
#if STANMIX_SETS == 3
#define STANMIX_PASS(Component)                                                 \
  stanmix::chosen(&stanmix::plain::elementwise_pass<stanmix::plain::Component>, \
                  &stanmix::avx2::elementwise_pass<stanmix::avx2::Component>,   \
                  &stanmix::avx512::elementwise_pass<stanmix::avx512::Component>)
#else
#define STANMIX_PASS(Component)                                                 \
  stanmix::chosen(&stanmix::plain::elementwise_pass<stanmix::plain::Component>, \
                  &stanmix::plain::elementwise_pass<stanmix::plain::Component>, \
                  &stanmix::plain::elementwise_pass<stanmix::plain::Component>)
#endif

/** What a family says of its component struct. */
#define STANMIX_COMPONENT(Name)                    \
  using Component = stanmix::plain::Name;          \
  static ElementwisePass<Component::Data> pass() { \
    return STANMIX_PASS(Name);                     \
  }

/** The likelihood of a family as Stan calls it: lpdf of real observations, lpmf of counts. */
#define STANMIX_LIKELIHOOD(family, lpdf)                                                            \
  namespace stan::math {                                                                            \
  template <bool propto, typename... Arguments>                                                     \
  auto family##_mixture_##lpdf(const Arguments&... arguments) {                                     \
    return stanmix::mixture_of<stanmix::families::family>(#family "_mixture_" #lpdf, arguments...); \
  }                                                                                                 \
  }

namespace stanmix {

using Reals = Eigen::Ref<const Eigen::VectorXd>;
using Counts = std::vector<int>;

/** The values of a parameter, one for each component; those of all parameters stand together for each component. */
using Values = Eigen::Map<const Eigen::VectorXd, 0, Eigen::InnerStride<>>;

/** The pass of a component struct over some of the observations; see simd/elementwise.hpp. */
template <class Data>
using ElementwisePass = void (*)(const Data&, const double*, std::ptrdiff_t, std::ptrdiff_t, const LogWeights&, const double*,
                                 int, double*);

namespace internal {

template <class Family, typename Count, std::size_t... p, typename LogTheta, typename... Parameters>
stan::return_type_t<LogTheta, Parameters...> elementwise(const char* function, const typename Family::Component::Data& data,
                                                         const Count& count, std::index_sequence<p...>,
                                                         const LogTheta& log_theta, const Parameters&... parameters) {
  using Component = typename Family::Component;
  constexpr int P = Component::P, sums = 1 + Component::sums;
  const int K = std::get<0>(std::tie(parameters...)).size();
  const WeightsOf<LogTheta> weights(function, log_theta, K);
  weights.check(function, data.N, count);
  std::vector<double> values(K * P);
  const auto place = [&](std::size_t i, const auto& value) {
    stan::math::check_size_match(function, "values of a parameter", value.size(), "components", K);
    for (int k = 0; k < K; ++k) values[k * P + i] = value[k];
  };
  (place(p, stan::math::value_of(parameters)), ...);
  Family::check(function, Values(values.data() + p, K, Eigen::InnerStride<>(P))...);
  const auto pass = Family::pass();

  const std::vector<double> found =
      sum_over(data.N, 1 + K * sums + weights.view.noise, [&](std::ptrdiff_t begin, std::ptrdiff_t end, double* piece) {
        pass(data, count.data(), begin, end, weights.view, values.data(), K, piece);
      });
  auto result = stan::math::make_partials_propagator(log_theta, parameters...);
  if (!(found[0] > -infinity)) return result.build(-infinity);  // with gradient 0
  const double* own = found.data() + 1;                         // K x sums, the responsibilities first; those of noise
  weights.template fill<0>(result, [&](int k) { return own[k * sums]; });
  for (int k = 0; k < K; ++k) {
    const Component component(values.data() + k * P);
    std::array<double, P> d;
    component.gradient(own[k * sums], own + k * sums + 1, d.data());
    (set_partial<1 + p, Parameters>(result, k, d[p]), ...);
  }
  return result.build(found[0]);
}

/** What all kinds of observations share; `given` are the log weights, the parameters, and Stan's stream for messages. */
template <class Family, typename Count, std::size_t... p, typename... Given>
auto mixture_of(const char* function, const typename Family::Component::Data& data, const Count& count,
                std::index_sequence<p...> places, const std::tuple<const Given&...>& given) {
  static_assert(sizeof...(Given) == sizeof...(p) + 2, "one vector for each parameter of the component");
  return elementwise<Family>(function, data, stan::math::to_ref(count), places, stan::math::eval(std::get<0>(given)),
                             stan::math::eval(std::get<1 + p>(given))...);
}

}  // namespace internal

/**
 * Log likelihood of a mixture of a family: one node with the gradient of all parameters.
 *
 * @tparam Family Struct in stanmix::families.
 * @param function Name for messages.
 * @param y_in Observations: a vector, or whole numbers; then how often each was observed.
 * @param given Number of trials of each observation where the family has them; log weights, a vector of K or a matrix of
 *   N x K, where one more is the log joint density of noise; vectors of K values of each parameter, of doubles or of autodiff
 *   variables; and the stream that Stan gives every function.
 * @throw std::domain_error where observations or parameters are not such as the family describes.
 * @throw std::invalid_argument if sizes do not match.
 */
template <class Family, typename Y, typename Count, typename... Given>
auto mixture_of(const char* function, const Y& y_in, const Count& count, const Given&... given) {
  const auto& y = stan::math::to_ref(y_in);
  Family::check_observations(function, y);
  return internal::mixture_of<Family>(function, {y.data(), y.size()}, count, std::make_index_sequence<Family::Component::P>{},
                                      std::tie(given...));
}

template <class Family, typename Count, typename... Given>
auto mixture_of(const char* function, const Counts& y, const Count& count, const Given&... given) {
  stan::math::check_nonnegative(function, "counts", y);
  return internal::mixture_of<Family>(function, {y.data(), std::ptrdiff_t(y.size())}, count,
                                      std::make_index_sequence<Family::Component::P>{}, std::tie(given...));
}

template <class Family, typename Count, typename... Given>
auto mixture_of(const char* function, const Counts& y, const Count& count, const Counts& trials, const Given&... given) {
  stan::math::check_size_match(function, "counts", y.size(), "trials", trials.size());
  for (std::size_t n = 0; n < y.size(); ++n) stan::math::check_bounded(function, "successes", y[n], 0, trials[n]);
  return internal::mixture_of<Family>(function, {y.data(), trials.data(), std::ptrdiff_t(y.size())}, count,
                                      std::make_index_sequence<Family::Component::P>{}, std::tie(given...));
}

/** Structs that say what observations and parameters of a family may be, each in a folder of its name. */
namespace families {

using stan::math::check_bounded;
using stan::math::check_finite;
using stan::math::check_less;
using stan::math::check_nonnegative;
using stan::math::check_not_nan;
using stan::math::check_positive;
using stan::math::check_positive_finite;

}  // namespace families

}  // namespace stanmix

#endif
