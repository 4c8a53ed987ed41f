#ifndef STANMIX_FAMILIES_BETA_BINOMIAL_HPP
#define STANMIX_FAMILIES_BETA_BINOMIAL_HPP

// What parameters of the beta-binomial family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"
#include "../../kernels/gamma_function.hpp"

#include "../../kernels/elementwise.hpp"
#include "../../kernels/gamma_function.hpp"

#define STANMIX_KERNEL "../families/beta_binomial/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct beta_binomial {
  STANMIX_COMPONENT(BetaBinomialComponent)

  static void check(const char* function, const Values& alpha, const Values& beta) {
    check_positive_finite(function, "first shapes", alpha);
    check_positive_finite(function, "second shapes", beta);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(beta_binomial, lpmf)

#endif
