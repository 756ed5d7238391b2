#include "replay/trips.hpp"

#include <algorithm>
#include <unordered_map>

#include "breaker/totals.hpp"

namespace tripcurve::replay {
namespace {

bool overlaps(const Trip& trip, const Window& window) {
  return trip.begin < window.end && trip.end > window.begin;
}

}  // namespace

std::vector<Trip> trips_of(const std::vector<load::BreakerEvent>& transitions) {
  std::vector<Trip> trips;
  std::unordered_map<std::size_t, std::size_t> going_on;  // by breaker
  for (const auto& event : transitions) {
    const auto breaker = event.breaker;
    const auto& transition = event.transition;
    const auto open = going_on.find(breaker);
    if (breaker::trips(transition.from, transition.to)) {
      going_on[breaker] = trips.size();
      trips.push_back({.breaker = breaker, .begin = transition.at, .cause = transition.cause});
    } else if (open == going_on.end()) {
      continue;
    } else if (breaker::opens(transition.from, transition.to)) {
      ++trips[open->second].reopened;
    } else if (breaker::closes(transition.from, transition.to)) {
      trips[open->second].end = transition.at;
      going_on.erase(open);
    }
  }
  return trips;
}

Window window_of(const Incident& incident, EpochTime trace_begin) {
  return {at(Duration(incident.begin - trace_begin)), at(Duration(incident.end - trace_begin))};
}

void assign(std::vector<Trip>& trips, const std::vector<Window>& windows) {
  for (auto& trip : trips) {
    const auto met =
        std::ranges::find_if(windows, [&](const Window& window) { return overlaps(trip, window); });
    trip.incident = met == windows.end()
                        ? std::nullopt
                        : std::optional(static_cast<std::size_t>(met - windows.begin()));
  }
}

Response response_to(const Window& window, const std::vector<Trip>& trips, TimePoint trace_end) {
  Response response;
  auto covered_until = window.begin;  // trips come in the order in which they begin
  for (const auto& trip : trips) {
    if (!overlaps(trip, window)) {
      continue;
    }
    if (!response.first_trip) {
      response.first_trip = trip.begin - window.begin;
    }
    const auto from = std::max(trip.begin, covered_until);
    const auto to = std::min({trip.end, window.end, std::max(trace_end, trip.begin)});
    if (to > from) {
      response.covered += to - from;
      covered_until = to;
    }
  }
  return response;
}

}  // namespace tripcurve::replay
