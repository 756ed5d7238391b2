// tripcurve init: an experiment to begin with, and a CI job that plays it.

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/output_file.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"
#include "embedded/github_job.hpp"
#include "embedded/gitlab_job.hpp"
#include "embedded/starter.hpp"

namespace tripcurve::cli {
namespace {

struct InitFlags {
  std::string file = default_experiment_file;
  bool github = false;
  bool gitlab = false;
  bool force = false;
};

struct NewFile {
  std::string path;
  std::string_view content;  // a template: @FILE@ stands for the experiment
};

// A project has one file of this name, which may have other jobs in it.
constexpr const char* gitlab_file = ".gitlab-ci.yml";
constexpr const char* gitlab_file_beside = ".gitlab/tripcurve.yml";

std::string gitlab_file_to_write(bool force) {
  std::error_code ignored;
  return !force && std::filesystem::exists(gitlab_file, ignored) ? gitlab_file_beside : gitlab_file;
}

std::vector<NewFile> files_of(const InitFlags& flags) {
  std::vector<NewFile> files{{flags.file, embedded::starter}};
  if (flags.github) {
    files.push_back({".github/workflows/tripcurve.yml", embedded::github_job});
  }
  if (flags.gitlab) {
    files.push_back({gitlab_file_to_write(flags.force), embedded::gitlab_job});
  }
  return files;
}

std::string filled(std::string_view content, const std::string& file) {
  constexpr std::string_view mark = "@FILE@";
  std::string text;
  for (;;) {
    const auto at = content.find(mark);
    text += content.substr(0, at);
    if (at == std::string_view::npos) {
      return text;
    }
    text += file;
    content.remove_prefix(at + mark.size());
  }
}

// The name stands in comments and commands as it is.
bool is_plain(const std::string& path) {
  return !path.empty() && path.front() != '-' &&
         path.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "._/-") == std::string::npos;
}

ExitCode write_all(const InitFlags& flags) {
  if (!is_plain(flags.file)) {
    return usage_error({tripcurve::quoted(flags.file) + " is not a plain file name",
                        "use letters, digits and ._/- only: experiments/payments.yaml"});
  }
  const auto files = files_of(flags);
  for (const auto& file : files) {
    std::error_code ignored;
    if (!flags.force && std::filesystem::exists(file.path, ignored)) {
      return usage_error({tripcurve::quoted(file.path) + " already exists, so nothing was written",
                          "name another file, or overwrite it with --force"});
    }
  }
  for (const auto& file : files) {
    if (const auto folder = std::filesystem::path(file.path).parent_path(); !folder.empty()) {
      std::filesystem::create_directories(folder);  // a std::system_error says what it cannot
    }
    OutputFile("init", file.path).write(filled(file.content, flags.file));
    say("wrote " + file.path);
  }
  say(
      fmt::format("\nNext:\n"
                  "  tripcurve validate {0}    check it\n"
                  "  tripcurve simulate {0}    run it in virtual time, in moments\n"
                  "  tripcurve run {0}         run it on real sockets and watch it",
                  flags.file));
  if (files.back().path == gitlab_file_beside) {
    say(fmt::format("  add to {}:  include: {{local: {}}}", gitlab_file, gitlab_file_beside));
  }
  if (flags.github || flags.gitlab) {
    say("  and set the CI variable TRIPCURVE_REPOSITORY to the URL that CI clones tripcurve from");
  }
  return ExitCode::success;
}

}  // namespace

Command add_init(CLI::App& app) {
  auto flags = std::make_shared<InitFlags>();
  auto& command = add_command(app, "init", "Write an experiment file to start from",
                              "Example:\n"
                              "  tripcurve init --github && tripcurve validate");
  add_optional_argument(command, "FILE", flags->file, "the file to write (tripcurve.yaml)",
                        Completion::of_files());
  const FlagGroup add(command, "Other");
  add("--github", flags->github, "also write a job for GitHub Actions");
  add("--gitlab", flags->gitlab,
      "also write a job for GitLab CI, beside an existing .gitlab-ci.yml");
  add("--force", flags->force, "overwrite existing files");
  return {&command, [flags] { return write_all(*flags); }};
}

}  // namespace tripcurve::cli
