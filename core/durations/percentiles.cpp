// Percentiles: two are those of a lognormal, more are joined by pieces of lognormals.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "core/durations/numbers.hpp"
#include "core/durations/score_curve.hpp"
#include "core/durations/shapes.hpp"
#include "core/smooth_table.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::durations {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view two_percentiles = "write two percentiles, such as p50=20ms,p99=400ms";

std::string text_of(const std::vector<Point>& points, const std::optional<Duration>& most) {
  std::string text;
  for (const auto& [q, value] : points) {
    text += (text.empty() ? "" : ",") + percentile_text(q, value);
  }
  return most ? text + ",max=" + format_duration(*most) : text;
}

class Lognormal final : public Shape {
 public:
  Lognormal(const Point& low, const Point& high)
      : given_{low, high},
        sigma_(std::log(ns(high.value) / ns(low.value)) /
               (normal_score(high.q) - normal_score(low.q))),
        mu_(std::log(ns(low.value)) - sigma_ * normal_score(low.q)) {
    tabulate();
  }

  [[nodiscard]] Duration sample(double u) const override {
    return table_ && table_->covers(u) ? rounded(table_->at(u)) : quantile(u);
  }
  [[nodiscard]] Duration quantile(double q) const override {
    return rounded_and_cut(std::exp(mu_ + sigma_ * normal_score(q)));
  }
  [[nodiscard]] Duration mean() const override { return rounded(mean_ns()); }
  [[nodiscard]] double share_above(Duration limit) const override {
    return limit <= Duration::zero()
               ? 1
               : std::erfc((std::log(ns(limit)) - mu_) / (sigma_ * std::sqrt(2.0))) / 2;
  }
  [[nodiscard]] std::string text() const override { return text_of(given_, std::nullopt); }

  [[nodiscard]] double mean_ns() const { return std::exp(mu_ + sigma_ * sigma_ / 2); }
  [[nodiscard]] double far_ns() const { return std::exp(mu_ + sigma_ * normal_score(tail)); }

 private:
  // The derivative of the normal score is 1 / density = sqrt(2 pi) exp(score^2 / 2).
  void tabulate() {
    constexpr double widest = 4;  // of a steeper curve the table's pieces would be too coarse
    if (!(sigma_ <= widest)) {
      return;
    }
    table_.emplace(SmoothTable::End::left_out, SmoothTable::End::left_out, [this](double u) {
      const double score = normal_score(u);
      const double count = std::exp(mu_ + sigma_ * score);
      const double slope = std::sqrt(2 * std::numbers::pi) * std::exp(score * score / 2);
      return SmoothTable::Place{count, count * sigma_ * slope};
    });
  }

  std::vector<Point> given_;
  double sigma_;
  double mu_;                           // of nanoseconds
  std::optional<SmoothTable> table_{};  // of its quantiles, in ns
};

class Percentiles final : public Shape {
 public:
  Percentiles(std::vector<Point> points, std::optional<Duration> most)
      : points_(std::move(points)), most_(most), curve_(points_, most) {}

  [[nodiscard]] Duration quantile(double q) const override {
    const auto value = curve_.quantile(q);
    return most_ ? std::min(value, *most_) : value;
  }
  [[nodiscard]] Duration mean() const override { return curve_.mean(); }
  [[nodiscard]] double share_above(Duration limit) const override {
    return most_ && limit >= *most_ ? 0 : curve_.share_above(limit);
  }
  [[nodiscard]] std::string text() const override { return text_of(points_, most_); }
  [[nodiscard]] std::vector<std::string> remarks() const override {
    if (!most_) {
      return {};
    }
    return {show_share(curve_.share_redrawn()) +
            " of the draws are above max=" + format_duration(*most_) + " and drawn again"};
  }

 private:
  std::vector<Point> points_;
  std::optional<Duration> most_;
  ScoreCurve curve_;
};

Result<Point> parse_percentile(std::string_view item, std::string_view what) {
  const auto equals = item.find('=');
  const auto name = trim(item.substr(0, equals));
  // A letter p and a percentage; whatever else stands there is no name that we know.
  const auto share = name.starts_with('p') ? parse_share(std::string(name.substr(1)) + "%")
                                           : Result<Share>(Error{});
  if (!share) {
    return Error{"unknown word " + quoted(name) + " in a " + std::string(what),
                 name == "file" ? "write file(" + std::string(trim(item.substr(equals + 1))) + ")"
                                : std::string(two_percentiles)};
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
  return Point{share->value, *value};
}

// What is said, in the order of the percentiles.
struct Given {
  std::vector<Point> points{};
  std::optional<Duration> most{};
};

std::optional<Error> read_item(std::string_view item, std::string_view what, std::string_view text,
                               Given& given) {
  const auto equals = item.find('=');
  if (equals == std::string_view::npos || trim(item.substr(0, equals)) != "max") {
    const auto point = parse_percentile(item, what);
    if (!point) {
      return point.error();
    }
    given.points.push_back(*point);
    return std::nullopt;
  }
  const auto most = parse_duration(item.substr(equals + 1));
  if (!most) {
    return most.error().in("max");
  }
  if (given.most) {
    return Error{quoted(text) + " names max twice", "keep one of them"};
  }
  given.most = *most;
  return std::nullopt;
}

// Percentiles that do not rise.
std::optional<Error> mistake_in(const Point& lower, const Point& higher, std::string_view text,
                                std::string_view what) {
  if (lower.q == higher.q) {
    return Error{quoted(text) + " names " + percentile_name(lower.q) + " twice",
                 std::string(two_percentiles)};
  }
  if (lower.value < higher.value) {
    return std::nullopt;
  }
  return Error{"in " + quoted(text) + " " + percentile_name(higher.q) + " is not above " +
                   percentile_name(lower.q),
               lower.value == higher.value
                   ? "write " + format_duration(lower.value) + " for a fixed " + std::string(what)
                   : "write " + percentile_text(lower.q, higher.value) + "," +
                         percentile_text(higher.q, lower.value)};
}

std::optional<Error> mistake_in(const Given& given, std::string_view text, std::string_view what) {
  const auto& [points, most] = given;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    if (auto mistake = mistake_in(points[i], points[i + 1], text, what)) {
      return mistake;
    }
  }
  const auto& lowest = points.front();
  if (lowest.value == Duration::zero()) {
    return Error{percentile_name(lowest.q) + " is zero in " + quoted(text),
                 "write more than 0ms, such as " + percentile_text(lowest.q, 1us)};
  }
  if (most && *most <= points.back().value) {
    return Error{"in " + quoted(text) + " max is not above " + percentile_name(points.back().q),
                 "write a max above " + format_duration(points.back().value)};
  }
  return std::nullopt;
}

Error too_far(std::string_view text, bool mean) {
  return {quoted(text) + " means a " + (mean ? "mean" : "p99.99") + " of more than 24h",
          "write percentiles that are nearer to each other"};
}

Result<DurationDistribution> joined(Given given, std::string_view text) {
  if (given.points.size() == 2 && !given.most) {
    const auto& [points, most] = given;
    const auto shape = std::make_shared<Lognormal>(points[0], points[1]);
    // Negated, so that percentiles too near to each other to be told apart (not a number) end here
    // too.
    const bool far_mean = !(shape->mean_ns() <= longest_tail_ns);
    if (far_mean || !(shape->far_ns() <= longest_tail_ns)) {
      return too_far(text, far_mean);
    }
    return DurationDistribution(shape);
  }
  // The same for pieces of a curve; with a max there is no tail.
  if (!ScoreCurve(given.points, given.most).is_sound()) {
    return too_far(text, /*mean=*/true);
  }
  const auto shape = std::make_shared<Percentiles>(std::move(given.points), given.most);
  const auto longest = Duration(static_cast<Duration::rep>(longest_tail_ns));
  const bool far_mean = shape->mean() > longest;
  if (far_mean || shape->quantile(tail) > longest) {
    return too_far(text, far_mean);
  }
  return DurationDistribution(shape);
}

}  // namespace

Result<DurationDistribution> parse_percentiles(std::string_view text, std::string_view what) {
  Given given;
  for (auto rest = text; !rest.empty();) {
    if (auto mistake = read_item(trim(take_until(rest, ",")), what, text, given)) {
      return *std::move(mistake);
    }
  }
  if (given.points.size() < 2 || text.ends_with(',')) {
    return Error{quoted(text) + " does not name two percentiles", std::string(two_percentiles)};
  }
  std::ranges::stable_sort(given.points, {}, &Point::q);
  if (auto mistake = mistake_in(given, text, what)) {
    return *std::move(mistake);
  }
  return joined(std::move(given), text);
}

Result<DurationDistribution> parse_lognormal(const Call& call, std::string_view text) {
  Arguments arguments(call, text, "lognormal(20ms,400ms): the p50 and the p99");
  const auto median = arguments.duration("p50");
  const auto far = arguments.duration("p99");
  if (auto mistake = arguments.error()) {
    return *std::move(mistake);
  }
  return parse_percentiles(percentile_text(0.5, *median) + "," + percentile_text(0.99, *far),
                           "lognormal");
}

}  // namespace tripcurve::durations
