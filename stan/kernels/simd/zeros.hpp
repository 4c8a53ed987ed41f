// Components of counts whose zeros have a probability of their own. Read once for each instruction set.
//
// The component struct Base of the other counts has, beside what simd/elementwise.hpp asks of it, log_zero(), which is log f(0)
// of its distribution, and zero_gradient(d), the derivatives of that by its parameters.

namespace stanmix::STANMIX_SET {

/**
 * What zero-inflated components and hurdles share: zeros all have the same log density, and counts above 0 that of the base
 * distribution plus a constant. So only counts above 0 reach the base, and log f(0) comes in once, with a weight.
 */
template <class Base>
struct OwnZeros {
  using Data = typename Base::Data;
  using Row = typename Base::Row;
  static constexpr int P = 1 + Base::P;        // p, then those of the base
  static constexpr int sums = 2 + Base::sums;  // of r where y = 0, of r where y > 0, and those of the base
  static constexpr int kept = Base::kept;

  Base base;
  double p, log_p, log_1m_p;
  double log_zero, shift;  // log density of a zero, and what the base's log density of a count above 0 lacks

  explicit OwnZeros(const double* parameters)
      : base(parameters + 1), p(parameters[0]), log_p(std::log(p)), log_1m_p(std::log1p(-p)) {}

  STANMIX_INLINE Vec log_density(const Row& row, double* kept) const {
    const Vec of_base = base.log_density(row, kept);
    return select(row.y > 0.0, shift + of_base, log_zero);
  }

  STANMIX_INLINE void add(const Row& row, const double* kept, const Vec& r, Vec* sum) const {
    const Vec above = select(row.y > 0.0, r, 0.0);
    sum[0] += select(row.y > 0.0, 0.0, r);
    sum[1] += above;
    base.add(row, kept, above, sum + 2);
  }

 protected:
  /** Set all derivatives; `zero_slope` is d log_zero / d p, and `weight` that of log f(0) of the base. */
  void set_gradient(const double* sum, double zero_slope, double weight, double* d) const {
    d[0] = (sum[0] > 0 ? sum[0] * zero_slope : 0) - (sum[1] > 0 ? sum[1] / (1 - p) : 0);
    base.gradient(sum[1], sum + 2, d + 1);
    double of_zero[Base::P];
    base.zero_gradient(of_zero);
    for (int i = 0; i < Base::P; ++i) d[1 + i] += weight * of_zero[i];
  }
};

/** A zero with probability p, else a count of the base distribution f: a zero has p + (1 - p) f(0), y > 0 has (1 - p) f(y). */
template <class Base>
struct ZeroInflated : OwnZeros<Base> {
  explicit ZeroInflated(const double* parameters) : OwnZeros<Base>(parameters) {
    this->log_zero = stan::math::log_sum_exp(this->log_p, this->log_1m_p + this->base.log_zero());
    this->shift = this->log_1m_p;
  }

  void gradient(double, const double* sum, double* d) const {
    const double log_f = this->base.log_zero();
    const double of_base = std::exp(this->log_1m_p + log_f - this->log_zero);  // probability that a zero is the base's
    this->set_gradient(sum, -std::expm1(log_f) * std::exp(-this->log_zero), sum[0] * of_base, d);
  }
};

/** A zero has probability p, and y > 0 has (1 - p) f(y) / (1 - f(0)), where f(0) < 1. */
template <class Base>
struct Hurdle : OwnZeros<Base> {
  double log_f;  // log f(0), below 0 even where it underflows

  explicit Hurdle(const double* parameters)
      : OwnZeros<Base>(parameters), log_f(std::min(this->base.log_zero(), -std::numeric_limits<double>::min())) {
    this->log_zero = this->log_p;
    this->shift = this->log_1m_p - stan::math::log1m_exp(log_f);
  }

  void gradient(double, const double* sum, double* d) const {
    this->set_gradient(sum, 1 / this->p, sum[1] / std::expm1(-log_f), d);
  }
};

}  // namespace stanmix::STANMIX_SET
