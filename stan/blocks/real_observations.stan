int<lower=1> N; // observations (distinct values where ties are collapsed)
vector[N] y;
vector<lower=0>[N] count; // how often each value was observed, or its weight
