// The kinds of axes. Each refuses a value that it cannot be, with what would work.
#pragma once

#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "curve/axis.hpp"

namespace tripcurve::curve {

// The share of requests that fail, from 0 to 1.
[[nodiscard]] AxisPtr over_errors();
// How long every answer takes, in seconds.
[[nodiscard]] AxisPtr over_latency();
// How many times as long as normally every answer takes.
[[nodiscard]] AxisPtr over_slowdown();
// The share of answers that take that much longer than normally, from 0 to 1: "2s".
[[nodiscard]] Result<AxisPtr> over_slow(std::string_view longer);
// How many requests a burst of errors hits on average, while that share of all fails: "10%".
[[nodiscard]] Result<AxisPtr> over_bursts(std::string_view share);

// 0 %, 5 %, 10 % and so on to 100 %.
[[nodiscard]] std::vector<double> even_shares();
[[nodiscard]] Result<double> parse_share_of_calls(std::string_view text);

// What a call takes that is answered after `latency`: the timeout at most. Whether it is longer.
struct Held {
  Duration takes{};
  bool is_given_up = false;
};
[[nodiscard]] Held held(const experiment::Experiment& world, Duration latency);

}  // namespace tripcurve::curve
