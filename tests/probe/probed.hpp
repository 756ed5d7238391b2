// Services with a simulated breaker, that a probe is made of, and what they are asked.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "probe/prober.hpp"
#include "probe/simulated.hpp"

namespace tripcurve::probe {

using namespace std::chrono_literals;

inline breaker::Choice choice(const std::string& text) {
  return breaker::parse_choice(text).value();
}

// Of few dialects, so that a test takes a moment: all are probed by the command in docs/PROBE.md.
inline Question question(std::vector<std::string> dialects = {"classic"}, Duration budget = 3min) {
  return {.dialects = std::move(dialects), .budget = budget, .most_calls = 20'000};
}

struct Silent final : Watcher {};

inline Findings find_out(const Question& asked, Subject& subject) {
  Silent silent;
  return find_out(asked, subject, nullptr, silent);
}

// A service with that breaker; it lives as long as its answer is asked for.
struct Probed {
  explicit Probed(const std::string& breaker, const Surroundings& around = {},
                  const OutcomeChanges& changes = {})
      : of(choice(breaker)),
        rules(breaker::usual_rules(of.dialect()).with(changes)),
        subject(of, rules, around, TimePoint{}, Random(7)) {}

  Findings find_out(const Question& asked = question()) { return probe::find_out(asked, subject); }

  breaker::Choice of;
  OutcomeRules rules;
  Simulated subject;
};

// A service as somebody else sees it, who overrides what he sees otherwise.
class Passing : public Subject {
 public:
  explicit Passing(Subject& inner) : inner_(&inner) {}

  [[nodiscard]] TimePoint now() const override { return inner_->now(); }
  [[nodiscard]] Seen call(const Reply& reply) override { return inner_->call(reply); }
  [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
    return inner_->together(calls, reply);
  }
  [[nodiscard]] bool hold() override { return inner_->hold(); }
  void let_go(const Reply& reply) override { inner_->let_go(reply); }
  void wait(Duration length) override { inner_->wait(length); }
  [[nodiscard]] bool over() const override { return inner_->over(); }

 protected:
  [[nodiscard]] Subject& inner() { return *inner_; }
  // From now on it is that one.
  void pass_to(Subject& other) { inner_ = &other; }

 private:
  Subject* inner_;
};

// A call that arrived is seen as one that did not: once: the `lost`-th; 0: none. Waits
// end so much later than asked for, as on the wire.
class SeenThrough final : public Passing {
 public:
  SeenThrough(Subject& inner, std::uint64_t lost, Duration late = {})
      : Passing(inner), lost_(lost), late_(late) {}

  [[nodiscard]] Seen call(const Reply& reply) override {
    auto seen = inner().call(reply);
    if (++calls_ == lost_) {
      seen.arrivals = 0;
    }
    return seen;
  }
  void wait(Duration length) override {
    inner().wait(length > Duration::zero() ? length + late_ : length);
  }
  [[nodiscard]] Duration slack() const override { return late_ > Duration::zero() ? 10ms : 0ms; }

 private:
  std::uint64_t lost_;
  Duration late_;
  std::uint64_t calls_ = 0;
};

inline const Survivor* survivor_of(const Findings& findings, const breaker::Choice& wanted) {
  const auto found = std::ranges::find(findings.survivors, wanted, &Survivor::choice);
  return found == findings.survivors.end() ? nullptr : &*found;
}

}  // namespace tripcurve::probe
