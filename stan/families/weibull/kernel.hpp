#ifndef STANMIX_FAMILIES_WEIBULL_HPP
#define STANMIX_FAMILIES_WEIBULL_HPP

// What observations and parameters of the Weibull family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/weibull/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct weibull {
  STANMIX_COMPONENT(WeibullComponent)

  static void check_observations(const char* function, const Reals& y) { check_positive_finite(function, "observations", y); }

  static void check(const char* function, const Values& alpha, const Values& sigma) {
    check_positive_finite(function, "shapes", alpha);
    check_positive_finite(function, "scales", sigma);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(weibull, lpdf)

#endif
