// Pathfinder takes about as long to compile as all other methods together: see unit_main_methods.cpp.
#include "methods/pathfinder.cpp"
