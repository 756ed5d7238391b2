// A breaker of tripcurve's, behind which a service calls the dependency, in virtual time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "breaker/registry.hpp"
#include "core/outcome_rules.hpp"
#include "core/random.hpp"
#include "probe/subject.hpp"

namespace tripcurve::probe {

// How the service calls the dependency, beside its breaker.
struct Surroundings {
  std::uint32_t attempts = 1;  // of a call that fails
  Duration between{};          // from one attempt to the next
  bool breaker_inside = true;  // it counts every attempt, not the call
  Duration timeout{};          // when it gives up a call that is not answered; 0: never
  Duration pace = std::chrono::milliseconds(5);     // from one call to the next, at least
  Duration latency = std::chrono::milliseconds(1);  // of a call that is answered at once
  Duration slack{};                                 // Subject::slack() of the service
  // What its breaker counts a call as whose caller leaves; none: the service does not notice.
  std::optional<Outcome> of_left{};

  friend bool operator==(const Surroundings&, const Surroundings&) = default;
};

// How long before the first call the timers and windows of a breaker began. It shows in when they
// end: their phase.
[[nodiscard]] Duration drawn_phase(Random random);

class Simulated final : public Subject {
 public:
  // It begins at that time, and its timers and windows began earlier: by `phase` where that is
  // given, else by one that `random` draws. Its waits are longer than those of its caller by `late`
  // times the slack: 0 is none of it.
  Simulated(const breaker::Choice& choice, const OutcomeRules& rules, const Surroundings& around,
            TimePoint start, Random random, double late = 0, std::optional<Duration> phase = {});
  ~Simulated() override;
  Simulated(const Simulated&) = delete;
  Simulated& operator=(const Simulated&) = delete;

  [[nodiscard]] TimePoint now() const override { return now_ - ahead_; }
  [[nodiscard]] Seen call(const Reply& reply) override;
  [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override;
  [[nodiscard]] bool hold() override;
  void let_go(const Reply& reply) override;
  void wait(Duration length) override;
  void begin_step(std::size_t number) override;
  [[nodiscard]] bool over() const override { return false; }

  // Waits until then, if that is still to come.
  void wait_until(TimePoint time) { pass(time + ahead_); }

  // From now on calls are made when those of the course were, of an experiment that began then;
  // what the course does not have is made when it is due. `course` must outlive that.
  void follow(const Course& course, TimePoint began);
  void follow_nothing() { course_ = nullptr; }

  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  void pass(TimePoint until);
  void take_turn();
  void tick_until(TimePoint until);
  // The next call of the course that is followed; null where it has none.
  [[nodiscard]] const Made* next_made() const;
  // How much longer than its caller the breaker finds the wait for that call.
  [[nodiscard]] Duration off(const Made& next) const;
  // Whether the breaker lets it out now, or after what it waits for.
  [[nodiscard]] std::optional<breaker::Permit> leave();
  // How a call that gets the reply ends, as the service sees it.
  struct Ending {
    CallEnd end;
    Duration after;  // its arrival
    Outcome outcome;
  };
  [[nodiscard]] Ending ending_of(const Reply& reply) const;
  void record(const breaker::Permit& permit, const Ending& ending);

  std::unique_ptr<breaker::Breaker> breaker_;
  const OutcomeRules& rules_;
  Surroundings around_;
  double late_;
  Duration ahead_;  // its clock, of the time that others are told
  TimePoint now_;
  TimePoint next_call_;
  std::uint64_t calls_ = 0;
  const Course* course_ = nullptr;  // that is followed
  TimePoint course_began_{};
  Duration off_{};        // how much later its calls are than those of the course
  std::size_t step_ = 0;  // of the course, and the next call of that
  std::size_t call_ = 0;
  Made last_{};           // the call of the course before that
  Duration last_took_{};  // and how long it took here
  std::optional<breaker::Permit> held_;
  TimePoint held_until_ = never;  // then the service gives it up
};

}  // namespace tripcurve::probe
