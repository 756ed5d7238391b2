#include "conform/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "conform/steps_text.hpp"

namespace tripcurve::conform {
namespace {

using breaker::Admission;

class Replay {
 public:
  explicit Replay(const Trace& trace)
      : trace_(trace), breaker_(trace.choice.make(Random(trace.chance))) {}

  std::optional<Difference> run() {
    for (; next_ < trace_.steps.size(); ++next_) {
      const auto& step = trace_.steps[next_];
      if (auto difference = take(step)) {
        return Difference{next_, *difference};
      }
    }
    return std::nullopt;
  }

 private:
  // Nothing, or what was got instead of the step.
  std::optional<std::string> take(const Step& step) {
    bool woke = false;
    while (breaker_->next_tick() <= step.at) {
      breaker_->tick(breaker_->next_tick());
      woke = true;
    }
    if (woke) {
      if (auto difference = wake(step.at)) {
        return difference;
      }
    }
    switch (step.kind) {
      case Step::Kind::start:
        return decide(step, breaker_->try_acquire(step.at));
      case Step::Kind::resume:
        return fmt::format("{} keeps waiting, state {}", step.call, state());
      case Step::Kind::end:
        return end(step);
      case Step::Kind::read:
        breaker_->observe(step.at);
        return compare_state(step, "");
      case Step::Kind::timeout:
        return timeout(step);
    }
    return std::nullopt;
  }

  // One tick() did all that was due at this instant, so that the state is that after the last of
  // its timeouts.
  std::optional<std::string> timeout(const Step& step) {
    const bool is_last = next_ + 1 == trace_.steps.size() ||
                         trace_.steps[next_ + 1].kind != Step::Kind::timeout ||
                         trace_.steps[next_ + 1].at != step.at;
    return is_last ? compare_state(step, "") : std::nullopt;
  }

  std::optional<std::string> end(const Step& step) {
    const bool failed = step.outcome == breaker::Outcome::failure;
    const CallEnd end = failed ? trace_.failure : CallEnd{CallEnd::Kind::answer, 200};
    const auto permit = running_.extract(step.call).mapped();
    const std::string seen(breaker_->record(permit, step.outcome, end, step.at));
    if (seen != step.error) {
      return fmt::format("the caller sees {}, state {}", seen.empty() ? "its own end" : seen,
                         state());
    }
    if (auto difference = compare_state(step, "")) {
      return difference;
    }
    return wake(step.at);
  }

  // Asks for all that wait. The steps that follow tell who is decided now, in order.
  std::optional<std::string> wake(TimePoint now) {
    for (std::size_t i = 0; i < waiting_.size();) {
      const auto admission = breaker_->resume(waiting_[i].second, now);
      if (admission.answer == Admission::Answer::waiting) {
        ++i;
        continue;
      }
      const auto call = waiting_[i].first;
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
      const bool told = next_ + 1 < trace_.steps.size() &&
                        trace_.steps[next_ + 1].kind == Step::Kind::resume &&
                        trace_.steps[next_ + 1].call == call;
      if (!told) {
        return fmt::format("{} resumes: {}", call, words(admission));
      }
      ++next_;
      if (auto difference = decide(trace_.steps[next_], admission)) {
        return difference;
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> decide(const Step& step, const Admission& admission) {
    if (admission.answer != step.answer || admission.error != step.error) {
      return fmt::format("{}, state {}", words(admission), state());
    }
    if (admission.answer == Admission::Answer::admitted) {
      running_[step.call] = admission.permit;
    } else if (admission.answer == Admission::Answer::waiting) {
      waiting_.emplace_back(step.call, admission.permit);
    }
    return compare_state(step, words(admission) + ", ");
  }

  std::optional<std::string> compare_state(const Step& step, const std::string& before) const {
    if (!step.state || breaker_->state() == *step.state) {
      return std::nullopt;
    }
    return fmt::format("{}state {}", before, state());
  }

  [[nodiscard]] std::string_view state() const { return breaker::name(breaker_->state()); }

  static std::string words(const Admission& admission) {
    switch (admission.answer) {
      case Admission::Answer::admitted:
        return "admitted";
      case Admission::Answer::rejected:
        return fmt::format("rejected ({})", admission.error);
      case Admission::Answer::waiting:
        return "waiting";
    }
    return {};
  }

  const Trace& trace_;
  std::unique_ptr<breaker::Breaker> breaker_;
  std::size_t next_ = 0;  // the step being taken
  std::map<std::string, breaker::Permit> running_;
  std::vector<std::pair<std::string, breaker::Permit>> waiting_;  // oldest first
};

}  // namespace

std::optional<Difference> replay(const Trace& trace) { return Replay(trace).run(); }

std::string explain(const Trace& trace, const Difference& difference) {
  std::vector<std::string> steps;
  for (const auto& step : trace.steps) {
    steps.push_back(step.text);
  }
  return explain_difference(trace.id, trace.choice.text(), steps, difference.step, difference.got);
}

}  // namespace tripcurve::conform
