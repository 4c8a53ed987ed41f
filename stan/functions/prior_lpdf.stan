/**
 * Normalised log density of independent priors that are chosen by the data, not by the program.
 *
 * Codes: 1 normal(a2, a3), 2 student_t(a1, a2, a3), 3 cauchy(a2, a3), 4 lognormal(a2, a3),
 * 5 gamma(a1, a2), 6 inv_gamma(a1, a2), 7 exponential(a1), 8 uniform(a1, a2), 9 beta(a1, a2), 10 beta(a1, a2) stretched over
 * -1 to 1, 11 the same times exp(-(atanh(x) / a3)^4), whose constant is part of log_mass.
 * Half distributions are the truncation of their parent at zero. The codes and the arguments are
 * written by stanmix.priors, which is the only other place that knows them.
 *
 * @param x Parameters.
 * @param dist Code of the distribution of each of them.
 * @param a Its arguments a1, a2, a3.
 * @param log_mass Log probability of the parameter's support before truncation; 0 without one.
 * @return Sum of the log densities.
 */
real prior_lpdf(vector x, array[] int dist, array[] vector a, vector log_mass) {
  real lp = -sum(log_mass);
  for (i in 1 : rows(x)) {
    if (dist[i] == 1) {
      lp += normal_lpdf(x[i] | a[i, 2], a[i, 3]);
    } else if (dist[i] == 2) {
      lp += student_t_lpdf(x[i] | a[i, 1], a[i, 2], a[i, 3]);
    } else if (dist[i] == 3) {
      lp += cauchy_lpdf(x[i] | a[i, 2], a[i, 3]);
    } else if (dist[i] == 4) {
      lp += lognormal_lpdf(x[i] | a[i, 2], a[i, 3]);
    } else if (dist[i] == 5) {
      lp += gamma_lpdf(x[i] | a[i, 1], a[i, 2]);
    } else if (dist[i] == 6) {
      lp += inv_gamma_lpdf(x[i] | a[i, 1], a[i, 2]);
    } else if (dist[i] == 7) {
      lp += exponential_lpdf(x[i] | a[i, 1]);
    } else if (dist[i] == 8) {
      lp += uniform_lpdf(x[i] | a[i, 1], a[i, 2]);
    } else if (dist[i] == 9) {
      lp += beta_lpdf(x[i] | a[i, 1], a[i, 2]);
    } else if (dist[i] == 10) {
      lp += beta_lpdf(0.5 * (x[i] + 1) | a[i, 1], a[i, 2]) - log2();
    } else if (dist[i] == 11) {
      lp += beta_lpdf(0.5 * (x[i] + 1) | a[i, 1], a[i, 2]) - log2();
      lp -= pow(atanh(x[i]) / a[i, 3], 4);
    } else {
      reject("unknown prior code ", dist[i]);
    }
  }
  return lp;
}
