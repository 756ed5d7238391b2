// A trial: an experiment that is run in a world, told as it goes, guarded, summed up and judged.
//
//   const auto summary = run(experiment, wire, origin, judging, audience);
//
// The command line, tests and benchmarks all conduct experiments through here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "experiment/experiment.hpp"
#include "faults/ledger.hpp"
#include "live/display.hpp"
#include "load/tally.hpp"
#include "report/summary.hpp"
#include "topology/measured.hpp"
#include "trial/counters.hpp"
#include "trial/judging.hpp"
#include "trial/narrator.hpp"
#include "trial/parts.hpp"

namespace tripcurve::trial {

// What a trial cannot know of itself, for its report. Everything may be empty.
struct Origin {
  std::string tool_version{};
  // The command that makes the run of that experiment again, and the one that makes the series
  // again of which it is the first.
  std::function<std::string(const experiment::Experiment&)> reproduce{};
  std::function<std::string(const experiment::Experiment& first)> reproduce_all{};
  std::vector<std::string> warnings{};  // about the breaker's settings
  std::vector<std::string> notes{};     // what else should be known
  // How often its breaker would trip without a fault: experiment::false_trips().
  std::optional<forecast::FalseTrips> false_trips{};
};

// Who watches a trial, and who may end it. Everything may be empty.
struct Audience {
  std::vector<live::Display*> displays{};
  EventSink events{};
  // Waits up to so long for a signal that ends the run, and returns its number. Called by the
  // thread that conducts, between two looks. Without it a run on the wire sleeps.
  std::function<std::optional<int>(Duration longest)> wait_for_signal{};
  // Why the service that the load goes through is not there any more, if that is so. Called by the
  // same thread.
  std::function<std::optional<std::string>()> service_gone{};
};

class Conductor;
struct Measurement;  // trial/measurement.hpp

// Where a run takes place, for its report.
struct Place {
  std::string authority{};  // "127.0.0.1:8080"; empty in virtual time
  std::string origin{};     // "http://127.0.0.1:8080"
  std::vector<std::pair<std::string, std::string>> host{};  // the machine; empty in virtual time
};

// What one run has counted when it is over.
struct Counted {
  load::Tally tally;
  std::optional<faults::Ledger> ledger;  // none when the upstream is not ours
  TimePoint ended_at{};
  topology::Measured services{};  // none without a topology
};

// Where experiments happen: real sockets and the wall clock, or virtual time.
class World {
 public:
  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  virtual ~World() = default;

  // "run" or "simulate".
  [[nodiscard]] virtual const char* command() const = 0;

  // What happens in it is known beforehand: its upstream is tripcurve's.
  [[nodiscard]] virtual bool can_be_simulated() const { return true; }

  // Makes the load of `parts` and lets its upstream answer, until the load is over or the conductor
  // says that it is enough. Calls conductor.begin() once before the first call is due, and
  // conductor.look() at least as often as conductor.next_look() asks. Throws std::system_error when
  // the machine refuses what it takes.
  [[nodiscard]] virtual Counted play(Parts& parts, Conductor& conductor) = 0;
};

// The part of the load that one generator makes: every `of`-th call, or worker, from `number` on,
// which counts from 0.
struct Share {
  std::uint32_t number = 0;
  std::uint32_t of = 1;
};

// Makes a share of one run of `experiment`, which has as many instances as there are generators, or
// a multiple of that: each generator makes the calls of its own, and so has their breakers for
// itself. Nothing is judged and no run is stopped but by a signal.
[[nodiscard]] Measurement measure(const experiment::Experiment& experiment, const Share& share,
                                  World& world, const Origin& origin, const Audience& audience);

// What all shares come to, in their order, as run() would have summed it up. `command`: that of the
// world in which they were made.
[[nodiscard]] report::Summary sum_up(const experiment::Experiment& experiment, const char* command,
                                     const Origin& origin, std::vector<Measurement> shares);

// Runs `experiment` once and holds it against its expectations. `turn` is for the displays.
[[nodiscard]] report::Summary run(const experiment::Experiment& experiment, World& world,
                                  const Origin& origin, const Judging& judging,
                                  const Audience& audience, const live::Turn& turn = {});

// Runs it as often as `judging` asks, with one seed after the other. Returns the run that is worth
// showing, which is the first that did not pass, with what came of all of them.
[[nodiscard]] report::Summary run_all(const experiment::Experiment& experiment, World& world,
                                      const Origin& origin, const Judging& judging,
                                      const Audience& audience);

}  // namespace tripcurve::trial
