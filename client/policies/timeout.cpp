#include "client/policies/timeout.hpp"

#include <array>

#include "client/client.hpp"
#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {

void Timeout::enter(Client& client, FrameId frame, TimePoint now) {
  client.wake_in_line(frame, now + config_.after);
  client.let_in(frame, now);
}

void Timeout::woken(Client& client, FrameId frame, TimePoint now) {
  client.frame(frame).settled = true;
  client.cancel_inside(frame, now);
}

void Timeout::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                    TimePoint now) {
  const auto& passage = client.frame(frame);
  if (passage.settled && ending.kind == Ending::Kind::cancelled) {
    auto timed_out = ending;
    timed_out.kind = Ending::Kind::timed_out;
    client.end(frame, timed_out, now);
  } else {
    client.end(frame, ending, now);
  }
}

namespace {

constexpr std::array timeout_keys{
    breaker::Key{"after", "", "", "gives up after this long; without it, that of an attempt",
                 breaker::duration(0.001)},
};

Result<PolicyConfig> read_timeout(const breaker::Settings& settings,
                                  const Surroundings& surroundings) {
  breaker::SettingsReader read(timeout_keys, settings);
  return read.result(PolicyConfig(
      TimeoutConfig{read.has("after") ? read.duration("after") : surroundings.timeout}));
}

breaker::Given timeout_given(const PolicyConfig& policy, const Surroundings& /*surroundings*/) {
  return {{"after", format_duration(std::get<TimeoutConfig>(policy).after)}};
}

}  // namespace

const PolicyKind& timeout_kind() {
  static constexpr PolicyKind kind{
      .name = "timeout",
      .summary = "gives up what is inside of it: an attempt, or a call with its waits",
      .keys = timeout_keys,
      .read = read_timeout,
      .given = timeout_given};
  return kind;
}

}  // namespace tripcurve::client
