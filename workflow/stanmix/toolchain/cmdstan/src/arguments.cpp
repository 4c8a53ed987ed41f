#include "arguments.hpp"

#include <cmath>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <utility>

namespace stanmix {

namespace {

// Numbers are echoed with the stream's six digits, so that 1e-12 stays 1e-12 and files compare
// equal with CmdStan's.
std::string shortest(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

std::string joined(const std::vector<Argument>& arguments) {
  std::string names;
  for (const Argument& argument : arguments) {
    names += (names.empty() ? "" : ", ") + argument.name();
  }
  return names;
}

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << '"';
  for (const unsigned char letter : text) {
    if (letter == '"' || letter == '\\') {
      out << '\\' << letter;
    } else if (letter < 0x20) {
      out << "\\u" << std::hex << std::setw(4) << std::setfill('0') << static_cast<int>(letter);
    } else {
      out << letter;
    }
  }
  out << '"';
  return out.str();
}

// Both parsers insist on using up the whole text: "10O" must not pass for 10.
bool read_integer(const std::string& text, long long& value) {
  try {
    std::size_t used = 0;
    value = std::stoll(text, &used);
    return used == text.size();
  } catch (const std::logic_error&) {
    return false;
  }
}

bool read_real(const std::string& text, double& value) {
  try {
    std::size_t used = 0;
    value = std::stod(text, &used);
    return used == text.size() && std::isfinite(value);
  } catch (const std::logic_error&) {
    return false;
  }
}

}  // namespace

std::string Argument::Bounds::describe(const std::string& name) const {
  const bool has_lower = std::isfinite(lower);
  const bool has_upper = std::isfinite(upper);
  if (!has_lower && !has_upper) {
    return "any number";
  }
  return (has_lower ? shortest(lower) + (lower_included ? " <= " : " < ") : "") + name +
         (has_upper ? (upper_included ? " <= " : " < ") + shortest(upper) : "");
}

bool Argument::Bounds::hold(double value) const {
  return (lower_included ? value >= lower : value > lower) &&
         (upper_included ? value <= upper : value < upper);
}

Argument::Bounds positive() {
  Argument::Bounds bounds;
  bounds.lower = 0;
  bounds.lower_included = false;
  return bounds;
}
Argument::Bounds at_least(double lower) {
  Argument::Bounds bounds;
  bounds.lower = lower;
  return bounds;
}
Argument::Bounds between(double lower, double upper) {
  Argument::Bounds bounds;
  bounds.lower = lower;
  bounds.upper = upper;
  return bounds;
}
Argument::Bounds inside(double lower, double upper) {
  Argument::Bounds bounds = between(lower, upper);
  bounds.lower_included = false;
  bounds.upper_included = false;
  return bounds;
}

Argument::Argument(Kind kind, std::string name, std::string help, Value value, Bounds bounds,
                   std::vector<Argument> children)
    : kind_(kind),
      name_(std::move(name)),
      help_(std::move(help)),
      value_(value),
      default_(std::move(value)),
      bounds_(bounds),
      children_(std::move(children)) {}

Argument group(const std::string& name, const std::string& help, std::vector<Argument> children) {
  return {Argument::Kind::group, name, help, std::monostate{}, {}, std::move(children)};
}
Argument word(const std::string& name, const std::string& help) {
  return {Argument::Kind::word, name, help, std::monostate{}, {}, {}};
}
Argument choice(const std::string& name, const std::string& fallback, const std::string& help,
                std::vector<Argument> options) {
  return {Argument::Kind::choice, name, help, fallback, {}, std::move(options)};
}
Argument flag(const std::string& name, bool fallback, const std::string& help) {
  return {Argument::Kind::flag, name, help, fallback, {}, {}};
}
Argument integer(const std::string& name, long long fallback, Argument::Bounds bounds,
                 const std::string& help) {
  return {Argument::Kind::integer, name, help, fallback, bounds, {}};
}
Argument real(const std::string& name, double fallback, Argument::Bounds bounds,
              const std::string& help) {
  return {Argument::Kind::real, name, help, fallback, bounds, {}};
}
Argument text(const std::string& name, const std::string& fallback, const std::string& help) {
  return {Argument::Kind::text, name, help, fallback, {}, {}};
}

bool Argument::flag() const {
  return std::get<bool>(value_);
}
int Argument::integer() const {
  return static_cast<int>(std::get<long long>(value_));
}
unsigned int Argument::natural() const {
  return static_cast<unsigned int>(std::get<long long>(value_));
}
double Argument::real() const {
  return std::get<double>(value_);
}
const std::string& Argument::text() const {
  return std::get<std::string>(value_);
}

const Argument* Argument::find(const std::string& name) const {
  for (const Argument& child : children_) {
    if (child.name_ == name) {
      return &child;
    }
  }
  return nullptr;
}

Argument* Argument::find(const std::string& name) {
  return const_cast<Argument*>(std::as_const(*this).find(name));
}

const Argument& Argument::operator[](const std::string& name) const {
  const Argument* child = find(name);
  if (child == nullptr) {
    throw std::logic_error("argument '" + name_ + "' has no part called '" + name + "'");
  }
  return *child;
}

Argument& Argument::operator[](const std::string& name) {
  return const_cast<Argument&>(std::as_const(*this)[name]);
}

const Argument& Argument::chosen() const {
  return (*this)[text()];
}

void Argument::set_default(Value value) {
  value_ = value;
  default_ = std::move(value);
}

void Argument::assign(const std::string& text) {
  bool valid = true;
  long long whole = 0;
  double number = 0;
  switch (kind_) {
    case Kind::choice:
      valid = find(text) != nullptr;
      value_ = text;
      break;
    case Kind::flag:
      valid = text == "0" || text == "1" || text == "false" || text == "true";
      value_ = text == "1" || text == "true";
      break;
    case Kind::integer:
      valid = read_integer(text, whole) && bounds_.hold(static_cast<double>(whole));
      value_ = whole;
      break;
    case Kind::real:
      valid = read_real(text, number) && bounds_.hold(number);
      value_ = number;
      break;
    case Kind::text:
      value_ = text;
      break;
    case Kind::group:
    case Kind::word:
      throw std::logic_error("group '" + name_ + "' takes no value");
  }
  if (!valid) {
    throw UsageError(text + " is not a valid value for \"" + name_ +
                     "\"; valid values: " + valid_values());
  }
}

// A bare word opens a group, "name=value" sets a leaf or a choice (and opens the chosen option),
// and a word that fits nothing here ends this group, so that the caller's level tries it. The index
// of the first word not used is returned.
std::size_t Argument::parse_children(const std::vector<std::string>& tokens, std::size_t next) {
  while (next < tokens.size()) {
    const std::string& token = tokens[next];
    const std::size_t equals = token.find('=');
    const bool bare = equals == std::string::npos;
    Argument* child = find(token.substr(0, equals));
    if (child == nullptr && bare) {
      // "sample" is short for "method=sample".
      for (Argument& candidate : children_) {
        if (candidate.kind_ == Kind::choice && candidate.name_ == "method" &&
            candidate.find(token) != nullptr) {
          child = &candidate;
          child->assign(token);
        }
      }
    } else if (child != nullptr && !bare && child->kind_ != Kind::group) {
      child->assign(token.substr(equals + 1));
    } else if (child != nullptr && bare != (child->kind_ == Kind::group)) {
      child = nullptr;
    }
    if (child == nullptr) {
      return next;
    }
    ++next;
    if (child->kind_ == Kind::group) {
      next = child->parse_children(tokens, next);
    } else if (child->kind_ == Kind::choice) {
      next = (*child)[child->text()].parse_children(tokens, next);
    }
  }
  return next;
}

void Argument::parse(const std::vector<std::string>& tokens) {
  const std::size_t used = parse_children(tokens, 0);
  if (used == tokens.size()) {
    return;
  }
  std::vector<std::string> paths;
  collect_paths(tokens[used].substr(0, tokens[used].find('=')), "", paths);
  std::string message = tokens[used] + " is either mistyped or misplaced";
  for (std::size_t i = 0; i < paths.size(); ++i) {
    message += (i == 0 ? "; its place is: " : ", or: ") + paths[i];
  }
  throw UsageError(message);
}

void Argument::collect_paths(const std::string& wanted, const std::string& path,
                             std::vector<std::string>& found) const {
  for (const Argument& child : children_) {
    std::string here = path + (path.empty() ? "" : " ");
    here += kind_ == Kind::choice        ? name_ + "=" + child.name_
            : child.kind_ == Kind::group ? child.name_
                                         : "";
    if (child.name_ == wanted && kind_ != Kind::choice) {
      found.push_back(
          child.kind_ == Kind::group ? here : here + child.name_ + "=<" + child.type_name() + ">");
    }
    while (!here.empty() && here.back() == ' ') {
      here.pop_back();
    }
    child.collect_paths(wanted, here, found);
  }
}

std::string Argument::type_name() const {
  switch (kind_) {
    case Kind::flag:
      return "boolean";
    case Kind::integer:
      return "int";
    case Kind::real:
      return "double";
    case Kind::text:
      return "string";
    default:
      return "list element";
  }
}

std::string Argument::valid_values() const {
  switch (kind_) {
    case Kind::choice:
      return joined(children_);
    case Kind::flag:
      return "0, 1, false, true";
    case Kind::integer:
      return "integers, " + bounds_.describe(name_);
    case Kind::real:
      return bounds_.describe(name_);
    default:
      return "any text";
  }
}

std::string Argument::shown_value() const {
  switch (kind_) {
    case Kind::flag:
      return flag() ? "true" : "false";
    case Kind::integer:
      return std::to_string(std::get<long long>(value_));
    case Kind::real:
      return shortest(real());
    default:
      return text();
  }
}

void Argument::print(std::ostream& out, const std::string& prefix) const {
  for (const Argument& child : children_) {
    out << prefix << child.name_;
    if (child.kind_ == Kind::group) {
      out << '\n';
      child.print(out, prefix + "  ");
      continue;
    }
    out << " = " << child.shown_value() << (child.is_default() ? " (Default)" : "") << '\n';
    if (child.kind_ == Kind::choice && child.chosen().kind_ == Kind::group) {
      out << prefix << "  " << child.text() << '\n';
      child.chosen().print(out, prefix + "    ");
    }
  }
}

void Argument::print_json(std::ostream& out, int indent) const {
  const auto write_members = [&out](const Argument& group, int depth) {
    out << "{\n";
    group.print_json(out, depth + 1);
    out << '\n' << std::string(2 * depth, ' ') << '}';
  };
  bool first = true;
  for (const Argument& child : children_) {
    out << (first ? "" : ",\n") << std::string(2 * indent, ' ') << quoted(child.name_) << " : ";
    first = false;
    if (child.kind_ == Kind::group) {
      write_members(child, indent);
    } else if (child.kind_ == Kind::choice) {
      const std::string inner(2 * (indent + 1), ' ');
      out << "{\n" << inner << "\"value\" : " << quoted(child.text());
      if (child.chosen().kind_ == Kind::group) {
        out << ",\n" << inner << quoted(child.text()) << " : ";
        write_members(child.chosen(), indent + 1);
      }
      out << '\n' << std::string(2 * indent, ' ') << '}';
    } else if (child.kind_ == Kind::text) {
      out << quoted(child.text());
    } else if (child.kind_ == Kind::real) {
      out << child.real();
    } else {
      out << child.shown_value();
    }
  }
}

void Argument::print_help(std::ostream& out, int depth) const {
  const std::string margin(2 * depth, ' ');
  for (const Argument& child : children_) {
    out << margin << child.name_ << (child.has_value() ? "=<" + child.type_name() + ">" : "")
        << '\n'
        << margin << "  " << child.help_ << '\n';
    if (child.has_value()) {
      out << margin << "  Valid values: " << child.valid_values() << '\n'
          << margin << "  Default: " << child.shown_value() << '\n';
    } else if (!child.children_.empty()) {
      out << margin << "  Parts: " << joined(child.children_) << '\n';
    }
    out << '\n';
    child.print_help(out, depth + 1);
  }
}

}  // namespace stanmix
