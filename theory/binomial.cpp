#include "theory/binomial.hpp"

#include <cmath>

namespace tripcurve::theory {
namespace {

// Of a positive number. std::lgamma() writes the sign to a global, which threads must not share.
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

// Adds up terms from the one at `k` on, each `ratio(k)` times the one before, until they no longer
// matter. They must shrink from there on.
template <typename Ratio>
double sum_of_tail(double first, double k, double last, double step, Ratio ratio) {
  double sum = 0;
  for (double term = first; term > sum * 1e-18; k += step) {
    sum += term;
    if (k == last) {
      break;
    }
    term *= ratio(k);
  }
  return sum;
}

double upper_binomial(double n, double k, double share) {
  const double odds = share / (1 - share);
  return sum_of_tail(binomial(n, k, share), k, n, 1,
                     [&](double i) { return (n - i) / (i + 1) * odds; });
}

double lower_binomial(double n, double k, double share) {
  const double odds = share / (1 - share);
  return sum_of_tail(binomial(n, k, share), k, 0, -1,
                     [&](double i) { return i / (n - i + 1) / odds; });
}

}  // namespace

double binomial(double n, double k, double share) {
  return k < 0 || k > n ? 0
                        : std::exp(log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1) +
                                   k * std::log(share) + (n - k) * std::log1p(-share));
}

double binomial_at_least(double n, double k, double share) {
  if (k <= 0) {
    return 1;
  }
  if (k > n) {
    return 0;
  }
  return k > n * share ? upper_binomial(n, k, share) : 1 - lower_binomial(n, k - 1, share);
}

double binomial_at_most(double n, double k, double share) {
  if (k < 0) {
    return 0;
  }
  if (k >= n) {
    return 1;
  }
  return k < n * share ? lower_binomial(n, k, share) : 1 - upper_binomial(n, k + 1, share);
}

double poisson(double mean, double k) {
  return std::exp(k * std::log(mean) - mean - log_gamma(k + 1));
}

double poisson_at_least(double mean, double k) {
  if (k <= 0) {
    return 1;
  }
  if (k > mean) {
    double sum = 0;
    for (double term = poisson(mean, k); term > sum * 1e-18; ++k) {
      sum += term;
      term *= mean / (k + 1);
    }
    return sum;
  }
  double sum = 0;
  for (double i = 0; i < k; ++i) {
    sum += poisson(mean, i);
  }
  return 1 - sum;
}

}  // namespace tripcurve::theory
