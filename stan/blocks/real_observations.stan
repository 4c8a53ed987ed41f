int<lower=1> N; // observations (distinct values where ties are collapsed)
vector[N] y;
array[N] int<lower=1> count; // how often each value was observed
