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
  if (!config_.cancels) {
    client.let_go(frame, {.kind = Ending::Kind::timed_out, .end = {CallEnd::Kind::timeout, 0}},
                  now);
    return;
  }
  client.frame(frame).settled = true;
  client.cancel_inside(frame, now);
}

namespace {

// What comes out of something that was given up, whatever is made of it inside.
bool is_of_giving_up(const Ending& ending) {
  return ending.kind == Ending::Kind::cancelled || ending.kind == Ending::Kind::fallback;
}

}  // namespace

void Timeout::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                    TimePoint now) {
  const auto& passage = client.frame(frame);
  if (passage.settled && is_of_giving_up(ending)) {
    auto timed_out = ending;
    timed_out.kind = Ending::Kind::timed_out;
    timed_out.end =
        ending.kind == Ending::Kind::fallback ? CallEnd{CallEnd::Kind::timeout, 0} : ending.end;
    client.end(frame, timed_out, now);
  } else {
    client.end(frame, ending, now);
  }
}

namespace {

constexpr std::array timeout_keys{
    breaker::Key{"after", "", "",
                 "gives up after this time; without it, after the timeout of an attempt",
                 breaker::duration(0.001)},
    breaker::Key{"cancels", "", "true",
                 "gives up what is inside; false lets it go on, with nobody waiting for it",
                 breaker::flag()},
};

Result<PolicyConfig> read_timeout(const breaker::Settings& settings,
                                  const Surroundings& surroundings) {
  breaker::SettingsReader read(timeout_keys, settings);
  return read.result(PolicyConfig(
      TimeoutConfig{.after = read.has("after") ? read.duration("after") : surroundings.timeout,
                    .cancels = read.flag("cancels")}));
}

breaker::Given timeout_given(const PolicyConfig& policy, const Surroundings& /*surroundings*/) {
  const auto& config = std::get<TimeoutConfig>(policy);
  breaker::Given given{{"after", format_duration(config.after)}};
  if (!config.cancels) {
    given.emplace_back("cancels", "false");
  }
  return given;
}

}  // namespace

const PolicyKind& timeout_kind() {
  static constexpr PolicyKind kind{
      .name = "timeout",
      .summary = "gives up what is inside it: an attempt, or a call with its waits",
      .keys = timeout_keys,
      .read = read_timeout,
      .given = timeout_given};
  return kind;
}

}  // namespace tripcurve::client
