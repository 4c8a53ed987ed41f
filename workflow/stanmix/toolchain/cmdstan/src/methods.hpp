// The methods that an executable offers. Adding one means: a file in methods/ that defines a
// `Method`, and its line below.
#ifndef STANMIX_METHODS_HPP
#define STANMIX_METHODS_HPP

#include "arguments.hpp"

#include <vector>

namespace stanmix {

class Session;

struct Method {
  Argument arguments;
  // Returns 0 on success, as the functions of stan::services do; throws for what the user can mend.
  int (*run)(Session& session);
};

Method sample_method();
Method optimize_method();
Method generate_quantities_method();
Method pathfinder_method();
Method log_prob_method();

inline std::vector<Method> methods() {
  return {sample_method(), optimize_method(), generate_quantities_method(), pathfinder_method(),
          log_prob_method()};
}

}  // namespace stanmix

#endif
