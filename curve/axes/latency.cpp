// How long every answer takes.
#include <cmath>

#include "core/units.hpp"
#include "curve/axes/axes.hpp"

namespace tripcurve::curve {
namespace {

class LatencyAxis final : public Axis {
 public:
  [[nodiscard]] std::string text() const override { return "latency"; }
  [[nodiscard]] std::string heading() const override { return "the latency"; }
  [[nodiscard]] std::string column() const override { return "latency"; }
  [[nodiscard]] std::string caption() const override { return "latency"; }

  [[nodiscard]] Result<double> parse(std::string_view text) const override {
    const auto latency = parse_duration(text);
    return latency ? Result(to_seconds(*latency)) : latency.error();
  }
  [[nodiscard]] std::string show(double severity) const override {
    return format_duration(duration(severity));
  }
  [[nodiscard]] std::string example() const override { return "200ms,2s"; }
  [[nodiscard]] std::vector<double> usual() const override {
    return {0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50};
  }
  [[nodiscard]] bool is_logarithmic() const override { return true; }

  [[nodiscard]] Result<faults::PhaseSpec> fault(const experiment::Experiment& /*world*/,
                                                double severity) const override {
    return faults::PhaseSpec{.latency = faults::Latency::fixed(duration(severity))};
  }
  [[nodiscard]] Hit hit(const experiment::Experiment& world, double severity) const override {
    const auto [takes, is_given_up] = held(world, duration(severity));
    return {.share = 1, .takes = takes, .fails = is_given_up};
  }

 private:
  static Duration duration(double severity) { return Duration(std::llround(severity * 1e9)); }
};

}  // namespace

AxisPtr over_latency() { return std::make_shared<LatencyAxis>(); }

}  // namespace tripcurve::curve
