// tripcurve conform: does a dialect answer as its library did? Replays recorded traces.

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <system_error>
#include <vector>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "conform/line.hpp"
#include "core/exit_code.hpp"
#include "core/plural.hpp"
#include "core/units.hpp"

namespace tripcurve::cli {
namespace {

// A trace of a thousand steps takes some 50 kB; a line beyond this is no trace.
constexpr std::size_t longest_line = 16U << 20U;

struct Tally {
  std::size_t traces = 0;
  std::size_t steps = 0;
  std::size_t different = 0;
};

enum class Line : std::uint8_t { read, too_long, end };

Line read_line(std::istream& in, std::string& line) {
  line.clear();
  for (int c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    if (c == '\n') {
      return Line::read;
    }
    if (line.size() == longest_line) {
      return Line::too_long;
    }
    line.push_back(static_cast<char>(c));
  }
  return line.empty() ? Line::end : Line::read;
}

// Replays every trace of a file and prints each that differs.
Result<Tally> replay_file(const std::string& name, std::istream& in) {
  Tally tally;
  std::string line;
  for (std::size_t number = 1;; ++number) {
    const auto place = fmt::format("{}:{}", name, number);
    const auto got = read_line(in, line);
    if (in.bad()) {
      throw std::system_error(errno, std::generic_category(), place);
    }
    if (got == Line::end) {
      break;
    }
    if (got == Line::too_long) {
      return Error{place + ": a line of more than 16 MiB", "a file has one trace per line"};
    }
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const auto replayed = conform::replay_line(line);
    if (!replayed) {
      return replayed.error().in(place);
    }
    ++tally.traces;
    tally.steps += replayed->steps;
    if (replayed->difference) {
      ++tally.different;
      print(*replayed->difference + "\n");
    }
  }
  if (tally.traces == 0) {
    return Error{name + " contains no trace", "a file has one JSON object per line, a trace"};
  }
  return tally;
}

Result<Tally> replay_path(const std::string& path) {
  if (path == "-") {
    return replay_file("stdin", std::cin);
  }
  std::ifstream file(path);
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    const auto why = errno != 0 ? std::generic_category().message(errno) : "it is empty";
    return Error{"cannot read " + path + ": " + why,
                 "name trace files, such as tests/golden/traces/gobreaker.ndjson"};
  }
  return replay_file(path, file);
}

ExitCode conform_all(const std::vector<std::string>& paths) {
  Tally all;
  for (const auto& path : paths) {
    errno = 0;
    const auto tally = replay_path(path);
    if (!tally) {
      return usage_error(tally.error());
    }
    print(fmt::format("{}: {} of {} {} equal, {} {}\n", path,
                      show_count(tally->traces - tally->different), show_count(tally->traces),
                      plural(static_cast<double>(tally->traces), "trace"), show_count(tally->steps),
                      plural(static_cast<double>(tally->steps), "step")));
    all.different += tally->different;
  }
  return all.different == 0 ? ExitCode::success : ExitCode::failure;
}

}  // namespace

Command add_conform(CLI::App& app) {
  auto paths = std::make_shared<std::vector<std::string>>();
  auto& command =
      add_command(app, "conform", "Replay recorded traces of a real library",
                  "Prints the first difference of each trace that differs. Exit 0: all equal,\n"
                  "1: some differ, 2: a file cannot be read. Examples:\n"
                  "  tripcurve conform tests/golden/traces/gobreaker.ndjson\n"
                  "  tests/recorders/gobreaker/record < script.ndjson | tripcurve conform -");
  add_argument(command, "FILE", *paths, "traces, one JSON object per line; - is standard input",
               Completion::of_files());
  return {&command, [paths] { return conform_all(*paths); }};
}

}  // namespace tripcurve::cli
