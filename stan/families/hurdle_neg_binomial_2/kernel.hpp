#ifndef STANMIX_FAMILIES_HURDLE_NEG_BINOMIAL_2_HPP
#define STANMIX_FAMILIES_HURDLE_NEG_BINOMIAL_2_HPP

// What parameters of the hurdle negative binomial family may be, and its likelihood.

#include "../neg_binomial_2/kernel.hpp"
#include "../../kernels/zeros.hpp"

#define STANMIX_KERNEL "../families/hurdle_neg_binomial_2/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct hurdle_neg_binomial_2 {
  STANMIX_COMPONENT(HurdleNegBinomial2Component)

  static void check(const char* function, const Values& hu, const Values& mu, const Values& phi) {
    check_zero_probabilities(function, hu);
    neg_binomial_2::check(function, mu, phi);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(hurdle_neg_binomial_2, lpmf)

#endif
