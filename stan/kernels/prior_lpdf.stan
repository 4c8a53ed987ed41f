/**
 * Normalised log density of independent priors that are chosen by the data, not by the program.
 *
 * Codes: 1 normal(a2, a3), 2 student_t(a1, a2, a3), 3 cauchy(a2, a3), 4 lognormal(a2, a3),
 * 5 gamma(a1, a2), 6 inv_gamma(a1, a2), 7 exponential(a1), 8 uniform(a1, a2), 9 beta(a1, a2), 10 beta(a1, a2)
 * stretched over -1 to 1, 11 the same times exp(-(atanh(x) / a3)^4), whose constant is part of log_mass.
 * Half distributions are the truncation of their parent at zero. The codes and the arguments are
 * written by stanmix.priors, which is the only other place that knows them.
 *
 * Defined in stan/kernels/prior.hpp with its gradient; stan/functions/prior_lpdf.stan is the same function in Stan.
 *
 * @param x Parameters.
 * @param dist Code of the distribution of each of them.
 * @param a Its arguments a1, a2, a3.
 * @param log_mass Log probability of the parameter's support before truncation; 0 without one.
 * @return Sum of the log densities.
 */
real prior_lpdf(vector x, data array[] int dist, data array[] vector a, data vector log_mass);
