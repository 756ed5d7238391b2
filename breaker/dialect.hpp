// A dialect: one library's way of being a circuit breaker, and what tripcurve tells about it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/breaker.hpp"
#include "breaker/settings.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tripcurve::breaker {

// The seven questions on which the libraries disagree, in the order of Portrait::answers.
inline constexpr std::array<std::string_view, 7> questions{
    "Is the open period over at its very end (>=), or only after it (>)?",
    "Is a threshold reached at equality (>=), or only above it (>), and in which arithmetic?",
    "When is the trip rule evaluated: on failures, on every result, on a timer, at admission?",
    "What is counted: completed calls, started calls, rejected ones too?",
    "Who may go out half-open: a quota, a number at once, one probe, everybody, or do callers "
    "wait?",
    "What does a result do that arrives after the state that admitted it is gone?",
    "When are the statistics cleared: on open, on half-open, on close, never?",
};

enum class Evidence : std::uint8_t {
  executed,  // equal to traces recorded by running the library
  source,    // from reading the library's source or its papers; it could not be run
};

// What `tripcurve describe` says of a dialect.
struct Portrait {
  std::string_view library;  // with the version: "sony/gobreaker v2.4.0"
  Evidence evidence = Evidence::source;
  std::array<std::string_view, 7> answers;      // to `questions`, a few words each
  std::span<const std::string_view> surprises;  // what bites its users, a sentence each
  // What counts as a failure of an HTTP call in the library's usual use, who decides it, and where
  // that was read: sentences. Dialect::counts is the same as a table.
  std::string_view counting;
  // What becomes of a call that its caller gives up, in the library's usual use, and where that was
  // read: sentences. Dialect::on_cancel is the same in a word.
  std::string_view cancelling{};
};

// What a breaker is told of a call that its caller, or a policy around it, gives up. The first
// three are those of Outcome.
enum class OnCancel : std::uint8_t {
  success,
  failure,
  ignored,
  nothing,  // it never hears of the call again: a trial place is lost
};
inline constexpr std::array<std::string_view, 4> on_cancel_words{"success", "failure", "ignored",
                                                                 "nothing"};
[[nodiscard]] constexpr std::string_view name(OnCancel counts_as) {
  return on_cancel_words.at(static_cast<std::size_t>(counts_as));
}

// What would open the breaker while closed, in terms that all dialects share; for lint and
// forecasts. It simplifies: the breaker itself decides by its dialect's own rules.
struct TripRule {
  enum class Kind : std::uint8_t {
    consecutive,  // `failures` in a row
    count,        // `failures` in the window
    share,        // a share of the window's calls, once there are minimum_calls of them
  };
  Kind kind = Kind::consecutive;
  std::uint64_t failures = 0;       // for consecutive and count
  double share = 0;                 // for share, 0 to 1
  bool only_above = false;          // for share: > and not >=
  std::uint64_t minimum_calls = 0;  // for share and count
  std::uint64_t window_calls = 0;   // the window: the last so many calls ...
  Duration window{};                // ... or the last so long; neither means since it closed
  bool tumbling = false;            // the window is emptied at its end instead of sliding
  bool of_slow_calls = false;       // counts calls slower than slow_from instead of failures
  Duration slow_from{};
  bool by_default = false;  // nobody asked for it: the library has it unless told otherwise
};

// What a dialect's settings come down to.
struct Facts {
  std::vector<TripRule> trips{};         // any of them opens it; empty: nothing ever does
  Duration open_for{};                   // how long it stays open the first time
  std::uint64_t trials_admitted = 0;     // half-open at most so many go out; 0: no limit
  Duration trials_again{};               // ... and as many again each so long; 0: never
  std::uint64_t trials_needed = 1;       // so many good results close it
  std::string_view minimum_calls_key{};  // the key that a person would change, for messages; or ""
};

// A way in which calls end badly that a breaker does not count as a failure.
struct Uncounted {
  CallEnd end;
  Outcome outcome = Outcome::success;  // what it counts as: success or ignored
  double share = 0;                    // of the calls

  friend bool operator==(const Uncounted&, const Uncounted&) = default;
};

// The load that settings are judged against. A failure is what the breaker counts as one.
struct Traffic {
  double calls_per_second = 0;  // 0: not known
  Duration timeout{};           // the caller's; 0: none
  double normal_errors = 0;     // share of calls that fail on a good day, timeouts included
  double outage_errors = 1;     // and in the outage that the breaker is for
  Duration normal_latency{};    // the median of the answers
  Duration outage_latency{};    // and in the outage; 0: not known
  Duration outage_length{};     // 0: not known
  // What else goes wrong with calls of the outage, but is no failure to the breaker.
  std::vector<Uncounted> uncounted{};
};

// A setting that cannot do what it says.
struct Warning {
  std::string key;     // the setting, or "" when it is none in particular
  std::string reason;  // why, with its number: "needs 100 calls in 10s, and 5/s bring 50"
  std::string remedy;  // what would work
};

// What most dialects' make() does: a breaker of the config that was read, or what was wrong with
// it.
template <typename Class, typename Config, typename... Rest>
[[nodiscard]] Result<std::unique_ptr<Breaker>> make_breaker(Result<Config> config, Rest... rest) {
  if (!config) {
    return config.error();
  }
  return std::unique_ptr<Breaker>(std::make_unique<Class>(*std::move(config), rest...));
}

// What a closed breaker must hear of. The less it is, the less its owner has to guard it when
// several threads call.
enum class Heeds : std::uint8_t {
  calls,     // every question and every end
  ends,      // it admits whoever asks, with a permit without a note, and that changes nothing
  failures,  // the same, and the success of a call so admitted changes nothing whenever it comes
};

struct Dialect {
  std::string_view name;  // "classic"
  std::string_view
      alias{};  // another name it is found by, such as that of its newest version; or ""
  std::string_view summary;  // one line, for help
  std::span<const Key> keys;
  const Portrait* portrait = nullptr;
  // Fails on values that the dialect cannot take; the Error names the key.
  Result<std::unique_ptr<Breaker>> (*make)(const Settings& settings, Random random) = nullptr;
  // These two are asked only with settings that make() takes.
  Facts (*facts)(const Settings& settings) = nullptr;
  // Only what is peculiar to this dialect; what holds for all is lint's. nullptr: nothing.
  std::vector<Warning> (*warnings)(const Settings& settings, const Traffic& traffic) = nullptr;
  Heeds heeds_while_closed = Heeds::calls;
  bool heeds_progress = false;  // it overrides Breaker::connected() or answering()
  bool holds_callers = false;   // its answer to a caller may be `waiting`
  // What counts as what in the library's usual use (Portrait::counting), as changes to the default:
  // "4xx=failure". "" for the default itself.
  std::string_view counts{};
  OnCancel on_cancel = OnCancel::ignored;  // in the library's usual use (Portrait::cancelling)
  // What some libraries make of an ignored call, with their default settings: it is one of the
  // calls of the window, so that the share of failures falls; half-open, it closes the breaker as a
  // success does.
  bool ignored_fills_window = false;
  bool ignored_closes = false;
};

}  // namespace tripcurve::breaker
