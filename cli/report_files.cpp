#include "cli/report_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "cli/command.hpp"
#include "report/formats.hpp"

namespace tripcurve::cli {

bool ReportFlags::any() const {
  return github || std::ranges::any_of(paths, [](const auto& path) { return path.has_value(); });
}

void add_report_flags(CLI::App& command, ReportFlags& flags) {
  const FlagGroup add(command, "Output");
  const auto formats = report::formats();
  for (std::size_t i = 0; i < formats.size(); ++i) {
    add(formats[i].flag, flags.paths[i], "FILE", formats[i].summary);
  }
  add("--github", flags.github, "annotations and step summary for GitHub Actions");
}

std::optional<Error> named_twice(const ReportFlags& flags, const std::vector<NamedFile>& others) {
  std::vector<NamedFile> all;
  for (std::size_t i = 0; i < flags.paths.size(); ++i) {
    all.emplace_back(report::formats()[i].flag, flags.paths[i]);
  }
  all.insert(all.end(), others.begin(), others.end());
  std::erase_if(all, [](const NamedFile& file) { return !file.second; });
  const auto place = [](const NamedFile& file) {
    std::error_code ignored;  // of a path that leads nowhere; opening it says so
    const auto path = std::filesystem::path(*file.second);
    const auto real =
        std::filesystem::weakly_canonical(std::filesystem::absolute(path, ignored), ignored);
    return path == "-" || real.empty() ? path.lexically_normal() : real;
  };
  for (auto later = all.begin(); later != all.end(); ++later) {
    const auto earlier = std::ranges::find(all.begin(), later, place(*later), place);
    if (earlier != later) {
      return Error{earlier->first + " and " + later->first + " both name '" + *later->second + "'",
                   "give each a file of its own"};
    }
  }
  return std::nullopt;
}

ReportFiles::ReportFiles(const ReportFlags& flags) : github_(flags.github) {
  for (std::size_t i = 0; i < flags.paths.size(); ++i) {
    if (const auto& path = flags.paths[i]) {
      const auto& format = report::formats()[i];
      files_.emplace_back(&format, std::make_unique<OutputFile>(std::string(format.flag), *path));
    }
  }
  const char* summary = github_ ? std::getenv("GITHUB_STEP_SUMMARY") : nullptr;
  if (summary != nullptr && *summary != '\0') {
    step_summary_ =
        std::make_unique<OutputFile>("GITHUB_STEP_SUMMARY", summary, OutputFile::Mode::append);
  }
}

bool ReportFiles::take_stdout() const {
  return std::ranges::any_of(files_, [](const auto& file) { return file.second->is_stdout(); });
}

void ReportFiles::write(const report::Summary& summary) const {
  for (const auto& [format, file] : files_) {
    file->write(format->write(summary));
  }
  if (!github_) {
    return;
  }
  const auto commands = report::to_github(summary);
  if (!take_stdout()) {
    print(commands);
  } else if (!commands.empty()) {
    say(commands.substr(0, commands.size() - 1));
  }
  if (step_summary_ != nullptr) {
    step_summary_->write(report::to_markdown(summary) + "\n");
  }
}

}  // namespace tripcurve::cli
