// Reads the file STANMIX_KERNEL once for each instruction set. No include guard: every kernel includes this.
//
// In that file STANMIX_SET is the namespace, STANMIX_TARGET the attribute of its functions, and STANMIX_INLINE the attributes
// of those that must become part of their caller.

#define STANMIX_INLINE __attribute__((always_inline)) STANMIX_TARGET inline

#define STANMIX_SET plain
#define STANMIX_TARGET
#include STANMIX_KERNEL
#undef STANMIX_TARGET
#undef STANMIX_SET

#if STANMIX_SETS == 3

#define STANMIX_SET avx2
#define STANMIX_TARGET __attribute__((target("avx2,fma,bmi,bmi2")))
#include STANMIX_KERNEL
#undef STANMIX_TARGET
#undef STANMIX_SET

#define STANMIX_SET avx512
#define STANMIX_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma,bmi,bmi2")))
#include STANMIX_KERNEL
#undef STANMIX_TARGET
#undef STANMIX_SET

#endif

#undef STANMIX_INLINE
#undef STANMIX_KERNEL
