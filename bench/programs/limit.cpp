// Times a bare exp over as many doubles as a mixture has densities, in blocks that stay in the first cache: what no
// likelihood of N observations and K components can do without. Commands as in gradient.hpp; `load NUMBER`.

#include <Eigen/Core>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>

constexpr long block = 1024;

static void pass(const Eigen::ArrayXd& in, Eigen::ArrayXd& out, long size) {
  for (long done = 0; done < size; done += block) {
    const long n = std::min(block, size - done);
    out.head(n) = in.head(n).exp();
    asm volatile("" : : "g"(out.data()) : "memory");  // so that no block is left out
  }
}

int main() {
  const Eigen::ArrayXd in = Eigen::ArrayXd::LinSpaced(block, -20, 0);
  Eigen::ArrayXd out(block);
  std::cout.precision(17);
  std::string command;
  double argument;
  long size = 0;
  while (std::cin >> command >> argument) {
    if (command == "load") {
      size = argument;
      std::cout << "{}" << std::endl;
      continue;
    }
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    double elapsed = 0;
    long passes = 0;
    while (elapsed < argument) {
      pass(in, out, size);
      ++passes;
      elapsed = std::chrono::duration<double>(clock::now() - start).count();
    }
    std::cout << "{\"seconds\": " << elapsed / passes << "}" << std::endl;
  }
}
