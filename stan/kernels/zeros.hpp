#ifndef STANMIX_KERNELS_ZEROS_HPP
#define STANMIX_KERNELS_ZEROS_HPP

// Families of counts whose zeros have a probability of their own: what zero-inflated ones and hurdles share.

#include "elementwise.hpp"

#define STANMIX_KERNEL "simd/zeros.hpp"
#include "each_instruction_set.hpp"

namespace stanmix {

/** Check the probabilities that the zeros have of their own. */
template <typename P>
void check_zero_probabilities(const char* function, const P& p) {
  stan::math::check_bounded(function, "probabilities of a zero", stan::math::value_of(p), 0.0, 1.0);
}

}  // namespace stanmix

#endif
