// How many requests a burst of errors hits on average, while the share of all that fail stays the
// same (faults/burst_chain.hpp).
#include <fmt/format.h>

#include <utility>

#include "core/text.hpp"
#include "core/units.hpp"
#include "curve/axes/axes.hpp"

namespace tripcurve::curve {
namespace {

constexpr std::uint64_t longest_burst = 1'000'000;

class BurstsAxis final : public Axis {
 public:
  explicit BurstsAxis(double share) : share_(share) {}

  [[nodiscard]] std::string text() const override { return "bursts=" + format_share({share_}); }
  [[nodiscard]] std::string heading() const override {
    return fmt::format("the mean burst of {} errors", format_share({share_}));
  }
  [[nodiscard]] std::string column() const override { return "burst"; }
  [[nodiscard]] std::string caption() const override {
    return fmt::format("mean requests in a burst of errors; {} of all requests fail",
                       format_share({share_}));
  }

  [[nodiscard]] Result<double> parse(std::string_view text) const override {
    const auto length = parse_count(trim(text), 1, longest_burst);
    return length ? Result(static_cast<double>(*length)) : length.error();
  }
  [[nodiscard]] std::string show(double severity) const override {
    return fmt::format("{:.0f}", severity);
  }
  [[nodiscard]] std::string example() const override { return "5,20"; }
  [[nodiscard]] std::vector<double> usual() const override {
    std::vector<double> lengths;
    for (const double length : {1, 2, 3, 5, 10, 20, 50, 100, 200, 500}) {
      if (share_ <= length / (length + 1)) {
        lengths.push_back(length);
      }
    }
    return lengths;
  }
  [[nodiscard]] bool is_logarithmic() const override { return true; }

  [[nodiscard]] Result<faults::PhaseSpec> fault(const experiment::Experiment& /*world*/,
                                                double severity) const override {
    auto errors = faults::parse_errors(format_share({share_}) + ",burst=" + show(severity));
    if (!errors) {
      return errors.error();
    }
    return faults::PhaseSpec{.errors = *std::move(errors)};
  }
  [[nodiscard]] Hit hit(const experiment::Experiment& world, double severity) const override {
    return {.share = share_,
            .takes = held(world, world.upstream.normal.latency.mean()).takes,
            .fails = true,
            .stickiness = 1 - 1 / severity};
  }

 private:
  double share_;
};

}  // namespace

Result<AxisPtr> over_bursts(std::string_view share) {
  const auto read = parse_share(share);
  if (!read) {
    return read.error();
  }
  // The longest bursts of usual() leave a request in between.
  if (read->value <= 0 || read->value > 0.95) {
    return Error{quoted(share) + " of errors leaves no bursts",
                 "write a share from above 0% to 95%"};
  }
  return AxisPtr(std::make_shared<BurstsAxis>(read->value));
}

}  // namespace tripcurve::curve
