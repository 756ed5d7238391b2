// Random steps for every dialect, under random settings: what no life may break. A million for each
// where the address sanitizer looks on, a tenth of that elsewhere.

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using breaker::Admission;
using breaker::Choice;
using breaker::Outcome;
using breaker::State;
using breaker::ValueType;

namespace {

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define TRIPCURVE_UNDER_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define TRIPCURVE_UNDER_ADDRESS_SANITIZER
#endif
#ifdef TRIPCURVE_UNDER_ADDRESS_SANITIZER
constexpr std::uint64_t lives = 500;
#else
constexpr std::uint64_t lives = 50;
#endif
constexpr int steps_per_life = 2000;

std::size_t below(Random& random, std::size_t n) {
  return static_cast<std::size_t>(random.unit() * static_cast<double>(n));
}

// A value that a key may take, small enough that things happen; "" for none.
std::string random_value(const breaker::Key& key, Random& random) {
  const auto& values = key.values;
  switch (values.type) {
    case ValueType::whole:
      return fmt::format("{}",
                         static_cast<std::size_t>(std::max(0.0, values.least)) + below(random, 8));
    case ValueType::number:
      return fmt::format("{}", random.unit() * 3);
    case ValueType::percent:
    case ValueType::whole_percent:
      return fmt::format("{}", below(random, 101));
    case ValueType::ratio:
      return fmt::format("{}", static_cast<double>(below(random, 21)) / 20);
    case ValueType::duration:
    case ValueType::milliseconds:
      return fmt::format("{}ms", below(random, 3000));
    case ValueType::seconds:
      return fmt::format("{}s", below(random, 4));
    case ValueType::flag:
      return random.unit() < 0.5 ? "true" : "false";
    case ValueType::word:
      return std::string(values.words[below(random, values.words.size())]);
    case ValueType::list:
      return fmt::format("{}/{}", 1 + below(random, 3), 3 + below(random, 3));
    case ValueType::text:
      return {};
  }
  return {};
}

// Some settings that the dialect takes; its defaults when it refuses what was drawn.
Choice random_choice(const breaker::Dialect& dialect, Random& random) {
  Choice::Given given;
  for (const auto& key : dialect.keys) {
    if (random.unit() < 0.4) {
      if (auto value = random_value(key, random); !value.empty()) {
        given.emplace_back(key.name, std::move(value));
      }
    }
  }
  auto drawn = breaker::make_choice(dialect.name, given);
  return drawn ? *std::move(drawn) : choice(std::string(dialect.name));
}

class Life {
 public:
  Life(const Choice& choice, Random random)
      : breaker_(choice.make(random.fork("breaker"))),
        random_(random.fork("life")),
        facts_(choice.facts()) {}

  // What was wrong first; "" when nothing was.
  std::string live(int steps) {
    look();
    for (int i = 0; i < steps && wrong_.empty(); ++i) {
      step();
    }
    return wrong_;
  }

  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  void expect(bool holds, const char* what) {
    if (!holds && wrong_.empty()) {
      wrong_ = fmt::format("{} at {}ns, state {}", what, now_.time_since_epoch().count(),
                           name(breaker_->state()));
    }
  }

  void note(std::uint64_t what) { digest_ = (digest_ ^ what) * 0x100000001b3U; }

  void step() {
    // Often several things at one instant, now and then a long silence.
    const auto draw = random_.unit();
    now_ += Duration(static_cast<Duration::rep>(draw < 0.3    ? 0
                                                : draw < 0.98 ? random_.unit() * 1e8
                                                              : random_.unit() * 2e10));
    while (breaker_->next_tick() <= now_) {
      const auto due = breaker_->next_tick();
      breaker_->tick(due);
      expect(breaker_->next_tick() > due, "a tick leaves itself due");
      if (!wrong_.empty()) {
        return;
      }
    }
    resume_all();
    const auto kind = random_.unit();
    if (kind < 0.05) {
      breaker_->observe(now_);
    } else if (running_.empty() || kind < 0.5) {
      const auto admission = breaker_->try_acquire(now_);
      expect(admission.answer == Admission::Answer::rejected ||
                 admission.permit.state == breaker_->state(),
             "a permit of another state");
      take(admission);
    } else {
      end_one();
      resume_all();
    }
    look();
  }

  void end_one() {
    const auto pick = below(random_, running_.size());
    const auto permit = running_[pick];
    running_[pick] = running_.back();
    running_.pop_back();
    const auto draw = random_.unit();
    ++ended_half_open_;
    breaker_->record(permit,
                     draw < 0.45   ? Outcome::success
                     : draw < 0.95 ? Outcome::failure
                                   : Outcome::ignored,
                     draw < 0.45 || draw >= 0.95 ? ok : error_503, now_);
  }

  void take(const Admission& admission) {
    note(static_cast<std::uint64_t>(admission.answer));
    switch (admission.answer) {
      case Admission::Answer::admitted:
        expect(admission.error.empty(), "an admission with an error");
        running_.push_back(admission.permit);
        look();  // it may have made it half-open
        if (admission.permit.state == State::half_open) {
          ++admitted_half_open_;
          const auto rounds =
              facts_.trials_again == Duration{}
                  ? 1
                  : 1 + static_cast<std::uint64_t>((now_ - last_) / facts_.trials_again);
          expect(facts_.trials_admitted == 0 ||
                     admitted_half_open_ <= facts_.trials_admitted * rounds + ended_half_open_,
                 "more trials than places, and none was given back");
        }
        break;
      case Admission::Answer::rejected:
        expect(!admission.error.empty(), "a rejection without an error");
        break;
      case Admission::Answer::waiting:
        waiting_.push_back(admission.permit);
        break;
    }
  }

  void resume_all() {
    for (const auto& held : std::exchange(waiting_, {})) {
      take(breaker_->resume(held, now_));
    }
  }

  void look() {
    for (const auto& transition : breaker_->take_transitions()) {
      expect(transition.from == state_, "a transition that does not begin where the last ended");
      expect(transition.at >= last_ && transition.at <= now_, "a transition out of time");
      expect(!transition.cause.empty(), "a transition without a cause");
      state_ = transition.to;
      last_ = transition.at;
      note(static_cast<std::uint64_t>(transition.at.time_since_epoch().count()));
      admitted_half_open_ = 0;
      ended_half_open_ = 0;
    }
    expect(state_ == breaker_->state(), "a state without its transition");
  }

  std::unique_ptr<breaker::Breaker> breaker_;
  Random random_;
  breaker::Facts facts_;
  TimePoint now_{};
  TimePoint last_{};
  State state_ = State::closed;
  std::vector<breaker::Permit> running_;
  std::vector<breaker::Permit> waiting_;  // oldest first
  std::uint64_t admitted_half_open_ = 0;  // in this half-open state
  std::uint64_t ended_half_open_ = 0;
  std::uint64_t digest_ = 0;
  std::string wrong_;
};

}  // namespace

TEST_CASE("no dialect breaks its promises in a long random life under random settings") {
  for (const auto& dialect : breaker::dialects()) {
    for (std::uint64_t life = 0; life < lives; ++life) {
      Random random = Random(7).fork(dialect.name).fork(life);
      const auto settings = random_choice(dialect, random);
      Life one(settings, random);
      const auto wrong = one.live(steps_per_life);
      INFO(settings.text() << " life " << life);
      REQUIRE(wrong == "");
      if (life % 10 == 0) {  // the same inputs give the same outputs
        Life other(settings, random);
        other.live(steps_per_life);
        REQUIRE(one.digest() == other.digest());
      }
    }
  }
}
