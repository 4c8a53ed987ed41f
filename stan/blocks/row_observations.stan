int<lower=1> N; // observations (distinct rows where ties are collapsed)
int<lower=1> D; // columns
matrix[N, D] y;
vector<lower=0>[N] count; // how often each row was observed, or its weight
