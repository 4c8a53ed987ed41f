// Turns the C++ of a Stan program into a worker that times its gradient: the compiler reads this file before the program,
// and no other main is linked. It reads a command a line and answers each with a line of JSON:
//
//   load FILE      data of the program
//   evaluate FILE  log density and gradient at the parameters in the file, and stay there
//   time SECONDS   seconds a gradient, the mean over at least that time and at least one gradient

#include <stan/io/json/json_data.hpp>
#include <stan/model/gradient.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

stan::model::model_base& new_model(stan::io::var_context& data, unsigned int seed, std::ostream* messages);

namespace bench {

struct Point {
  Eigen::VectorXd at, gradient;
  double value = 0;

  void evaluate(const stan::model::model_base& model) {
    // As the sampler calls it: with the Jacobian, without constant terms.
    stan::model::gradient(model, at, value, gradient, &std::cerr);
  }
};

inline stan::json::json_data read(const std::string& path) {
  std::ifstream in(path);
  return stan::json::json_data(in);
}

inline double seconds_each(const stan::model::model_base& model, Point& point, double least) {
  using clock = std::chrono::steady_clock;
  const auto start = clock::now();
  double elapsed = 0;
  long done = 0;
  while (elapsed < least || done == 0) {
    point.evaluate(model);
    ++done;
    elapsed = std::chrono::duration<double>(clock::now() - start).count();
  }
  return elapsed / done;
}

}  // namespace bench

int main() {
  std::unique_ptr<stan::model::model_base> model;
  bench::Point point;
  std::cout.precision(17);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command, argument;
    words >> command >> std::ws;
    std::getline(words, argument);
    if (command == "load") {
      auto data = bench::read(argument);
      model.reset(&new_model(data, 1, &std::cerr));
      std::cout << "{}" << std::endl;
    } else if (command == "evaluate") {
      auto values = bench::read(argument);
      model->transform_inits(values, point.at, &std::cerr);
      point.evaluate(*model);
      std::cout << "{\"value\": " << point.value << ", \"gradient\": [";
      for (int i = 0; i < point.gradient.size(); ++i) std::cout << (i ? ", " : "") << point.gradient[i];
      std::cout << "]}" << std::endl;
    } else {
      std::cout << "{\"seconds\": " << bench::seconds_each(*model, point, std::stod(argument)) << "}" << std::endl;
    }
  }
}
