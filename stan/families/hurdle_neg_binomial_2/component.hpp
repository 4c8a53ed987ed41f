// Hurdle negative binomial components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

using HurdleNegBinomial2Component = Hurdle<NegBinomial2Component>;

}  // namespace stanmix::STANMIX_SET
