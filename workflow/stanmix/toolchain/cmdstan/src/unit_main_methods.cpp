// All methods but one, as one translation unit: reading the headers of Stan's math library takes
// 14 s by itself, so that a unit for each method would more than double the work. Pathfinder, which
// takes about as long as all of these, is the other unit, so that two processors finish together.
#include "methods/generate_quantities.cpp"
#include "methods/log_prob.cpp"
#include "methods/optimize.cpp"
#include "methods/sample.cpp"
#include "methods/sample_nuts_dense.cpp"
#include "methods/sample_nuts_diag.cpp"
#include "methods/sample_nuts_unit.cpp"
#include "session.cpp"
