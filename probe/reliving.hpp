// Lets breakers live through all that was done, since the time from which that is explained best.
//
// Timers and windows began before anybody looked. Their phase is looked for all over the longest
// one, and then ever nearer to what explains most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "probe/fitting.hpp"
#include "probe/hypothesis.hpp"
#include "probe/space.hpp"

namespace tripcurve::probe {

// The phases that are looked at first: each a golden part of the longest further on, so that they
// lie evenly in every part of it.
inline constexpr int phases_at_first = 16;
[[nodiscard]] Duration phase_at_first(Duration longest, int number);
inline constexpr int enough_alike = 6;  // of them in a row show the same: they have no part in it

inline constexpr double worth_adding = 4;  // behind the likeliest of the same form

// How the service calls the dependency with a breaker of that form.
[[nodiscard]] Surroundings around_of(Surroundings around, const Form& form);

// Whether all of its lives are lived, or one in each phase that is looked at.
enum class Lives : std::uint8_t { all, one };

// How carefully its phase is looked for. The usual search follows the phase that explains most; the
// great one follows several, also where they explain much less than is worth knowing.
enum class Care : std::uint8_t { usual, great };

class Reliving {
 public:
  // All must outlive it. What takes long asks `stopped` again and again.
  Reliving(const std::vector<Form>& forms, const Surroundings& around,
           const std::vector<Entry>& log, const std::function<bool()>& stopped)
      : forms_(forms), around_(around), log_(log), stopped_(stopped) {}

  [[nodiscard]] bool has_phase(const Hypothesis& who) const {
    return forms_[who.form].luck == Luck::timing;
  }

  // All of it, or as much as it takes to see that it is worse than `worst`.
  [[nodiscard]] Past past_of(const Hypothesis& who, Duration phase, double worst,
                             Lives lives) const;
  // One entry more.
  void live_through(const Hypothesis& who, Past& past, const Entry& entry,
                    Lives lives = Lives::all) const;
  // That past, or the one in another phase that explains more.
  [[nodiscard]] Past in_best_phase(const Hypothesis& who, Past past, double worst, Care care) const;

  // Whether no other phase could explain it better, but for what clocks that differ do.
  [[nodiscard]] bool is_explained(const Past& past) const;
  // The same for one entry of it.
  [[nodiscard]] bool is_explained_by(const Past& past, std::size_t entry) const;

 private:
  void begin_lives(const Hypothesis& who, Past& past, const Entry& entry, Lives lives) const;
  // Its clock may be off: the best of the lives counts where they have nothing but that of their
  // own.
  [[nodiscard]] bool has_slack() const { return around_.slack > Duration::zero(); }
  [[nodiscard]] bool is_stopped() const { return stopped_ && stopped_(); }

  const std::vector<Form>& forms_;
  const Surroundings& around_;
  const std::vector<Entry>& log_;
  const std::function<bool()>& stopped_;
};

}  // namespace tripcurve::probe
