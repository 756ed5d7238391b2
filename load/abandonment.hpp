// Callers who go away before their call has ended: a person closes the page, or the service that
// calls has a deadline of its own. Written
//
//   2% after 300ms       this share of the callers goes, so long after their call was due
//   2% after 50ms..2s    the same, after a time that varies
//   2%                   ... at a moment that is drawn evenly from the timeout of an attempt
//   after 2s             all callers whose call has not ended by then
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/duration_distribution.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace tripcurve::load {

struct Abandonment {
  Share share{1};                               // of the callers
  std::optional<DurationDistribution> after{};  // since their call was due
  friend bool operator==(const Abandonment&, const Abandonment&) = default;
};

// All callers leave so long after their call was due, if it has not ended.
[[nodiscard]] Abandonment leaving_after(Duration patience);
[[nodiscard]] Result<Abandonment> parse_abandonment(std::string_view text);
// Parsing it gives an equal one.
[[nodiscard]] std::string format_abandonment(const Abandonment& abandonment);

// Who is going to leave, and when: a function of the seed and the call, whoever makes it. Not
// thread-safe.
class Departures {
 public:
  // `timeout` is that of an attempt.
  Departures(const Abandonment& abandonment, Duration timeout, Random random);

  // A call has begun.
  void expect(std::uint32_t slot, std::uint64_t ordinal, TimePoint intended);

  struct Departure {
    TimePoint due;
    std::uint64_t ordinal = 0;
    std::uint32_t slot = 0;
    friend bool operator>(const Departure& a, const Departure& b) {
      return a.due != b.due ? a.due > b.due : a.ordinal > b.ordinal;
    }
  };
  // Those of calls that have ended since are still among them.
  [[nodiscard]] TimePoint next_due() const { return heap_.empty() ? never : heap_.front().due; }
  [[nodiscard]] Departure take();  // the next one

 private:
  double share_;
  DurationDistribution after_;
  Random draws_;
  std::vector<Departure> heap_;
};

}  // namespace tripcurve::load
