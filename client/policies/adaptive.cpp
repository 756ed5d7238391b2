#include "client/policies/adaptive.hpp"

#include <algorithm>

#include "core/ensure.hpp"

namespace tripcurve::client {
namespace {

// One function for each kind of limit.
struct LimitMaker {
  Limit::Draw draw;

  using Made = std::unique_ptr<Limit>;
  Made operator()(const AimdConfig& config) const { return std::make_unique<AimdLimit>(config); }
  Made operator()(const Gradient2Config& config) const {
    return std::make_unique<Gradient2Limit>(config);
  }
  Made operator()(const VegasConfig& config) const {
    return std::make_unique<VegasLimit>(config, draw);
  }
  Made operator()(const EnvoyGradientConfig& config) const {
    return std::make_unique<EnvoyGradientLimit>(config, draw);
  }
};

OutcomeRules with(std::string_view changes) {
  const auto parsed = parse_outcome_changes(changes);
  ENSURE(parsed.ok());
  return OutcomeRules().with(*parsed);
}

}  // namespace

EndingRules usual_samples(const LimitConfig& limit) {
  if (std::holds_alternative<EnvoyGradientConfig>(limit)) {
    static const auto all = EndingRules(with("100-999=success,timeout=success,reset=success,"
                                             "closed=success,connect_failed=success,"
                                             "bad_answer=success"))
                                .with({.open = Outcome::success, .full = Outcome::success});
    return all;
  }
  static const EndingRules some(
      with("4xx=ignored,5xx=ignored,429=failure,502-504=failure,bad_answer=ignored"));
  return some;
}

std::unique_ptr<Limit> make_limit(const AdaptiveConfig& config, Limit::Draw draw) {
  auto limit = std::visit(LimitMaker{std::move(draw)}, config.limit);
  return config.window ? std::make_unique<WindowedLimit>(*config.window, std::move(limit))
                       : std::move(limit);
}

void Adaptive::enter(Client& client, FrameId frame, TimePoint now) {
  auto& inside = inside_of(client, frame);
  if (sum_ == 0) {  // the first call: all limits are there from now on
    for (auto& one : insides_) {
      follow(one, now);
    }
  }
  follow(inside, now);
  tell(client, now);
  inside.places.enter(client, frame, now);
}

void Adaptive::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                     TimePoint now) {
  constexpr Duration shortest{1};  // that a clock of nanoseconds can tell
  auto& inside = inside_of(client, frame);
  const auto outcome = samples_.of(ending);
  if (outcome != Outcome::ignored) {
    const auto& notes = client.notes(frame);
    inside.limit->sample({.began = notes.since,
                          .rtt = std::max(now - notes.since, shortest),
                          .in_flight = notes.taken,
                          .dropped = outcome == Outcome::failure});
  }
  follow(inside, now);
  tell(client, now);
  inside.places.give_back(client, frame, ending, now);
}

void Adaptive::follow(Inside& inside, TimePoint now) {
  const auto limit = inside.limit->at(now);
  sum_ += limit - inside.size;
  inside.size = limit;
  inside.places.resize(limit);
}

void Adaptive::tell(Client& client, TimePoint now) {
  if (sum_ != told_) {
    told_ = sum_;
    client.tell_limit(sum_, now);
  }
}

}  // namespace tripcurve::client
