// A flag for each registered format of a result, the same in every command that has a result, and
// the files that they name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/flags.hpp"
#include "cli/output_file.hpp"
#include "core/result.hpp"
#include "report/registry.hpp"

namespace tripcurve::cli {

struct ReportFlags {
  // By format, as registered; empty means "not given".
  std::vector<std::optional<std::string>> paths{report::formats().size()};
  bool github = false;

  [[nodiscard]] bool any() const;
};

void add_report_flags(CLI::App& command, ReportFlags& flags);

// A file and what names it.
using NamedFile = std::pair<std::string, std::optional<std::string>>;

// Two of the flags, or one of them and one of `others`, name the same file.
[[nodiscard]] std::optional<Error> named_twice(const ReportFlags& flags,
                                               const std::vector<NamedFile>& others);

// The files, open.
class ReportFiles {
 public:
  // Throws std::system_error when one cannot be opened.
  explicit ReportFiles(const ReportFlags& flags);

  // Standard output is one of them, so that nothing else belongs there.
  [[nodiscard]] bool take_stdout() const;

  // Each in its format. With --github also the workflow commands, to standard output or, where that
  // is taken, to standard error, and the summary of the step.
  void write(const report::Summary& summary) const;

 private:
  std::vector<std::pair<const report::Format*, std::unique_ptr<OutputFile>>> files_;
  bool github_;
  std::unique_ptr<OutputFile> step_summary_;
};

}  // namespace tripcurve::cli
