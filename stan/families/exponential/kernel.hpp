#ifndef STANMIX_FAMILIES_EXPONENTIAL_HPP
#define STANMIX_FAMILIES_EXPONENTIAL_HPP

// What observations and parameters of the exponential family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/exponential/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct exponential {
  STANMIX_COMPONENT(ExponentialComponent)

  static void check_observations(const char* function, const Reals& y) {
    check_nonnegative(function, "observations", y);
    check_finite(function, "observations", y);
  }

  static void check(const char* function, const Values& beta) { check_positive_finite(function, "rates", beta); }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(exponential, lpdf)

#endif
