// Where the results of a run go.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/colour.hpp"
#include "cli/flags.hpp"
#include "cli/output_file.hpp"
#include "cli/report_files.hpp"
#include "core/exit_code.hpp"
#include "core/result.hpp"
#include "experiment/experiment.hpp"
#include "faults/plan.hpp"
#include "live/display.hpp"
#include "report/summary.hpp"

namespace tripcurve::cli {

struct OutputFlags {
  ReportFlags reports;
  std::optional<std::string> events, progress, colour;
  bool quiet = false;
  bool print_plan = false;
};

void add_output_flags(CLI::App& command, OutputFlags& flags);

// The display and the files, all open.
class RunOutput {
 public:
  enum class World { real, simulated };

  // The panel on a terminal, plain lines in a pipe. In virtual time, unless --progress asks for
  // lines, how far it is, on a terminal only.
  // Throws std::system_error when a file cannot be opened.
  // The experiment's own outputs are written where no flag says otherwise.
  static Result<RunOutput> open(OutputFlags flags, const experiment::Experiment& experiment,
                                World world);

  [[nodiscard]] live::Display& display() const { return *display_; }
  [[nodiscard]] EventFile* events() const { return events_.get(); }

  // Something the user should know although they did not ask; said even without a live view.
  void note(const std::string& text) const;

  // The text report and the files, which take standard output and standard error between them. Each
  // is written though another could not be. Says what could not, and returns the exit code: that of
  // the verdict, or ExitCode::environment when anything is missing. The display is done then.
  // `more` stands below the text report.
  [[nodiscard]] ExitCode write(const report::Summary& summary,
                               const report::MarkedText& more = {}) const;

 private:
  std::unique_ptr<live::Display> display_;
  bool silent_ = false;
  Colour colour_ = Colour::automatic;
  std::unique_ptr<ReportFiles> reports_;
  std::unique_ptr<EventFile> events_;
};

// What the faults of the upstream, and of further dependencies, imply, on standard output.
ExitCode print_plan(const experiment::Experiment& experiment);

}  // namespace tripcurve::cli
