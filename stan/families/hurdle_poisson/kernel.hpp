#ifndef STANMIX_FAMILIES_HURDLE_POISSON_HPP
#define STANMIX_FAMILIES_HURDLE_POISSON_HPP

// What parameters of the hurdle Poisson family may be, and its likelihood.

#include "../poisson/kernel.hpp"
#include "../../kernels/zeros.hpp"

#define STANMIX_KERNEL "../families/hurdle_poisson/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct hurdle_poisson {
  STANMIX_COMPONENT(HurdlePoissonComponent)

  static void check(const char* function, const Values& hu, const Values& lambda) {
    check_zero_probabilities(function, hu);
    poisson::check(function, lambda);
    check_positive(function, "rates", lambda);  // one of 0 gives no count above 0
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(hurdle_poisson, lpmf)

#endif
