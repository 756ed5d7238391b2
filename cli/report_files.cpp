#include "cli/report_files.hpp"

#include <algorithm>
#include <cstdlib>

#include "cli/command.hpp"
#include "report/formats.hpp"

namespace tripcurve::cli {

bool ReportFlags::any() const {
  return github || std::ranges::any_of(paths, [](const auto& path) { return path.has_value(); });
}

FlagGroup add_report_flags(CLI::App& command, ReportFlags& flags) {
  const FlagGroup add(command, "Output");
  const auto formats = report::formats();
  for (std::size_t i = 0; i < formats.size(); ++i) {
    add(formats[i].flag, flags.paths[i], "FILE", formats[i].summary, Completion::of_files());
  }
  add("--github", flags.github, "annotations and step summary for GitHub Actions");
  return add;
}

namespace {

// Where GitHub Actions takes the summary of a step.
std::optional<std::string> step_summary(const ReportFlags& flags) {
  const char* path = flags.github ? std::getenv("GITHUB_STEP_SUMMARY") : nullptr;
  return path != nullptr && *path != '\0' ? std::optional<std::string>(path) : std::nullopt;
}

}  // namespace

std::vector<NamedFile> files_of(const ReportFlags& flags) {
  std::vector<NamedFile> all;
  for (std::size_t i = 0; i < flags.paths.size(); ++i) {
    if (const auto& path = flags.paths[i]) {
      all.push_back({std::string(report::formats()[i].flag), *path});
    }
  }
  if (const auto path = step_summary(flags)) {
    all.push_back({"GITHUB_STEP_SUMMARY", *path});
  }
  return all;
}

ReportFiles::ReportFiles(const ReportFlags& flags) : github_(flags.github) {
  for (std::size_t i = 0; i < flags.paths.size(); ++i) {
    if (const auto& path = flags.paths[i]) {
      const auto& format = report::formats()[i];
      files_.emplace_back(&format, std::make_unique<OutputFile>(std::string(format.flag), *path));
    }
  }
  if (const auto path = step_summary(flags)) {
    step_summary_ =
        std::make_unique<OutputFile>("GITHUB_STEP_SUMMARY", *path, OutputFile::Mode::append);
  }
}

bool ReportFiles::take_stdout() const {
  return std::ranges::any_of(files_, [](const auto& file) { return file.second->is_stdout(); });
}

bool all_well(const std::optional<std::string>& trouble) {
  if (trouble) {
    say("tripcurve: " + *trouble);
  }
  return !trouble;
}

bool ReportFiles::write(const report::Summary& summary, Waiting* waiting) const {
  std::vector<std::string> troubles;
  const auto note = [&](const std::optional<std::string>& trouble) {
    if (trouble) {
      troubles.push_back(*trouble);
    }
  };
  const auto stop_waiting = [&] {
    if (waiting != nullptr) {
      waiting->done();
    }
  };
  for (const auto& [format, file] : files_) {
    const auto text = format->write(summary);
    if (file->is_stdout()) {
      stop_waiting();
    }
    note(file->try_write(text));
  }
  if (github_ && step_summary_ != nullptr) {
    note(step_summary_->try_write(report::to_markdown(summary) + "\n"));
  }
  stop_waiting();
  if (github_) {
    const auto commands = report::to_github(summary);
    if (!take_stdout()) {
      note(try_print(commands));
    } else if (!commands.empty()) {
      say(commands.substr(0, commands.size() - 1));
    }
  }
  for (const auto& trouble : troubles) {
    (void)all_well(trouble);
  }
  return troubles.empty();
}

}  // namespace tripcurve::cli
