// A life of a breaker as a script, one event per line, times in milliseconds:
//
//   0 start A -> admit ; closed
//   5 start B -> reject(EOPENBREAKER) ; open
//   7 start C -> wait ; half_open
//   9 end A fail ; closed                        (ok, fail, ignored)
//   9 resume C -> admit ; closed
//   12 read ; half_open
#pragma once

#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/breakers.hpp"

namespace tripcurve::testing {

// The script with what the breaker answered in place of what it says, so that the two are equal
// when all is as written. Timers run before the events of their instant.
inline std::string play(breaker::Breaker& breaker, const std::string& script) {
  using Answer = breaker::Admission::Answer;
  std::map<std::string, breaker::Permit> running;
  std::vector<std::pair<std::string, breaker::Permit>> waiting;  // oldest first
  std::ostringstream told;
  const auto tell = [&](const std::string& event) {
    told << event << " ; " << name(breaker.state()) << '\n';
  };
  const auto answer = [&](const std::string& call, const breaker::Admission& admission) {
    switch (admission.answer) {
      case Answer::admitted:
        running[call] = admission.permit;
        return std::string("admit");
      case Answer::rejected:
        return "reject(" + std::string(admission.error) + ")";
      case Answer::waiting:
        return std::string("wait");
    }
    return std::string();
  };
  const auto wake = [&](int ms, TimePoint now) {
    for (auto held = waiting.begin(); held != waiting.end();) {
      const auto admission = breaker.resume(held->second, now);
      if (admission.answer == Answer::waiting) {
        ++held;
        continue;
      }
      const auto call = held->first;
      held = waiting.erase(held);
      tell(std::to_string(ms) + " resume " + call + " -> " + answer(call, admission));
    }
  };

  std::istringstream lines(script);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    int ms = 0;
    std::string kind;
    std::string call;
    std::string outcome;
    words >> ms >> kind >> call >> outcome;
    const TimePoint now = at(std::chrono::milliseconds(ms));
    while (breaker.next_tick() <= now) {
      breaker.tick(breaker.next_tick());
    }
    const auto start = std::to_string(ms) + " " + kind;
    if (kind == "start") {
      const auto admission = breaker.try_acquire(now);
      tell(start + " " + call + " -> " + answer(call, admission));
      if (admission.answer == Answer::waiting) {
        waiting.emplace_back(call, admission.permit);
      }
    } else if (kind == "end") {
      ENSURE(running.contains(call));
      const auto permit = running.extract(call).mapped();
      breaker.record(permit,
                     outcome == "ok"     ? breaker::Outcome::success
                     : outcome == "fail" ? breaker::Outcome::failure
                                         : breaker::Outcome::ignored,
                     outcome == "fail" ? error_503 : ok, now);
      tell(start + " " + call + " " + outcome);
      wake(ms, now);
    } else if (kind == "read") {
      breaker.observe(now);
      tell(start);
    } else {
      ENSURE(kind == "resume");  // told by what woke it
    }
  }
  return told.str();
}

}  // namespace tripcurve::testing
