// Zero-inflated negative binomial components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

using ZeroInflatedNegBinomial2Component = ZeroInflated<NegBinomial2Component>;

}  // namespace stanmix::STANMIX_SET
