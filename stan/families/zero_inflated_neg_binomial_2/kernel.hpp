#ifndef STANMIX_FAMILIES_ZERO_INFLATED_NEG_BINOMIAL_2_HPP
#define STANMIX_FAMILIES_ZERO_INFLATED_NEG_BINOMIAL_2_HPP

// What parameters of the zero-inflated negative binomial family may be, and its likelihood.

#include "../neg_binomial_2/kernel.hpp"
#include "../../kernels/zeros.hpp"

#define STANMIX_KERNEL "../families/zero_inflated_neg_binomial_2/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct zero_inflated_neg_binomial_2 {
  STANMIX_COMPONENT(ZeroInflatedNegBinomial2Component)

  static void check(const char* function, const Values& zi, const Values& mu, const Values& phi) {
    check_zero_probabilities(function, zi);
    neg_binomial_2::check(function, mu, phi);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(zero_inflated_neg_binomial_2, lpmf)

#endif
