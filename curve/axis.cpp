#include "curve/axis.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "curve/axes/axes.hpp"

namespace tripcurve::curve {
namespace {

struct Kind {
  std::string_view word;
  std::string_view value_is{};  // what stands behind =; empty: nothing
  AxisPtr (*plain)() = nullptr;
  Result<AxisPtr> (*with)(std::string_view value) = nullptr;
};

constexpr std::array<Kind, 5> axis_kinds{
    {{.word = "errors", .plain = over_errors},
     {.word = "latency", .plain = over_latency},
     {.word = "slowdown", .plain = over_slowdown},
     {.word = "slow", .value_is = "how much longer slow calls take", .with = over_slow},
     {.word = "bursts", .value_is = "which share of all requests fails", .with = over_bursts}}};
constexpr std::array<std::string_view, 5> kind_examples{"errors", "latency", "slowdown", "slow=2s",
                                                        "bursts=10%"};
constexpr auto kind_words = [] {
  std::array<std::string_view, axis_kinds.size()> words;
  std::ranges::transform(axis_kinds, words.begin(), &Kind::word);
  return words;
}();

std::string example_of(const Kind& kind) {
  return "write " + std::string(kind_examples.at(static_cast<std::size_t>(&kind - &axis_kinds[0])));
}

}  // namespace

Result<AxisPtr> parse_axis(std::string_view text) {
  const auto all = trim(text);
  const auto equals = all.find('=');
  const bool has_value = equals != std::string_view::npos;
  const auto word = trim(all.substr(0, equals));
  const auto found = std::ranges::find(axis_kinds, word, &Kind::word);
  if (found == axis_kinds.end()) {
    return Error{"there is no " + quoted(word) + " to become worse",
                 did_you_mean(word, kind_words)};
  }
  if (found->plain != nullptr) {
    return has_value
               ? Result<AxisPtr>(Error{quoted(all) + ": " + std::string(word) + " has no value",
                                       example_of(*found)})
               : found->plain();
  }
  if (!has_value) {
    return Error{quoted(all) + " does not say " + std::string(found->value_is), example_of(*found)};
  }
  const auto value = trim(all.substr(equals + 1));
  auto axis = found->with(value);
  return axis ? axis : axis.error().in(std::string(word));
}

AxisPtr usual_axis() { return over_errors(); }

std::span<const std::string_view> axis_examples() { return kind_examples; }

std::vector<double> even_shares() {
  std::vector<double> shares;
  for (int percent = 0; percent <= 100; percent += 5) {
    shares.push_back(percent / 100.0);
  }
  return shares;
}

Result<double> parse_share_of_calls(std::string_view text) {
  const auto share = parse_share(text);
  return share ? Result(share->value) : share.error();
}

Held held(const experiment::Experiment& world, Duration latency) {
  return {std::min(latency, world.timeout), latency >= world.timeout};
}

}  // namespace tripcurve::curve
