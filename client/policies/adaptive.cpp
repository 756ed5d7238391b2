#include "client/policies/adaptive.hpp"

#include <algorithm>

#include "client/client.hpp"
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
  follow_limit(client, now);
  places_.enter(client, frame, now);
}

void Adaptive::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                     TimePoint now) {
  constexpr Duration shortest{1};  // that a clock of nanoseconds can tell
  const auto outcome = samples_.of(ending);
  if (outcome != Outcome::ignored) {
    const auto& notes = client.notes(frame);
    limit_->sample({.began = notes.since,
                    .rtt = std::max(now - notes.since, shortest),
                    .in_flight = notes.taken,
                    .dropped = outcome == Outcome::failure});
  }
  follow_limit(client, now);
  places_.give_back(client, frame, ending, now);
}

void Adaptive::follow_limit(Client& client, TimePoint now) {
  const auto limit = limit_->at(now);
  if (limit != told_) {
    told_ = limit;
    places_.resize(limit);
    client.tell_limit(limit, now);
  }
}

}  // namespace tripcurve::client
