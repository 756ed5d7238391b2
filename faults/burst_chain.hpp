// Faults that come in bursts: the chain of Gilbert and Elliott, which is in a good state or in a
// bad one and goes from one to the other with each request (E. N. Gilbert, Bell System Technical
// Journal 39, 1960; E. O. Elliott, 42, 1963).
//
// The state at a place is a pure function of the draws, so that both worlds and all threads find
// the same: each place has a draw of its own, and the last one before that leads to one state from
// either has decided. That one is not far back, 1 / (to_bad + to_good) places on average, and a
// memo of the place before saves even that.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>

#include "core/random.hpp"

namespace tripcurve::faults {

struct BurstChain {
  double to_bad = 0;   // the chance to go from good to bad
  double to_good = 1;  // and back
  double bad = 1;      // the share of requests that are hit in the bad state
  double good = 0;     // and in the good one

  // Of all places, those in the bad state.
  [[nodiscard]] double share_bad() const { return to_bad / (to_bad + to_good); }
  // Of all requests, those that are hit.
  [[nodiscard]] double share_hit() const { return share_bad() * bad + (1 - share_bad()) * good; }
  // Of the requests that come so many places after one that was hit, those that are hit.
  [[nodiscard]] double stickiness(double places = 1) const {
    const double hit = share_hit();
    const double bad_share = share_bad();
    const double memory = std::pow(std::max(0.0, 1 - to_bad - to_good), places);
    const double bad_after_bad = bad_share + (1 - bad_share) * memory;
    const double bad_after_good = bad_share * (1 - memory);
    const auto hit_after = [&](double share) { return share * bad + (1 - share) * good; };
    return hit > 0 ? (bad_share * bad * hit_after(bad_after_bad) +
                      (1 - bad_share) * good * hit_after(bad_after_good)) /
                         hit
                   : 0;
  }

  // What is known of one place. Thread-safe: what it holds is true whoever has found it.
  class Memo {
   public:
    // The state at `place`, if it is that place's that is known: 0 good, 1 bad; -1 unknown.
    [[nodiscard]] int at(std::uint64_t place) const {
      const auto known = known_.load(std::memory_order_relaxed);
      return known >> 1U == place + 1 ? static_cast<int>(known & 1U) : -1;
    }
    void note(std::uint64_t place, bool is_bad) {
      known_.store((place + 1) << 1U | (is_bad ? 1U : 0U), std::memory_order_relaxed);
    }

   private:
    std::atomic<std::uint64_t> known_{0};
  };

  // The state at `place`. `memo` is of this chain and these draws; null: there is none.
  [[nodiscard]] bool is_bad(std::uint64_t place, const Random& draws, Memo* memo) const {
    const double both_bad = std::min(to_bad, 1 - to_good);
    const double both_good = std::max(to_bad, 1 - to_good);
    const bool between_swaps = to_bad > 1 - to_good;
    bool swapped = false;
    bool state = false;
    for (auto i = place;; --i) {
      const double u = draws.fork(i).unit();
      if (u < both_bad || u >= both_good) {
        state = u < both_bad;
        break;
      }
      swapped ^= between_swaps;
      if (i == 0) {
        state = draws.fork("begin").unit() < share_bad();
        break;
      }
      if (const int known = memo != nullptr ? memo->at(i - 1) : -1; known >= 0) {
        state = known == 1;
        break;
      }
    }
    const bool found = state != swapped;
    if (memo != nullptr) {
      memo->note(place, found);
    }
    return found;
  }

  friend bool operator==(const BurstChain&, const BurstChain&) = default;
};

}  // namespace tripcurve::faults
