// What the fake upstream answers in virtual time, and when.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/call_end.hpp"
#include "core/passage.hpp"
#include "core/time.hpp"
#include "faults/drawn_ahead.hpp"
#include "faults/injector.hpp"
#include "faults/ledger.hpp"
#include "load/endpoint.hpp"
#include "load/engine.hpp"

namespace tripcurve::sim {

struct ServerModel {
  // What the network and the server's own work cost on loopback, on top of the plan's latency.
  Duration round_trip = std::chrono::microseconds(100);
};

class Answers {
 public:
  struct Answer {
    TimePoint when = never;  // `never`: it hangs
    CallEnd end{};
    TimePoint head = never;     // when its head is there, if that comes before
    load::Engine::Pace pace{};  // of what comes between them
    // Of a request that waits where others may come before it: it is asked for again() at `when`.
    std::shared_ptr<const faults::Treatment> waiting{};
    bool error_event = false;  // it is a stream that says so in the end
  };

  // `injector` must outlive it. `step`: from the number of one request to that of the next, most
  // often.
  Answers(faults::Injector& injector, const ServerModel& model, std::uint64_t step = 1)
      : injector_(injector), drawn_(injector, step), model_(model), ledger_(injector.plan()) {}

  // How the connection opens by which the request with that number leaves its client at `now`. Once
  // for each.
  [[nodiscard]] faults::Opening open(std::uint64_t number, TimePoint now) {
    auto opening = injector_.open(number, now);
    ledger_.note(opening);
    return opening;
  }

  // To a request that leaves its client at `now` and is known by `number`. `passage` is asked how
  // it stands to its breaker, unless it does not arrive at all.
  template <typename Passage>
  [[nodiscard]] Answer to(std::uint64_t number, const load::Endpoint& endpoint, Passage passage,
                          TimePoint now, std::uint64_t client = 0) {
    if (injector_.refuses(now)) {
      return {now + model_.round_trip, {CallEnd::Kind::connect_failed, 0}};
    }
    const auto& [method, path, headers] = endpoint;
    const auto decided = injector_.treat(
        {.ordinal = number, .method = method, .path = path, .headers = headers, .client = client},
        now);
    ledger_.note(decided, passage());
    if (decided.ticket != faults::WorkerPool::no_ticket) {
      return unless_it_closes(
          put_off(std::make_shared<const faults::Treatment>(decided), now + decided.delay), now);
    }
    return unless_it_closes(carried_out(decided, now, endpoint), now);
  }

  // Every answer is a plain one, and every connection opens as it should.
  [[nodiscard]] bool are_plain() const { return injector_.is_plain(); }
  struct PlainAnswer {
    TimePoint when = never;  // `never`: it hangs
    CallEnd end{};
  };
  // What open() and to() come to where answers are_plain().
  [[nodiscard, gnu::always_inline]] PlainAnswer plainly_to(std::uint64_t number, Passage passage,
                                                           TimePoint now) {
    const auto& decided = drawn_.of(number, now);
    ledger_.note_connection(decided.phase);
    ledger_.note(decided, passage);
    const auto seen = faults::seen_of(decided.fate, decided.status, nullptr, false);
    return {seen.end == faults::Seen::forever ? never : now + decided.delay + model_.round_trip,
            seen.how};
  }

  // What becomes at `now` of a request that waits.
  [[nodiscard]] Answer again(const std::shared_ptr<const faults::Treatment>& waiting,
                             const load::Endpoint& endpoint, TimePoint now) const {
    if (const auto more = injector_.postponed(*waiting, now); more > Duration::zero()) {
      return unless_it_closes(put_off(waiting, now + more), now);
    }
    auto decided = *waiting;
    decided.delay = {};
    return unless_it_closes(carried_out(decided, now, endpoint), now);
  }

  // Its port is open, as services see it: a request has its connection at once.
  [[nodiscard]] bool is_open(TimePoint now) const { return !injector_.refuses(now); }
  // The same of the request with that number.
  [[nodiscard]] bool is_open(std::uint64_t number, TimePoint now) const {
    if (!is_open(now)) {
      return false;
    }
    const auto opening = injector_.open(number, now);
    return !opening.connecting || opening.is_plain();
  }

  [[nodiscard]] const ServerModel& model() const { return model_; }
  [[nodiscard]] const faults::Ledger& ledger() const { return ledger_; }

 private:
  static Answer put_off(std::shared_ptr<const faults::Treatment> waiting, TimePoint until) {
    Answer answer;
    answer.when = until;
    answer.waiting = std::move(waiting);
    return answer;
  }

  // A port that closes takes its connections with it.
  [[nodiscard]] Answer unless_it_closes(Answer answer, TimePoint now) const {
    const auto closing = injector_.plan().next_closing(now);
    if (closing > answer.when) {
      return answer;
    }
    const bool has_head = answer.head < closing;
    const auto status = has_head ? answer.end.status() : std::uint16_t{0};
    return {closing,
            {CallEnd::Kind::closed, status},
            has_head ? answer.head : never,
            answer.pace,
            nullptr,
            false};
  }

  [[nodiscard]] Answer carried_out(const faults::Treatment& decided, TimePoint now,
                                   const load::Endpoint& endpoint) const {
    // Only a body knows of it.
    const bool to_head = decided.course && endpoint.method == "HEAD";
    const auto seen = decided.seen(to_head);
    const auto begins = now + decided.delay + model_.round_trip;
    const bool ends = seen.end != faults::Seen::forever;
    const bool has_head = seen.head != faults::Seen::forever && (!ends || seen.head < seen.end);
    Answer answer{ends ? begins + seen.end : never, seen.how,
                  has_head ? begins + seen.head : never};
    answer.error_event = seen.error_event;
    if (has_head && decided.course) {
      const auto& pace = decided.course->pace;
      answer.pace = {pace.between, pace.last == faults::Seen::forever ? never : begins + pace.last};
    }
    return answer;
  }

  faults::Injector& injector_;
  faults::DrawnAhead drawn_;
  ServerModel model_;
  faults::Ledger ledger_;
};

}  // namespace tripcurve::sim
