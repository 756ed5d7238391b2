#include "core/duration_distribution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>
#include <utility>
#include <vector>

#include "core/ensure.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_drawn = 10'000h;
constexpr double longest_tail_ns = 24 * 3600e9 * (1 + 1e-12);  // 24h itself, rounding allowed for
constexpr double tail = 0.9999;

constexpr std::string_view forms =
    "write 20ms, 10ms..50ms, 100ms+-20ms, p50=20ms,p99=400ms or mean=20ms";
constexpr std::string_view two_percentiles = "write two percentiles, such as p50=20ms,p99=400ms";

double ns(Duration d) { return static_cast<double>(d.count()); }

// The nearest Duration; `count` is between 0 and that of `longest_drawn`.
Duration rounded(double count) { return Duration(static_cast<Duration::rep>(count + 0.5)); }

template <std::size_t N>
double polynomial(const double (&coefficients)[N], double x) {
  double sum = 0;
  for (std::size_t i = N; i-- > 0;) {
    sum = sum * x + coefficients[i];
  }
  return sum;
}

// The normal score of p: the inverse of the standard normal distribution function, to about 1 part
// in 10^16. Algorithm AS 241 (PPND16), M. J. Wichura, Applied Statistics 37 (1988), 477-484.
double normal_score(double p) {
  if (p <= 0) {
    return -std::numeric_limits<double>::infinity();
  }
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    static constexpr double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                   1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                   4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                   3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static constexpr double b[] = {1.0,
                                   4.2313330701600911252e+1,
                                   6.8718700749205790830e+2,
                                   5.3941960214247511077e+3,
                                   2.1213794301586595867e+4,
                                   3.9307895800092710610e+4,
                                   2.8729085735721942674e+4,
                                   5.2264952788528545610e+3};
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  double score = 0;
  if (r <= 5) {
    static constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                   5.76949722146069140550e0,  3.64784832476320460504e0,
                                   1.27045825245236838258e0,  2.41780725177450611770e-1,
                                   2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static constexpr double d[] = {1.0,
                                   2.05319162663775882187e0,
                                   1.67638483018380384940e0,
                                   6.89767334985100004550e-1,
                                   1.48103976427480074590e-1,
                                   1.51986665636164571966e-2,
                                   5.47593808499534494600e-4,
                                   1.05075007164441684324e-9};
    r -= 1.6;
    score = polynomial(c, r) / polynomial(d, r);
  } else {
    static constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                   1.78482653991729133580e0,  2.96560571828504891230e-1,
                                   2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                   2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static constexpr double f[] = {1.0,
                                   5.99832206555887937690e-1,
                                   1.36929880922735805310e-1,
                                   1.48753612908506148525e-2,
                                   7.86869131145613259100e-4,
                                   1.84631831751005468180e-5,
                                   1.42151175831644588870e-7,
                                   2.04426310338993978564e-15};
    r -= 5;
    score = polynomial(e, r) / polynomial(f, r);
  }
  return q < 0 ? -score : score;
}

// One `p99=400ms`.
struct Percentile {
  double q = 0;
  Duration value{};
};

Result<Percentile> parse_percentile(std::string_view item, std::string_view what) {
  const auto equals = item.find('=');
  const auto name = trim(item.substr(0, equals));
  // A letter p and a percentage; whatever else stands there is no name that we know.
  const auto share = name.starts_with('p') ? parse_share(std::string(name.substr(1)) + "%")
                                           : Result<Share>(Error{});
  if (!share) {
    return Error{"unknown word " + quoted(name) + " in a " + std::string(what),
                 std::string(two_percentiles)};
  }
  if (share->value <= 0 || share->value >= 1) {
    return Error{quoted(name) + " is not between p0 and p100", std::string(two_percentiles)};
  }
  if (equals == std::string_view::npos) {
    return Error{quoted(name) + " has no value", "write " + std::string(name) + "=20ms"};
  }
  const auto value = parse_duration(item.substr(equals + 1));
  if (!value) {
    return value.error().in(std::string(name));
  }
  return Percentile{share->value, *value};
}

std::string percentile_name(double q) {
  auto name = "p" + format_share({q});
  name.pop_back();  // the %
  return name;
}

std::string percentile_text(double q, Duration value) {
  return percentile_name(q) + "=" + format_duration(value);
}

}  // namespace

DurationDistribution DurationDistribution::fixed(Duration duration) {
  DurationDistribution distribution;
  distribution.a_ = duration;
  distribution.b_ = duration;
  return distribution;
}

Duration DurationDistribution::sample(double u) const {
  return table_ && table_->covers(u) ? rounded(table_->at(u)) : quantile(u);
}

// The derivative of the normal score is 1 / density = sqrt(2 pi) exp(score^2 / 2).
void DurationDistribution::tabulate() {
  constexpr double widest = 4;  // of a steeper curve the table's pieces would be too coarse
  if (sigma_ > widest) {
    return;
  }
  table_ = std::make_shared<SmoothTable>(
      SmoothTable::End::left_out, SmoothTable::End::left_out, [this](double u) {
        const double score = normal_score(u);
        const double count = std::exp(mu_ + sigma_ * score);
        const double slope = std::sqrt(2 * std::numbers::pi) * std::exp(score * score / 2);
        return SmoothTable::Place{count, count * sigma_ * slope};
      });
}

bool operator==(const DurationDistribution& a, const DurationDistribution& b) {
  const auto given = [](const DurationDistribution& d) {
    return std::tie(d.shape_, d.a_, d.b_, d.qa_, d.qb_);
  };
  return given(a) == given(b);
}

Duration DurationDistribution::mean() const {
  switch (shape_) {
    case Shape::uniform:
      return low() + (high() - low()) / 2;
    case Shape::jitter:
    case Shape::exponential:
      return a_;
    case Shape::lognormal:
      break;
  }
  return rounded(std::exp(mu_ + sigma_ * sigma_ / 2));
}

Duration DurationDistribution::quantile(double q) const {
  ENSURE(q >= 0 && q < 1);
  if (shape_ == Shape::uniform || shape_ == Shape::jitter) {
    return is_fixed() ? a_ : low() + rounded(q * ns(high() - low()));
  }
  const double count = shape_ == Shape::exponential ? -ns(a_) * std::log(1 - q)
                                                    : std::exp(mu_ + sigma_ * normal_score(q));
  return count < ns(longest_drawn) ? rounded(count) : longest_drawn;
}

double DurationDistribution::share_above(Duration limit) const {
  if (shape_ == Shape::lognormal) {
    return limit <= Duration::zero()
               ? 1
               : std::erfc((std::log(ns(limit)) - mu_) / (sigma_ * std::sqrt(2.0))) / 2;
  }
  if (shape_ == Shape::exponential) {
    return limit <= Duration::zero() ? 1 : std::exp(-ns(limit) / ns(a_));
  }
  if (limit < low()) {
    return 1;
  }
  return limit >= high() ? 0 : ns(high() - limit) / ns(high() - low());
}

std::string DurationDistribution::text() const {
  switch (shape_) {
    case Shape::uniform:
      return a_ == b_ ? format_duration(a_) : format_duration(a_) + ".." + format_duration(b_);
    case Shape::jitter:
      return format_duration(a_) + "+-" + format_duration(b_);
    case Shape::exponential:
      return "mean=" + format_duration(a_);
    case Shape::lognormal:
      break;
  }
  return percentile_text(qa_, a_) + "," + percentile_text(qb_, b_);
}

Result<DurationDistribution> DurationDistribution::between(std::string_view text,
                                                           std::size_t dots) {
  const auto low = parse_duration(text.substr(0, dots));
  const auto high = parse_duration(text.substr(dots + 2));
  if (!low || !high) {
    return (low ? high : low).error().in(quoted(text));
  }
  if (*low > *high) {
    return Error{quoted(text) + " begins with the longer one",
                 "write " + format_duration(*high) + ".." + format_duration(*low)};
  }
  DurationDistribution distribution;
  distribution.a_ = *low;
  distribution.b_ = *high;
  return distribution;
}

Result<DurationDistribution> DurationDistribution::jittered(std::string_view text,
                                                            std::size_t sign) {
  const auto centre = parse_duration(text.substr(0, sign));
  const auto half_width = parse_duration(text.substr(sign + 2));
  if (!centre || !half_width) {
    return (centre ? half_width : centre).error().in(quoted(text));
  }
  if (*half_width > *centre) {
    const auto name = format_duration(*centre);
    return Error{"the jitter of " + quoted(text) + " is wider than its centre",
                 "write " + name + "+-" + name + " or less"};
  }
  DurationDistribution distribution;
  distribution.a_ = *centre;
  // No jitter at all is fixed, which has one form only.
  distribution.shape_ = *half_width > Duration::zero() ? Shape::jitter : Shape::uniform;
  distribution.b_ = distribution.shape_ == Shape::jitter ? *half_width : *centre;
  return distribution;
}

Result<DurationDistribution> DurationDistribution::by_percentiles(std::string_view text,
                                                                  std::string_view what) {
  std::vector<Percentile> given;
  for (auto rest = text; !rest.empty();) {
    const auto percentile = parse_percentile(trim(take_until(rest, ",")), what);
    if (!percentile) {
      return percentile.error();
    }
    given.push_back(*percentile);
  }
  if (given.size() != 2 || text.ends_with(',')) {
    return Error{quoted(text) + " does not name two percentiles", std::string(two_percentiles)};
  }
  std::ranges::sort(given, {}, &Percentile::q);
  const auto [lower, higher] = std::pair(given[0], given[1]);
  if (lower.q == higher.q) {
    return Error{quoted(text) + " names " + percentile_name(lower.q) + " twice",
                 std::string(two_percentiles)};
  }
  if (lower.value >= higher.value) {
    return Error{"in " + quoted(text) + " " + percentile_name(higher.q) + " is not above " +
                     percentile_name(lower.q),
                 lower.value == higher.value
                     ? "write " + format_duration(lower.value) + " for a fixed " + std::string(what)
                     : "write " + percentile_text(lower.q, higher.value) + "," +
                           percentile_text(higher.q, lower.value)};
  }
  if (lower.value == Duration::zero()) {
    return Error{percentile_name(lower.q) + " is zero in " + quoted(text),
                 "write more than 0ms, such as " + percentile_text(lower.q, 1us)};
  }

  DurationDistribution distribution;
  distribution.shape_ = Shape::lognormal;
  distribution.a_ = lower.value;
  distribution.b_ = higher.value;
  distribution.qa_ = lower.q;
  distribution.qb_ = higher.q;
  distribution.sigma_ = std::log(ns(higher.value) / ns(lower.value)) /
                        (normal_score(higher.q) - normal_score(lower.q));
  distribution.mu_ = std::log(ns(lower.value)) - distribution.sigma_ * normal_score(lower.q);

  // Negated, so that percentiles too near to each other to be told apart (not a number) end here
  // too.
  const double mean = std::exp(distribution.mu_ + distribution.sigma_ * distribution.sigma_ / 2);
  const double far = std::exp(distribution.mu_ + distribution.sigma_ * normal_score(tail));
  if (!(mean <= longest_tail_ns && far <= longest_tail_ns)) {
    return Error{quoted(text) + " means a " + (mean <= longest_tail_ns ? "p99.99" : "mean") +
                     " of more than 24h",
                 "write percentiles that are nearer to each other"};
  }
  distribution.tabulate();
  return distribution;
}

Result<DurationDistribution> DurationDistribution::by_mean(std::string_view text) {
  const auto mean = parse_duration(text.substr(text.find('=') + 1));
  if (!mean) {
    return mean.error().in("mean");
  }
  if (*mean == Duration::zero()) {
    return Error{"the mean is zero in " + quoted(text), "write 0ms for no time at all"};
  }
  if (-ns(*mean) * std::log(1 - tail) > longest_tail_ns) {
    return Error{quoted(text) + " means a p99.99 of more than 24h", "write a shorter mean"};
  }
  DurationDistribution distribution;
  distribution.shape_ = Shape::exponential;
  distribution.a_ = *mean;
  return distribution;
}

Result<DurationDistribution> parse_duration_distribution(std::string_view text,
                                                         std::string_view what) {
  text = trim(text);
  if (const auto word = text.substr(0, text.find('='));
      word.size() < text.size() && trim(word) == "mean") {
    return DurationDistribution::by_mean(text);
  }
  if (const auto dots = text.find(".."); dots != std::string_view::npos) {
    return DurationDistribution::between(text, dots);
  }
  if (text.find('=') != std::string_view::npos || text.starts_with('p')) {
    return DurationDistribution::by_percentiles(text, what);
  }
  if (const auto sign = text.find("+-"); sign != std::string_view::npos) {
    return DurationDistribution::jittered(text, sign);
  }
  // What begins like a number and has no other grammar in it was meant as a duration.
  const bool number = text.find_first_of("0123456789.-") == 0;
  if (!number || text.find_first_of(":,+()") != std::string_view::npos) {
    return Error{quoted(text) + " is not a " + std::string(what), std::string(forms)};
  }
  const auto fixed = parse_duration(text);
  return fixed ? Result(DurationDistribution::fixed(*fixed)) : fixed.error();
}

}  // namespace tripcurve
