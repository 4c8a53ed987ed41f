/**
 * Log weights of the components, and the log joint density of noise.
 *
 * @param theta Weights of the components, and of noise after them where there is some.
 * @param noise Whether there is noise.
 * @param noise_log_density Its log density, the same for every observation; 0 where each has its own.
 * @return log(theta), to whose last value the log density of noise is added.
 */
vector log_weights(vector theta, int noise, real noise_log_density) {
  vector[rows(theta)] log_theta = log(theta);
  if (noise) {
    log_theta[rows(theta)] += noise_log_density;
  }
  return log_theta;
}
