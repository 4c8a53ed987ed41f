#ifndef STANMIX_FAMILIES_BINOMIAL_HPP
#define STANMIX_FAMILIES_BINOMIAL_HPP

// What parameters of the binomial family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/binomial/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct binomial {
  STANMIX_COMPONENT(BinomialComponent)

  static void check(const char* function, const Values& p) { check_bounded(function, "probabilities", p, 0.0, 1.0); }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(binomial, lpmf)

#endif
