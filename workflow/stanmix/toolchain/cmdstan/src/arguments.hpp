// The command line as a tree: what may be said, what was said, and how it is printed.
//
// A method describes its arguments as a table of the builders below; parsing, bounds, defaults,
// help, the comment block of a CSV file and the JSON configuration all follow from that one table.
#ifndef STANMIX_ARGUMENTS_HPP
#define STANMIX_ARGUMENTS_HPP

#include <iosfwd>
#include <limits>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace stanmix {

// A mistake of the person who typed the command; its text is one sentence that names the argument.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Argument {
 public:
  enum class Kind { group, word, choice, flag, integer, real, text };
  using Value = std::variant<std::monostate, bool, long long, double, std::string>;

  struct Bounds {
    double lower = -std::numeric_limits<double>::infinity();
    double upper = std::numeric_limits<double>::infinity();
    bool lower_included = true;
    bool upper_included = true;
    std::string describe(const std::string& name) const;
    bool hold(double value) const;
  };

  Argument(Kind kind, std::string name, std::string help, Value value, Bounds bounds,
           std::vector<Argument> children);

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }

  // The value of a leaf; asking for the wrong type is a programming error and throws
  // std::logic_error.
  bool flag() const;
  int integer() const;
  unsigned int natural() const;
  double real() const;
  const std::string& text() const;

  bool is_default() const { return value_ == default_; }

  // The child called `name`, or, for a choice, the option called so; throws std::logic_error if
  // there is none.
  const Argument& operator[](const std::string& name) const;
  Argument& operator[](const std::string& name);
  // The option that a choice currently stands at.
  const Argument& chosen() const;

  // Replaces the value and, so that it prints as "(Default)", the default too.
  void set_default(Value value);
  // Replaces the value only; throws UsageError if the text is no valid value.
  void assign(const std::string& text);

  // Reads argv-like tokens into the tree below this group; throws UsageError at the first one that
  // does not fit.
  void parse(const std::vector<std::string>& tokens);

  // One "name = value" line for every argument in force, nested by indentation, each line beginning
  // with `prefix`.
  void print(std::ostream& out, const std::string& prefix) const;
  // The same as members of a JSON object; `indent` is the depth of the first line.
  void print_json(std::ostream& out, int indent) const;
  // Name, meaning, valid values and default of everything below, in force or not.
  void print_help(std::ostream& out, int depth) const;

 private:
  const Argument* find(const std::string& name) const;
  Argument* find(const std::string& name);
  std::size_t parse_children(const std::vector<std::string>& tokens, std::size_t next);
  void collect_paths(const std::string& wanted, const std::string& path,
                     std::vector<std::string>& found) const;
  bool has_value() const { return kind_ != Kind::group && kind_ != Kind::word; }
  std::string type_name() const;
  std::string valid_values() const;
  std::string shown_value() const;

  Kind kind_;
  std::string name_;
  std::string help_;
  Value value_;
  Value default_;
  Bounds bounds_;
  std::vector<Argument> children_;
};

// Bounds in words: `positive()` for 0 < x, `between` for a <= x <= b, `inside` for a < x < b.
Argument::Bounds positive();
Argument::Bounds at_least(double lower);
Argument::Bounds between(double lower, double upper);
Argument::Bounds inside(double lower, double upper);

// The builders of which a method's table consists.
Argument group(const std::string& name, const std::string& help,
               std::vector<Argument> children = {});
Argument word(const std::string& name,
              const std::string& help);  // an option of a choice that has no arguments of its own
Argument choice(const std::string& name, const std::string& fallback, const std::string& help,
                std::vector<Argument> options);
Argument flag(const std::string& name, bool fallback, const std::string& help);
Argument integer(const std::string& name, long long fallback, Argument::Bounds bounds,
                 const std::string& help);
Argument real(const std::string& name, double fallback, Argument::Bounds bounds,
              const std::string& help);
Argument text(const std::string& name, const std::string& fallback, const std::string& help);

}  // namespace stanmix

#endif
