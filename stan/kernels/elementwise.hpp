#ifndef STANMIX_KERNELS_ELEMENTWISE_HPP
#define STANMIX_KERNELS_ELEMENTWISE_HPP

// Mixtures of distributions of single numbers, as Stan sees them. A family is a component struct in simd/ and a function
// in namespace stan::math, where every Stan program finds it, that says what its parameters may be.

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

namespace stanmix {

/** The pass of a component struct over some of the observations; see simd/elementwise.hpp. */
template <class Data>
using ElementwisePass = void (*)(const Data&, const double*, std::ptrdiff_t, std::ptrdiff_t, const LogWeights&, const double*,
                                 int, double*);

namespace internal {

template <class Component, typename Count, std::size_t... p, typename LogTheta, typename... Parameters>
stan::return_type_t<LogTheta, Parameters...> elementwise(const char* function, ElementwisePass<typename Component::Data> pass,
                                                         const typename Component::Data& data, const Count& count,
                                                         std::index_sequence<p...>, const LogTheta& log_theta,
                                                         const Parameters&... parameters) {
  constexpr int P = Component::P, sums = 1 + Component::sums;
  static_assert(sizeof...(Parameters) == P, "one vector for each parameter of the component");
  const int K = std::get<0>(std::tie(parameters...)).size();
  const WeightsOf<LogTheta> weights(function, log_theta, K);
  weights.check(function, data.N, count);
  std::vector<double> values(K * P);
  const auto place = [&](std::size_t i, const auto& value) {
    stan::math::check_size_match(function, "values of a parameter", value.size(), "components", K);
    for (int k = 0; k < K; ++k) values[k * P + i] = value[k];
  };
  (place(p, stan::math::value_of(parameters)), ...);

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

}  // namespace internal

/**
 * Log likelihood of a mixture: one node with the gradient of all parameters.
 *
 * @tparam Component Component struct, of the plain instruction set.
 * @param function Name for messages.
 * @param pass Its pass over the data, `STANMIX_PASS(Component)`.
 * @param data The observations.
 * @param count How often each was observed, or its weight.
 * @param log_theta Log weights: a vector of K, or a matrix of N x K; one more is the log joint density of noise.
 * @param parameters Vectors of K values, each of doubles or of autodiff variables; the caller has checked their supports.
 * @throw std::invalid_argument if sizes do not match.
 */
template <class Component, typename Count, typename LogTheta, typename... Parameters>
stan::return_type_t<LogTheta, Parameters...> elementwise_mixture(const char* function,
                                                                 ElementwisePass<typename Component::Data> pass,
                                                                 const typename Component::Data& data, const Count& count,
                                                                 const LogTheta& log_theta, const Parameters&... parameters) {
  return internal::elementwise<Component>(function, pass, data, stan::math::to_ref(count),
                                          std::index_sequence_for<Parameters...>{}, stan::math::eval(log_theta),
                                          stan::math::eval(parameters)...);
}

}  // namespace stanmix

#endif
