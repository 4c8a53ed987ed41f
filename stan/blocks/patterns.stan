// Which cells of the rows are observed: rows with the same columns have a pattern, and `by_pattern` lists them pattern by
// pattern. Cells that are missing have any number in y.
int<lower=1> patterns;
array[N] int<lower=1, upper=N> by_pattern;
array[N] int<lower=1, upper=patterns> pattern;
array[patterns] int<lower=1, upper=N> first; // place of its first row in by_pattern
array[patterns] int<lower=1, upper=N> last;
array[patterns] int<lower=1, upper=D> observed; // how many columns it has,
array[patterns, D] int<lower=0, upper=D> columns; // which are the first of these
