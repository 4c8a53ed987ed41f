// Most of what a fit uses, as one translation unit. Reading the headers of Stan's math library
// takes 14 s by itself, so that one file for each method would double the work; two units of like
// size keep two processors busy.
#include "methods/generate_quantities.cpp"
#include "methods/log_prob.cpp"
#include "methods/sample.cpp"
#include "methods/sample_nuts_dense.cpp"
#include "methods/sample_nuts_diag.cpp"
#include "methods/sample_nuts_unit.cpp"
#include "session.cpp"
