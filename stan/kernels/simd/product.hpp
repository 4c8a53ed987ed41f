// Products of one distribution for each column: the pass over the data. Read once for each instruction set.
//
// The log densities of the columns are added up in the block's joint densities, then each column adds its sums. A missing
// cell leaves its factor out.

namespace stanmix::STANMIX_SET {

/** What is done with the columns of a family. */
struct ProductFunctions {
  int sums;  // of each component
  int kept;  // vectors that the densities leave for the sums
  int size;  // doubles that a component takes
  void (*make)(const ProductColumn&, int, double*);
  void (*densities)(const ProductColumn&, const double*, const Block&, int, double*);
  void (*sums_of)(const ProductColumn&, const double*, const Block&, int, const double*, const double*, double*);
  void (*set_gradient)(const ProductColumn&, int, const double*, double*);
};

template <typename Data>
STANMIX_INLINE Data data_of(const ProductColumn& column) {
  if constexpr (std::is_same_v<Data, CountData>) {
    return {column.whole.data(), static_cast<std::ptrdiff_t>(column.whole.size())};
  } else {
    return {column.real.data(), static_cast<std::ptrdiff_t>(column.real.size())};
  }
}

/** 1 for the observed cells of a vector of observations, else 0. */
STANMIX_INLINE Vec observed(const ProductColumn& column, const Block& block, int i) {
  return column.observed.empty() ? broadcast(1.0) : load(column.observed.data() + block.n + i * lanes, block.some(i));
}

/** Make the components of a column, once for all observations: their constants take longer than some observations. */
template <class Component>
STANMIX_TARGET void make_components(const ProductColumn& column, int K, double* place) {
  static_assert(alignof(Component) <= alignof(double) && std::is_trivially_destructible_v<Component>,
                "components are kept among doubles");
  for (int k = 0; k < K; ++k) {
    new (place + k * sizeof(Component) / sizeof(double)) Component(column.parameters.data() + k * Component::P);
  }
}

/** The k-th of the components that make_components made. */
template <class Component>
STANMIX_INLINE Component component_at(const double* components, int k) {
  return *std::launder(reinterpret_cast<const Component*>(components + k * sizeof(Component) / sizeof(double)));
}

/** Add the log densities of a column to the block's joint densities. `spare` is room for what they leave for the sums. */
template <class Component>
STANMIX_TARGET void add_densities(const ProductColumn& column, const double* components, const Block& block, int K,
                                  double* spare) {
  constexpr int kept = Component::kept;
  const auto data = data_of<typename Component::Data>(column);
  typename Component::Row rows[block_rows];
  for (int i = 0; i < block.rows; ++i) rows[i] = row(data, block.n + i * lanes, block.some(i));
  for (int k = 0; k < K; ++k) {
    const Component component = component_at<Component>(components, k);
    for (int i = 0; i < block.rows; ++i) {
      const Vec density = component.log_density(rows[i], spare + (k * block_rows + i) * kept * lanes);
      double* place = block.place(k, i);
      store(place, load(place) + select(observed(column, block, i) > 0.0, settled(density), 0.0));
    }
  }
}

/** Add the sums of a column, eight lanes each: for each component that of its responsibilities, and those of its gradient. */
template <class Component>
STANMIX_TARGET void add_sums(const ProductColumn& column, const double* components, const Block& block, int K,
                             const double* spare, const double* r, double* total) {
  constexpr int kept = Component::kept, sums = Component::sums;
  const auto data = data_of<typename Component::Data>(column);
  typename Component::Row rows[block_rows];
  for (int i = 0; i < block.rows; ++i) rows[i] = row(data, block.n + i * lanes, block.some(i));
  for (int k = 0; k < K; ++k) {
    const Component component = component_at<Component>(components, k);
    Vec sum_r = Vec{}, sum_of[sums];
    for (int s = 0; s < sums; ++s) sum_of[s] = Vec{};
    for (int i = 0; i < block.rows; ++i) {
      const Vec own = load(r + (k * block_rows + i) * lanes) * observed(column, block, i);
      sum_r += own;
      component.add(rows[i], spare + (k * block_rows + i) * kept * lanes, own, sum_of);
    }
    double* place = total + k * (1 + sums) * lanes;
    store(place, load(place) + sum_r);
    for (int s = 0; s < sums; ++s) {
      place += lanes;
      store(place, load(place) + sum_of[s]);
    }
  }
}

/** Set the derivatives by the parameters of all components from the sums. */
template <class Component>
void set_gradient(const ProductColumn& column, int K, const double* found, double* gradient) {
  for (int k = 0; k < K; ++k) {
    const Component component(column.parameters.data() + k * Component::P);
    const double* own = found + k * (1 + Component::sums);
    component.gradient(own[0], own + 1, gradient + k * Component::P);
  }
}

/** Categories: the parameters are the log probabilities of the levels, and the sums the responsibilities of each level. */
STANMIX_TARGET inline void add_category_densities(const ProductColumn& column, const double*, const Block& block, int K,
                                                  double*) {
  for (int k = 0; k < K; ++k) {
    const double* log_p = column.parameters.data() + k * column.levels;
    for (int i = 0; i < block.rows; ++i) {
      double* place = block.place(k, i);
      for (int j = 0; j < block.some(i); ++j) {
        const int level = column.whole[block.n + i * lanes + j];
        if (level > 0) place[j] += log_p[level - 1];
      }
    }
  }
}

STANMIX_TARGET inline void add_category_sums(const ProductColumn& column, const double*, const Block& block, int K,
                                             const double*, const double* r, double* total) {
  for (int k = 0; k < K; ++k) {
    double* own = total + k * column.levels * lanes;
    for (int i = 0; i < block.rows; ++i) {
      for (int j = 0; j < block.some(i); ++j) {
        const int level = column.whole[block.n + i * lanes + j];
        if (level > 0) own[(level - 1) * lanes + j] += r[(k * block_rows + i) * lanes + j];
      }
    }
  }
}

inline void make_categories(const ProductColumn&, int, double*) {}

/** Set the derivatives by each level's share among the levels from it on. */
inline void set_category_gradient(const ProductColumn& column, int K, const double* found, double* gradient) {
  for (int k = 0; k < K; ++k) {
    const double* log_p = column.parameters.data() + k * column.levels;
    const double* own = found + k * column.levels;
    double beyond = 0;  // responsibilities of the levels after this one
    for (int level = 1; level < column.levels; ++level) beyond += own[level];
    double log_rest = 0;
    for (int level = 0; level + 1 < column.levels; ++level) {
      const double log_share = log_p[level] - log_rest, share = std::exp(log_share);
      gradient[k * column.levels + level] =
          (own[level] > 0 ? own[level] / share : 0) - (beyond > 0 ? beyond / -std::expm1(log_share) : 0);
      beyond -= own[level + 1];
      log_rest += std::log(-std::expm1(log_share));
    }
  }
}

template <class Component>
ProductFunctions functions_of_component() {
  return {1 + Component::sums,         Component::kept,           sizeof(Component) / sizeof(double),
          &make_components<Component>, &add_densities<Component>, &add_sums<Component>,
          &set_gradient<Component>};
}

/** What is done with a column. */
inline ProductFunctions functions_of(const ProductColumn& column) {
  switch (column.family) {
    case ProductFamily::normal:
      return functions_of_component<NormalComponent>();
    case ProductFamily::student_t:
      return functions_of_component<StudentTComponent>();
    case ProductFamily::lognormal:
      return functions_of_component<LognormalComponent>();
    case ProductFamily::gamma:
      return functions_of_component<GammaComponent>();
    case ProductFamily::beta:
      return functions_of_component<BetaComponent>();
    case ProductFamily::poisson:
      return functions_of_component<PoissonComponent>();
    case ProductFamily::neg_binomial_2:
      return functions_of_component<NegBinomial2Component>();
    default:
      return {column.levels, 0, 0, &make_categories, &add_category_densities, &add_category_sums, &set_category_gradient};
  }
}

/**
 * Run over some of the observations.
 *
 * @param found Sums to add to: the log likelihood, then the responsibilities of all K components and of noise, then for each
 *   column K times its sums.
 */
STANMIX_TARGET inline void product_pass(const std::vector<ProductColumn>& columns, const double* count, std::ptrdiff_t begin,
                                        std::ptrdiff_t end, const LogWeights& weights, int K, double* found) {
  const int all = K + weights.noise;
  std::vector<ProductFunctions> functions;
  std::ptrdiff_t of_kept = 0, of_components = 0, sums = all;
  for (const ProductColumn& column : columns) {
    functions.push_back(functions_of(column));
    of_kept += functions.back().kept * K * block_rows * lanes;
    of_components += functions.back().size * K;
    sums += functions.back().sums * K;
  }
  std::vector<double> memory(2 * all * block_rows * lanes + of_kept + sums * lanes + of_components, 0.0);
  Block block;
  block.joint = memory.data();
  double* r = memory.data() + all * block_rows * lanes;
  double* spare = r + all * block_rows * lanes;
  double* total = spare + of_kept;  // of the responsibilities, then of each column, eight lanes each
  double* components = total + sums * lanes;
  for (std::size_t c = 0, at = 0; c < columns.size(); at += functions[c++].size * K) {
    functions[c].make(columns[c], K, components + at);
  }
  Vec lp = Vec{};
  for (std::ptrdiff_t n = begin; n < end; n += block_rows * lanes) {
    open(block, count, n, end, block_rows);
    for (int k = 0; k < all; ++k) {
      for (int i = 0; i < block.rows; ++i) put(block, weights, k, i, Vec{});
    }
    double* kept = spare;
    const double* own = components;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      functions[c].densities(columns[c], own, block, K, kept);
      kept += functions[c].kept * K * block_rows * lanes;
      own += functions[c].size * K;
    }
    for (int i = 0; i < block.rows; ++i) {
      block.largest[i] = -infinity;
      for (int k = 0; k < all; ++k) block.largest[i] = maximum(load(block.place(k, i)), block.largest[i]);
    }
    normalise(block, all, lp);
    double* place = total;
    for (int k = 0; k < all; ++k, place += lanes) {
      Vec of_component = Vec{};
      for (int i = 0; i < block.rows; ++i) {
        const Vec share = responsibility(block, weights, k, i);
        store(r + (k * block_rows + i) * lanes, share);
        of_component += share;
      }
      store(place, load(place) + of_component);
    }
    kept = spare;
    own = components;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      functions[c].sums_of(columns[c], own, block, K, kept, r, place);
      kept += functions[c].kept * K * block_rows * lanes;
      own += functions[c].size * K;
      place += functions[c].sums * K * lanes;
    }
  }
  found[0] += sum(lp);
  for (std::ptrdiff_t i = 0; i < sums; ++i) found[1 + i] += sum(load(total + i * lanes));
}

}  // namespace stanmix::STANMIX_SET
