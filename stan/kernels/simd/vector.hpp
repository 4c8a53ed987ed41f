// Arithmetic on vectors of eight doubles. Read once for each instruction set: see instruction_sets.hpp.

namespace stanmix::STANMIX_SET {

/**
 * A register of doubles.
 *
 * Every operation is one on a vector that the instruction set has: compilers take a wider one apart, and its comparisons and
 * selections into single numbers.
 */
struct Register {
  typedef double Doubles __attribute__((vector_size(sizeof(double) * STANMIX_WIDTH)));
  typedef std::int64_t Truths __attribute__((vector_size(sizeof(std::int64_t) * STANMIX_WIDTH)));
  typedef std::uint64_t Bits __attribute__((vector_size(sizeof(std::uint64_t) * STANMIX_WIDTH)));
  typedef int Counts __attribute__((vector_size(sizeof(int) * STANMIX_WIDTH)));
  static constexpr std::ptrdiff_t width = STANMIX_WIDTH;
#if STANMIX_WIDTH == 8 || defined(__aarch64__)
  static constexpr int number = 32;  // of such registers
#else
  static constexpr int number = 16;
#endif

  /** What a comparison says of each lane: all bits or none. */
  struct Mask {
    Truths truths;

    friend STANMIX_INLINE Mask operator&(Mask a, Mask b) { return {a.truths & b.truths}; }
    friend STANMIX_INLINE Mask operator|(Mask a, Mask b) { return {a.truths | b.truths}; }
  };

  Doubles v;

  Register() = default;
  STANMIX_INLINE Register(Doubles v) : v(v) {}
  STANMIX_INLINE Register(double x) : v(x - Doubles{}) {}  // x - 0 is x, for -0 as well: only copies are left of it

  static STANMIX_INLINE Register from(const double* x) {
    Doubles v;
    std::memcpy(&v, x, sizeof(v));
    return v;
  }
  static STANMIX_INLINE Register from(const int* x) {
    Counts v;
    std::memcpy(&v, x, sizeof(v));
    return __builtin_convertvector(v, Doubles);
  }
  STANMIX_INLINE void to(double* place) const { std::memcpy(place, &v, sizeof(v)); }

  friend STANMIX_INLINE Register operator+(Register a, Register b) { return a.v + b.v; }
  friend STANMIX_INLINE Register operator-(Register a, Register b) { return a.v - b.v; }
  friend STANMIX_INLINE Register operator*(Register a, Register b) { return a.v * b.v; }
  friend STANMIX_INLINE Register operator/(Register a, Register b) { return a.v / b.v; }
  STANMIX_INLINE Register& operator+=(Register b) { return *this = *this + b; }
  STANMIX_INLINE Register& operator*=(Register b) { return *this = *this * b; }
  friend STANMIX_INLINE Register operator-(Register a) { return -a.v; }
  friend STANMIX_INLINE Mask operator<(Register a, Register b) { return {a.v < b.v}; }
  friend STANMIX_INLINE Mask operator>(Register a, Register b) { return {a.v > b.v}; }
  friend STANMIX_INLINE Mask operator==(Register a, Register b) { return {a.v == b.v}; }
  friend STANMIX_INLINE Mask operator!=(Register a, Register b) { return {a.v != b.v}; }
};

/** `yes` in the lanes where a comparison holds, else `no`. */
STANMIX_INLINE Register select(Register::Mask mask, Register yes, Register no) {
  return mask.truths ? yes.v : no.v;
}

/**
 * A number that is to be selected, where its last operation is a multiplication and an addition.
 *
 * With AVX-512 the compiler would make that operation a masked one, and would then not fuse it as it does for AVX2.
 */
STANMIX_INLINE Register settled(Register x) {
#if STANMIX_WIDTH == 8
  __asm__("" : "+v"(x.v));
#endif
  return x;
}

STANMIX_INLINE Register maximum(Register a, Register b) {
  return a.v > b.v ? a.v : b.v;
}

STANMIX_INLINE Register minimum(Register a, Register b) {
  return a.v < b.v ? a.v : b.v;
}

STANMIX_INLINE bool any(Register::Mask mask) {
  std::int64_t found = 0;
  for (int i = 0; i < Register::width; ++i) found |= mask.truths[i];
  return found != 0;
}

/** Twice as many lanes as a half has. */
template <class Half>
struct Pair {
  static constexpr std::ptrdiff_t width = 2 * Half::width;

  struct Mask {
    typename Half::Mask low, high;

    friend STANMIX_INLINE Mask operator&(Mask a, Mask b) { return {a.low & b.low, a.high & b.high}; }
    friend STANMIX_INLINE Mask operator|(Mask a, Mask b) { return {a.low | b.low, a.high | b.high}; }
  };

  Half low, high;

  Pair() = default;
  STANMIX_INLINE Pair(Half low, Half high) : low(low), high(high) {}
  STANMIX_INLINE Pair(double x) : low(x), high(x) {}

  template <typename Number>
  static STANMIX_INLINE Pair from(const Number* x) {
    return {Half::from(x), Half::from(x + Half::width)};
  }
  STANMIX_INLINE void to(double* place) const {
    low.to(place);
    high.to(place + Half::width);
  }

  friend STANMIX_INLINE Pair operator+(Pair a, Pair b) { return {a.low + b.low, a.high + b.high}; }
  friend STANMIX_INLINE Pair operator-(Pair a, Pair b) { return {a.low - b.low, a.high - b.high}; }
  friend STANMIX_INLINE Pair operator*(Pair a, Pair b) { return {a.low * b.low, a.high * b.high}; }
  friend STANMIX_INLINE Pair operator/(Pair a, Pair b) { return {a.low / b.low, a.high / b.high}; }
  STANMIX_INLINE Pair& operator+=(Pair b) { return *this = *this + b; }
  STANMIX_INLINE Pair& operator*=(Pair b) { return *this = *this * b; }
  friend STANMIX_INLINE Pair operator-(Pair a) { return {-a.low, -a.high}; }
  friend STANMIX_INLINE Mask operator<(Pair a, Pair b) { return {a.low < b.low, a.high < b.high}; }
  friend STANMIX_INLINE Mask operator>(Pair a, Pair b) { return {a.low > b.low, a.high > b.high}; }
  friend STANMIX_INLINE Mask operator==(Pair a, Pair b) { return {a.low == b.low, a.high == b.high}; }
  friend STANMIX_INLINE Mask operator!=(Pair a, Pair b) { return {a.low != b.low, a.high != b.high}; }

  friend STANMIX_INLINE Pair select(Mask mask, Pair yes, Pair no) {
    return {select(mask.low, yes.low, no.low), select(mask.high, yes.high, no.high)};
  }
  friend STANMIX_INLINE Pair maximum(Pair a, Pair b) { return {maximum(a.low, b.low), maximum(a.high, b.high)}; }
  friend STANMIX_INLINE Pair minimum(Pair a, Pair b) { return {minimum(a.low, b.low), minimum(a.high, b.high)}; }
  friend STANMIX_INLINE bool any(Mask mask) { return any(mask.low) | any(mask.high); }
};

/** A function of registers, for pairs of them too: one register after the other, so that few are in use at a time. */
#define STANMIX_OF_PAIRS(function)                   \
  template <class Half>                              \
  STANMIX_INLINE Pair<Half> function(Pair<Half> x) { \
    return {function(x.low), function(x.high)};      \
  }

STANMIX_OF_PAIRS(settled)

/** Eight doubles: in one register of AVX-512, two of AVX2, four of SSE2 or NEON. */
#if STANMIX_WIDTH == 8
using Vec = Register;
#elif STANMIX_WIDTH == 4
using Vec = Pair<Register>;
#else
using Vec = Pair<Pair<Register> >;
#endif
using Mask = Vec::Mask;
static_assert(Vec::width == lanes, "vectors have the same lanes in all instruction sets");

STANMIX_INLINE Vec broadcast(double x) {
  return Vec(x);
}

/** Load eight numbers. */
template <typename Number>
STANMIX_INLINE Vec load(const Number* x) {
  return Vec::from(x);
}

/** Load the first `some` (1 to 8) of eight numbers; the other lanes repeat the first. */
template <typename Number>
STANMIX_INLINE Vec load(const Number* x, std::ptrdiff_t some) {
  if (some >= lanes) return load(x);
  double copy[lanes];
  for (int i = 0; i < lanes; ++i) copy[i] = x[i < some ? i : 0];
  return load(copy);
}

STANMIX_INLINE void store(double* place, const Vec& v) {
  v.to(place);
}

/** The sum of all lanes, in one order for all instruction sets. */
STANMIX_INLINE double sum(Register x) {
  const Register::Doubles v = x.v;
#if STANMIX_WIDTH == 8
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
#elif STANMIX_WIDTH == 4
  return (v[0] + v[2]) + (v[1] + v[3]);
#else
  return v[0] + v[1];
#endif
}
template <class Half>
STANMIX_INLINE double sum(const Pair<Half>& x) {
  return sum(x.low + x.high);
}

STANMIX_INLINE double largest_lane(Register x) {
  double lane[Register::width];
  x.to(lane);
  for (int half = Register::width / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lane[i] = lane[i] > lane[i + half] ? lane[i] : lane[i + half];
  }
  return lane[0];
}
template <class Half>
STANMIX_INLINE double largest_lane(const Pair<Half>& x) {
  return largest_lane(maximum(x.low, x.high));
}

STANMIX_INLINE Register::Bits bits_of(Register x) {
  return (Register::Bits)x.v;
}

STANMIX_INLINE Register from_bits(Register::Bits bits) {
  return (Register::Doubles)bits;
}

/**
 * exp(x) for x <= 0, accurate to 2 units in the last place; 0 below -708, where the result would lose its precision.
 *
 * x = n log 2 + r with |r| <= log(2) / 2, and exp(r) = 1 + r + r^2 q(r) with q of degree 9 by Chebyshev approximation
 * (relative error 1.6e-17).
 */
STANMIX_INLINE Register exp_nonpositive(Register x) {
  const Register bounded = maximum(x, -708.0);
  // Adding 1.5 * 2^52 rounds to a whole number, which then stands in the low bits.
  const Register shifted = bounded * 1.4426950408889634 + 6755399441055744.0;
  const Register n = shifted - 6755399441055744.0;
  const Register r = (bounded - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
  Register q = 0x1.af38a9b0ec855p-26;
  q = q * r + 0x1.289185613a3d6p-22;
  q = q * r + 0x1.71de0dae63bb3p-19;
  q = q * r + 0x1.a019b90d2ae7ap-16;
  q = q * r + 0x1.a01a01a7c41d5p-13;
  q = q * r + 0x1.6c16c1788bd90p-10;
  q = q * r + 0x1.11111111109b3p-7;
  q = q * r + 0x1.5555555553d63p-5;
  q = q * r + 0x1.5555555555556p-3;
  q = q * r + 0.5;
  q = q * r + 1.0;
  q = q * r + 1.0;
  return select(x < -708.0, 0.0, from_bits(bits_of(q) + (bits_of(shifted) << 52)));
}
STANMIX_OF_PAIRS(exp_nonpositive)

/** exp(x), accurate to 3 units in the last place; inf above 708 and 0 below -708. */
STANMIX_INLINE Register exp(Register x) {
  const Register decay = exp_nonpositive(minimum(x, -x));
  return select(x > 0.0, 1.0 / decay, decay);
}
STANMIX_OF_PAIRS(exp)

/**
 * log(x) for finite x > 0 that is not subnormal, accurate to 2 units in the last place.
 *
 * x = 2^n m with m in [sqrt(1/2), sqrt(2)), and log(m) = 2 atanh(s), s = (m - 1) / (m + 1), by its series.
 */
STANMIX_INLINE Register log_normal_number(Register x) {
  const Register::Bits bits = bits_of(x);
  // Counted from the bits of sqrt(1/2), and positive, since not all sets shift negative numbers.
  const Register::Bits exponent = ((bits - 0x3fe6a09e667f3bcdULL + (1024ULL << 52)) >> 52) - 1024;
  const Register m = from_bits(bits - (exponent << 52));
  const Register n = from_bits(exponent + 0x4338000000000000ULL) - 6755399441055744.0;  // the bits of 1.5 * 2^52 + exponent
  const Register s = (m - 1.0) / (m + 1.0);
  const Register q = s * s;
  Register p = 1.0 / 21.0;
  p = p * q + 1.0 / 19.0;
  p = p * q + 1.0 / 17.0;
  p = p * q + 1.0 / 15.0;
  p = p * q + 1.0 / 13.0;
  p = p * q + 1.0 / 11.0;
  p = p * q + 1.0 / 9.0;
  p = p * q + 1.0 / 7.0;
  p = p * q + 1.0 / 5.0;
  p = p * q + 1.0 / 3.0;
  const Register log_m = 2.0 * s + (2.0 * s) * (q * p);
  return n * 0x1.62e42fefa0000p-1 + (log_m + n * 0x1.cf79abc9e3b3ap-40);
}
STANMIX_OF_PAIRS(log_normal_number)

/** log(x) for x >= 0: -inf at 0. */
STANMIX_INLINE Register log_nonnegative(Register x) {
  const Register::Mask small = x < std::numeric_limits<double>::min();
  const Register found = log_normal_number(minimum(select(small, x * 0x1p54, x), std::numeric_limits<double>::max()));
  return select(x > 0.0, select(small, found - 54 * 0x1.62e42fefa39efp-1, found), -infinity);
}
STANMIX_OF_PAIRS(log_nonnegative)

/** log(1 + x) for x > -1, where x may be inf. */
STANMIX_INLINE Register log_1p(Register x) {
  const Register bounded = minimum(x, 1e300);
  const Register u = 1.0 + bounded;
  return select(x > 1e300, infinity, log_normal_number(u) + (bounded - (u - 1.0)) / u);
}
STANMIX_OF_PAIRS(log_1p)

/**
 * exp(x^2) erfc(x) for finite x >= 0, accurate to 3 units in the last place.
 *
 * (1 + 2 x) exp(x^2) erfc(x) is smooth in (x - 3.75) / (x + 3.75) from 0 to infinity: a polynomial of degree 24 by Chebyshev
 * approximation (relative error 5e-18).
 */
STANMIX_INLINE Register scaled_erfc(Register x) {
  const Register q = (x - 3.75) / (x + 3.75);
  Register p = 0x1.d37448925d185p-32;
  p = p * q + 0x1.561b10415d726p-32;
  p = p * q - 0x1.638dcc7e7a46cp-28;
  p = p * q - 0x1.014cd71985d70p-28;
  p = p * q + 0x1.4c37f5a4ce213p-25;
  p = p * q + 0x1.8fa9fe46a6a5fp-26;
  p = p * q - 0x1.15be420398f43p-22;
  p = p * q - 0x1.eb80383f3dcdep-25;
  p = p * q + 0x1.d6339f6715ad5p-20;
  p = p * q - 0x1.055686d430868p-20;
  p = p * q - 0x1.800077b77f1fcp-17;
  p = p * q + 0x1.778b933adcd95p-16;
  p = p * q + 0x1.b1439865f9de0p-15;
  p = p * q - 0x1.303fa4966bc2cp-12;
  p = p * q + 0x1.33fb2968dec45p-12;
  p = p * q + 0x1.cc3a0e7d2150ap-10;
  p = p * q - 0x1.3f603c398c6c4p-7;
  p = p * q + 0x1.d0b0037d167adp-6;
  p = p * q - 0x1.e0d0fa6ddfe85p-5;
  p = p * q + 0x1.7a14188a9ce2ap-4;
  p = p * q - 0x1.bda9309a2949ap-4;
  p = p * q + 0x1.510169d09665bp-4;
  p = p * q + 0x1.d5f294815a405p-9;
  p = p * q - 0x1.1f367683f89a5p-3;
  p = p * q + 0x1.3ccda0b5d5dc2p+0;
  return p / (1.0 + 2.0 * x);
}
STANMIX_OF_PAIRS(scaled_erfc)

/**
 * cos(x) and sin(x) for finite x, with an error of 2e-16 at most.
 *
 * x = n pi / 2 + r with |r| <= pi / 4, where n times each of the first two parts of pi / 2 is exact; then the polynomials of
 * fdlibm. Beyond 1e5 the parts do not reach, and the C library serves.
 */
STANMIX_INLINE void cos_sin(Register x, Register& cosine, Register& sine) {
  // As in exp_nonpositive, adding 1.5 * 2^52 rounds to a whole number, whose last bits are the quadrant.
  const Register shifted = x * 0.63661977236758134308 + 6755399441055744.0;
  const Register n = shifted - 6755399441055744.0;
  const Register r = ((x - n * 1.57079632673412561417) - n * 6.07710050630396597660e-11) - n * 2.02226624879595063154e-21;
  const Register q = r * r;
  Register s = 1.58969099521155010221e-10;
  s = s * q - 2.50507602534068634195e-08;
  s = s * q + 2.75573137070700676789e-06;
  s = s * q - 1.98412698298579493134e-04;
  s = s * q + 8.33333333332248946124e-03;
  s = s * q - 1.66666666666666324348e-01;
  s = r + r * (q * s);
  Register c = -1.13596475577881948265e-11;
  c = c * q + 2.08757232129817482790e-09;
  c = c * q - 2.75573143513906633035e-07;
  c = c * q + 2.48015872894767294178e-05;
  c = c * q - 1.38888888888741095749e-03;
  c = c * q + 4.16666666666666019037e-02;
  c = 1.0 - (0.5 * q - q * (q * c));
  // Odd quadrants have sine and cosine exchanged; the bit that says so is made a mask, those that say the signs, signs.
  const Register::Bits quadrant = bits_of(shifted);
  const Register::Bits odd = 0 - (quadrant & 1);
  const Register::Bits first = (bits_of(c) & ~odd) | (bits_of(s) & odd), second = (bits_of(s) & ~odd) | (bits_of(c) & odd);
  cosine = from_bits(first ^ (((quadrant + 1) & 2) << 62));
  sine = from_bits(second ^ ((quadrant & 2) << 62));
  if (any((x > 1e5) | (x < -1e5))) {
    for (int i = 0; i < Register::width; ++i) {
      if (std::abs(x.v[i]) > 1e5) {
        cosine.v[i] = std::cos(x.v[i]);
        sine.v[i] = std::sin(x.v[i]);
      }
    }
  }
}
template <class Half>
STANMIX_INLINE void cos_sin(const Pair<Half>& x, Pair<Half>& cosine, Pair<Half>& sine) {
  cos_sin(x.low, cosine.low, sine.low);
  cos_sin(x.high, cosine.high, sine.high);
}

#undef STANMIX_OF_PAIRS

}  // namespace stanmix::STANMIX_SET
