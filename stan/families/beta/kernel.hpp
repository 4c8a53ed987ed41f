#ifndef STANMIX_FAMILIES_BETA_HPP
#define STANMIX_FAMILIES_BETA_HPP

// What observations and parameters of the beta family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/beta/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct beta {
  STANMIX_COMPONENT(BetaComponent)

  static void check_observations(const char* function, const Reals& y) {
    check_positive(function, "observations", y);
    check_less(function, "observations", y, 1.0);
  }

  static void check(const char* function, const Values& alpha, const Values& beta) {
    check_positive_finite(function, "first shapes", alpha);
    check_positive_finite(function, "second shapes", beta);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(beta, lpdf)

#endif
