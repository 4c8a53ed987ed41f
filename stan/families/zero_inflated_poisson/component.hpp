// Zero-inflated Poisson components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

using ZeroInflatedPoissonComponent = ZeroInflated<PoissonComponent>;

}  // namespace stanmix::STANMIX_SET
