array[observed[m]] int some = columns[m, 1 : observed[m]];
array[K] vector[observed[m]] mean = marginal_means(mu, some);
array[K] matrix[observed[m], observed[m]] factor = marginal_factors(L, some);
