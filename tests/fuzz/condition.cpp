// Conditions that trip a breaker: gobreaker's ReadyToTrip, Dapr's trip, which becomes one, and
// Oxy's.
#include "breaker/parts/expression.hpp"

#include <array>
#include <utility>

#include "breaker/registry.hpp"
#include "importer/formats/dapr_trip.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

constexpr std::array<std::string_view, 5> names{"Requests", "TotalSuccesses", "TotalFailures",
                                                "ConsecutiveSuccesses", "ConsecutiveFailures"};

void try_condition(std::string_view text) {
  const auto condition = breaker::Expression::parse(text, names);
  if (!condition) {
    require(!condition.error().hint.empty(), "a refusal says what would work", text);
    return;
  }
  const std::array<std::array<double, names.size()>, 3> counts{
      {{0, 0, 0, 0, 0}, {10, 4, 6, 0, 3}, {4294967295, 4294967295, 0, 1, 0}}};
  for (const auto& values : counts) {
    (void)condition->holds(values);
  }
  for (const auto& bound : condition->bounds()) {
    require(!bound.left.empty() && !bound.op.empty(), "a bound has two sides", text);
  }
}

}  // namespace

void try_input(std::string_view input) {
  try_condition(input);

  const document::Node node{.kind = document::Node::Kind::scalar, .text = std::string(input)};
  if (const auto trip = importer::read_trip(node)) {
    try_condition(trip->text);
  }
  for (const auto& [dialect, key] :
       {std::pair{"gobreaker", "ReadyToTrip"}, std::pair{"oxy", "expression"}}) {
    if (const auto choice = breaker::make_choice(dialect, {{key, std::string(input)}})) {
      (void)choice->make(Random(1));
      (void)choice->facts();
    }
  }
}

}  // namespace tripcurve::fuzz
