// When the errors of a list happen, beside their shares: words that stand among its items and
// concern all of them,
//
//   burst=20                    the same share, in bursts of 20 requests on average
//   ge(p=1%,r=10%,bad=50%)      the chain of Gilbert and Elliott itself
//   every=10                    each tenth request only
//   first=5                     the first five requests only
//   after=30s                   not before
//   flap(up=5s,down=5s)         in turn: not for 5s, then for 5s
//   per=client                  drawn once for each client, or connection: all or none of its
//   requests
//
// or in place of items: seq(200*5,503*3,hang), request by request, again and again.
//
// Everything here is a pure function of the request's place among all, and of the time. Times count
// from the begin of the phase that says so, or of the run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "faults/burst_chain.hpp"

namespace tripcurve::faults {

// The place of a request among all: that of its call, and one more for each attempt before it.
[[nodiscard]] constexpr std::uint64_t place_of(std::uint64_t ordinal) {
  constexpr unsigned bits_of_call = 48;  // core/request_number.hpp
  return (ordinal & ((std::uint64_t{1} << bits_of_call) - 1)) + (ordinal >> bits_of_call);
}

// When a request comes, as errors see it.
struct Occasion {
  std::uint64_t ordinal = 0;
  std::uint64_t connection = 0;
  std::uint64_t client = 0;
  Duration since{};   // since the phase began, or the run
  Duration length{};  // of the phase
  BurstChain::Memo* memo = nullptr;
};

class Schedule {
 public:
  // What shares are drawn for, once each.
  enum class Per : std::uint8_t { request, connection, client };
  struct Flap {
    Duration up{};
    Duration down{};
    friend bool operator==(const Flap&, const Flap&) = default;
  };

  // Whether an item of a list of errors is a word of a schedule.
  [[nodiscard]] static bool has(std::string_view item);
  // Reads such a word. What burst= means in the end follows from the shares: see settle().
  [[nodiscard]] std::optional<Error> read(std::string_view item);

  // When all is read: `total` is the sum of the shares. Refuses what contradicts that.
  [[nodiscard]] std::optional<Error> settle(double total, std::string_view text);

  [[nodiscard]] bool is_empty() const { return *this == Schedule{}; }
  // Something depends on the request's place.
  [[nodiscard]] bool counts() const {
    return has_bursts() || every_ > 1 || first_ || !sequence_.empty();
  }
  [[nodiscard]] bool has_first() const { return first_.has_value(); }
  [[nodiscard]] Duration after() const { return after_; }
  [[nodiscard]] Per per() const { return per_; }
  // The draws of such a request.
  [[nodiscard]] Random draws_for(const Occasion& occasion, const Random& draws) const;

  // The errors are on for such a request.
  [[nodiscard]] bool is_on(const Occasion& occasion) const;
  // With a chain: the share of such requests that is hit, most often all or none of them.
  [[nodiscard]] double share_hit(const Occasion& occasion, const Random& draws) const;
  [[nodiscard]] bool has_bursts() const { return burst_ != 0 || chain_; }

  [[nodiscard]] const std::optional<BurstChain>& chain() const { return chain_; }
  // By place, which item hits; `served` is none.
  static constexpr std::uint16_t served = 0xffff;
  [[nodiscard]] const std::vector<std::uint16_t>& sequence() const { return sequence_; }
  void set_sequence(std::vector<std::uint16_t> items) { sequence_ = std::move(items); }

  // Of all requests in the long run, those that are hit, in parts of what the shares say.
  [[nodiscard]] double long_run(double total) const;
  // The largest share of requests that are hit at a time.
  [[nodiscard]] double peak(double total) const;

  // The words, each with a comma before it.
  [[nodiscard]] std::string text() const;
  // What they mean, in clauses.
  [[nodiscard]] std::vector<std::string> remarks() const;

  friend bool operator==(const Schedule&, const Schedule&) = default;

 private:
  Per per_ = Per::request;
  std::uint64_t burst_ = 0;  // 0: not said
  std::optional<BurstChain> chain_{};
  std::uint64_t every_ = 1;
  std::optional<std::uint64_t> first_{};
  Duration after_{};
  std::optional<Flap> flap_{};
  std::vector<std::uint16_t> sequence_{};
};

}  // namespace tripcurve::faults
