// A breaker under a stream of calls, until it trips. The breaker is the library's dialect itself,
// and is told what its library is told, when calls begin and when they end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "breaker/registry.hpp"
#include "core/random.hpp"
#include "core/time.hpp"
#include "forecast/everyday.hpp"

namespace tripcurve::forecast {

class Stream {
 public:
  Stream(const breaker::Choice& choice, Random random);

  // The next call comes and what is over by then is over. True if the breaker has tripped, by the
  // end of a call or on a timer.
  [[nodiscard]] bool call(const EverydayCall& call);

  // When the last call came, or the breaker tripped.
  [[nodiscard]] TimePoint now() const { return now_; }

 private:
  struct UnderWay {
    TimePoint ends;
    std::uint64_t order;
    breaker::Permit permit;
    bool fails;
    friend bool operator>(const UnderWay& a, const UnderWay& b) {
      return a.ends != b.ends ? a.ends > b.ends : a.order > b.order;
    }
  };

  void pass_until(TimePoint until);
  [[nodiscard]] bool tripped();

  std::unique_ptr<breaker::Breaker> breaker_;
  TimePoint now_{};
  std::uint64_t calls_ = 0;
  std::priority_queue<UnderWay, std::vector<UnderWay>, std::greater<>> under_way_;
};

}  // namespace tripcurve::forecast
