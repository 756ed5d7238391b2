// Chances of binomial and Poisson counts, exact to about 1e-12 of themselves however small they
// are: sums go over the smaller side, and logarithms keep products from vanishing.
#pragma once

namespace tripcurve::theory {

// P(X = k), P(X >= k) and P(X <= k) of n calls that fail with that share each, in (0, 1). n and k
// are whole; k may be below zero or above n.
[[nodiscard]] double binomial(double n, double k, double share);
[[nodiscard]] double binomial_at_least(double n, double k, double share);
[[nodiscard]] double binomial_at_most(double n, double k, double share);

// P(M = k) of a Poisson count.
[[nodiscard]] double poisson(double mean, double k);
// P(M >= k).
[[nodiscard]] double poisson_at_least(double mean, double k);

}  // namespace tripcurve::theory
