// Where a service says what state its breaker is in, and how a person names that.
//
//   prometheus http://127.0.0.1:8080/metrics
//   prometheus http://127.0.0.1:8080/metrics metric=breaker_state
//   values=0:closed,1:half_open,2:open actuator http://127.0.0.1:8080/actuator/circuitbreakers
//   breaker=payments every=200ms
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "claims/claim.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::claims {

struct Kind;

// What a gauge's values mean: "0:closed,1:half_open/open".
using Meanings = std::vector<std::pair<double, Claim>>;

struct Source {
  const Kind* kind = nullptr;  // never null in one that was read
  std::string url{};
  Duration every = std::chrono::milliseconds(100);  // between two looks; a stream comes by itself
  std::string breaker{};                            // its name there; "": there is only one
  // Of `prometheus`, a metric of its own: what its values mean, or the label whose value is the
  // state where the metric is not 0.
  std::string metric{};
  Meanings values{};
  std::string state_label{};
  friend bool operator==(const Source&, const Source&) = default;
};

inline constexpr Duration shortest_interval = std::chrono::milliseconds(10);

[[nodiscard]] Result<std::string> parse_source_url(const std::string& text);
[[nodiscard]] Result<Duration> parse_interval(const std::string& text);
[[nodiscard]] Result<Meanings> parse_meanings(const std::string& text);
[[nodiscard]] std::string format_meanings(const Meanings& meanings);

// What does not go together in a source, if anything.
[[nodiscard]] std::optional<Error> contradiction(const Source& source);

// As above: the kind, the URL, and settings, with blanks in between.
[[nodiscard]] Result<Source> parse_source(const std::string& text);

// For people: "prometheus http://127.0.0.1:8080/metrics, breaker payments".
[[nodiscard]] std::string text_of(const Source& source);

}  // namespace tripcurve::claims
