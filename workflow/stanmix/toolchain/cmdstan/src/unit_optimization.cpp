// The methods that climb: optimisation, and Pathfinder, which is built on it (see unit_sampling.cpp
// for the reason of units).
#include "methods/optimize.cpp"
#include "methods/pathfinder.cpp"
