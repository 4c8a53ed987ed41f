// Multivariate Student-t components: the pass over the data. Read once for each instruction set, after multi_normal.hpp.
//
// With z = L^-1 (y - mu) and q = z' z, log f = constant - (nu + D) / 2 log(1 + q / nu). Its gradient by mu and L is the normal
// one with r (nu + D) / (nu + q) in place of the responsibility r, and by nu it needs the sums of r log(1 + q / nu) and of
// r q / (nu + q).

namespace stanmix::STANMIX_SET {

/** The density of a Student-t component along z, as full_pass asks for it; its further sums are the two for nu. */
struct StudentTRadial {
  static constexpr int sums = 2, kept = 2;
  const double* nu;
  int D;

  STANMIX_INLINE Vec log_density(int k, Vec square, double* keep) const {
    const Vec tail = log_1p(square / nu[k]);
    store(keep, tail);
    store(keep + block_rows * lanes, 1.0 / (nu[k] + square));
    return -0.5 * (nu[k] + D) * tail;
  }

  STANMIX_INLINE Vec weigh(int k, Vec r, const double* keep, Vec* own) const {
    const Vec inverse = load(keep + block_rows * lanes);
    own[0] += select(r > 0.0, r * load(keep), 0.0);  // which may be infinite where r is 0
    own[1] += r * (1.0 - nu[k] * inverse);
    return r * (nu[k] + D) * inverse;
  }
};

STANMIX_TARGET inline void full_student_t_pass(const MatrixData& data, const double* count, std::ptrdiff_t begin,
                                               std::ptrdiff_t end, const LogWeights& weights,
                                               const MultiStudentTComponents& components, double* found) {
  full_pass(data, count, begin, end, weights, components.normal, StudentTRadial{components.nu, data.D}, found);
}

}  // namespace stanmix::STANMIX_SET
