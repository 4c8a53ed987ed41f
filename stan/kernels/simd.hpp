#ifndef STANMIX_KERNELS_SIMD_HPP
#define STANMIX_KERNELS_SIMD_HPP

// Eight doubles at a time, by the compiler's vector extensions: one AVX-512 register, two of AVX2 or NEON's four, as the machine
// has them. A function marked STANMIX_DISPATCH is compiled for several instruction sets, and the one that the machine supports
// is chosen when the program starts; so a portable executable runs at the speed of a native one, and its objects
// stay compatible with all others (which -march=native breaks through Eigen's alignment).

#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__gnu_linux__)
#define STANMIX_DISPATCH __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define STANMIX_DISPATCH
#endif
// What a dispatched function calls must become part of it, to be compiled for its instruction set.
#define STANMIX_INLINE __attribute__((always_inline)) inline

#pragma GCC diagnostic ignored "-Wpsabi"  // vectors never cross a call that is not inlined

namespace stanmix {

constexpr int lanes = 8;
typedef double Vec __attribute__((vector_size(sizeof(double) * lanes)));
typedef std::int64_t Int __attribute__((vector_size(sizeof(std::int64_t) * lanes)));

STANMIX_INLINE Vec broadcast(double x) { return Vec{} + x; }

STANMIX_INLINE Vec load(const double* x) {
  Vec v;
  std::memcpy(&v, x, sizeof(v));
  return v;
}

STANMIX_INLINE double sum(const Vec& v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

STANMIX_INLINE Vec maximum(const Vec& a, const Vec& b) { return a > b ? a : b; }

/**
 * exp(x) for x <= 0, accurate to 2 units in the last place; 0 below -708, where the result would lose its precision.
 *
 * x = n log 2 + r with |r| <= log(2) / 2, and exp(r) by its Taylor polynomial of degree 13.
 */
STANMIX_INLINE Vec exp_nonpositive(const Vec& x) {
  const Vec bounded = maximum(x, broadcast(-708.0));
  // Adding 1.5 * 2^52 rounds to a whole number, which then stands in the low bits.
  const Vec shifted = bounded * 1.4426950408889634 + 6755399441055744.0;
  const Vec n = shifted - 6755399441055744.0;
  const Vec r = (bounded - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
  Vec p = broadcast(1.0 / 6227020800.0);
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  Int bits, power;
  std::memcpy(&power, &shifted, sizeof(power));
  std::memcpy(&bits, &p, sizeof(bits));
  bits += power << 52;
  Vec result;
  std::memcpy(&result, &bits, sizeof(result));
  return x < -708.0 ? Vec{} : result;
}

/**
 * log(x) for finite x >= 1, accurate to 2 units in the last place.
 *
 * x = 2^n m with m in [sqrt(1/2), sqrt(2)), and log(m) = 2 atanh(s), s = (m - 1) / (m + 1), by its series.
 */
STANMIX_INLINE Vec log_from_one(const Vec& x) {
  Int bits;
  std::memcpy(&bits, &x, sizeof(bits));
  const Int exponent = (bits - 0x3fe6a09e667f3bcdLL) >> 52;  // counted from the bits of sqrt(1/2): never negative
  const Int mantissa = bits - (exponent << 52);
  Vec m;
  std::memcpy(&m, &mantissa, sizeof(m));
  const Vec n = __builtin_convertvector(exponent, Vec);
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

}  // namespace stanmix

#endif
