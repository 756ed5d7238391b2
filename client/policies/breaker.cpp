#include "client/policies/breaker.hpp"

#include <algorithm>

#include "client/client.hpp"
#include "client/policies/timeout.hpp"
#include "client/registry.hpp"

namespace tripcurve::client {
namespace {

// The verdict that a held caller waits for may come from another thread's call.
constexpr Duration held_interval = std::chrono::milliseconds(1);

}  // namespace

void Breaker::enter(Client& client, FrameId frame, TimePoint now) {
  const auto admission = breakers_.try_acquire(client.frame(frame).call, now);
  if (admission.answer == breaker::Admission::Answer::waiting) {
    held_.push_back(frame);
    if (held_.size() == 1) {
      look_again_later(client, now);
    }
  }
  decided(client, frame, admission, now);
}

void Breaker::decided(Client& client, FrameId frame, const breaker::Admission& admission,
                      TimePoint now) {
  client.notes(frame).permit = admission.permit;
  client.notes(frame).judged = false;
  client.frame(frame).leave = frame;
  switch (admission.answer) {
    case breaker::Admission::Answer::admitted:
      if (gives_up_after_) {
        client.wake_in_line(frame, now + *gives_up_after_);
      }
      client.let_in(frame, now);
      break;
    case breaker::Admission::Answer::rejected:
      client.end(frame, {.kind = Ending::Kind::open, .error = admission.error}, now);
      break;
    case breaker::Admission::Answer::waiting:
      break;
  }
}

void Breaker::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                    TimePoint now) {
  if (client.frame(frame).settled) {
    over(client, frame, after_giving_up(ending), now);
  } else {
    over(client, frame, ending, now);
  }
}

void Breaker::over(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  if (!client.notes(frame).judged) {
    judge(client, frame, ending, now);
  }
  client.end(frame, ending, now);
  to_ask_anew_ = true;
  if (!held_.empty()) {
    ask_again(client, now);
  }
}

void Breaker::judge(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  const auto call = client.frame(frame).call;
  const auto& permit = client.notes(frame).permit;
  if (hears_.judges == Judges::head && ending.end.is_cut()) {
    const CallEnd head{CallEnd::Kind::answer, ending.end.status()};
    breakers_.record(call, permit, rules_.of({.end = head}), head, now);
  } else if (ending.kind == Ending::Kind::cancelled && !hears_.of_cancelled) {
    breakers_.forget(call, permit);
  } else {
    breakers_.record(call, permit, rules_.of(ending), ending.end, now);
  }
}

void Breaker::given_up(Client& client, FrameId frame, TimePoint now) {
  std::erase(held_, frame);
  look_again_later(client, now);
  to_ask_anew_ = true;
  Policy::given_up(client, frame, now);
}

void Breaker::connected(Client& client, FrameId frame, TimePoint now) {
  breakers_.connected(client.frame(frame).call, client.notes(frame).permit, now);
}

void Breaker::answering(Client& client, FrameId frame, std::uint16_t status, TimePoint now) {
  const CallEnd head{CallEnd::Kind::answer, status};
  if (heeds_progress()) {
    if (!client.notes(frame).judged) {
      judge(client, frame, {.end = head}, now);
      client.notes(frame).judged = true;
      ask_again(client, now);
    }
    return;
  }
  const auto outcome = rules_.of({.end = head});
  breakers_.answering(client.frame(frame).call, client.notes(frame).permit, outcome, status, now);
}

void Breaker::woken(Client& client, FrameId /*frame*/, TimePoint now) { ask_again(client, now); }

void Breaker::woken_in_line(Client& client, FrameId frame, TimePoint now) {
  client.frame(frame).settled = true;
  client.cancel_inside(frame, now);
}

void Breaker::breakers_ticked(Client& client, TimePoint now) { ask_again(client, now); }

// The oldest sleeps for all of them.
void Breaker::look_again_later(Client& client, TimePoint now) {
  if (!held_.empty()) {
    client.wake(held_.front(), now + held_interval);
  }
}

// One that is let in may end at once, which is a reason to ask anew from the oldest on.
void Breaker::ask_again(Client& client, TimePoint now) {
  to_ask_anew_ = true;
  if (asking_ || held_.empty()) {
    return;
  }
  asking_ = true;
  for (std::size_t i = 0; i < held_.size();) {
    const auto frame = held_[i];
    const auto admission =
        breakers_.resume(client.frame(frame).call, client.notes(frame).permit, now);
    if (admission.answer == breaker::Admission::Answer::waiting) {
      ++i;
      continue;
    }
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    to_ask_anew_ = false;
    decided(client, frame, admission, now);
    i = to_ask_anew_ ? 0 : i;
  }
  asking_ = false;
  look_again_later(client, now);
}

namespace {

// In the order of Outcome.
constexpr std::array<std::string_view, 3> breaker_outcomes{"success", "failure", "ignored"};

// In the order of Judges.
constexpr std::array<std::string_view, 2> judges_words{"end", "head"};

constexpr std::array breaker_keys{
    breaker::Key{"on_full", "", "ignored", "what it counts a full bulkhead inside of it as",
                 breaker::one_of(breaker_outcomes)},
    breaker::Key{"on_cancel", "", "",
                 "what it counts as when a policy around it, or the caller, gives a call up; "
                 "nothing: it never hears of it; without it, as the dialect's library has it",
                 breaker::one_of(breaker::on_cancel_words)},
    breaker::Key{
        "judges", "", "end",
        "what of an answer it is told: end, so that one that is cut is a failure; or head, "
        "the status as soon as it comes, and nothing of what comes after it",
        breaker::one_of(judges_words)},
};

Result<PolicyConfig> read_breaker(const breaker::Settings& settings,
                                  const Surroundings& surroundings) {
  breaker::SettingsReader read(breaker_keys, settings);
  auto config = surroundings.breaker;
  config.rules = config.rules.with(
      {.full = read.word<Outcome>("on_full"), .cancelled = config.rules.of_cancelled()});
  config.judges = read.word<Judges>("judges");
  if (read.has("on_cancel")) {
    config = with_cancelled(config, read.word<breaker::OnCancel>("on_cancel"));
  }
  return read.result(PolicyConfig(std::move(config)));
}

breaker::Given breaker_given(const PolicyConfig& policy, const Surroundings& /*surroundings*/) {
  const auto& config = std::get<BreakerConfig>(policy);
  breaker::Given given;
  if (const auto full = config.rules.of_full(); full != Outcome::ignored) {
    given.emplace_back("on_full", breaker_outcomes.at(static_cast<std::size_t>(full)));
  }
  if (const auto cancelled = on_cancel(config); cancelled != config.choice.dialect().on_cancel) {
    given.emplace_back("on_cancel", breaker::name(cancelled));
  }
  if (config.judges != Judges::end) {
    given.emplace_back("judges", judges_words.at(static_cast<std::size_t>(config.judges)));
  }
  return given;
}

}  // namespace

const PolicyKind& breaker_kind() {
  static constexpr PolicyKind kind{
      .name = "breaker",
      .summary = "rejects calls while it is open; its own settings are those of --breaker",
      .keys = breaker_keys,
      .read = read_breaker,
      .given = breaker_given};
  return kind;
}

}  // namespace tripcurve::client
