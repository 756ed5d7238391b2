// How many times as long as normally every answer takes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/durations/numbers.hpp"
#include "core/durations/words.hpp"
#include "core/text.hpp"
#include "curve/axes/axes.hpp"

namespace tripcurve::curve {
namespace {

using durations::longest_drawn;
using durations::ns;
using durations::rounded_and_cut;

constexpr double most_times = 1e6;

// Another distribution, that many times as long.
class Stretched final : public durations::Shape {
 public:
  Stretched(faults::Latency latency, double times) : latency_(std::move(latency)), times_(times) {}

  [[nodiscard]] Duration quantile(double q) const override {
    return stretched(latency_.quantile(q));
  }
  [[nodiscard]] Duration mean() const override { return stretched(latency_.mean()); }
  [[nodiscard]] double share_above(Duration limit) const override {
    return latency_.share_above(rounded_and_cut(ns(limit) / times_));
  }
  [[nodiscard]] Duration sample(double u) const override { return stretched(latency_.sample(u)); }
  [[nodiscard]] Duration draw(Random draws, const durations::Moment& moment) const override {
    return stretched(latency_.sample(draws, moment));
  }
  [[nodiscard]] std::string text() const override {
    return fmt::format("{} times {}", durations::number_text(times_), latency_.text());
  }
  [[nodiscard]] bool counts_in_flight() const override { return latency_.counts_in_flight(); }
  [[nodiscard]] bool has_quick_quantile() const override { return latency_.has_quick_quantile(); }

 private:
  [[nodiscard]] Duration stretched(Duration duration) const {
    return rounded_and_cut(ns(duration) * times_);
  }

  faults::Latency latency_;
  double times_;
};

class SlowdownAxis final : public Axis {
 public:
  [[nodiscard]] std::string text() const override { return "slowdown"; }
  [[nodiscard]] std::string heading() const override { return "the slowdown"; }
  [[nodiscard]] std::string column() const override { return "slowdown"; }
  [[nodiscard]] std::string caption() const override { return "times as long as normally"; }

  [[nodiscard]] Result<double> parse(std::string_view text) const override {
    const auto all = trim(text);
    double times = 0;
    const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), times);
    const bool is_number =
        error == std::errc() && end == all.data() + all.size() - 1 && *end == 'x';
    return is_number && times > 0 && times <= most_times
               ? Result(times)
               : Result<double>(Error{quoted(all) + " is no slowdown from above 0x to 1000000x",
                                      "write 10x for ten times as long"});
  }
  [[nodiscard]] std::string show(double severity) const override {
    return durations::number_text(severity) + "x";
  }
  [[nodiscard]] std::string example() const override { return "2x,10x"; }
  [[nodiscard]] std::vector<double> usual() const override {
    return {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
  }
  [[nodiscard]] bool is_logarithmic() const override { return true; }

  [[nodiscard]] Result<faults::PhaseSpec> fault(const experiment::Experiment& world,
                                                double severity) const override {
    return faults::PhaseSpec{.latency = faults::Latency(std::make_shared<Stretched>(
                                 world.upstream.normal.latency, severity))};
  }
  [[nodiscard]] Hit hit(const experiment::Experiment& world, double severity) const override {
    const auto [takes, is_given_up] =
        held(world, rounded_and_cut(ns(world.upstream.normal.latency.mean()) * severity));
    return {.share = 1, .takes = takes, .fails = is_given_up};
  }
};

}  // namespace

AxisPtr over_slowdown() { return std::make_shared<SlowdownAxis>(); }

}  // namespace tripcurve::curve
