#include "client/policies/bulkhead.hpp"

#include <fmt/format.h>

#include <array>

#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {
namespace {

constexpr std::array bulkhead_keys{
    breaker::Key{"places", "", "10", "this many calls may run at once", breaker::whole(1)},
    breaker::Key{"queue", "", "0", "this many more calls may wait for a place", breaker::whole(0)},
    breaker::Key{"max_wait", "", "", "the longest that a call may wait for a place",
                 breaker::duration(0.001)},
    breaker::Key{"max_places", "", "",
                 "if the queue is full, there are up to this many places, as in a thread pool",
                 breaker::whole(1)},
    breaker::Key{"keep_alive", "", "20ms",
                 "how long a place above 'places' stays while nobody has it", breaker::duration()},
};

Result<PolicyConfig> read_bulkhead(const breaker::Settings& settings,
                                   const Surroundings& /*surroundings*/) {
  breaker::SettingsReader read(bulkhead_keys, settings);
  BulkheadConfig config{.places = read.whole("places"), .queue = read.whole("queue")};
  if (read.has("max_wait")) {
    config.max_wait = read.duration("max_wait");
  }
  config.keep_alive = read.duration("keep_alive");
  if (read.has("max_places")) {
    config.max_places = read.whole("max_places");
    if (*config.max_places < config.places) {
      read.refuse(
          "max_places",
          fmt::format("{} is less than 'places', which is {}", *config.max_places, config.places),
          "max_places counts the usual places, too");
    }
  } else if (read.is_given("keep_alive")) {
    read.refuse("keep_alive", "'keep_alive' has no effect without max_places",
                "add max_places, or leave 'keep_alive' out");
  }
  return read.result(PolicyConfig(config));
}

breaker::Given bulkhead_given(const PolicyConfig& policy, const Surroundings& /*surroundings*/) {
  const auto& config = std::get<BulkheadConfig>(policy);
  breaker::Given given{{"places", std::to_string(config.places)},
                       {"queue", std::to_string(config.queue)}};
  if (config.max_wait) {
    given.emplace_back("max_wait", format_duration(*config.max_wait));
  }
  if (config.max_places) {
    given.emplace_back("max_places", std::to_string(*config.max_places));
    given.emplace_back("keep_alive", format_duration(config.keep_alive));
  }
  return given;
}

}  // namespace

const PolicyKind& bulkhead_kind() {
  static constexpr PolicyKind kind{.name = "bulkhead",
                                   .summary = "limits how many calls run at once",
                                   .keys = bulkhead_keys,
                                   .read = read_bulkhead,
                                   .given = bulkhead_given};
  return kind;
}

}  // namespace tripcurve::client
