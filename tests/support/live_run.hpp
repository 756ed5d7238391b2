// A run in a few words, for tests of what is shown of it: ticks of 100 ms and transitions.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "live/display.hpp"

namespace tripcurve::testing {

inline constexpr auto tick_length = std::chrono::milliseconds(100);

// 5 s normal, 7 s outage, 8 s recovery; one breaker named "client" unless `breakers` says more.
inline live::Scene outage_scene(std::vector<std::string> endpoints = {"/"},
                                std::vector<std::string> breakers = {"client"}) {
  using std::chrono::seconds;
  return {.title = "outage",
          .load = "200/s constant",
          .target = "127.0.0.1:38211",
          .seed = 42,
          .timetable = Timetable({{"normal", at(seconds(0)), at(seconds(5)), false},
                                  {"outage", at(seconds(5)), at(seconds(12)), true},
                                  {"recovery", at(seconds(12)), at(seconds(20)), false}}),
          .endpoints = std::move(endpoints),
          .breakers = std::move(breakers),
          .dialect = "classic"};
}

inline load::BreakerEvent transition(Duration when, breaker::State from, breaker::State to,
                                     std::string cause, std::size_t breaker = 0) {
  return {.breaker = breaker, .transition = {at(when), from, to, std::move(cause)}};
}

// Ticks that follow each other, with the totals they add up to.
class Ticks {
 public:
  Ticks(std::size_t endpoints, std::size_t breakers) {
    tick_.endpoints.resize(endpoints);
    tick_.breakers.resize(breakers);
  }
  explicit Ticks(const live::Scene& scene) : Ticks(scene.endpoints.size(), scene.breakers.size()) {}

  void set_state(breaker::State state, std::size_t breaker = 0) { tick_.breakers[breaker] = state; }
  void set_response(std::optional<Duration> p50, std::optional<Duration> p99) {
    tick_.p50 = p50;
    tick_.p99 = p99;
  }
  void set_in_flight(std::uint64_t calls) { tick_.in_flight = calls; }
  void set_limit(std::uint64_t limit) { tick_.limit = limit; }

  // The next tick, in which these calls were made to one endpoint.
  const report::Tick& next(const load::Counts& counts, std::size_t endpoint = 0) {
    tick_.begin = tick_.end;
    tick_.end += tick_length;
    tick_.counts = counts;
    tick_.total += counts;
    tick_.endpoints[endpoint] += counts;
    return tick_;
  }

 private:
  report::Tick tick_;
};

}  // namespace tripcurve::testing
