// What is asked of a probe, and what it found out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "probe/belief.hpp"
#include "probe/choosing.hpp"
#include "probe/counting.hpp"
#include "probe/timing.hpp"

namespace tripcurve::probe {

// What is asked for.
struct Question {
  std::vector<std::string> dialects{};  // that it may be; empty: any
  std::optional<breaker::Choice> expected{};
  Duration budget = std::chrono::minutes(5);
  std::uint64_t most_calls = 20'000;
  Duration pace = std::chrono::milliseconds(5);
  Failure failure{CallEnd::Kind::answer, 503};
  std::vector<std::string> ways{};  // what somebody calls the other ways of Subject::turn_to()
  std::uint32_t instances = 1;      // of the dependency
  // Calls that are answered well before any fails: no breaker withholds one of them.
  std::uint32_t good_first = 1;
};

// A breaker that it may be, with all settings of it that it may have.
struct Survivor {
  breaker::Choice
      choice;  // the likeliest; of those that are as likely, the one with round settings
  double likelihood = 0;
  bool breaker_inside = true;
  std::vector<std::string> ranges{};  // "Timeout: 2.9s to 3.1s"; settings that are not certain
  std::uint32_t contradictions = 0;   // experiments that it would have ended otherwise
  std::uint32_t repeated = 0;         // of these, those that were made again, and ended so again
  // A likelier one, that does the same in every experiment: its place among the survivors.
  std::optional<std::size_t> twin_of{};
};

// What the time sufficed for, of what is looked at when the breaker is known.
struct Asides {
  std::optional<std::uint32_t> at_once{};  // calls that the service makes, of as many as were tried
  std::optional<SlowAnswers> slow{};
  std::optional<bool> leaving_opens{};  // calls whose callers leave before their answer
  std::optional<HeldTrial> held{};
  std::vector<std::pair<std::string, OtherWay>> ways{};  // each that is asked about
  std::optional<AtInstance> instance{};                  // of the dependency, if it has several
};

// As many as could open a breaker. Else the service, or its breaker, has them wait for each other.
[[nodiscard]] constexpr bool makes_calls_at_once(const Asides& asides) {
  return asides.at_once.value_or(0) >= 10;
}

// What it took to find something out.
struct Effort {
  std::size_t experiments = 0;
  std::uint64_t calls = 0;
  Duration took{};
};

struct Findings {
  std::string trouble{};  // why nothing could be found out, or ""
  Surroundings around{};
  // So long a call lasted that the dependency did not answer, and whether it was the service that
  // gave it up, and not its caller.
  std::optional<Duration> unanswered_for{};
  bool gives_up = false;
  std::uint32_t arrivals_of_good = 1;  // per call that is answered well
  Failure failure{};                   // how it was made to open
  bool opens = false;
  double open_least = 0, open_most = 0;  // seconds; 0: it did not come back
  std::vector<Survivor> survivors{};     // the likeliest first
  std::optional<bool> expected_is_left{};
  std::vector<Entry> log{};
  Effort search{};                 // for the breaker, without what is looked at once it is known
  std::vector<Counted> counted{};  // what the time sufficed for
  std::vector<CallEnd> not_counted{};  // and what not
  Asides asides{};
  std::optional<Proposal> next{};  // what would decide more
  bool next_is_known = false;      // none: nothing would
  bool cut_short = false;          // there was no time to think all of it through
  std::string ended{};             // why it ended
  Duration took{};
  std::uint64_t calls = 0;
};

}  // namespace tripcurve::probe
