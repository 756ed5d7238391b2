// Which faults are on when: the upstream's normal behaviour, the phases that change it, and the
// decision for each request.
//
// decide() is a pure function of (seed, rule, request ordinal, time, path), so the same seed gives
// the same faults to the same requests whatever the threads do, on the wire and in virtual time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "faults/errors.hpp"
#include "faults/latency.hpp"

namespace tripcurve::faults {

// How an upstream behaves towards a request.
struct Behaviour {
  Latency latency;
  Errors errors;
  friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

// One phase as it is written: 'outage 10s latency=200ms errors=100% on=/payments'. A phase changes
// only what it names; the rest is the normal behaviour. With `on`, the change is for requests to
// that path only.
struct PhaseSpec {
  std::string name;
  Duration length{};
  std::optional<Latency> latency;
  std::optional<Errors> errors;
  std::optional<std::string> on;

  [[nodiscard]] std::string text() const;  // parsing it gives an equal phase
  friend bool operator==(const PhaseSpec&, const PhaseSpec&) = default;
};

// Refuses: a missing name or length, a length of zero, an unknown or repeated key (did you mean),
// and whatever parse_latency and parse_errors refuse; refuse together with `on` (a port has no
// paths); an `on` that can match no request, or without a change.
[[nodiscard]] Result<PhaseSpec> parse_phase(std::string_view text);

// What to do to one request.
struct Action {
  Duration delay{};  // before the first byte, or before the connection is reset or closed
  Fate fate = Fate::answer;
  std::uint16_t status = 200;   // for Fate::answer
  std::uint16_t phase = 0;      // index into the timetable
  std::uint16_t item = served;  // index into Plan::kinds(phase)

  static constexpr std::uint16_t served = 0xffff;  // `item` of a request that no error item hit
};

// What `normal` and `phases` cannot both say: `on` with a normally closed port. A Plan must not be
// made of such a pair.
[[nodiscard]] std::optional<Error> contradiction(const Behaviour& normal,
                                                 const std::vector<PhaseSpec>& phases);

class Plan {
 public:
  // At least one phase; they follow each other from time zero. Names may repeat. `random` is the
  // experiment's root.
  Plan(Behaviour normal, std::vector<PhaseSpec> phases, Random random);

  // The decision for request `ordinal` that arrives at `now`. Requests that arrive after the last
  // phase are treated as in the last.
  [[nodiscard]] Action decide(std::uint64_t ordinal, std::string_view path, TimePoint now) const;

  // The port is closed at `now`.
  [[nodiscard]] bool refuses(TimePoint now) const;

  [[nodiscard]] const Timetable& timetable() const { return timetable_; }
  [[nodiscard]] const Behaviour& normal() const { return normal_; }
  [[nodiscard]] const std::vector<PhaseSpec>& phases() const { return phases_; }

  // What phase i does to the requests it changes.
  [[nodiscard]] const Behaviour& behaviour(std::size_t i) const { return behaviours_[i]; }

  // The kinds of errors that requests of phase i may meet ("503", "reset"): those of its behaviour,
  // then, with `on`, those only the other paths meet.
  [[nodiscard]] const std::vector<std::string>& kinds(std::size_t i) const { return kinds_[i]; }

 private:
  Behaviour normal_;
  std::vector<PhaseSpec> phases_;
  std::vector<Behaviour> behaviours_;
  std::vector<std::vector<std::string>> kinds_;
  // By phase and item of the normal errors: where kinds_ has it. The items of a phase's own
  // behaviour come first there, in their order.
  std::vector<std::vector<std::uint16_t>> normal_kinds_;
  Timetable timetable_;
  Random latency_draws_;
  Random error_draws_;
};

// What the plan implies, for people: by phase, the latency's mean, p50, p95, p99 and p99.9, the
// share of each outcome, and (with a client timeout) the share of requests that will miss it.
[[nodiscard]] std::string explain(const Plan& plan, std::optional<Duration> client_timeout);

}  // namespace tripcurve::faults
