// The probe: looks, chooses experiments, makes them, and says what is left.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "probe/belief.hpp"
#include "probe/choosing.hpp"
#include "probe/counting.hpp"

namespace tripcurve::probe {

// What is asked for.
struct Question {
  std::vector<std::string> dialects{};  // that it may be; empty: any
  std::optional<breaker::Choice> expected{};
  Duration budget = std::chrono::minutes(5);
  std::uint64_t most_calls = 20'000;
  Duration pace = std::chrono::milliseconds(5);
  Failure failure{CallEnd::Kind::answer, 503};
};

// A breaker that it may be, with all settings of it that it may have.
struct Survivor {
  breaker::Choice choice;  // the likeliest
  double likelihood = 0;
  bool breaker_inside = true;
  std::vector<std::string> ranges{};  // "Timeout: 2.9s to 3.1s"; settings that are not certain
  std::uint32_t contradictions = 0;   // experiments that it would have ended otherwise
};

struct Findings {
  std::string trouble{};  // why nothing could be found out, or ""
  Surroundings around{};
  std::uint32_t arrivals_of_good = 1;  // per call that is answered well
  Failure failure{};                   // how it was made to open
  bool opens = false;
  double open_least = 0, open_most = 0;  // seconds; 0: it did not come back
  std::vector<Survivor> survivors{};     // the likeliest first
  std::optional<bool> expected_is_left{};
  std::vector<Entry> log{};
  std::vector<Counted> counted{};      // what the time sufficed for
  std::vector<CallEnd> not_counted{};  // and what not
  std::optional<Proposal> next{};      // what would decide more
  std::string ended{};                 // why it ended
  Duration took{};
  std::uint64_t calls = 0;
};

// Told as it goes.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void began(const Script& /*script*/, Duration /*takes*/) {}
  virtual void learned(const Entry& /*entry*/, const Belief& /*belief*/) {}
};

// Makes the service new again; false: it could not. Empty: it is waited for.
using Renew = std::function<bool()>;

[[nodiscard]] Findings find_out(const Question& question, Subject& subject, const Renew& renew,
                                Watcher& watcher);

}  // namespace tripcurve::probe
