#ifndef STANMIX_FAMILIES_GAMMA_HPP
#define STANMIX_FAMILIES_GAMMA_HPP

// What observations and parameters of the gamma family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/gamma/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct gamma {
  STANMIX_COMPONENT(GammaComponent)

  static void check_observations(const char* function, const Reals& y) { check_positive_finite(function, "observations", y); }

  static void check(const char* function, const Values& alpha, const Values& beta) {
    check_positive_finite(function, "shapes", alpha);
    check_positive_finite(function, "rates", beta);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(gamma, lpdf)

#endif
