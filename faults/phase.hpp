// What changes while a phase lasts, as it is written:
//
//   outage 10s latency=200ms errors=100% on=/payments
//   crowded 30s rate_limit=100/s,burst=20
//   starved 30s capacity=workers=2,service=50ms,queue=40
//
// A phase changes only what it names; the rest is as it is normally.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "faults/capacity.hpp"
#include "faults/errors.hpp"
#include "faults/latency.hpp"
#include "faults/match.hpp"
#include "faults/rate_limit.hpp"
#include "faults/shape.hpp"

namespace tripcurve::faults {

struct PhaseSpec {
  std::string name{};
  Duration length{};
  std::optional<Latency> latency{};
  std::optional<Errors> errors{};
  std::optional<RateLimit> limit{};  // of all requests together; one of `none` lifts the normal one
  std::optional<Capacity> capacity{};  // of all requests; one of `none` lifts the normal one
  ShapeChange shape{};                 // of the bodies of answers
  std::optional<Match> on{};           // the requests whose latency and errors change; empty: all

  // Parsing it gives an equal phase, unless `on` is about more than the path.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const PhaseSpec&, const PhaseSpec&) = default;
};

// What a phase can change, and how that may be written.
struct PhaseSetting {
  std::string_view name;
  std::string_view example;
};
[[nodiscard]] std::span<const PhaseSetting> phase_settings();

// Settings by their names, as they are written.
using Settings = std::vector<std::pair<std::string, std::string>>;

// What the phase changes, in the order of phase_settings().
[[nodiscard]] Settings settings_of(const PhaseSpec& phase);

// Reads one setting into the phase, which must not have it yet. Refuses an unknown name (did you
// mean) and whatever its value's parser refuses. Latencies may name files, which `files` reads;
// null: they may not.
[[nodiscard]] std::optional<Error> read_setting(PhaseSpec& phase, std::string_view name,
                                                std::string_view text,
                                                const ReadRecorded* files = nullptr);

// What a phase cannot be, however it was made: `on` that matches everything by naming nothing,
// changes nothing, or stands beside what concerns every request: a limit, and a port that is closed
// by the phase or normally (it has no paths), or errors of connections.
[[nodiscard]] std::optional<Error> contradiction(const PhaseSpec& phase,
                                                 bool normally_closed = false);

// Refuses: a missing name or length, a length of zero, an unknown or repeated key (did you mean),
// whatever parse_latency, parse_errors, parse_rate_limit, parse_capacity and parse_path_pattern
// refuse, and a contradiction.
[[nodiscard]] Result<PhaseSpec> parse_phase(std::string_view text);

// The same where latencies may name files, which `files` reads; null: they may not.
[[nodiscard]] Result<PhaseSpec> parse_phase_with(std::string_view text, const ReadRecorded* files);

}  // namespace tripcurve::faults
