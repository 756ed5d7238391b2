// Dapr: kind Resiliency, spec.policies.circuitBreakers. It is gobreaker; `trip` is CEL over its
// counts.
//
// What it counts, read in pkg/api/http/directmessaging.go and pkg/resiliency/policy.go at d8450742
// (1.16 and later): an answer below 200 or above 399 is an error to the breaker. The `matching`
// that 1.15 brought to retries decides what is retried, outside the breaker, which is told every
// attempt.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> counts{
    {{"requests", "Requests"},
     {"totalSuccesses", "TotalSuccesses"},
     {"totalFailures", "TotalFailures"},
     {"consecutiveSuccesses", "ConsecutiveSuccesses"},
     {"consecutiveFailures", "ConsecutiveFailures"}}};

// CEL's names become gobreaker's. CEL divides whole numbers without a rest, and our expressions do
// not: a quotient must be of double(...)s, whose conversion then falls away.
Result<std::string> as_trip(const Node& node) {
  const auto text = as_text(node);
  if (!text) {
    return text;
  }
  std::string trip;
  bool converts = false;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto is_letter = [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '.';
    };
    const auto end = std::ranges::find_if_not(rest, is_letter);
    auto word = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    if (word.empty()) {
      trip += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    rest.remove_prefix(word.size());
    if (word == "double" && trim(rest).starts_with('(')) {
      // double(name) is just name; around more than a name, the parentheses stay.
      converts = true;
      const auto inside = rest.substr(rest.find('(') + 1);
      const auto close = inside.find(')');
      const auto name = trim(inside.substr(0, close));
      if (close != std::string_view::npos && std::ranges::all_of(name, is_letter)) {
        word = name;
        rest = inside.substr(close + 1);
      } else {
        continue;
      }
    }
    const auto known =
        std::ranges::find(counts, word, &std::pair<std::string_view, std::string_view>::first);
    trip += known == counts.end() ? word : known->second;
  }
  if (trip.find('/') != std::string::npos && !converts) {
    return node.at.error("CEL divides whole numbers without a rest, which tripcurve does not do",
                         "write double(totalFailures) / double(requests)");
  }
  return trip;
}

constexpr std::array taken{
    Taken{"maxRequests", "MaxRequests", as_number},
    Taken{"interval", "Interval", as_go_duration},
    Taken{"timeout", "Timeout", as_go_duration},
    Taken{"trip", "ReadyToTrip", as_trip},
};

ImportedCounts error_counts() {
  return {.changes = *parse_outcome_changes("1xx=failure,4xx=failure"),
          .why =
              "Dapr counts every answer below 200 or above 399 of a service that is invoked "
              "over HTTP"};
}

Result<Draft> read_breaker(const Node& map, const Node* retries) {
  Draft draft{.dialect = "gobreaker", .counts = error_counts()};
  Fields fields(map, "a Dapr circuit breaker");
  take(draft, fields, taken);
  for (const auto& retry :
       retries == nullptr ? std::span<const Node>{} : std::span(retries->children)) {
    if (const auto* matching = retry.find("matching")) {
      draft.ignored.push_back({matching->key_at, retry.key + ".matching",
                               "says what is retried; the breaker is told every attempt"});
    }
  }
  if (auto error = fields.error()) {
    return *error;
  }
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_dapr(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& document : documents) {
    if (word_of(document, "kind") != "Resiliency") {
      continue;
    }
    const auto* retries = find_path(document, {"spec", "policies", "retries"});
    if (const auto* breakers = find_path(document, {"spec", "policies", "circuitBreakers"})) {
      for (const auto& breaker : breakers->children) {
        found.push_back({breaker.key, breaker.key_at,
                         [&breaker, retries] { return read_breaker(breaker, retries); }});
      }
    }
  }
  return found;
}

}  // namespace tripcurve::importer
