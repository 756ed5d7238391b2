// Where the results of a run go, and what is the same at the end of every run, whatever world it
// ran in.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/narrator.hpp"
#include "cli/output_file.hpp"
#include "core/result.hpp"
#include "experiment/experiment.hpp"
#include "faults/ledger.hpp"
#include "live/display.hpp"
#include "report/summary.hpp"

namespace tripcurve::cli {

struct OutputFlags {
  std::optional<std::string> json, events, progress;
  bool quiet = false;
  bool print_plan = false;
};

void add_output_flags(CLI::App& command, OutputFlags& flags);

// The display and the files, all open.
class RunOutput {
 public:
  enum class World { real, simulated };

  // The panel on a terminal, plain lines in a pipe; in virtual time nothing unless --progress asks.
  // Throws std::system_error when a file cannot be opened.
  static Result<RunOutput> open(const OutputFlags& flags, World world);

  [[nodiscard]] live::Display& display() const { return *display_; }
  [[nodiscard]] OutputFile* events() const { return events_.get(); }

  // Something the user should know although they did not ask; said even without a live view.
  void note(const std::string& text) const;

  // The text report and the JSON file, which take standard output and standard error between them.
  void write(const report::Summary& summary) const;

 private:
  std::unique_ptr<live::Display> display_;
  bool silent_ = false;
  std::unique_ptr<OutputFile> json_;
  std::unique_ptr<OutputFile> events_;
};

// --print-plan: what the upstream's flags imply, on standard output. Returns the exit code.
int print_plan(const experiment::Experiment& experiment, const faults::Plan& plan);

// What is known of a run before it starts; the rest is filled in when it is over.
[[nodiscard]] report::RunFacts run_facts(const char* command,
                                         const experiment::Experiment& experiment,
                                         const load::BreakerBank& bank);
[[nodiscard]] live::Scene scene_of(const experiment::Experiment& experiment,
                                   const load::BreakerBank& bank, const std::string& target);

// Adds what the breakers and (if it was ours) the upstream saw, tells the end, writes the results.
// Then `also` gets the summary, if there is one who wants it. Returns the exit code.
int finish_run(const RunOutput& output, Narrator& narrator, const load::BreakerBank& bank,
               const std::optional<faults::Ledger>& ledger, report::RunFacts facts,
               std::optional<int> stopped_by,
               const std::function<void(const report::Summary&)>& also = {});

}  // namespace tripcurve::cli
