// tripcurve topology: what the services of an experiment have to carry, told without running it.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/json_output.hpp"
#include "core/suggest.hpp"
#include "core/units.hpp"
#include "experiment/streams.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"
#include "topology/capacity.hpp"

namespace tripcurve::cli {
namespace {

using experiment::Experiment;
using topology::Capacity;
using topology::Demand;

constexpr std::array<std::string_view, 1> actions{"check"};

struct TopologyFlags {
  std::optional<std::string> action;
  ExperimentFlags experiment;
  std::optional<std::string> json;
};

struct PhaseCapacity {
  Phase phase;
  Capacity capacity;
};

std::string rate_text(double per_second) {
  return per_second >= 100 ? show_count(static_cast<std::uint64_t>(per_second + 0.5))
                           : fmt::format("{:.3g}", per_second);
}

std::string times_text(double times) { return fmt::format("x{:.3g}", times); }

std::string table_of(const Experiment& experiment, const Capacity& capacity) {
  std::vector<std::vector<std::string>> rows{
      {"service", "calls/s", "at worst", "held for", "needs", "workers", "takes", "full after"}};
  for (std::size_t i = 0; i < capacity.services.size(); ++i) {
    const auto& service = experiment.topology.services[i];
    const auto& demand = capacity.services[i];
    rows.push_back({service.name, rate_text(demand.rate), times_text(demand.worst),
                    demand.holds ? show_duration(*demand.holds) : "no end",
                    demand.needs ? fmt::format("{:.1f}", *demand.needs) : "no end",
                    service.workers ? show_count(*service.workers) : "any",
                    demand.capacity ? rate_text(*demand.capacity) + "/s" : "any",
                    demand.full_after ? show_duration(*demand.full_after) : "-"});
  }
  rows.push_back({std::string(topology::upstream_name), rate_text(capacity.upstream_rate),
                  times_text(capacity.upstream_worst), "", "", "", "", ""});
  return report::render_columns(rows);
}

// In the order in which their pools are full.
std::vector<std::string> sentences(const Experiment& experiment, const Capacity& capacity) {
  std::vector<std::size_t> full;
  for (std::size_t i = 0; i < capacity.services.size(); ++i) {
    if (capacity.services[i].is_full()) {
      full.push_back(i);
    }
  }
  std::ranges::stable_sort(full, {},
                           [&](std::size_t i) { return *capacity.services[i].full_after; });
  std::vector<std::string> lines;
  for (const auto i : full) {
    const auto& service = experiment.topology.services[i];
    const auto what = !service.queue ? "further calls wait longer and longer"
                      : *service.queue == 0
                          ? "further calls are answered 503"
                          : fmt::format("{} calls can wait; further calls are answered 503",
                                        show_count(*service.queue));
    lines.push_back(fmt::format("{}: all {} workers are busy about {} after the phase begins; {}",
                                service.name, show_count(*service.workers),
                                show_duration(*capacity.services[i].full_after), what));
  }
  return lines;
}

std::string text_of(const Experiment& experiment, const PhaseCapacity& one) {
  const auto& [phase, capacity] = one;
  auto text = fmt::format("{}{}\n", phase.name, phase.fault ? " (fault)" : "") +
              table_of(experiment, capacity);
  const auto lines = sentences(experiment, capacity);
  for (const auto& line : lines) {
    text += report::hang("  - ", line);
  }
  if (lines.empty() && capacity.bearable) {
    text += report::hang("  - ", fmt::format("no pool is full, up to {} times this load",
                                             fmt::format("{:.3g}", *capacity.bearable)));
  }
  return text + '\n';
}

Json json_of(const Experiment& experiment, const PhaseCapacity& one) {
  const auto& [phase, capacity] = one;
  auto services = Json::array();
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(); };
  const auto time_or_null = [](const std::optional<Duration>& time) {
    return time ? Json(to_milliseconds(*time)) : Json();
  };
  for (std::size_t i = 0; i < capacity.services.size(); ++i) {
    const auto& service = experiment.topology.services[i];
    const auto& demand = capacity.services[i];
    services.push_back({{"name", service.name},
                        {"rate_per_s", demand.rate},
                        {"worst_amplification", demand.worst},
                        {"held_ms", time_or_null(demand.holds)},
                        {"workers_needed", or_null(demand.needs)},
                        {"workers", or_null(service.workers)},
                        {"capacity_per_s", or_null(demand.capacity)},
                        {"full_after_ms", time_or_null(demand.full_after)}});
  }
  return {{"phase", phase.name},
          {"fault", phase.fault},
          {"services", std::move(services)},
          {"upstream_rate_per_s", capacity.upstream_rate},
          {"upstream_worst_amplification", capacity.upstream_worst},
          {"bearable_load", or_null(capacity.bearable)}};
}

ExitCode check(const TopologyFlags& flags) {
  const auto experiment = described_by(flags.experiment);
  if (!experiment) {
    return ExitCode::usage;
  }
  if (experiment->topology.empty()) {
    return usage_error({"the experiment has no topology",
                        "describe its services, see docs/EXPERIMENTS.md#topology"});
  }
  const auto plan = experiment::fault_plan(*experiment);
  std::string text =
      "Workers that the load needs, by Little's law and with closed breakers: calls per second\n"
      "times the time for which each holds a worker. 'at worst' says how many requests one\n"
      "call of the load becomes if every attempt is used up.\n\n";
  auto json = Json::array();
  bool full = false;
  for (std::size_t i = 0; i < plan.phases().size(); ++i) {
    const PhaseCapacity one{
        plan.timetable().phases()[i],
        topology::capacity(experiment->topology, experiment::streams(*experiment, plan, i))};
    full = full || std::ranges::any_of(one.capacity.services, &Demand::is_full);
    text += text_of(*experiment, one);
    json.push_back(json_of(*experiment, one));
  }
  text += full ? "A pool is full in at least one phase.\n" : "No pool is full in any phase.\n";
  return tell(text, {{"phases", std::move(json)}}, flags.json,
              full ? ExitCode::failure : ExitCode::success);
}

ExitCode topology_command(const TopologyFlags& flags) {
  constexpr auto example = "write `tripcurve topology check FILE`";
  if (!flags.action) {
    return usage_error({"'tripcurve topology' needs to be told what to do", example});
  }
  if (*flags.action != actions.front()) {
    const auto near = nearest(*flags.action, actions);
    return usage_error({"there is no 'tripcurve topology " + *flags.action + "'",
                        near.empty() ? example : "did you mean '" + near + "'?"});
  }
  return check(flags);
}

}  // namespace

Command add_topology(CLI::App& app) {
  auto flags = std::make_shared<TopologyFlags>();
  auto& command =
      add_command(app, "topology", "Tell which pool becomes full and when, before any run",
                  "check prints, for each phase, the workers that every service needs and has.\n"
                  "Exit 0: every pool suffices, 1: a pool is full in some phase. Examples:\n"
                  "  tripcurve topology check examples/cascade.yaml\n"
                  "  tripcurve topology check examples/cascade.yaml --rate 500/s");
  add_optional_argument(command, "ACTION", flags->action, "what to tell: check",
                        Completion::of(actions));
  add_file_argument(command, flags->experiment);
  add_load_flags(command, flags->experiment);
  add_upstream_flags(command, flags->experiment);
  add_json_flag(command, flags->json);
  return {&command, [flags] { return topology_command(*flags); }};
}

}  // namespace tripcurve::cli
