int<lower=1> N; // observations (distinct rows where ties are collapsed)
int<lower=1> D; // columns
matrix[N, D] y;
array[N] int<lower=1> count; // how often each row was observed
