#ifndef STANMIX_FAMILIES_ZERO_INFLATED_POISSON_HPP
#define STANMIX_FAMILIES_ZERO_INFLATED_POISSON_HPP

// What parameters of the zero-inflated Poisson family may be, and its likelihood.

#include "../poisson/kernel.hpp"
#include "../../kernels/zeros.hpp"

#define STANMIX_KERNEL "../families/zero_inflated_poisson/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct zero_inflated_poisson {
  STANMIX_COMPONENT(ZeroInflatedPoissonComponent)

  static void check(const char* function, const Values& zi, const Values& lambda) {
    check_zero_probabilities(function, zi);
    poisson::check(function, lambda);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(zero_inflated_poisson, lpmf)

#endif
