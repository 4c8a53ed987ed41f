#ifndef STANMIX_FAMILIES_LOGNORMAL_HPP
#define STANMIX_FAMILIES_LOGNORMAL_HPP

// What observations and parameters of the log-normal family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/lognormal/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct lognormal {
  STANMIX_COMPONENT(LognormalComponent)

  static void check_observations(const char* function, const Reals& y) { check_nonnegative(function, "observations", y); }

  static void check(const char* function, const Values& mu, const Values& sigma) {
    check_finite(function, "means of the logarithm", mu);
    check_positive_finite(function, "standard deviations of the logarithm", sigma);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(lognormal, lpdf)

#endif
