#include "validate/icsa2020.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <numbers>
#include <optional>
#include <utility>

#include "breaker/registry.hpp"
#include "client/client.hpp"
#include "client/config.hpp"
#include "core/ensure.hpp"
#include "core/time.hpp"
#include "core/units.hpp"

namespace tripcurve::validate {
namespace {

using namespace std::chrono_literals;

constexpr int good_answers = 100;
constexpr int requests_until_failure = 10;
constexpr double think = 1;
constexpr double service = 5;
constexpr double response_timeout = 10;
constexpr double usual_connect_timeout = 2;
constexpr double first_dynamic_open = 10;

// A unit of the paper on the client's clock, and how long its breaker is open there.
constexpr Duration unit = 1s;
constexpr Duration open_on_clock = 10s;

Duration on_clock(double time) {
  return Duration(std::llround(time * static_cast<double>(unit.count())));
}

double exponential(Random& random, double mean) { return -mean * std::log(1 - random.unit()); }

double normal(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.unit())) *
         std::cos(2 * std::numbers::pi * random.unit());
}

// The sum of 100 exponential times, by Marsaglia and Tsang's method (ACM TOMS 26, 2000), which is
// exact.
double erlang_100(Random& random, double mean) {
  constexpr double d = 100 - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = normal(random);
    const double v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(1 - random.unit()) < x * x / 2 + d - d * v + d * std::log(v)) {
      return mean * d * v / 100;
    }
  }
}

// Down after every ten requests that it has accepted, those that timed out included.
class Server {
 public:
  Server(double connect_timeout, double availability)
      : connect_timeout_(connect_timeout),
        repair_mean_((1 / availability - 1) * service * requests_until_failure) {}

  struct Answer {
    double after = 0;
    bool good = false;
  };
  Answer request(double now, Random& random) {
    double connecting = 0;
    if (down_until_ > now) {
      const double patience = erlang_100(random, connect_timeout_);
      connecting = down_until_ - now;
      if (patience < connecting) {
        return {.after = patience, .good = false};
      }
    }
    const double served = exponential(random, service);
    const double patience = erlang_100(random, response_timeout);
    const double after = connecting + std::min(served, patience);
    if (++accepted_ == requests_until_failure) {
      accepted_ = 0;
      down_until_ = now + after + exponential(random, repair_mean_);
    }
    return {.after = after, .good = served < patience};
  }

 private:
  double connect_timeout_;
  double repair_mean_;
  int accepted_ = 0;
  double down_until_ = 0;
};

// How long the breaker stays open, drawn anew each time.
class OpenTimes {
 public:
  explicit OpenTimes(const IcsaModel& model) : model_(model) {}

  // After it has opened: a closed one, or one that was half-open.
  double draw(bool again, Random& random) {
    openings_again_ = again ? openings_again_ + 1 : 0;
    const double mean =
        model_.pattern == Pattern::static_breaker
            ? model_.value
            : std::min(model_.value, first_dynamic_open * std::pow(2, openings_again_));
    return erlang_100(random, mean);
  }

 private:
  const IcsaModel& model_;
  int openings_again_ = 0;
};

const breaker::Choice& two_in_a_row() {
  static const auto choice =
      breaker::make_choice("classic", {{"FailureThreshold", "2"},
                                       {"SuccessThreshold", "2"},
                                       {"Timeout", format_duration(open_on_clock)}});
  ENSURE(choice.ok());
  return *choice;
}

client::Policies policies_of(const IcsaModel& model) {
  switch (model.pattern) {
    case Pattern::simple:
      break;
    case Pattern::retry:
      return {client::RetryConfig{.most = 5,
                                  .backoff = {.growth = client::Backoff::Growth::exponential,
                                              .delay = 5 * unit,
                                              .most = on_clock(model.value),
                                              .jitter = client::Backoff::Jitter::none}}};
    case Pattern::static_breaker:
    case Pattern::dynamic_breaker:
      return {client::BreakerConfig{.choice = two_in_a_row()}};
  }
  return {};
}

class Play final : public client::Wire, private client::Breakers {
 public:
  Play(const IcsaModel& model, double availability, Random random)
      : random_(random),
        server_(model.pattern == Pattern::simple ? model.value : usual_connect_timeout,
                availability),
        open_times_(model),
        breaker_(two_in_a_row().make(random)),
        client_(client::make_policies(
                    policies_of(model),
                    [this](const client::BreakerConfig&) -> client::Breakers& { return *this; },
                    {.draw = [](std::uint32_t, std::uint32_t) { return 0.0; }}, random),
                *this) {}

  IcsaTimes run() {
    while (good_ < good_answers) {
      pass(exponential(random_, think));
      client_.begin(0, clock_);
      while (client_.is_under_way(0)) {
        go_on();
      }
    }
    return {.total = now_, .contention = contention_};
  }

 private:
  // The client's clock passes an open time of the breaker as fast as makes it last as drawn.
  void pass(double time) {
    now_ += time;
    clock_ += on_clock(open_for_ ? time / *open_for_ * to_seconds(open_on_clock) : time);
  }

  void go_on() {
    if (!on_wire_) {
      const auto due = client_.next_due();
      ENSURE(due != never);
      now_ += exponential(random_, to_seconds(due - clock_));
      clock_ = due;
      client_.tick(due);
      return;
    }
    const auto attempt = *std::exchange(on_wire_, std::nullopt);
    const auto answer = server_.request(now_, random_);
    contention_ += answer.after;
    pass(answer.after);
    client_.ended(attempt,
                  {.end = answer.good ? CallEnd{CallEnd::Kind::answer, 200}
                                      : CallEnd{CallEnd::Kind::timeout, 0}},
                  clock_);
  }

  void send(const client::Attempt& attempt, TimePoint /*now*/) override { on_wire_ = attempt.id; }
  CallEnd cancel(const client::Attempt& /*attempt*/, TimePoint /*now*/) override {
    ENSURE(false);  // no policy here gives up
    return {};
  }
  void answered(std::uint32_t /*call*/, const client::Ending& ending, TimePoint /*now*/) override {
    good_ += ending.kind == client::Ending::Kind::wire && ending.end.status() == 200 ? 1 : 0;
  }

  breaker::Admission try_acquire(std::uint32_t /*call*/, TimePoint now) override {
    const auto admission = breaker_->try_acquire(now);
    look_at_breaker();
    return admission;
  }
  breaker::Admission resume(std::uint32_t call, const breaker::Permit& /*held*/,
                            TimePoint now) override {
    return try_acquire(call, now);
  }
  void connected(std::uint32_t, breaker::Permit&, TimePoint) override {}
  void answering(std::uint32_t, breaker::Permit&, Outcome, std::uint16_t, TimePoint) override {}
  void record(std::uint32_t /*call*/, const breaker::Permit& permit, Outcome outcome, CallEnd end,
              TimePoint now) override {
    breaker_->record(permit, outcome, end, now);
    look_at_breaker();
  }
  void forget(std::uint32_t, const breaker::Permit&) override {}

  void look_at_breaker() {
    for (const auto& transition : breaker_->take_transitions()) {
      open_for_ = transition.to == breaker::State::open
                      ? std::optional(
                            open_times_.draw(transition.from == breaker::State::half_open, random_))
                      : std::nullopt;
    }
  }

  Random random_;
  Server server_;
  OpenTimes open_times_;
  std::unique_ptr<breaker::Breaker> breaker_;
  client::Client client_;
  double now_ = 0;                    // the model's
  TimePoint clock_{};                 // the client's
  std::optional<double> open_for_{};  // while the breaker is open
  std::optional<client::FrameId> on_wire_{};
  double contention_ = 0;
  int good_ = 0;
};

// Sums of one of the times.
struct Sums {
  double sum = 0;
  double squares = 0;

  void add(double value) {
    sum += value;
    squares += value * value;
  }
  [[nodiscard]] double mean(double n) const { return sum / n; }
  [[nodiscard]] double error(double n) const {
    return std::sqrt(std::max(0.0, squares / n - mean(n) * mean(n)) / (n - 1));
  }
};

constexpr std::array models{IcsaModel{Pattern::simple, "CTO", 2},
                            IcsaModel{Pattern::simple, "CTO", 10},
                            IcsaModel{Pattern::simple, "CTO", 20},
                            IcsaModel{Pattern::simple, "CTO", 40},
                            IcsaModel{Pattern::retry, "MBO", 10},
                            IcsaModel{Pattern::retry, "MBO", 20},
                            IcsaModel{Pattern::retry, "MBO", 40},
                            IcsaModel{Pattern::static_breaker, "CBTO", 10},
                            IcsaModel{Pattern::static_breaker, "CBTO", 20},
                            IcsaModel{Pattern::static_breaker, "CBTO", 40},
                            IcsaModel{Pattern::dynamic_breaker, "CBTO", 10},
                            IcsaModel{Pattern::dynamic_breaker, "CBTO", 20},
                            IcsaModel{Pattern::dynamic_breaker, "CBTO", 40}};

}  // namespace

std::string_view name(Pattern pattern) {
  static constexpr std::array<std::string_view, 4> names{"SP", "RP", "SCB", "DCB"};
  return names.at(static_cast<std::size_t>(pattern));
}

std::span<const IcsaModel> icsa_models() { return models; }

IcsaTimes play(const IcsaModel& model, double availability, Random random) {
  return Play(model, availability, random).run();
}

IcsaMean mean_of_plays(const IcsaModel& model, double availability, std::uint32_t plays,
                       std::uint64_t seed) {
  const Random root = Random(seed)
                          .fork(name(model.pattern))
                          .fork(static_cast<std::uint64_t>(model.value))
                          .fork(static_cast<std::uint64_t>(std::lround(availability * 100)));
  Sums total;
  Sums contention;
  for (std::uint32_t i = 0; i < plays; ++i) {
    const auto times = play(model, availability, root.fork(i));
    total.add(times.total);
    contention.add(times.contention);
  }
  const double n = plays;
  return {.mean = {total.mean(n), contention.mean(n)},
          .error = {total.error(n), contention.error(n)}};
}

}  // namespace tripcurve::validate
