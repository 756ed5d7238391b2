// Uniform between two ends, and uniform around a centre.
#include "core/durations/numbers.hpp"
#include "core/durations/shapes.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::durations {
namespace {

class Uniform : public Shape {
 public:
  Uniform(Duration low, Duration high) : low_(low), high_(high) {}

  [[nodiscard]] Duration quantile(double q) const final {
    return low_ + rounded(q * ns(high_ - low_));
  }
  [[nodiscard]] Duration mean() const final { return low_ + (high_ - low_) / 2; }
  [[nodiscard]] double share_above(Duration limit) const final {
    if (limit < low_) {
      return 1;
    }
    return limit >= high_ ? 0 : ns(high_ - limit) / ns(high_ - low_);
  }
  [[nodiscard]] std::string text() const override {
    return format_duration(low_) + ".." + format_duration(high_);
  }

 private:
  Duration low_;
  Duration high_;
};

class Jitter final : public Uniform {
 public:
  Jitter(Duration centre, Duration half_width)
      : Uniform(centre - half_width, centre + half_width),
        centre_(centre),
        half_width_(half_width) {}

  [[nodiscard]] std::string text() const override {
    return format_duration(centre_) + "+-" + format_duration(half_width_);
  }

 private:
  Duration centre_;
  Duration half_width_;
};

}  // namespace

Result<DurationDistribution> parse_uniform(std::string_view text, std::size_t dots) {
  const auto low = parse_duration(text.substr(0, dots));
  const auto high = parse_duration(text.substr(dots + 2));
  if (!low || !high) {
    return (low ? high : low).error().in(quoted(text));
  }
  if (*low > *high) {
    return Error{quoted(text) + " begins with the longer one",
                 "write " + format_duration(*high) + ".." + format_duration(*low)};
  }
  return *low == *high ? DurationDistribution::fixed(*low)
                       : DurationDistribution(std::make_shared<Uniform>(*low, *high));
}

Result<DurationDistribution> parse_jitter(std::string_view text, std::size_t sign) {
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
  // No jitter at all is fixed, which has one form only.
  return *half_width == Duration::zero()
             ? DurationDistribution::fixed(*centre)
             : DurationDistribution(std::make_shared<Jitter>(*centre, *half_width));
}

}  // namespace tripcurve::durations
