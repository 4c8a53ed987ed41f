#ifndef STANMIX_KERNELS_GAMMA_FUNCTION_HPP
#define STANMIX_KERNELS_GAMMA_FUNCTION_HPP

// log Gamma and digamma of vectors, for the families that need them of each observation.

#include <stan/model/model_header.hpp>

#include "instruction_sets.hpp"

#define STANMIX_KERNEL "simd/gamma_function.hpp"
#include "each_instruction_set.hpp"

#endif
