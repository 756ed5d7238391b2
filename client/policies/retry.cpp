#include "client/policies/retry.hpp"

#include <array>

#include "client/client.hpp"
#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {

void Retry::enter(Client& client, FrameId frame, TimePoint now) {
  client.notes(frame).memory = 0;
  try_now(client, frame, now);
}

// Attempts that fail at once and are tried again at once follow each other here, and not one within
// the other.
void Retry::try_now(Client& client, FrameId frame, TimePoint now) {
  auto& passage = client.frame(frame);
  const auto serial = passage.serial;
  do {
    passage.busy = true;
    passage.waits = false;
    client.let_in(frame, now);
    if (!client.is_there(frame, serial)) {
      return;
    }
    passage.busy = false;
  } while (passage.waits);
}

void Retry::woken(Client& client, FrameId frame, TimePoint now) {
  if (client.frame(frame).begun > config_.most) {
    client.end(frame, Ending(client.notes(frame).ending), now);
  } else {
    try_now(client, frame, now);
  }
}

Duration Retry::wait_after(const Frame& passage, Notes& notes, const Ending& ending) const {
  const auto retry = passage.begun - 1;
  const auto draw = [&] { return draw_(passage.call, retry); };
  const auto wait = wait_before(config_.backoff, retry, notes.memory, draw);
  const bool is_told =
      config_.heed_retry_after && ending.retry_after && *ending.retry_after >= Duration::zero();
  return is_told ? *ending.retry_after : wait;
}

void Retry::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                  TimePoint now) {
  auto& passage = client.frame(frame);
  const bool last = passage.begun > config_.most;
  if (!config_.rules.fails(ending) || (last && !config_.wait_after_last)) {
    client.end(frame, ending, now);
    return;
  }
  auto& notes = client.notes(frame);
  const auto wait = wait_after(passage, notes, ending);
  notes.ending = ending;
  if (passage.cancelled) {
    given_up(client, frame, now);
  } else if (wait > Duration::zero()) {
    client.wake(frame, now + wait);
  } else if (passage.busy && !last) {
    passage.waits = true;
  } else {
    woken(client, frame, now);
  }
}

namespace {

constexpr std::array<std::string_view, 3> growths{"constant", "linear", "exponential"};
constexpr std::array<std::string_view, 6> jitters{"none",         "full",   "equal",
                                                  "decorrelated", "spread", "median"};
constexpr std::array<std::string_view, 2> on_opens{"stop", "retry"};

constexpr std::array retry_keys{
    breaker::Key{"attempts", "", "3", "at most so many of a call, the first included",
                 breaker::whole(2, breaker::max_int32 + 1)},
    breaker::Key{"delay", "", "200ms", "waits this long before the second", breaker::duration()},
    breaker::Key{"backoff", "", "exponential", "how the wait grows from one to the next",
                 breaker::one_of(growths)},
    breaker::Key{"max_delay", "", "", "waits no longer than this", breaker::duration()},
    breaker::Key{"jitter", "", "none",
                 "what is random of a wait: full, equal and decorrelated as AWS names them, spread "
                 "a quarter more or less, median as Polly has it",
                 breaker::one_of(jitters)},
    breaker::Key{"retry_after", "", "true", "an answer's Retry-After takes the place of the wait",
                 breaker::flag()},
    breaker::Key{"on_open", "", "stop", "whether it tries again when the breaker is open",
                 breaker::one_of(on_opens)},
    breaker::Key{"wait_after_last", "", "false",
                 "waits once more when the last attempt has failed, as a naive loop does",
                 breaker::flag()},
    counts_key,
};

Result<PolicyConfig> read_retry(const breaker::Settings& settings,
                                const Surroundings& surroundings) {
  breaker::SettingsReader read(retry_keys, settings);
  const auto rules = read_counts(read, surroundings.caller);
  RetryConfig config{.most = static_cast<std::uint32_t>(read.whole("attempts")) - 1,
                     .backoff = {.growth = read.word<Backoff::Growth>("backoff"),
                                 .delay = read.duration("delay"),
                                 .jitter = read.word<Backoff::Jitter>("jitter")},
                     .heed_retry_after = read.flag("retry_after"),
                     .rules = read.text("on_open") == "retry" ? rules.with_open_failing() : rules,
                     .wait_after_last = read.flag("wait_after_last")};
  if (read.has("max_delay")) {
    config.backoff.most = read.duration("max_delay");
  }
  return read.result(PolicyConfig(std::move(config)));
}

breaker::Given retry_given(const PolicyConfig& policy, const Surroundings& surroundings) {
  const auto& config = std::get<RetryConfig>(policy);
  const auto& backoff = config.backoff;
  breaker::Given given{
      {"attempts", std::to_string(std::uint64_t{config.most} + 1)},
      {"delay", format_duration(backoff.delay)},
      {"backoff", std::string(growths.at(static_cast<std::size_t>(backoff.growth)))},
      {"jitter", std::string(jitters.at(static_cast<std::size_t>(backoff.jitter)))},
      {"retry_after", config.heed_retry_after ? "true" : "false"},
      {"on_open", config.rules.open_fails() ? "retry" : "stop"}};
  if (backoff.most) {
    given.emplace_back("max_delay", format_duration(*backoff.most));
  }
  if (config.wait_after_last) {
    given.emplace_back("wait_after_last", "true");
  }
  give_counts(given, config.rules, surroundings.caller);
  return given;
}

}  // namespace

const PolicyKind& retry_kind() {
  static constexpr PolicyKind kind{.name = "retry",
                                   .summary = "tries a call again that failed, after a wait",
                                   .keys = retry_keys,
                                   .read = read_retry,
                                   .given = retry_given};
  return kind;
}

}  // namespace tripcurve::client
