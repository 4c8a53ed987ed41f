#ifndef STANMIX_FAMILIES_SKEW_NORMAL_HPP
#define STANMIX_FAMILIES_SKEW_NORMAL_HPP

// What observations and parameters of the skew normal family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/skew_normal/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct skew_normal {
  STANMIX_COMPONENT(SkewNormalComponent)

  static void check_observations(const char* function, const Reals& y) { check_not_nan(function, "observations", y); }

  static void check(const char* function, const Values& xi, const Values& omega, const Values& alpha) {
    check_finite(function, "locations", xi);
    check_positive_finite(function, "scales", omega);
    check_finite(function, "shapes", alpha);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(skew_normal, lpdf)

#endif
