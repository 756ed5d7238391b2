// Recorded traffic through one or several breakers, at once: "would these settings have tripped
// last Tuesday?"
//
//   Replay replay(plan, most_breakers);
//   replay.begin(trace_begin);
//   while (trace.next(calls)) replay.play(calls);
//   const auto findings = replay.finish(trace.facts(), trace.keys().names());
//
// What it finds is counterfactual: a rejected call gives its upstream no relief, because what the
// upstream would have done then is in no trace. Memory does not grow with the calls, but for a
// record of each hour. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "breaker/registry.hpp"
#include "core/outcome_rules.hpp"
#include "replay/bootstrap.hpp"
#include "replay/expectations.hpp"
#include "replay/incidents.hpp"
#include "replay/series.hpp"
#include "replay/trace.hpp"
#include "replay/trips.hpp"
#include "sim/recording.hpp"

namespace tripcurve::replay {

// A breaker and what it is told of how calls end.
struct Setting {
  breaker::Choice breaker;
  OutcomeRules counts{};
};

struct Plan {
  std::vector<Setting> settings;
  OutcomeRules caller{};              // which calls have failed
  std::optional<Duration> timeout{};  // the caller gives up after it; none: as it was recorded
  std::vector<Incident> incidents{};
  std::uint64_t seed = 1;  // of breakers that draw, and of the bootstrap
  std::vector<Expectation> expectations{};
};

// What one setting came to.
struct Outcomes {
  Setting setting;
  Stretch total;            // of all calls
  Stretch outside;          // of those outside of incidents
  Duration spared{};        // the time that rejected calls had taken, together
  std::vector<Trip> trips;  // those that were kept
  std::uint64_t trip_count = 0;
  std::uint64_t reopened = 0;       // openings from half-open
  bool is_complete = true;          // every transition was kept
  Duration open{};                  // how long breakers were open, added up
  std::vector<Response> responses;  // by incident
  Series timeline{std::chrono::seconds(1), most_stretches};
  // By chance; none where there are too few blocks or transitions are missing.
  std::optional<Interval> trips_per_month{}, false_trips_per_month{}, precision{}, recall{};
  Block sum{};  // of the whole trace

  static constexpr std::size_t most_stretches = 256;
};

struct Findings {
  TraceFacts trace;
  Plan plan;
  std::vector<std::string> breakers;  // by number, as the trace named them
  std::vector<Outcomes> outcomes;     // by setting
  Series timeline{std::chrono::seconds(1), Outcomes::most_stretches};  // of calls and failures

  // Of the bootstrap; none: the trace is too short for one.
  [[nodiscard]] std::optional<Duration> block() const { return block_length(trace.length()); }
  [[nodiscard]] std::size_t blocks() const {
    const auto length = block();
    return length ? static_cast<std::size_t>((trace.length() + *length - Duration(1)) / *length)
                  : 0;
  }
};

class Replay {
 public:
  Replay(Plan plan, std::uint32_t most_breakers);
  ~Replay();

  // When the trace begins, so that it is known where its incidents are. Before any call.
  void begin(EpochTime trace);

  // More calls, in the order in which they began.
  void play(std::span<const sim::RecordedCall> calls);

  // Plays the rest. Once.
  [[nodiscard]] Findings finish(TraceFacts trace, std::vector<std::string> breakers);

 private:
  class Player;

  [[nodiscard]] bool has_failed(const sim::RecordedCall& call) const;
  [[nodiscard]] bool in_incident(TimePoint when) const;

  Plan plan_;
  std::vector<Window> windows_;
  Stretch total_{};
  Stretch outside_{};
  Series timeline_{std::chrono::seconds(1), Outcomes::most_stretches};
  Series hours_{std::chrono::hours(1)};
  Duration length_{};  // of the trace, when it is over
  std::vector<std::unique_ptr<Player>> players_;
};

}  // namespace tripcurve::replay
