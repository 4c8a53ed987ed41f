int<lower=1> N; // observations (distinct pairs where ties are collapsed)
array[N] int<lower=0> trials;
array[N] int<lower=0, upper=trials> y; // successes
vector<lower=0>[N] count; // how often each pair was observed, or its weight
