int<lower=1> N; // observations (distinct values where ties are collapsed)
array[N] int<lower=0> y;
vector<lower=0>[N] count; // how often each value was observed, or its weight
