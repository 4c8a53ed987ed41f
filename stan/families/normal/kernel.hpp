#ifndef STANMIX_FAMILIES_NORMAL_HPP
#define STANMIX_FAMILIES_NORMAL_HPP

// What observations and parameters of the normal family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/normal/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct normal {
  STANMIX_COMPONENT(NormalComponent)

  static void check_observations(const char* function, const Reals& y) { check_not_nan(function, "observations", y); }

  static void check(const char* function, const Values& mu, const Values& sigma) {
    check_finite(function, "means", mu);
    check_positive(function, "standard deviations", sigma);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(normal, lpdf)

#endif
