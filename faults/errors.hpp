// Which requests the upstream does not serve properly, and what it does to them instead: a weighted
// list that is drawn from once per request, written
//
//   5%                                          503 to 5 % of requests
//   500:2%,503:3%,reset:0.5%,hang:0.5%,empty:1%  each its share; the rest is served
//   503(retry-after=2s):3%,truncate(at=50%):1%   with parameters; registry.hpp has all kinds
//   200:30%@2s..3s,503:10%@0ms                   each with a latency of its own
//   100%->0%  or  503:5%->50%                    a share that changes while the phase lasts
//   10%,per=client                               all requests of some clients, or connections
//   5%,burst=20  or  100%,first=5                when they happen: schedule.hpp has these words
//   seq(200*5,503*3,hang)                        request by request
//   refuse                                       the port is closed: nobody gets a connection
//   tls-hang:5%                                  of connections, which have a list of their own
//   0%  or  none                                 every request is served
//
// A value, immutable after parsing, safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/units.hpp"
#include "faults/fault.hpp"
#include "faults/latency.hpp"
#include "faults/schedule.hpp"

namespace tripcurve::faults {

// "503" for an answer with that status, "reset", "empty", "hang".
[[nodiscard]] std::string kind(Fate fate, std::uint16_t status);

struct ErrorItem {
  Fault fault{};
  Share share;
  std::optional<Latency> latency{};  // in place of the behaviour's
  std::optional<Share> until{};      // what the share has become when the phase ends

  // What the fault makes of a request to an upstream that is otherwise plain.
  Fate fate = Fate::answer;
  std::uint16_t status = 503;              // for Fate::answer
  std::shared_ptr<const Course> course{};  // null: a plain answer
  Opening opening{};                       // of a connection that it hits

  ErrorItem() = default;
  ErrorItem(Fault what, Share how_often);

  [[nodiscard]] std::string kind() const { return fault.text(); }
  // What its client sees, but for the latency.
  [[nodiscard]] Seen seen(bool to_head = false) const;
  friend bool operator==(const ErrorItem& a, const ErrorItem& b) {
    return a.fault == b.fault && a.share == b.share && a.latency == b.latency && a.until == b.until;
  }
};

class Errors {
 public:
  // Every request is served.
  Errors() = default;

  // Index of the item that hits a request; items().size() when none does. `draws` are those of
  // all errors.
  [[nodiscard]] std::size_t pick(const Occasion& occasion, const Random& draws) const {
    if (schedule_ || !cumulative_until_.empty()) {
      return pick_by_schedule(occasion, draws);
    }
    return pick(draws.fork(occasion.ordinal).unit());
  }
  // The same by the draw `u` in [0, 1), when they happen always alike.
  [[nodiscard]] std::size_t pick(double u) const {
    std::size_t item = 0;
    while (item < cumulative_.size() && u >= cumulative_[item]) {
      ++item;
    }
    return item;
  }

  [[nodiscard]] std::span<const ErrorItem> items() const { return items_; }

  // The port is closed; items() is empty then.
  [[nodiscard]] bool refuse() const { return refuse_; }

  // They hit connections, before there is a request, and leave requests alone.
  [[nodiscard]] bool of_connections() const {
    return !items_.empty() && items_.front().fault.kind().of != Kind::Of::requests;
  }
  // Nobody is accepted; of_connections() then.
  [[nodiscard]] bool fills_backlog() const {
    return !items_.empty() && items_.front().fault.kind().of == Kind::Of::port;
  }

  // The share of requests that are not served, 1 for refuse; of one that changes what it is in the
  // long run, or while the phase lasts.
  [[nodiscard]] double total() const;
  // The same of one item.
  [[nodiscard]] double share(std::size_t item) const;
  // The largest that it ever is: in a burst all requests are hit.
  [[nodiscard]] double peak() const;

  // When they happen, if not always alike; null: always alike.
  [[nodiscard]] const Schedule* schedule() const { return schedule_ ? &*schedule_ : nullptr; }
  // Some share changes while the phase lasts.
  [[nodiscard]] bool ramps() const { return !cumulative_until_.empty(); }

  // The text form; parsing it gives equal errors. "none" when every request is served.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Errors&, const Errors&) = default;
  friend Result<Errors> parse_errors_with(std::string_view text, const ReadRecorded* files);

 private:
  static Result<Errors> of_sequence(std::string_view text, const ReadRecorded* files);
  [[nodiscard]] std::optional<Error> complete(Schedule schedule, std::string_view text);
  [[nodiscard]] std::size_t pick_by_schedule(const Occasion& occasion, const Random& draws) const;
  [[nodiscard]] double sum() const;

  std::vector<ErrorItem> items_;
  std::vector<double> cumulative_;
  std::vector<double> cumulative_until_;  // when the phase ends; empty: the same as when it begins
  std::optional<Schedule> schedule_{};
  bool refuse_ = false;
};

// Refuses: a share without %, a sum above 100 % at the begin or the end, what Schedule refuses, the
// same fault twice, what parse_fault refuses, `refuse` with a share other than 100 % or beside
// other items (a port is open or closed, for everybody), faults of connections beside faults of
// requests, a latency of what never answers (hang) or of a connection, and whatever parse_latency
// refuses.
[[nodiscard]] Result<Errors> parse_errors(std::string_view text);

// The same where latencies may name files, which `files` reads; null: they may not.
[[nodiscard]] Result<Errors> parse_errors_with(std::string_view text, const ReadRecorded* files);

}  // namespace tripcurve::faults
