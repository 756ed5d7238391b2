#include "cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <vector>

#include "cli/import_file.hpp"
#include "report/registry.hpp"

namespace tripcurve::cli {
namespace {

// A word that stands alone, or a flag with its value.
struct Part {
  std::string_view flag{};  // "--seed", or "" of a word that is none
  std::vector<std::string> words{};

  [[nodiscard]] std::string_view value() const {
    const std::string_view last = words.back();
    return words.size() > 1 ? last : last.substr(std::min(flag.size() + 1, last.size()));
  }
};

std::vector<std::string>& words() {
  static std::vector<std::string> all;
  return all;
}

template <std::size_t N>
bool is_one_of(std::string_view flag, const std::array<std::string_view, N>& flags) {
  return std::ranges::find(flags, flag) != flags.end();
}

std::vector<Part> parts() {
  constexpr std::array<std::string_view, 6> alone{"--quiet",    "--github",     "--allow-remote",
                                                  "--insecure", "--print-plan", "--tls"};
  std::vector<Part> all;
  for (const auto& word : words()) {
    const bool is_flag = word.starts_with("--");
    const bool awaited = !all.empty() && all.back().words.size() == 1 &&
                         all.back().words[0] == all.back().flag &&
                         !is_one_of(all.back().flag, alone);
    if (!is_flag && awaited) {
      all.back().words.push_back(word);
    } else {
      const auto name = std::string_view(word).substr(0, word.find('='));
      all.push_back({is_flag ? name : std::string_view(), {word}});
    }
  }
  return all;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

// As a shell reads it back: 'it'\''s', and $'two\x0alines', because a report has one line for it.
std::string for_shell(const std::string& word) {
  constexpr std::string_view harmless = "-_./:=,%+@";
  constexpr std::string_view digits = "0123456789abcdef";
  if (!word.empty() && std::ranges::all_of(word, [&](unsigned char c) {
        return std::isalnum(c) != 0 ||
               harmless.find(static_cast<char>(c)) != std::string_view::npos;
      })) {
    return word;
  }
  const bool escaped = std::ranges::any_of(word, is_control);
  std::string text = escaped ? "$'" : "'";
  for (const char c : word) {
    if (escaped && (is_control(c) || c == '\'' || c == '\\')) {
      const auto byte = static_cast<unsigned char>(c);
      text += std::string("\\x") + digits[byte / 16] + digits[byte % 16];
    } else {
      text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
  }
  return text + "'";
}

// Where the work is done.
bool is_of_shards(std::string_view flag) {
  constexpr std::array<std::string_view, 2> flags{"--shard", "--parts"};
  return is_one_of(flag, flags);
}

// Where results go, when it began, and the seed, which is said anew.
bool is_left_out(std::string_view flag) {
  constexpr std::array<std::string_view, 7> flags{"--seed",   "--events", "--progress", "--quiet",
                                                  "--github", "--color",  "--start-at"};
  return is_one_of(flag, flags) || is_of_shards(flag) ||
         std::ranges::find(report::formats(), flag, &report::Format::flag) !=
             report::formats().end();
}

bool is_of_series(std::string_view flag) {
  constexpr std::array<std::string_view, 2> flags{"--repeat", "--need"};
  return is_one_of(flag, flags);
}

// What decides a run and is no part of an experiment.
bool is_circumstance(std::string_view flag) {
  constexpr std::array<std::string_view, 8> flags{"--target",       "--allow-remote", "--insecure",
                                                  "--cacert",       "--port",         "--abort-on",
                                                  "--inconclusive", "--tls-ca-out"};
  return is_one_of(flag, flags);
}

bool is_pipe(std::string_view path) {
  std::error_code ignored;
  return path == "-" || !std::filesystem::is_regular_file(path, ignored);
}

bool came_by_pipe(const experiment::Experiment& experiment, const std::vector<Part>& parts) {
  return (!experiment.file.empty() && is_pipe(experiment.file)) ||
         std::ranges::any_of(parts, [](const Part& part) {
           const auto value = part.value();
           return part.flag == "--breaker-from" && is_pipe(split_instance(std::string(value)).file);
         });
}

// The file that the result is written to, if it is known.
std::string result_file(const experiment::Experiment& experiment, const std::vector<Part>& parts) {
  const auto part = std::ranges::find(parts, "--json", &Part::flag);
  const auto output = std::ranges::find(experiment.outputs, "json", &experiment::Output::format);
  const auto path = part != parts.end()                  ? std::string(part->value())
                    : output != experiment.outputs.end() ? output->path
                                                         : "";
  return path == "-" ? "" : path;
}

std::string command_line(const experiment::Experiment& experiment, bool whole_series) {
  const auto all = parts();
  const bool by_pipe = came_by_pipe(experiment, all);
  const auto result = result_file(experiment, all);
  const bool file_is_named = std::ranges::count(all, "", &Part::flag) > 1;  // beside the command
  std::string line;
  if (by_pipe) {
    line = "jq .experiment " + (result.empty() ? "RESULT.json" : for_shell(result)) + " | ";
  } else {
    for (const auto& [name, value] : experiment.variables) {
      line += name + "=" + for_shell(value) + " ";
    }
  }
  line += "tripcurve";
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [flag, part_words] = all[i];
    const bool said_by_result = by_pipe && i > 0 && !is_circumstance(flag) && !is_of_series(flag);
    if (said_by_result || is_left_out(flag) || (is_of_series(flag) && !whole_series)) {
      continue;
    }
    for (const auto& word : part_words) {
      line += " " + for_shell(word);
    }
    if (i == 0 && (by_pipe || (!experiment.file.empty() && !file_is_named))) {
      line += " " + (by_pipe ? "-" : for_shell(experiment.file));
    }
  }
  line += " --seed " + std::to_string(experiment.seed);
  return by_pipe && result.empty() ? line + "  # RESULT.json: what --json wrote" : line;
}

}  // namespace

void remember_command_line(int argc, const char* const* argv) {
  words().assign(argv + std::min(argc, 1), argv + argc);
}

void remember_command_line(const std::vector<std::string>& all) { words() = all; }

std::vector<std::string> command_without_shard() {
  std::vector<std::string> command;
  for (const auto& part : parts()) {
    if (!is_of_shards(part.flag)) {
      command.insert(command.end(), part.words.begin(), part.words.end());
    }
  }
  return command;
}

std::string run_again(const experiment::Experiment& experiment) {
  return command_line(experiment, false);
}

std::string series_again(const experiment::Experiment& first) { return command_line(first, true); }

}  // namespace tripcurve::cli
