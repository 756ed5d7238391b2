#include "through/instances.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "core/plural.hpp"
#include "core/units.hpp"

namespace tripcurve::through {
namespace {

// How improbable it is that nothing arrives for so long by chance, where arrivals are as random as
// a balancer can make them.
constexpr double unlikely = 1e-6;
constexpr std::uint64_t enough_arrivals = 10;  // while all is well, to know how often it calls
constexpr std::size_t most_instances = 8;

// No arrival for so long is no chance.
Duration longest_gap(const std::vector<TimePoint>& arrivals, TimePoint calibrated_until) {
  const auto usual = static_cast<std::uint64_t>(
      std::ranges::count_if(arrivals, [&](TimePoint when) { return when < calibrated_until; }));
  if (usual < enough_arrivals) {
    return Duration::max();
  }
  const auto mean = calibrated_until.time_since_epoch() / static_cast<Duration::rep>(usual);
  return Duration(
      static_cast<Duration::rep>(-std::log(unlikely) * static_cast<double>(mean.count())));
}

std::vector<Silence> silences(const std::vector<TimePoint>& arrivals, Duration longest,
                              TimePoint now) {
  std::vector<Silence> found;
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const bool last = i + 1 == arrivals.size();
    const auto next = last ? now : arrivals[i + 1];
    if (longest < next - arrivals[i]) {
      found.push_back(
          {.began = {arrivals[i], arrivals[i] + longest}, .ended = next, .to_end = last});
    }
  }
  return found;
}

std::string moment_of(TimePoint when) {
  return fmt::format("{:.3f} s", to_seconds(when.time_since_epoch()));
}

}  // namespace

std::vector<Instance> instances(const Seen& seen, TimePoint calibrated_until, TimePoint now) {
  std::map<std::string, std::vector<TimePoint>> by_name;
  for (const auto& arrival : seen.arrivals) {
    if (!arrival.instance.empty()) {
      by_name[arrival.instance].push_back(arrival.at);
    }
  }
  std::vector<Instance> all;
  for (const auto& [name, arrivals] : by_name) {
    all.push_back({.name = name,
                   .arrivals = arrivals.size(),
                   .silences = silences(arrivals, longest_gap(arrivals, calibrated_until), now)});
  }
  return all;
}

std::vector<std::string> instance_words(const std::vector<Instance>& instances,
                                        const std::string& how) {
  std::vector<std::string> found;
  if (instances.empty()) {
    found.push_back(
        fmt::format("no request to the dependency brought {}, so the instances of the "
                    "service cannot be told apart",
                    how));
    return found;
  }
  if (instances.size() == 1) {
    found.push_back(fmt::format("by {}, all requests to the dependency came from one instance, {}",
                                how, instances.front().name));
    return found;
  }
  found.push_back(fmt::format(
      "by {}, requests to the dependency came from {}. Which of them answered a call that did not "
      "arrive, nobody can say: the states above are of all of them together, open while none lets "
      "a "
      "call out",
      how, count_of(instances.size(), "instance")));
  for (std::size_t i = 0; i < std::min(instances.size(), most_instances); ++i) {
    const auto& one = instances[i];
    auto text = fmt::format("instance {}: {}", one.name, count_of(one.arrivals, "request"));
    for (const auto& silence : one.silences) {
      text += fmt::format("; none after {} until {}", moment_of(silence.began.earliest),
                          silence.to_end ? "the end" : moment_of(silence.ended));
    }
    found.push_back(std::move(text));
  }
  if (instances.size() > most_instances) {
    found.push_back(count_of(instances.size() - most_instances, "more instance"));
  }
  return found;
}

}  // namespace tripcurve::through
