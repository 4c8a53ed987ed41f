#ifndef STANMIX_FAMILIES_STUDENT_T_HPP
#define STANMIX_FAMILIES_STUDENT_T_HPP

// What observations and parameters of the Student-t family may be, and its likelihood.

#include "../../kernels/elementwise.hpp"

#define STANMIX_KERNEL "../families/student_t/component.hpp"
#include "../../kernels/each_instruction_set.hpp"

namespace stanmix::families {

struct student_t {
  STANMIX_COMPONENT(StudentTComponent)

  static void check_observations(const char* function, const Reals& y) { check_not_nan(function, "observations", y); }

  static void check(const char* function, const Values& nu, const Values& mu, const Values& sigma) {
    check_positive_finite(function, "degrees of freedom", nu);
    check_finite(function, "locations", mu);
    check_positive_finite(function, "scales", sigma);
  }
};

}  // namespace stanmix::families

STANMIX_LIKELIHOOD(student_t, lpdf)

#endif
