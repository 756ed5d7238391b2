// The trips of a breaker and how they lie to incidents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "load/breaker_bank.hpp"
#include "replay/incidents.hpp"

namespace tripcurve::replay {

// From an opening out of closed until it closes again; what it tried half-open in between belongs
// to it.
struct Trip {
  std::size_t breaker = 0;  // Keys::names()
  TimePoint begin;
  TimePoint end = never;  // when it closed; `never` if it had not when the trace ended
  std::string cause;
  std::uint32_t reopened = 0;             // out of half-open
  std::optional<std::size_t> incident{};  // the first that it overlaps; none: a false trip
};

// Out of transitions in the order in which they happened.
[[nodiscard]] std::vector<Trip> trips_of(const std::vector<load::BreakerEvent>& transitions);

// An incident in the time of the trace; its ends may lie outside of it.
struct Window {
  TimePoint begin;
  TimePoint end;
};
[[nodiscard]] Window window_of(const Incident& incident, EpochTime trace_begin);

// Says of each trip which incident it overlaps.
void assign(std::vector<Trip>& trips, const std::vector<Window>& windows);

// How the breakers met one incident.
struct Response {
  // From its begin to the first trip that overlaps it; below zero if that came earlier. None: the
  // incident was missed.
  std::optional<Duration> first_trip{};
  Duration covered{};  // how long in it at least one breaker had tripped
};
[[nodiscard]] Response response_to(const Window& window, const std::vector<Trip>& trips,
                                   TimePoint trace_end);

}  // namespace tripcurve::replay
