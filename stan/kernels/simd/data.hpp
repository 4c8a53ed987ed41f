// Eight observations at a time, with what the densities need of them. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

struct RealRow {
  Vec y;
};

STANMIX_INLINE RealRow row(const RealData& data, std::ptrdiff_t n, std::ptrdiff_t some) {
  return {load(data.y + n, some)};
}

struct PositiveRow {
  Vec y, log_y;
};

STANMIX_INLINE PositiveRow row(const PositiveData& data, std::ptrdiff_t n, std::ptrdiff_t some) {
  const Vec y = load(data.y + n, some);
  return {y, log_nonnegative(y)};
}

struct UnitRow {
  Vec log_y, log_1m_y;
};

STANMIX_INLINE UnitRow row(const UnitData& data, std::ptrdiff_t n, std::ptrdiff_t some) {
  const Vec y = load(data.y + n, some);
  return {log_nonnegative(y), log_1p(-y)};
}

struct AngleRow {
  Vec cos_half, sin_half;
};

STANMIX_INLINE AngleRow row(const AngleData& data, std::ptrdiff_t n, std::ptrdiff_t some) {
  AngleRow row;
  cos_sin(0.5 * load(data.y + n, some), row.cos_half, row.sin_half);
  return row;
}

struct CountRow {
  Vec y, log_factorial;
};

STANMIX_INLINE CountRow row(const CountData& data, std::ptrdiff_t n, std::ptrdiff_t some) {
  double found[lanes] = {};
  for (int i = 0; i < some && i < lanes; ++i) found[i] = log_factorial(data.y[n + i]);
  return {load(data.y + n, some), load(found)};
}

struct TrialsRow {
  Vec y, failures, log_choose;
};

STANMIX_INLINE TrialsRow row(const TrialsData& data, std::ptrdiff_t n, std::ptrdiff_t some) {
  const Vec y = load(data.y + n, some);
  double found[lanes] = {};
  for (int i = 0; i < some && i < lanes; ++i) {
    const int successes = data.y[n + i], trials = data.trials[n + i];
    found[i] = log_factorial(trials) - log_factorial(successes) - log_factorial(trials - successes);
  }
  return {y, load(data.trials + n, some) - y, load(found)};
}

}  // namespace stanmix::STANMIX_SET
