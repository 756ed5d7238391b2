// The share of answers that take longer than normally, by always as much.
#include <utility>

#include "core/durations/shapes.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "curve/axes/axes.hpp"

namespace tripcurve::curve {
namespace {

class SlowAxis final : public Axis {
 public:
  explicit SlowAxis(Duration longer) : longer_(longer) {}

  [[nodiscard]] std::string text() const override { return "slow=" + format_duration(longer_); }
  [[nodiscard]] std::string heading() const override {
    return "the share of calls " + format_duration(longer_) + " slower";
  }
  [[nodiscard]] std::string column() const override { return "slow"; }
  [[nodiscard]] std::string caption() const override {
    return "share of calls that take " + format_duration(longer_) + " longer";
  }

  [[nodiscard]] Result<double> parse(std::string_view text) const override {
    return parse_share_of_calls(text);
  }
  [[nodiscard]] std::string show(double severity) const override {
    return format_share({severity});
  }
  [[nodiscard]] std::string example() const override { return "10%,30%"; }
  [[nodiscard]] std::vector<double> usual() const override { return even_shares(); }
  [[nodiscard]] bool is_logarithmic() const override { return false; }

  [[nodiscard]] Result<faults::PhaseSpec> fault(const experiment::Experiment& world,
                                                double severity) const override {
    const auto& normal = world.upstream.normal.latency;
    const auto text = normal.text() + " + " + format_duration(longer_) + ":" + show(severity);
    auto latency = durations::sum_of(
        {{.part = normal}, {.part = faults::Latency::fixed(longer_), .share = severity}}, text);
    if (!latency) {
      return latency.error();
    }
    return faults::PhaseSpec{.latency = *std::move(latency)};
  }
  [[nodiscard]] Hit hit(const experiment::Experiment& world, double severity) const override {
    const auto [takes, is_given_up] = held(world, world.upstream.normal.latency.mean() + longer_);
    return {.share = severity, .takes = takes, .fails = is_given_up};
  }

 private:
  Duration longer_;
};

}  // namespace

Result<AxisPtr> over_slow(std::string_view longer) {
  const auto duration = parse_duration(longer);
  if (!duration) {
    return duration.error();
  }
  if (*duration == Duration::zero()) {
    return Error{quoted(longer) + " longer is no slow call", "write slow=2s"};
  }
  return AxisPtr(std::make_shared<SlowAxis>(*duration));
}

}  // namespace tripcurve::curve
