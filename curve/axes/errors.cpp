// The share of requests that fail.
#include "core/ensure.hpp"
#include "core/units.hpp"
#include "curve/axes/axes.hpp"

namespace tripcurve::curve {
namespace {

class ErrorsAxis final : public Axis {
 public:
  [[nodiscard]] std::string text() const override { return "errors"; }
  [[nodiscard]] std::string heading() const override { return "the share of errors"; }
  [[nodiscard]] std::string column() const override { return "errors"; }
  [[nodiscard]] std::string caption() const override { return "share of requests that fail"; }

  [[nodiscard]] Result<double> parse(std::string_view text) const override {
    return parse_share_of_calls(text);
  }
  [[nodiscard]] std::string show(double severity) const override {
    return format_share({severity});
  }
  [[nodiscard]] std::string example() const override { return "10%,30%"; }
  [[nodiscard]] std::vector<double> usual() const override { return even_shares(); }
  [[nodiscard]] bool is_logarithmic() const override { return false; }

  [[nodiscard]] Result<faults::PhaseSpec> fault(const experiment::Experiment& /*world*/,
                                                double severity) const override {
    auto errors = faults::parse_errors(severity > 0 ? show(severity) : "none");
    ENSURE(errors.ok());
    return faults::PhaseSpec{.errors = *std::move(errors)};
  }
  [[nodiscard]] Hit hit(const experiment::Experiment& world, double severity) const override {
    return {.share = severity,
            .takes = held(world, world.upstream.normal.latency.mean()).takes,
            .fails = true};
  }
};

}  // namespace

AxisPtr over_errors() { return std::make_shared<ErrorsAxis>(); }

}  // namespace tripcurve::curve
