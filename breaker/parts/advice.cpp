#include "breaker/parts/advice.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "core/units.hpp"

namespace tripcurve::breaker {

void warn_of_own_timeout(std::vector<Warning>& found, std::string_view key, Duration timeout,
                         bool given, const Traffic& traffic) {
  const bool unlimited = traffic.timeout == Duration::zero();
  if (unlimited ? !given : traffic.timeout <= timeout) {
    return;
  }
  found.push_back(
      {std::string(key),
       fmt::format("the library ends a call after {} as a failure; here the load's own "
                   "timeout ends it, {}",
                   format_duration(timeout),
                   unlimited ? "and there is none" : "after " + format_duration(traffic.timeout)),
       "run with --timeout " + format_duration(timeout)});
}

void warn_of_full_pool(std::vector<Warning>& found, std::string_view key, std::uint64_t places,
                       const Traffic& traffic) {
  const double out = traffic.calls_per_second * to_seconds(traffic.normal_latency);
  if (out > static_cast<double>(places)) {
    found.push_back({std::string(key),
                     fmt::format("{:.3g}/s of {} each keep {:.3g} calls out at once, and there is "
                                 "room for {}: the rest is rejected and counts as errors",
                                 traffic.calls_per_second, format_duration(traffic.normal_latency),
                                 out, places),
                     fmt::format("make it {} or more", std::ceil(out))});
  }
}

}  // namespace tripcurve::breaker
