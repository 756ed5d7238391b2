// What is still possible: breakers with their settings, each held against everything that was seen.
//
// Nothing is ever ruled out for good. What a breaker would not have done makes it less likely, by
// no more than a lost packet deserves; who is contradicted once may come back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "breaker/registry.hpp"
#include "probe/fitting.hpp"
#include "probe/moves.hpp"
#include "probe/simulated.hpp"
#include "probe/space.hpp"

namespace tripcurve::probe {

// How a breaker has lived through what was done.
struct Past {
  // Since when its timers and windows run, before the first call. Nobody sees that, and no library
  // has it as a setting: the phase that explains most is as good as the settings that it goes with.
  Duration phase{};
  double fit = 0;              // log-likelihood, at most 0
  std::vector<double> fits{};  // of each entry
  // Breakers that have lived through all of it; several where luck has a part in it.
  std::vector<std::unique_ptr<Simulated>> lives{};
  std::size_t in_phase = 0;  // the first so many of them have that phase, others have drawn theirs

  // Something that was seen it would not have done.
  [[nodiscard]] bool is_contradicted() const {
    return std::ranges::any_of(fits, [](double of_one) { return of_one < contradiction; });
  }
};

struct Hypothesis : Past {
  std::size_t form = 0;  // of Belief::forms()
  Point point{};
  breaker::Choice choice;
  std::unique_ptr<OutcomeRules> rules{};  // where its lives find them
  double likelihood = 0;                  // its part of all, which sum to 1
};

// It explains more of what was done, or the same better.
[[nodiscard]] bool explains_more(const Past& one, const Past& other);

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

  // Looks wider for other settings that explain what was seen as well as the likeliest. True: it
  // found some that it did not know.
  bool look_wider();

  [[nodiscard]] bool is_stopped() const { return stopped_ && stopped_(); }

  [[nodiscard]] const std::vector<Form>& forms() const { return forms_; }
  [[nodiscard]] const std::vector<Hypothesis>& all() const { return all_; }
  [[nodiscard]] const std::vector<Entry>& log() const { return log_; }
  [[nodiscard]] Surroundings around(std::size_t form) const;
  [[nodiscard]] Prediction predict(const Hypothesis& hypothesis, const Entry& entry) const;
  // Somebody asks about that one.
  [[nodiscard]] bool is_asked_about(const Hypothesis& hypothesis) const {
    return hypothesis.form >= usual_forms_;
  }
  // Whether it would have ended that experiment otherwise, however often it was made.
  [[nodiscard]] bool is_contradicted_by(const Hypothesis& hypothesis, const Script& script) const;
  // How many experiments it would have ended otherwise.
  [[nodiscard]] std::uint32_t contradictions_of(const Hypothesis& hypothesis) const;
  // The likeliest; there must be one.
  [[nodiscard]] const Hypothesis& best() const;
  // Those that choosing the next experiment looks at, the likeliest of each form among them.
  [[nodiscard]] std::vector<const Hypothesis*> leaders(std::size_t most) const;

 private:
  // Held against all that was seen, or as much as it takes to see that it is worse than `worst`;
  // none where it is no breaker. The first phase that is tried is that one.
  [[nodiscard]] std::optional<Hypothesis> held(std::size_t form, const Point& point, double worst,
                                               Duration phase = {}) const;
  // Whether all of its lives are lived, or one in each phase that is looked at.
  enum class Lives : std::uint8_t { all, one };
  [[nodiscard]] Past past_of(const Hypothesis& who, Duration phase, double worst,
                             Lives lives) const;
  void begin_lives(const Hypothesis& who, Past& past, const Entry& entry, Lives lives) const;
  void live_through(const Hypothesis& who, Past& past, const Entry& entry,
                    Lives lives = Lives::all) const;
  [[nodiscard]] bool has_phase(const Hypothesis& who) const {
    return forms_[who.form].luck == Luck::timing;
  }
  [[nodiscard]] bool is_explained(const Past& past) const;
  // That past, or the one in another phase that explains more.
  [[nodiscard]] Past in_best_phase(const Hypothesis& who, Past past, double worst) const;
  // Its clock may be off: the best of the lives counts where they have nothing but that of their
  // own.
  [[nodiscard]] bool has_slack() const { return around_.slack > Duration::zero(); }
  void begin_form(std::size_t form, const Hint& hint);
  bool add(std::size_t form, const Point& point, double worst, Duration phase = {});
  void note(std::size_t form, const Point& point);
  bool refine(std::size_t form, std::size_t most_points);
  void try_in_siblings();
  void refine_all();
  void climb(std::size_t form);
  // Null where it cannot be looked at by itself.
  [[nodiscard]] const Entry* hurdle_of(const Hypothesis& hypothesis, Random& random) const;
  [[nodiscard]] bool may_explain(std::size_t form, const Point& point, const Entry& entry) const;
  [[nodiscard]] bool is_in_doubt(std::size_t form, bool all_are) const;
  void leap_around(std::size_t form, Random& random);
  void seek(std::size_t form);
  // Null where there is none.
  [[nodiscard]] const Hypothesis* best_of(std::size_t form) const;
  [[nodiscard]] double best_fit(std::size_t form) const;
  void forget_last();
  void weigh();
  void forget_unlikely();

  std::vector<Form> forms_;  // an additional one each for what somebody asks about
  std::size_t usual_forms_;  // before these
  Surroundings around_;
  std::function<bool()> stopped_;
  std::vector<Entry> log_;
  std::vector<Hypothesis> all_;
  // By form: how well each point that was held against it can fit at best, so that one which was
  // given up is looked at again when all others fit as badly.
  std::vector<std::map<Point, double>> at_best_;
  std::vector<Tried> tried_;  // by form
};

}  // namespace tripcurve::probe
