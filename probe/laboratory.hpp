// Makes experiments with a service, one after the other, within their budget.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "probe/findings.hpp"
#include "probe/subject.hpp"

namespace tripcurve::probe {

// Told as it goes.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void began(const Script& /*script*/, Duration /*takes*/) {}
  virtual void learned(const Entry& /*entry*/, const Belief& /*belief*/) {}
};

// Makes the service new again; false: it could not. Empty: it is waited for.
using Renew = std::function<bool()>;

// The service, whose calls are counted and noted; it is over when the budget is.
class Metered final : public Subject {
 public:
  Metered(Subject& inner, const Question& question)
      : inner_(inner), end_(inner.now() + question.budget), most_calls_(question.most_calls) {}

  [[nodiscard]] TimePoint now() const override { return inner_.now(); }
  [[nodiscard]] Seen call(const Reply& reply) override;
  [[nodiscard]] Crowd together(std::uint32_t count, const Reply& reply) override;
  [[nodiscard]] bool hold() override;
  void let_go(const Reply& reply) override {
    inner_.let_go(reply);
    idle_since_ = now();
  }
  void wait(Duration length) override {
    inner_.wait(std::min(length, time_left()));
    idle_since_ = now();
  }
  void begin_step(std::size_t number) override { course_.resize(number + 1); }
  void turn_to(std::size_t way) override { inner_.turn_to(way); }
  [[nodiscard]] Duration slack() const override { return inner_.slack(); }
  [[nodiscard]] Duration patience() const override { return inner_.patience(); }
  [[nodiscard]] bool over() const override {
    return inner_.over() || now() >= end_ || calls_ >= most_calls_;
  }
  // When the time of the budget is used up.
  [[nodiscard]] TimePoint end() const { return end_; }
  // When the last call or wait ended.
  [[nodiscard]] TimePoint idle_since() const { return idle_since_; }
  // Somebody ended it.
  [[nodiscard]] bool interrupted() const { return inner_.over(); }
  // Of one that is over.
  [[nodiscard]] std::string why_over() const {
    return inner_.over() ? "it was interrupted" : "the budget was used up";
  }
  [[nodiscard]] Duration time_left() const { return std::max(Duration{}, end_ - now()); }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }
  [[nodiscard]] std::uint64_t arrived() const { return arrived_; }  // of those made one by one
  [[nodiscard]] std::uint64_t calls_left() const {
    return most_calls_ - std::min(calls_, most_calls_);
  }
  // From now on calls are noted as those of an experiment that begins.
  void begin_course() {
    course_ = Course(1);
    course_began_ = now();
  }
  [[nodiscard]] Course take_course() { return std::exchange(course_, Course(1)); }
  // What the quickest call took that arrived and was answered at once; as long as can be: none was.
  [[nodiscard]] Duration latency() const { return latency_; }
  // The first call that arrived and failed, and the first that arrived and got no answer.
  [[nodiscard]] const Seen& first_failed() const { return first_failed_; }
  [[nodiscard]] const Seen& first_unanswered() const { return first_unanswered_; }

 private:
  void note(Duration ago, Duration took) {
    idle_since_ = now();
    course_.back().push_back({.at = idle_since_ - ago - course_began_, .took = took});
  }

  Subject& inner_;
  TimePoint end_;
  TimePoint idle_since_{};
  std::uint64_t most_calls_;
  std::uint64_t calls_ = 0;
  std::uint64_t arrived_ = 0;
  Course course_ = Course(1);
  TimePoint course_began_{};
  Duration latency_ = Duration::max();
  Seen first_failed_{};
  Seen first_unanswered_{};
};

class Laboratory {
 public:
  // All must outlive it.
  Laboratory(Subject& subject, const Question& question, const Renew& renew, Watcher& watcher)
      : metered(subject, question), renew_(renew), watcher_(watcher) {}

  // An experiment that begins with a service that is new, or has come back from being open for as
  // long as the hint says.
  [[nodiscard]] Entry prepared(const Script& script) const;

  // Makes it. False: the budget is used up, or the service could not be brought back; `ended` says
  // which.
  bool carry_out(Entry& entry);
  // The same, if there is time for it, as the likeliest breaker would have it.
  bool carry_out_in_time(const Belief& belief, Entry& entry);

  [[nodiscard]] bool renews() const { return static_cast<bool>(renew_); }
  [[nodiscard]] Watcher& watcher() { return watcher_; }

  Metered metered;
  Failure failure{};  // how the dependency fails
  Hint hint{};
  std::string ended{};
  // Good calls arrived now and then, and never enough in a row: something limits them.
  bool are_limited = false;

 private:
  const Renew& renew_;
  Watcher& watcher_;
};

}  // namespace tripcurve::probe
