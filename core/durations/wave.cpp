// Durations that go up and down with the time: the value at a moment is certain. Over all times
// they have a distribution.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "core/durations/numbers.hpp"
#include "core/durations/shapes.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::durations {
namespace {

enum class Form : std::uint8_t { sine, saw, square, triangle };
constexpr std::array<std::string_view, 4> form_names{"sine", "saw", "square", "triangle"};

class Wave final : public Shape {
 public:
  Wave(Duration low, Duration high, Duration period, Form form)
      : low_(low), high_(high), period_(period), form_(form) {}

  [[nodiscard]] Duration draw(Random /*draws*/, const Moment& moment) const override {
    const auto since = moment.now.time_since_epoch() % period_;
    return at_height(height_at(ns(since) / ns(period_)));
  }
  [[nodiscard]] bool takes_one_number() const override { return false; }
  [[nodiscard]] Duration quantile(double q) const override {
    switch (form_) {
      case Form::sine:
        return at_height((1 - std::cos(std::numbers::pi * q)) / 2);
      case Form::square:
        return q < 0.5 ? low_ : high_;
      case Form::saw:
      case Form::triangle:
        break;
    }
    return at_height(q);
  }
  [[nodiscard]] Duration mean() const override { return low_ + (high_ - low_) / 2; }
  [[nodiscard]] double share_above(Duration limit) const override {
    if (limit < low_ || limit >= high_) {
      return limit < low_ ? 1 : 0;
    }
    const double height = ns(limit - low_) / ns(high_ - low_);
    switch (form_) {
      case Form::sine:
        return 1 - std::acos(1 - 2 * height) / std::numbers::pi;
      case Form::square:
        return 0.5;
      case Form::saw:
      case Form::triangle:
        break;
    }
    return 1 - height;
  }
  [[nodiscard]] std::string text() const override {
    return fmt::format(
        "wave({}..{},period={}{})", format_duration(low_), format_duration(high_),
        format_duration(period_),
        form_ == Form::sine ? "" : fmt::format(",shape={}", form_names[index_of_form()]));
  }
  [[nodiscard]] std::vector<std::string> remarks() const override {
    return {"over all times", "a wave that is at " + format_duration(low_) +
                                  " when the run begins and again every " +
                                  format_duration(period_)};
  }

 private:
  [[nodiscard]] std::size_t index_of_form() const { return static_cast<std::size_t>(form_); }
  [[nodiscard]] Duration at_height(double height) const {
    return low_ + rounded(height * ns(high_ - low_));
  }
  // From 0 to 1, at a part of the period.
  [[nodiscard]] double height_at(double part) const {
    switch (form_) {
      case Form::sine:
        return (1 - std::cos(2 * std::numbers::pi * part)) / 2;
      case Form::saw:
        return part;
      case Form::square:
        return part < 0.5 ? 0 : 1;
      case Form::triangle:
        break;
    }
    return part < 0.5 ? 2 * part : 2 - 2 * part;
  }

  Duration low_;
  Duration high_;
  Duration period_;
  Form form_;
};

}  // namespace

Result<DurationDistribution> parse_wave(const Call& call, std::string_view text) {
  constexpr auto example = "wave(10ms..50ms,period=60s)";
  Arguments arguments(call, text, example);
  const auto range = arguments.next("range");
  const auto period = arguments.duration("period");
  const auto word = arguments.named("shape");
  if (auto mistake = arguments.error()) {
    return *std::move(mistake);
  }
  const auto dots = range->find("..");
  if (dots == std::string_view::npos) {
    return Error{quoted(text) + " does not say between which two it goes up and down",
                 std::string("write ") + example};
  }
  const auto ends = parse_uniform(*range, dots);
  if (!ends) {
    return ends.error();
  }
  if (*period == Duration::zero()) {
    return Error{"the period of " + quoted(text) + " is zero", std::string("write ") + example};
  }
  const auto form = std::ranges::find(form_names, word.value_or(form_names.front()));
  if (form == form_names.end()) {
    return Error{"unknown shape " + quoted(*word) + " in " + quoted(text),
                 did_you_mean(*word, form_names)};
  }
  if (ends->is_fixed()) {
    return *ends;
  }
  const auto low = parse_duration(range->substr(0, dots)).value();
  const auto high = parse_duration(range->substr(dots + 2)).value();
  return DurationDistribution(
      std::make_shared<Wave>(low, high, *period, static_cast<Form>(form - form_names.begin())));
}

}  // namespace tripcurve::durations
