// One run on its way, in whatever world it happens: tells it, looks after it, and sums it up.
//
// Driven by one thread, that of the world.
#pragma once

#include <optional>
#include <vector>

#include "core/time.hpp"
#include "experiment/experiment.hpp"
#include "live/display.hpp"
#include "report/summary.hpp"
#include "trial/counters.hpp"
#include "trial/guard.hpp"
#include "trial/measurement.hpp"
#include "trial/narrator.hpp"
#include "trial/parts.hpp"
#include "trial/trial.hpp"
#include "trial/twins.hpp"

namespace tripcurve::trial {

class Conductor {
 public:
  // All must outlive the conductor. `twin`: the run that this one is held against, for the
  // displays.
  Conductor(const char* command, const experiment::Experiment& experiment, Parts& parts,
            const Origin& origin, const Judging& judging, const Audience& audience,
            const live::Turn& turn, const std::optional<report::Summary>& twin);

  // The run is a share of one: it is not guarded, because what a share shows need not be true of
  // the whole, and it ends with measured(). To be called before begin().
  void only_measure();

  // The run takes place there, and its time zero is near.
  void begin(const Place& place);

  // When it wants to look next. Looking sooner tells transitions sooner.
  [[nodiscard]] TimePoint next_look() const;

  // Waits up to `longest` for a signal that ends the run. False, at once, when nobody waits for
  // one.
  bool wait(Duration longest);

  // Tells what happened by `now` and judges what can be judged. False when the run has to end.
  [[nodiscard]] bool look(TimePoint now, Counters& counters);

  // A signal has ended the run.
  [[nodiscard]] bool is_ended() const { return stopped(); }

  // The run is over: what came of it, judged; beside its twins, if it has any.
  [[nodiscard]] report::Summary end(Counted counted, Twins twins = {});

  // The same of a share of a run, which is judged when it is put together with the others.
  [[nodiscard]] Measurement measured(Counted counted);

  [[nodiscard]] const live::Scene& scene() const { return scene_; }

 private:
  void look_after_service(TimePoint now);
  void guard(TimePoint now, Counters& counters);
  void stop(report::Ending ending, std::vector<std::string> reasons);
  [[nodiscard]] bool stopped() const { return facts_.ending != report::Ending::completed; }

  const experiment::Experiment& experiment_;
  Parts& parts_;
  const Audience& audience_;
  report::RunFacts facts_;
  live::Scene scene_;
  Narrator narrator_;
  Guard guard_;
};

}  // namespace tripcurve::trial
