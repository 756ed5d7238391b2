// What one engine has seen, in bounded memory: counters and histograms by phase and endpoint, never
// a list of samples. Tallies of several engines merge exactly, but for the peaks: the engines need
// not have had theirs at the same time, so what they come to together is an upper bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/call_end.hpp"
#include "core/histogram.hpp"
#include "core/time.hpp"

namespace tripcurve::load {

// Every call ends in one way: calls = dropped + fail_fast + full + fallback + ok + ignored +
// failed(), but for those that are under way. What an answer or its absence counts as is what
// LoadPlan::caller says. What a stopped run leaves is `unfinished`. Requests are counted apart: of
// a client whose calls make one attempt, sent = ok + ignored + failed() + in flight.
struct Counts {
  std::uint64_t calls = 0;          // came due and were taken up
  std::uint64_t fail_fast = 0;      // rejected by the breaker, and the caller was told
  std::uint64_t rejected_good = 0;  // of rejected(), those that LoadPlan::would_succeed
  std::uint64_t dropped = 0;        // not made: too many in flight already
  std::uint64_t full = 0;           // rejected by a bulkhead
  std::uint64_t fallback = 0;       // answered by a fallback in place of the upstream
  std::uint64_t fallback_open = 0;  // of these, the breaker had rejected
  std::uint64_t cached = 0;         // of fallback: answered from its cache
  std::uint64_t queued = 0;         // and while they wait in its queue; the rest: static
  std::uint64_t cache_misses = 0;   // failed, and a fallback had no answer to them in its cache
  std::uint64_t queue_full = 0;     // failed, and a fallback had no place for them in its queue
  std::uint64_t drained = 0;        // of queued: done since
  std::uint64_t lost = 0;           // of queued: dropped from the queue for later ones
  std::uint64_t sent = 0;           // attempts that were handed to the transport

  std::uint64_t ok = 0;             // ended in a success
  std::uint64_t ignored = 0;        // ended, and counts neither as a success nor as a failure
  std::uint64_t error_answers = 0;  // failures, by the way they ended: answered
  std::uint64_t timeouts = 0;
  std::uint64_t resets = 0;
  std::uint64_t closed = 0;  // connection closed without a complete answer
  std::uint64_t connect_failed = 0;
  std::uint64_t bad_answers = 0;
  std::uint64_t abandoned = 0;   // the caller went away first
  std::uint64_t unfinished = 0;  // still under way when the run was stopped

  std::uint64_t handshakes = 0;  // of connect_failed: in the TLS handshake
  std::uint64_t cut = 0;         // of all that ended: after the head of the answer, before its end

  // Ended, but not well; timeouts included.
  [[nodiscard]] std::uint64_t failed() const {
    return error_answers + timeouts + resets + closed + connect_failed + bad_answers + abandoned;
  }
  // Rejected by the breaker, whoever answered in its place.
  [[nodiscard]] std::uint64_t rejected() const { return fail_fast + fallback_open; }
  // Of queued: not done yet.
  [[nodiscard]] std::uint64_t still_queued() const { return queued - drained - lost; }
  // Calls whose end is known and counts: not those that the generator dropped, nor those under way.
  [[nodiscard]] std::uint64_t ended() const { return ok + failed() + fail_fast + full + fallback; }

  // A call that was sent ended like that and counts as `outcome`.
  void note(CallEnd end, Outcome outcome);
  Counts& operator+=(const Counts& other);
  Counts& operator-=(const Counts& other);
  friend bool operator==(const Counts&, const Counts&) = default;
};

inline void Counts::note(CallEnd end, Outcome outcome) {
  cut += end.is_cut() ? 1U : 0U;
  switch (outcome) {
    case Outcome::success:
      ++ok;
      return;
    case Outcome::ignored:
      ++ignored;
      return;
    case Outcome::failure:
      break;
  }
  switch (end.kind()) {
    case CallEnd::Kind::answer:
      ++error_answers;
      return;
    case CallEnd::Kind::timeout:
      ++timeouts;
      return;
    case CallEnd::Kind::reset:
      ++resets;
      return;
    case CallEnd::Kind::closed:
      ++closed;
      return;
    case CallEnd::Kind::connect_failed:
      ++connect_failed;
      handshakes += end.handshake() ? 1U : 0U;
      return;
    case CallEnd::Kind::bad_answer:
      ++bad_answers;
      return;
  }
}

// How long calls took that were sent and ended: from the intended time (no coordinated omission),
// and from the sending; and how long answers took from the intended time to the end of their head.
// A fail-fast never enters it. In virtual time, where a call goes out when it is due and most
// answers come whole, all are the same and noted once.
class CallTimes {
 public:
  // Of a call that ended with an answer, if only with its head.
  [[gnu::always_inline]] void record(Duration response, Duration service, Duration first_byte) {
    if (response == service && first_byte == response) {
      all_.record(response);
    } else {
      record(response, service);
      first_byte_.record(first_byte);
    }
  }
  // Of a call that ended without one.
  void record(Duration response, Duration service) {
    if (response == service) {
      both_.record(response);
    } else {
      response_.record(response);
      service_.record(service);
    }
  }
  void merge(const CallTimes& other);

  void add_responses_to(Histogram& sum) const;
  void add_services_to(Histogram& sum) const;
  void add_first_bytes_to(Histogram& sum) const;
  [[nodiscard]] Histogram response() const;

  template <typename Archive>
  friend void archive(Archive& archive, CallTimes& times);  // load/archive.hpp

 private:
  Histogram all_;
  Histogram both_;  // where only the first two are the same
  Histogram response_;
  Histogram service_;
  Histogram first_byte_;
};

// The generator's own lateness with each call: taken up - intended. In virtual time there is none,
// which is only counted.
class ScheduleError {
 public:
  [[gnu::always_inline]] void record(Duration late) {
    if (late == Duration::zero()) {
      ++on_time_;
    } else {
      late_.record(late);
    }
  }
  void merge(const ScheduleError& other);
  [[nodiscard]] Histogram histogram() const;

  template <typename Archive>
  friend void archive(Archive& archive, ScheduleError& error);  // load/archive.hpp

 private:
  std::uint64_t on_time_ = 0;
  Histogram late_;
};

// One phase's calls to one endpoint.
struct Cell {
  Counts counts;
  CallTimes times;
};

// What an adaptive limit has been during some time; all zero without one.
struct LimitRange {
  std::uint64_t last = 0;
  std::uint64_t least = 0;
  std::uint64_t most = 0;

  void note(std::uint64_t limit);
  // Of another engine at the same time: each lets so many in.
  void merge(const LimitRange& other);
  // Of the time behind this.
  void append(const LimitRange& later);
  friend bool operator==(const LimitRange&, const LimitRange&) = default;
};

// How so many attempts ended.
struct AttemptEnds {
  CallEnd end{};
  std::uint64_t attempts = 0;
  friend bool operator==(const AttemptEnds&, const AttemptEnds&) = default;
};

struct PhaseTally {
  explicit PhaseTally(std::size_t endpoint_count) : endpoints(endpoint_count) {}

  std::vector<Cell> endpoints;
  ScheduleError schedule_error;
  Histogram fail_fast;   // of rejected calls: from the intended time to the rejection
  Histogram stale_age;   // of answers from a fallback's cache: since they were put in
  Histogram gap;         // of those that came in pieces: the longest time between two
  Histogram queue_wait;  // of calls that were drained from a fallback's queue: since they came in
  Duration wasted{};     // the service times of the calls that failed, together
  // Calls dropped at the cap while their breaker was half-open, or open and might have let them
  // out: whether they would have been trials, nobody knows.
  std::uint64_t dropped_trials = 0;
  // The most under way at once when one of this phase's was sent.
  std::uint64_t peak_in_flight = 0;
  LimitRange limit{};
  // Of all attempts that were sent and ended, but for those that were answered 200; no end twice.
  std::vector<AttemptEnds> ends{};

  void note_attempt(CallEnd end) {
    if (end.kind() != CallEnd::Kind::answer || end.status() != 200) {
      add_ends({end, 1});
    }
  }

  // Over all endpoints.
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] Histogram response() const;
  [[nodiscard]] Histogram service() const;
  [[nodiscard]] Histogram first_byte() const;
  // Of another engine in the same phase, which was under way at the same time: the peaks add up.
  void merge(const PhaseTally& other);
  // Of another phase, which was at another time: the larger peak is that of both.
  void append(const PhaseTally& other);

 private:
  void add_calls(const PhaseTally& other);
  void add_ends(const AttemptEnds& more);
};

// A call belongs to the phase of its intended time, whenever it ends.
struct Tally {
  Tally(std::size_t phase_count, std::size_t endpoint_count)
      : phases(phase_count, PhaseTally(endpoint_count)) {}

  std::vector<PhaseTally> phases;

  // Over all phases.
  [[nodiscard]] std::vector<Counts> endpoints() const;
  [[nodiscard]] Histogram response() const;
  void merge(const Tally& other);
};

// A copy of what the live view and the per-second events need; with the whole tally, if asked for.
struct Snapshot {
  TimePoint at;
  std::vector<Counts> endpoints;
  Histogram response;
  std::uint64_t in_flight = 0;
  std::optional<Tally> tally{};
  std::uint64_t limit = 0;  // that an adaptive policy keeps to; 0 without one

  void merge(const Snapshot& other);  // `at` becomes the later of the two
  [[nodiscard]] Counts total() const;
};

}  // namespace tripcurve::load
