#ifndef STANMIX_KERNELS_ZEROS_HPP
#define STANMIX_KERNELS_ZEROS_HPP

// Families of counts whose zeros have a probability of their own: what zero-inflated ones and hurdles share.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/zeros.hpp"
#include "each_instruction_set.hpp"

namespace stanmix {

/** Check the probabilities that the zeros have of their own. */
inline void check_zero_probabilities(const char* function, const Values& p) {
  stan::math::check_bounded(function, "probabilities of a zero", p, 0.0, 1.0);
}

}  // namespace stanmix

#endif
