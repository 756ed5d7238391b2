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
#include "probe/hypothesis.hpp"
#include "probe/moves.hpp"
#include "probe/reliving.hpp"
#include "probe/simulated.hpp"
#include "probe/space.hpp"

namespace tripcurve::probe {

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
  [[nodiscard]] Surroundings around(std::size_t form) const {
    return around_of(around_, forms_[form]);
  }
  [[nodiscard]] Prediction predict(const Hypothesis& hypothesis, const Entry& entry) const;
  // Somebody asks about that one.
  [[nodiscard]] bool is_asked_about(const Hypothesis& hypothesis) const {
    return hypothesis.form >= usual_forms_;
  }
  // Whether it would have ended that experiment otherwise, however often it was made.
  [[nodiscard]] bool is_contradicted_by(const Hypothesis& hypothesis, const Script& script) const;
  // Nothing that was seen says anything against it.
  [[nodiscard]] bool is_explained(const Hypothesis& one) const;
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
                                               Duration phase = {}, Care care = Care::usual) const;
  // Lets breakers live through all that was done.
  [[nodiscard]] Reliving reliving() const { return {forms_, around_, log_, stopped_}; }
  void begin_form(std::size_t form, const Hint& hint);
  bool add(std::size_t form, const Point& point, double worst, Duration phase = {},
           Care care = Care::usual);
  bool look_again(std::size_t form, const Point& point, double worst, Duration phase);
  void note(std::size_t form, const Point& point);
  bool refine(std::size_t form, std::size_t most_points);
  void try_in_siblings();
  void refine_all();
  void climb(std::size_t form);
  // Null where it cannot be looked at by itself.
  [[nodiscard]] const Entry* hurdle_of(const Hypothesis& hypothesis, Random& random) const;
  [[nodiscard]] bool may_explain(std::size_t form, const Point& point, const Entry& entry) const;
  [[nodiscard]] bool is_in_doubt(std::size_t form, bool all_are) const;
  void leap_around(std::size_t form, Random& random, Care care = Care::usual);
  void forget_failures(std::size_t form);
  void look_beyond(std::size_t form);
  void share_phases(std::size_t form);
  void rephase(std::size_t form);
  void look_after_others();
  [[nodiscard]] std::size_t as_good_as_best() const;
  void seek(std::size_t form, Random random, Care care);
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
