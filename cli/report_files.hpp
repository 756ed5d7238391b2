// A flag for each registered format of a result, the same in every command that has a result, and
// the files that they name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "cli/output_file.hpp"
#include "cli/same_file.hpp"
#include "cli/waiting.hpp"
#include "core/result.hpp"
#include "report/registry.hpp"

namespace tripcurve::cli {

struct ReportFlags {
  // By format, as registered; empty means "not given".
  std::vector<std::optional<std::string>> paths{report::formats().size()};
  bool github = false;

  [[nodiscard]] bool any() const;
};

// Returns their group, for more of the kind.
FlagGroup add_report_flags(CLI::App& command, ReportFlags& flags);

// All files that the flags name.
[[nodiscard]] std::vector<NamedFile> files_of(const ReportFlags& flags);

// Says what went wrong, if anything did. False then.
[[nodiscard]] bool all_well(const std::optional<std::string>& trouble);

// The files, open.
class ReportFiles {
 public:
  // Throws std::system_error when one cannot be opened.
  explicit ReportFiles(const ReportFlags& flags);

  // Standard output is one of them, so that nothing else belongs there.
  [[nodiscard]] bool take_stdout() const;

  // Each in its format. With --github also the workflow commands, to standard output or, where that
  // is taken, to standard error, and the summary of the step.
  // Each is written though another could not be. Says what could not; false then. Ends `waiting`
  // before anything is told.
  [[nodiscard]] bool write(const report::Summary& summary, Waiting* waiting = nullptr) const;

 private:
  std::vector<std::pair<const report::Format*, std::unique_ptr<OutputFile>>> files_;
  bool github_;
  std::unique_ptr<OutputFile> step_summary_;
};

}  // namespace tripcurve::cli
