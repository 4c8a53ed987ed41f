// Arithmetic on vectors of eight doubles. Read once for each instruction set: see instruction_sets.hpp.

namespace stanmix::STANMIX_SET {

STANMIX_INLINE Vec broadcast(double x) {
  return Vec{} + x;
}

STANMIX_INLINE Vec load(const double* x) {
  Vec v;
  std::memcpy(&v, x, sizeof(v));
  return v;
}

/** Load whole numbers. */
STANMIX_INLINE Vec load(const int* x) {
  Counts v;
  std::memcpy(&v, x, sizeof(v));
  return __builtin_convertvector(v, Vec);
}

/** Load the first `some` (1 to 8) of eight numbers; the other lanes repeat the first. */
template <typename Number>
STANMIX_INLINE Vec load(const Number* x, std::ptrdiff_t some) {
  if (some >= lanes) return load(x);
  Vec v = broadcast(static_cast<double>(x[0]));
  for (int i = 1; i < some; ++i) v[i] = x[i];
  return v;
}

STANMIX_INLINE void store(double* place, const Vec& v) {
  std::memcpy(place, &v, sizeof(v));
}

STANMIX_INLINE double sum(const Vec& v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

STANMIX_INLINE Vec maximum(const Vec& a, const Vec& b) {
  return a > b ? a : b;
}

STANMIX_INLINE Vec minimum(const Vec& a, const Vec& b) {
  return a < b ? a : b;
}

/** Whether a comparison holds in any lane. */
STANMIX_INLINE bool any(const Int& comparison) {
  const Int v = comparison;
  return (((v[0] | v[4]) | (v[2] | v[6])) | ((v[1] | v[5]) | (v[3] | v[7]))) != 0;
}

/**
 * exp(x) for x <= 0, accurate to 2 units in the last place; 0 below -708, where the result would lose its precision.
 *
 * x = n log 2 + r with |r| <= log(2) / 2, and exp(r) = 1 + r + r^2 q(r) with q of degree 9 by Chebyshev approximation
 * (relative error 1.6e-17).
 */
STANMIX_INLINE Vec exp_nonpositive(const Vec& x) {
  const Vec bounded = maximum(x, broadcast(-708.0));
  // Adding 1.5 * 2^52 rounds to a whole number, which then stands in the low bits.
  const Vec shifted = bounded * 1.4426950408889634 + 6755399441055744.0;
  const Vec n = shifted - 6755399441055744.0;
  const Vec r = (bounded - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
  Vec q = broadcast(0x1.af38a9b0ec855p-26);
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
  Int bits, power;
  std::memcpy(&power, &shifted, sizeof(power));
  std::memcpy(&bits, &q, sizeof(bits));
  bits += power << 52;
  Vec result;
  std::memcpy(&result, &bits, sizeof(result));
  return x < -708.0 ? Vec{} : result;
}

/**
 * log(x) for finite x > 0 that is not subnormal, accurate to 2 units in the last place.
 *
 * x = 2^n m with m in [sqrt(1/2), sqrt(2)), and log(m) = 2 atanh(s), s = (m - 1) / (m + 1), by its series.
 */
STANMIX_INLINE Vec log_normal_number(const Vec& x) {
  Int bits;
  std::memcpy(&bits, &x, sizeof(bits));
  // Counted from the bits of sqrt(1/2), and made positive so that a logical shift serves where there is no arithmetic one.
  const Int exponent = ((bits - 0x3fe6a09e667f3bcdLL + (1024LL << 52)) >> 52) - 1024;
  const Int mantissa = bits - (exponent << 52);
  Vec m, n;
  std::memcpy(&m, &mantissa, sizeof(m));
  const Int shifted = exponent + 0x4338000000000000LL;  // the bits of 1.5 * 2^52 + exponent
  std::memcpy(&n, &shifted, sizeof(n));
  n -= 6755399441055744.0;
  const Vec s = (m - 1.0) / (m + 1.0);
  const Vec q = s * s;
  Vec p = broadcast(1.0 / 21.0);
  p = p * q + 1.0 / 19.0;
  p = p * q + 1.0 / 17.0;
  p = p * q + 1.0 / 15.0;
  p = p * q + 1.0 / 13.0;
  p = p * q + 1.0 / 11.0;
  p = p * q + 1.0 / 9.0;
  p = p * q + 1.0 / 7.0;
  p = p * q + 1.0 / 5.0;
  p = p * q + 1.0 / 3.0;
  const Vec log_m = 2.0 * s + (2.0 * s) * (q * p);
  return n * 0x1.62e42fefa0000p-1 + (log_m + n * 0x1.cf79abc9e3b3ap-40);
}

/** log(x) for x >= 0: -inf at 0. */
STANMIX_INLINE Vec log_nonnegative(const Vec& x) {
  const Int small = x < std::numeric_limits<double>::min();
  const Vec found = log_normal_number(minimum(small ? x * 0x1p54 : x, broadcast(std::numeric_limits<double>::max())));
  return x > 0.0 ? (small ? found - 54 * 0x1.62e42fefa39efp-1 : found) : broadcast(-infinity);
}

/** log(1 + x) for x > -1, where x may be inf. */
STANMIX_INLINE Vec log_1p(const Vec& x) {
  const Vec bounded = minimum(x, broadcast(1e300));
  const Vec u = 1.0 + bounded;
  return x > 1e300 ? broadcast(infinity) : log_normal_number(u) + (bounded - (u - 1.0)) / u;
}

}  // namespace stanmix::STANMIX_SET
