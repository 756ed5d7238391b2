#include "client/policies/hedging.hpp"

#include <fmt/format.h>

#include <array>

#include "client/client.hpp"
#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {

void Hedging::enter(Client& client, FrameId frame, TimePoint now) {
  if (config_.quantile) {
    client.notes(frame).began = now;
  }
  go_on(client, frame, now);
}

Duration Hedging::delay(Client& client, FrameId frame) {
  if (!config_.quantile) {
    return config_.delay;
  }
  const auto& firsts = firsts_.of(client.frame(frame).call);
  return firsts.count() >= HedgingConfig::enough ? firsts.quantile(*config_.quantile)
                                                 : config_.delay;
}

// The first attempt is over, or a later one has overtaken it.
void Hedging::note_first(Client& client, FrameId frame, TimePoint now) {
  auto& began = client.notes(frame).began;
  if (config_.quantile && began != never) {
    firsts_.of(client.frame(frame).call).record(now - began);
    began = never;
  }
}

void Hedging::woken(Client& client, FrameId frame, TimePoint now) { go_on(client, frame, now); }

// All attempts have been made, and none is under way.
bool Hedging::is_last_to_end(const Frame& passage) const {
  return passage.begun > config_.most && passage.first_inside == no_frame;
}

// Lets the call in until one of them may be waited for. An attempt may end while it is let in;
// ended() then only notes it. So may the whole passage, if a policy further out gives it up.
void Hedging::go_on(Client& client, FrameId frame, TimePoint now) {
  auto& passage = client.frame(frame);
  const auto serial = passage.serial;
  while (!passage.settled && passage.begun <= config_.most) {
    passage.busy = true;
    passage.waits = true;  // for the attempt that begins now
    client.let_in(frame, now);
    if (!client.is_there(frame, serial)) {
      return;
    }
    passage.busy = false;
    if (!passage.settled && (passage.waits || !config_.hurries) &&
        delay(client, frame) > Duration::zero() && !is_last_to_end(passage)) {
      client.wake(frame, passage.begun <= config_.most ? now + delay(client, frame) : never);
      return;
    }
  }
  if (passage.settled || passage.first_inside == no_frame) {
    settle(client, frame, now);
  }
}

void Hedging::ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
                    TimePoint now) {
  auto& passage = client.frame(frame);
  if (passage.settled) {
    return;  // it has lost
  }
  if (number == 1) {
    note_first(client, frame, now);
  }
  passage.settled = passage.cancelled || !config_.rules.fails(ending);
  if (passage.settled || number == 1 || !config_.answers_first) {
    client.notes(frame).ending = ending;
  }
  passage.waits = false;
  if (!passage.busy && (config_.hurries || passage.settled || is_last_to_end(passage))) {
    client.wake(frame, never);
    go_on(client, frame, now);
  }
}

void Hedging::settle(Client& client, FrameId frame, TimePoint now) {
  auto& passage = client.frame(frame);
  const auto serial = passage.serial;
  note_first(client, frame, now);
  passage.settled = true;
  client.wake(frame, never);
  client.cancel_inside(frame, now);
  if (client.is_there(frame, serial)) {
    client.end(frame, Ending(client.notes(frame).ending), now);
  }
}

namespace {

constexpr std::array<std::string_view, 2> hedging_answers{"first", "last"};

constexpr std::array hedging_keys{
    breaker::Key{"attempts", "", "2",
                 "the largest number of attempts of a call, including the first",
                 breaker::whole(2, 100)},
    breaker::Key{"delay", "", "100ms",
                 "sends the next attempt if the last one has no answer after this time",
                 breaker::duration()},
    breaker::Key{
        "percentile", "", "",
        "waits as long as this percentage of first attempts took so far, once 20 are known; "
        "before that, delay",
        breaker::number(1, 99.9)},
    breaker::Key{"hurries", "", "true", "sends the next at once when the last has failed",
                 breaker::flag()},
    breaker::Key{"answer", "", "first", "which one's end is the answer when all have failed",
                 breaker::one_of(hedging_answers)},
    counts_key,
};

Result<PolicyConfig> read_hedging(const breaker::Settings& settings,
                                  const Surroundings& surroundings) {
  breaker::SettingsReader read(hedging_keys, settings);
  HedgingConfig config{.most = static_cast<std::uint32_t>(read.whole("attempts")) - 1,
                       .delay = read.duration("delay"),
                       .rules = read_counts(read, surroundings.caller).with_open_failing(),
                       .hurries = read.flag("hurries"),
                       .answers_first = read.text("answer") == "first"};
  if (read.has("percentile")) {
    config.quantile = read.number("percentile") / 100;
  }
  return read.result(PolicyConfig(std::move(config)));
}

breaker::Given hedging_given(const PolicyConfig& policy, const Surroundings& surroundings) {
  const auto& config = std::get<HedgingConfig>(policy);
  breaker::Given given{{"attempts", std::to_string(config.most + 1)},
                       {"delay", format_duration(config.delay)}};
  if (config.quantile) {
    given.emplace_back("percentile", fmt::format("{}", *config.quantile * 100));
  }
  if (!config.hurries) {
    given.emplace_back("hurries", "false");
  }
  if (!config.answers_first) {
    given.emplace_back("answer", "last");
  }
  give_counts(given, config.rules, surroundings.caller);
  return given;
}

}  // namespace

const PolicyKind& hedging_kind() {
  static constexpr PolicyKind kind{.name = "hedging",
                                   .summary = "sends a call again while it is still under way",
                                   .keys = hedging_keys,
                                   .read = read_hedging,
                                   .given = hedging_given};
  return kind;
}

}  // namespace tripcurve::client
