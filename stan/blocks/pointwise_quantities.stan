vector[pointwise ? N : 0] log_lik;
array[pointwise ? N : 0] vector[K + noise] responsibility;
array[pointwise ? N : 0] int z;
