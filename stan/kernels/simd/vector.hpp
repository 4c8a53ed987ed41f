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

/** exp(x), accurate to 3 units in the last place; inf above 708 and 0 below -708. */
STANMIX_INLINE Vec exp(const Vec& x) {
  const Vec decay = exp_nonpositive(x > 0.0 ? -x : x);
  return x > 0.0 ? 1.0 / decay : decay;
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

/**
 * exp(x^2) erfc(x) for finite x >= 0, accurate to 3 units in the last place.
 *
 * (1 + 2 x) exp(x^2) erfc(x) is smooth in (x - 3.75) / (x + 3.75) from 0 to infinity: a polynomial of degree 24 by Chebyshev
 * approximation (relative error 5e-18).
 */
STANMIX_INLINE Vec scaled_erfc(const Vec& x) {
  const Vec q = (x - 3.75) / (x + 3.75);
  Vec p = broadcast(0x1.d37448925d185p-32);
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

/**
 * cos(x) and sin(x) for finite x, with an error of 2e-16 at most.
 *
 * x = n pi / 2 + r with |r| <= pi / 4, where n times each of the first two parts of pi / 2 is exact; then the polynomials of
 * fdlibm. Beyond 1e5 the parts do not reach, and the C library serves.
 */
STANMIX_INLINE void cos_sin(const Vec& x, Vec& cosine, Vec& sine) {
  // As in exp_nonpositive, adding 1.5 * 2^52 rounds to a whole number, whose last bits are the quadrant.
  const Vec shifted = x * 0.63661977236758134308 + 6755399441055744.0;
  const Vec n = shifted - 6755399441055744.0;
  const Vec r = ((x - n * 1.57079632673412561417) - n * 6.07710050630396597660e-11) - n * 2.02226624879595063154e-21;
  const Vec q = r * r;
  Vec s = broadcast(1.58969099521155010221e-10);
  s = s * q - 2.50507602534068634195e-08;
  s = s * q + 2.75573137070700676789e-06;
  s = s * q - 1.98412698298579493134e-04;
  s = s * q + 8.33333333332248946124e-03;
  s = s * q - 1.66666666666666324348e-01;
  s = r + r * (q * s);
  Vec c = broadcast(-1.13596475577881948265e-11);
  c = c * q + 2.08757232129817482790e-09;
  c = c * q - 2.75573143513906633035e-07;
  c = c * q + 2.48015872894767294178e-05;
  c = c * q - 1.38888888888741095749e-03;
  c = c * q + 4.16666666666666019037e-02;
  c = 1.0 - (0.5 * q - q * (q * c));
  Int quadrant;
  std::memcpy(&quadrant, &shifted, sizeof(quadrant));
  const Int odd = (quadrant & 1) != 0;
  const Vec first = odd ? s : c, second = odd ? c : s;
  cosine = ((quadrant + 1) & 2) != 0 ? -first : first;
  sine = (quadrant & 2) != 0 ? -second : second;
  const Int far = (x > 1e5) | (x < -1e5);
  if (any(far)) {
    for (int i = 0; i < lanes; ++i) {
      cosine[i] = far[i] ? std::cos(x[i]) : cosine[i];
      sine[i] = far[i] ? std::sin(x[i]) : sine[i];
    }
  }
}

}  // namespace stanmix::STANMIX_SET
