#ifndef STANMIX_FAMILIES_NEG_BINOMIAL_2_HPP
#define STANMIX_FAMILIES_NEG_BINOMIAL_2_HPP

// What parameters of the negative binomial family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"
#include "../../kernels/gamma_function.hpp"

#define STANMIX_KERNEL "../families/neg_binomial_2/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct neg_binomial_2 {
  STANMIX_COMPONENT(NegBinomial2Component)

  static void check(const char* function, const Values& mu, const Values& phi) {
    check_positive_finite(function, "means", mu);
    check_positive_finite(function, "precisions", phi);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(neg_binomial_2, lpmf)

#endif
