#include "load/stage.hpp"

#include "core/text.hpp"

namespace tripcurve::load {
namespace {

constexpr std::string_view arrow = "->";
constexpr std::string_view example = "write '10s 200/s' or '10s 50/s->200/s'";

// As parse_rate(), but a stage may also stand still.
Result<Rate> parse_stage_rate(std::string_view text) {
  const auto number = text.substr(0, text.find('/'));
  const bool zero = number.find('0') != std::string_view::npos &&
                    number.find_first_not_of("0.") == std::string_view::npos;
  const auto unit = text.substr(number.size());
  if (zero && (unit == "/s" || unit == "/m" || unit == "/h")) {
    return Rate{0};
  }
  return parse_rate(text);
}

}  // namespace

Result<Stage> parse_stage(std::string_view text) {
  auto rest = trim(text);
  const auto place = "stage " + quoted(rest);
  const auto first = take_until(rest, white_space);
  if (first.find('/') != std::string_view::npos) {
    return Error{place + " does not begin with its length", std::string(example)};
  }
  const auto length = parse_duration(first);
  if (!length) {
    return length.error().in(place);
  }
  if (*length == Duration::zero()) {
    return Error{place + ": " + quoted(first) + " is too short", std::string(example)};
  }
  const auto rates = trim(rest);
  if (rates.empty()) {
    return Error{place + " has no rate", std::string(example)};
  }
  const auto between = rates.find(arrow);
  const bool ramp = between != std::string_view::npos;
  if (!ramp && rates.find('/') != rates.rfind('/')) {
    return Error{place + ": " + quoted(rates) + " is not a rate", std::string(example)};
  }
  const auto from = parse_stage_rate(trim(rates.substr(0, between)));
  if (!from) {
    return from.error().in(place);
  }
  const auto to = ramp ? parse_stage_rate(trim(rates.substr(between + arrow.size()))) : from;
  if (!to) {
    return to.error().in(place);
  }
  return Stage{*length, *from, *to};
}

std::string format_stage(const Stage& stage) {
  auto text = format_duration(stage.length) + " " + format_rate(stage.from);
  if (stage.to != stage.from) {
    text += std::string(arrow) + format_rate(stage.to);
  }
  return text;
}

Duration total_length(const std::vector<Stage>& stages) {
  Duration sum{};
  for (const auto& stage : stages) {
    sum += stage.length;
  }
  return sum;
}

}  // namespace tripcurve::load
