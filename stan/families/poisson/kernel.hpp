#ifndef STANMIX_FAMILIES_POISSON_HPP
#define STANMIX_FAMILIES_POISSON_HPP

// What parameters of the Poisson family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/poisson/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct poisson {
  STANMIX_COMPONENT(PoissonComponent)

  static void check(const char* function, const Values& lambda) {
    check_nonnegative(function, "rates", lambda);
    check_finite(function, "rates", lambda);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(poisson, lpmf)

#endif
