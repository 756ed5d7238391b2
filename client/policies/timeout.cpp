#include "client/policies/timeout.hpp"

#include <array>

#include "client/client.hpp"
#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {

void Timeout::enter(Client& client, FrameId frame, TimePoint now) {
  if (heeds_progress()) {
    client.frame(frame).waits = true;  // for the connection
    client.wake(frame, now + *config_.connect);
  } else {
    client.wake_in_line(frame, now + config_.after);
  }
  client.let_in(frame, now);
}

void Timeout::connected(Client& client, FrameId frame, TimePoint /*now*/) {
  auto& passage = client.frame(frame);
  if (passage.waits) {
    passage.waits = false;
    client.wake(frame, passage.due - *config_.connect + config_.after);
  }
}

void Timeout::woken(Client& client, FrameId frame, TimePoint now) {
  if (!config_.cancels && !client.frame(frame).waits) {
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

Ending after_giving_up(const Ending& ending) {
  if (!is_of_giving_up(ending)) {
    return ending;
  }
  auto timed_out = ending;
  timed_out.kind = Ending::Kind::timed_out;
  if (ending.kind == Ending::Kind::fallback) {
    timed_out.end = {CallEnd::Kind::timeout, 0};
  }
  return timed_out;
}

void Timeout::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                    TimePoint now) {
  if (client.frame(frame).settled) {
    client.end(frame, after_giving_up(ending), now);
  } else {
    client.end(frame, ending, now);
  }
}

namespace {

constexpr std::array timeout_keys{
    breaker::Key{"after", "", "",
                 "gives up after this time; without it, after the timeout of an attempt",
                 breaker::duration(0.001)},
    breaker::Key{"connect", "", "",
                 "gives up sooner, after this time, if the attempt has no connection by then",
                 breaker::duration(0.001)},
    breaker::Key{"cancels", "", "true",
                 "gives up what is inside; false lets it go on, with nobody waiting for it",
                 breaker::flag()},
};

Result<PolicyConfig> read_timeout(const breaker::Settings& settings,
                                  const Surroundings& surroundings) {
  breaker::SettingsReader read(timeout_keys, settings);
  TimeoutConfig config{.after = read.has("after") ? read.duration("after") : surroundings.timeout,
                       .cancels = read.flag("cancels")};
  if (read.has("connect")) {
    config.connect = read.duration("connect");
    if (read.has("after") && *config.connect >= config.after) {
      read.refuse("connect",
                  format_duration(*config.connect) + " is not shorter than the timeout of " +
                      format_duration(config.after),
                  "write less, or leave it out");
    }
  }
  return read.result(PolicyConfig(config));
}

breaker::Given timeout_given(const PolicyConfig& policy, const Surroundings& /*surroundings*/) {
  const auto& config = std::get<TimeoutConfig>(policy);
  breaker::Given given{{"after", format_duration(config.after)}};
  if (config.connect) {
    given.emplace_back("connect", format_duration(*config.connect));
  }
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
