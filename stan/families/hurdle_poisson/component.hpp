// Hurdle Poisson components. Read once for each instruction set.

namespace stanmix::STANMIX_SET {

using HurdlePoissonComponent = Hurdle<PoissonComponent>;

}  // namespace stanmix::STANMIX_SET
