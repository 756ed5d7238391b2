// What is still possible: breakers with their settings, each held against everything that was seen.
//
// Nothing is ever ruled out for good. What a breaker would not have done makes it less likely, by
// no more than a lost packet deserves; who is contradicted once may come back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "breaker/registry.hpp"
#include "probe/script.hpp"
#include "probe/simulated.hpp"
#include "probe/space.hpp"

namespace tripcurve::probe {

// An experiment and what was seen.
struct Entry {
  Script script;
  Failure failure{CallEnd::Kind::answer, 503};
  bool fresh = false;                  // the service was new
  std::optional<Recovery> recovery{};  // else it had been opened by calls that fail, and recovered
  bool counts = true;                  // false: only what came before another entry
  Seeing seen{};
  Course course{};        // when its calls were made; without it, when they were due
  TimePoint at{};         // when the recovery began
  TimePoint script_at{};  // and when that was done
  Duration took{};        // both
  std::uint64_t calls = 0;
};

struct Hypothesis {
  std::size_t form = 0;  // of Belief::forms()
  Point point{};
  breaker::Choice choice;
  std::unique_ptr<OutcomeRules> rules{};  // where its lives find them
  double fit = 0;                         // log-likelihood, at most 0
  double likelihood = 0;                  // its part of all, which sum to 1
  std::vector<double> fits{};             // of each entry
  // Breakers that have lived through all that was done; several where luck has a part in it.
  std::vector<std::unique_ptr<Simulated>> lives{};
};

// How many calls that fail are made at most, to see whether they open it.
inline constexpr std::uint32_t most_failures = 250;

// What a breaker would show in that experiment if it came next, and how long it would take.
struct Prediction {
  Seeing seen{};
  Duration took{};
  std::uint64_t calls = 0;
};
[[nodiscard]] Prediction predict(const breaker::Choice& choice, const OutcomeRules& rules,
                                 const Surroundings& around, const Entry& entry,
                                 Random random = Random(1));

// Log-likelihood of what was seen where that was predicted: 0 if they are equal.
[[nodiscard]] double fit_of(const Script& script, const Seeing& predicted, const Seeing& seen);
// The same where several that had other luck predicted it: how far off their mean it is, in their
// standard deviations, to which something is added that even equal predictions leave open.
struct Spread {
  double penalty = 0;  // in any case
  double least = 0;
  double relative = 0;  // of the mean
};
[[nodiscard]] double fit_of_spread(const Script& script, const std::vector<Seeing>& predicted,
                                   const Seeing& seen, const Spread& spread);

class Belief {
 public:
  // All that takes long asks `stopped` again and again, and is left unfinished if it says so.
  Belief(std::vector<Form> forms, const Surroundings& around, std::function<bool()> stopped = {});

  // The first look: what a breaker may be that opened so. Nothing is possible if it was stopped
  // before the first hypothesis.
  void begin(const std::vector<Entry>& first, const Hint& hint);
  // A breaker that somebody asks about.
  void also(const breaker::Choice& choice);

  // Stopped, it may know nothing of that entry.
  void learn(const Entry& entry);

  [[nodiscard]] bool is_stopped() const { return stopped_ && stopped_(); }

  [[nodiscard]] const std::vector<Form>& forms() const { return forms_; }
  [[nodiscard]] const std::vector<Hypothesis>& all() const { return all_; }
  [[nodiscard]] const std::vector<Entry>& log() const { return log_; }
  [[nodiscard]] Surroundings around(std::size_t form) const;
  [[nodiscard]] Prediction predict(const Hypothesis& hypothesis, const Entry& entry) const;
  // The likeliest; there must be one.
  [[nodiscard]] const Hypothesis& best() const;
  // Those that choosing the next experiment looks at, the likeliest of each form among them.
  [[nodiscard]] std::vector<const Hypothesis*> leaders(std::size_t most) const;

 private:
  // Held against all that was seen; none where it is worse than `worst`, or no breaker.
  [[nodiscard]] std::optional<Hypothesis> held(std::size_t form, const Point& point,
                                               double worst) const;
  void live_through(Hypothesis& hypothesis, const Entry& entry) const;
  // Its clock may be off: the best of the lives counts where they have nothing but that of their
  // own.
  [[nodiscard]] bool has_slack() const { return around_.slack > Duration::zero(); }
  void begin_form(std::size_t form, const Hint& hint);
  bool add(std::size_t form, const Point& point, double worst);
  [[nodiscard]] std::vector<Point> neighbours(std::size_t form, const Point& point) const;
  bool refine(std::size_t form, std::size_t most_points);
  void try_in_siblings();
  void refine_all();
  void wander(std::size_t form);
  [[nodiscard]] double best_fit(std::size_t form) const;
  void forget_last();
  void weigh();
  void forget_unlikely();

  std::vector<Form> forms_;  // an additional one each for what somebody asks about
  Surroundings around_;
  std::function<bool()> stopped_;
  std::vector<Entry> log_;
  std::vector<Hypothesis> all_;
  std::vector<std::set<Point>> tried_;  // by form
};

}  // namespace tripcurve::probe
