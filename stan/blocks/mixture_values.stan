array[P] vector[K] value; // of each parameter, for each component
for (p in 1 : P) {
  value[p] = expand(free, free_index[p], fixed[p]);
}
