// What is the same about every run, whatever world it runs in: how it is summed up and judged, run
// again with the next seed, reported, and turned into an exit code.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/guard.hpp"
#include "cli/judging.hpp"
#include "cli/run_output.hpp"
#include "experiment/experiment.hpp"
#include "faults/ledger.hpp"
#include "live/display.hpp"
#include "load/breaker_bank.hpp"
#include "report/summary.hpp"

namespace tripcurve::cli {

// What is known of a run before it starts.
[[nodiscard]] report::RunFacts run_facts(const char* command,
                                         const experiment::Experiment& experiment,
                                         const load::BreakerBank& bank);
[[nodiscard]] live::Scene scene_of(const experiment::Experiment& experiment,
                                   const load::BreakerBank& bank, const std::string& target);

// A run as far as it came: `known` with its ending and its end, the breakers' transitions, and what
// the load and (if it was ours) the upstream counted. Not judged. `until`, which is a phase's
// begin, leaves out that phase and what follows it.
[[nodiscard]] report::Summary sum_up(report::RunFacts known, const load::BreakerBank& bank,
                                     const load::LoadPlan& load, load::Tally tally,
                                     const std::optional<faults::Ledger>& ledger,
                                     TimePoint until = never);

// Holds it against what is expected of it; `guard` has the last look at one that came to its end.
void judge(report::Summary& summary, Guard& guard,
           const std::vector<expect::Expectation>& expectations);

// A run that is over, judged.
struct Outcome {
  report::Summary summary;
  std::optional<int> signal;  // that ended it
};

// Runs the experiment as often as is asked for, with one seed after the other, and writes what came
// of it: of several runs, the first that did not pass. Then `also` gets that summary, if there is
// one who wants it. Returns the exit code.
int run_and_report(const RunOutput& output, const Judging& judging,
                   experiment::Experiment experiment,
                   const std::function<Outcome(const experiment::Experiment&)>& run_once,
                   const std::function<void(const report::Summary&)>& also = {});

}  // namespace tripcurve::cli
