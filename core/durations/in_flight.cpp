// Durations that grow with what is in flight.
#include "core/durations/numbers.hpp"
#include "core/durations/shapes.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::durations {
namespace {

constexpr std::string_view in_flight_word = "in_flight";

class PerInFlight final : public Shape {
 public:
  explicit PerInFlight(Duration each) : each_(each) {}

  [[nodiscard]] Duration draw(Random /*draws*/, const Moment& moment) const override {
    return rounded_and_cut(ns(each_) * static_cast<double>(moment.in_flight));
  }
  [[nodiscard]] bool takes_one_number() const override { return false; }
  [[nodiscard]] Duration quantile(double /*q*/) const override { return each_; }
  [[nodiscard]] Duration mean() const override { return each_; }
  [[nodiscard]] double share_above(Duration limit) const override { return limit < each_ ? 1 : 0; }
  [[nodiscard]] std::string text() const override {
    return format_duration(each_) + "*" + std::string(in_flight_word);
  }
  [[nodiscard]] std::vector<std::string> remarks() const override {
    return {"for a request that is alone",
            format_duration(each_) + " more for each other one in flight"};
  }
  [[nodiscard]] bool counts_in_flight() const override { return true; }

 private:
  Duration each_;
};

}  // namespace

Result<DurationDistribution> parse_per_in_flight(std::string_view text, const Grammar& grammar) {
  const auto star = text.find('*');
  const auto word = trim(text.substr(star + 1));
  if (word != in_flight_word) {
    return Error{"unknown word " + quoted(word) + " in " + quoted(text), "write 1ms*in_flight"};
  }
  if (!grammar.in_flight) {
    return Error{
        quoted(text) + ": a " + std::string(grammar.what) + " cannot depend on what is in flight",
        "only the upstream's latency can"};
  }
  const auto each = parse_duration(text.substr(0, star));
  if (!each) {
    return each.error().in(quoted(text));
  }
  return *each == Duration::zero() ? DurationDistribution()
                                   : DurationDistribution(std::make_shared<PerInFlight>(*each));
}

}  // namespace tripcurve::durations
