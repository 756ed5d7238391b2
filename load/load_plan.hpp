// What load to make: when calls are due, how long one may take, and how many may be under way.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "client/config.hpp"
#include "core/duration_distribution.hpp"
#include "core/outcome_rules.hpp"
#include "core/random.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "core/units.hpp"
#include "load/abandonment.hpp"
#include "load/endpoint.hpp"
#include "load/recorded.hpp"
#include "load/stage.hpp"

namespace tripcurve::load {

enum class Arrival : std::uint8_t {
  constant,  // one call every 1/rate: call k is due when the rate's integral goes beyond k
  poisson,   // independent arrivals: gaps are exponential with mean 1/rate
};

// Calls come when they come, however slow the answers are: the real world's load.
struct OpenLoop {
  Rate rate{200};  // all the time, unless there are stages
  Arrival arrival = Arrival::constant;
  std::vector<Stage> stages{};  // from time zero; no call is due after the last
  friend bool operator==(const OpenLoop&, const OpenLoop&) = default;
};

// N workers, each of which waits for its answer, thinks, and calls again.
struct ClosedLoop {
  std::uint32_t workers = 10;    // all the time, unless there are stages
  DurationDistribution think{};  // drawn anew for each pause
  // How long a worker whose call was rejected waits before it calls again; without it, as long as
  // it would think after an answer, and no less than 10 ms, so that an open breaker does not turn
  // the loop into a spin. More than zero, or a rejected worker would call for ever at one instant.
  std::optional<Duration> fail_fast_pause{};
  std::vector<WorkerStage> stages{};  // from time zero; no call is due after the last

  // Of a worker that would have thought so long.
  [[nodiscard]] Duration pause_after_fail_fast(Duration thought) const {
    return fail_fast_pause.value_or(std::max<Duration>(thought, std::chrono::milliseconds(10)));
  }
  friend bool operator==(const ClosedLoop&, const ClosedLoop&) = default;
};

using Loop = std::variant<OpenLoop, ClosedLoop, Recorded>;

struct LoadPlan {
  Timetable timetable;  // calls are due from zero to its end
  Loop loop;
  Duration timeout = std::chrono::seconds(1);  // of an attempt, from sending to the complete answer
  // An attempt is given up when its answer has begun and nothing more of it comes for so long.
  std::optional<Duration> gap_timeout{};
  // A stream of events that says `event: error` is closed by its client, whatever might follow.
  bool stops_at_error_event = false;
  // The policies that calls go through, the outermost first; none: breaker_around_timeout().
  client::Policies client{};
  std::optional<Abandonment> abandonment{};  // none: every caller waits for its answer
  std::uint32_t max_in_flight =
      1000;  // open loop: calls beyond it are dropped, and counted; but see Engine on trial calls
  std::vector<Endpoint> endpoints{Endpoint{}};  // called in turn
  // Clients that share this load between them, each with breakers of its own: call k is instance
  // k mod n's, worker w of a closed loop belongs to instance w mod n.
  std::uint32_t instances = 1;
  OutcomeRules caller{};          // what calls count as in the tallies
  OutcomeRules breaker_counts{};  // and what each breaker is told of them
  // Whether a request that was rejected would have got a good answer in time, had it been sent;
  // asked once for each. Empty when nobody can know. Whoever conducts the load sets it
  // (faults::Injector::would_succeed), for it must be the upstream of this very run that answers.
  struct Kept {  // back by its breaker
    std::uint64_t ordinal = 0;
    std::uint32_t endpoint = 0;
    std::uint32_t instance = 0;
  };
  std::function<bool(const Kept& call, TimePoint now)> would_succeed{};
  std::uint32_t shards = 1;  // engines that share this load between them
  // Those of them that are here: every `step`-th, from `first` on. The others make their calls in
  // other processes, on other machines perhaps.
  struct Own {
    std::uint32_t first = 0;
    std::uint32_t step = 1;
  };
  Own own{};
  Random random{0};  // the experiment's root
};

// The simplest client: a call is one attempt, the breaker of the bank lets it out, and after the
// plan's timeout it is given up.
[[nodiscard]] client::Policies breaker_around_timeout(const LoadPlan& plan);

}  // namespace tripcurve::load
