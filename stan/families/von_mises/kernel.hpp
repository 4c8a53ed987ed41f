#ifndef STANMIX_FAMILIES_VON_MISES_HPP
#define STANMIX_FAMILIES_VON_MISES_HPP

// What observations and parameters of the von Mises family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/von_mises/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct von_mises {
  STANMIX_COMPONENT(VonMisesComponent)

  static void check_observations(const char* function, const Reals& y) { check_finite(function, "observations", y); }

  static void check(const char* function, const Values& mu, const Values& kappa) {
    check_finite(function, "mean directions", mu);
    check_nonnegative(function, "concentrations", kappa);
    check_finite(function, "concentrations", kappa);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(von_mises, lpdf)

#endif
