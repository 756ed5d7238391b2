#include "cli/trial_flags.hpp"

#include <unistd.h>

#include <csignal>
#include <memory>

#include "cli/command_line.hpp"
#include "cli/lint_text.hpp"
#include "cli/version.hpp"

namespace tripcurve::cli {
trial::Origin announce(const experiment::Experiment& experiment, const RunOutput& output) {
  auto warnings = lint_lines(experiment);
  for (const auto& line : told_before(experiment, warnings)) {
    output.note(line);
  }
  return {.tool_version = version,
          .reproduce = run_again,
          .reproduce_all = series_again,
          .warnings = std::move(warnings),
          .notes = notes_of(experiment),
          .false_trips = experiment::false_trips(experiment)};
}

trial::Audience audience_of(const RunOutput& output, const Signals& signals) {
  trial::Audience audience{.displays = {&output.display()}};
  if (output.events() != nullptr) {
    audience.events = [events = output.events()](const std::string& line) { events->put(line); };
  }
  audience.wait_for_signal = [&output, &signals, first = std::optional<int>()](
                                 Duration longest) mutable -> std::optional<int> {
    const auto signal = signals.wait(longest);
    if (!signal) {
      return std::nullopt;
    }
    if (*signal == SIGWINCH) {
      output.display().resized();
      return std::nullopt;
    }
    if (first) {
      die(*signal);
    }
    first = signal;
    return signal;
  };
  return audience;
}

}  // namespace tripcurve::cli
