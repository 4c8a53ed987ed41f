// Reads the file STANMIX_KERNEL once for each instruction set. No include guard: every kernel includes this.
//
// In that file STANMIX_SET is the namespace, STANMIX_TARGET the attribute of its functions, and STANMIX_INLINE the attributes
// of those that must become part of their caller; STANMIX_WIDTH is how many doubles a register of the set has.

#define STANMIX_INLINE __attribute__((always_inline)) STANMIX_TARGET inline

#define STANMIX_SET plain
#define STANMIX_TARGET
#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define STANMIX_WIDTH 8
#elif defined(__AVX2__)
#define STANMIX_WIDTH 4
#else
#define STANMIX_WIDTH 2
#endif
#include STANMIX_KERNEL
#undef STANMIX_TARGET
#undef STANMIX_SET
#undef STANMIX_WIDTH

#if STANMIX_SETS == 3

#define STANMIX_SET avx2
#define STANMIX_WIDTH 4
#define STANMIX_TARGET __attribute__((target("avx2,fma,bmi,bmi2")))
#include STANMIX_KERNEL
#undef STANMIX_TARGET
#undef STANMIX_SET
#undef STANMIX_WIDTH

#define STANMIX_SET avx512
#define STANMIX_WIDTH 8
#define STANMIX_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma,bmi,bmi2")))
#include STANMIX_KERNEL
#undef STANMIX_TARGET
#undef STANMIX_SET
#undef STANMIX_WIDTH

#endif

#undef STANMIX_INLINE
#undef STANMIX_KERNEL
