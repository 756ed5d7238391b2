// tripcurve diff: two breakers, or two settings of one, on the identical stream of outcomes.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>
#include <vector>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/json_output.hpp"
#include "core/exit_code.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "load/rate_curve.hpp"
#include "sim/diff.hpp"

namespace tripcurve::cli {
namespace {

using breaker::State;
using breaker::Transition;

struct DiffFlags {
  std::string a, b;
  ExperimentFlags experiment;
  std::optional<std::string> json;
};

// Each is remembered until both have been through all.
constexpr double most_calls = 50e6;

// More transitions than anybody reads.
constexpr std::size_t most_transitions = 20;

std::string when(TimePoint at) { return fmt::format("{:.3f}s", to_seconds(at.time_since_epoch())); }

std::string transition_text(const Transition& transition) {
  return fmt::format("{:>9}  {} -> {}: {}", when(transition.at), breaker::name(transition.from),
                     breaker::name(transition.to), transition.cause);
}

bool same(const load::BreakerEvent& a, const load::BreakerEvent& b) {
  return a.breaker == b.breaker && a.transition.at == b.transition.at &&
         a.transition.to == b.transition.to;
}

std::string call_text(TimePoint sent) {
  return sent == never ? "rejects it" : "lets it out at " + when(sent);
}

// Where they part: the first transition and the first call that differ.
std::string parting(const sim::Diff& both) {
  const auto& a = both.a.transitions;
  const auto& b = both.b.transitions;
  const auto [in_a, in_b] = std::ranges::mismatch(a, b, same);
  std::string text;
  if (in_a != a.end() || in_b != b.end()) {
    text += "First transition that differs\n";
    text += "  A  " + (in_a == a.end() ? "none" : transition_text(in_a->transition)) + "\n";
    text += "  B  " + (in_b == b.end() ? "none" : transition_text(in_b->transition)) + "\n";
  }
  if (both.divergence) {
    text += fmt::format("First call that differs: number {}, A {}, B {}\n",
                        show_count(both.divergence->call + 1), call_text(both.divergence->a),
                        call_text(both.divergence->b));
  }
  return text.empty() ? "No difference: the same transitions, and the same calls go out\n" : text;
}

// A number of a side's breakers, added up.
template <typename Number>
auto sum_of(const sim::Side& side, Number number_of) {
  decltype(number_of(side.totals.front())) sum{};
  for (const auto& breaker : side.totals) {
    sum += number_of(breaker);
  }
  return sum;
}

std::uint64_t transition_count(const sim::Side& side) {
  return sum_of(side, [](const breaker::Totals& of) { return of.transitions(); });
}

std::string transitions_of(const char* side, const sim::Side& of) {
  const auto all = transition_count(of);
  auto text = fmt::format("\n{} transitions: {}\n", side, all);
  for (std::size_t i = 0; i < std::min(of.transitions.size(), most_transitions); ++i) {
    text += "  " + transition_text(of.transitions[i].transition) + "\n";
  }
  if (all > most_transitions) {
    text += fmt::format("  and {} more\n", all - most_transitions);
  }
  return text;
}

// How long the breakers were open until `end`, or until their last transition where that came
// later.
Duration time_open(const sim::Side& side, TimePoint end) {
  return sum_of(side, [&](const breaker::Totals& of) {
    return of.time_in(State::open, std::max(end, of.since()));
  });
}

load::Counts counts_of(const sim::Side& side) {
  load::Counts counts;
  for (const auto& phase : side.tally.phases) {
    counts += phase.counts();
  }
  return counts;
}

std::uint64_t openings_of(const sim::Side& side) {
  return sum_of(side, [](const breaker::Totals& of) { return of.opens(); });
}

std::string totals(const sim::Diff& both, TimePoint end) {
  const auto a = counts_of(both.a);
  const auto b = counts_of(both.b);
  auto text = fmt::format("\n{:<22}{:>12}{:>12}\n", "Totals", "A", "B");
  const auto row = [&](const char* what, const std::string& of_a, const std::string& of_b) {
    text += fmt::format("  {:<20}{:>12}{:>12}\n", what, of_a, of_b);
  };
  row("calls", show_count(a.calls), show_count(b.calls));
  row("sent", show_count(a.sent), show_count(b.sent));
  row("fail-fast", show_count(a.fail_fast), show_count(b.fail_fast));
  row("ok", show_count(a.ok), show_count(b.ok));
  row("failed", show_count(a.failed()), show_count(b.failed()));
  row("openings", show_count(openings_of(both.a)), show_count(openings_of(both.b)));
  row("time open", show_duration(time_open(both.a, end)), show_duration(time_open(both.b, end)));
  return text;
}

Json json_of(const Transition& transition) {
  return {{"t_ms", to_milliseconds(transition.at.time_since_epoch())},
          {"from", breaker::name(transition.from)},
          {"to", breaker::name(transition.to)},
          {"cause", transition.cause}};
}

// All that were kept, though the text has only the first.
Json json_of(const breaker::Choice& choice, const sim::Side& side, const load::BreakerBank& bank,
             TimePoint end) {
  auto transitions = Json::array();
  for (const auto& event : side.transitions) {
    auto one = json_of(event.transition);
    one["breaker"] = bank.name(event.breaker);
    transitions.push_back(std::move(one));
  }
  const auto counts = counts_of(side);
  return {{"breaker", choice.text()},
          {"calls", counts.calls},
          {"sent", counts.sent},
          {"fail_fast", counts.fail_fast},
          {"ok", counts.ok},
          {"failed", counts.failed()},
          {"opens", openings_of(side)},
          {"time_open_ms", to_milliseconds(time_open(side, end))},
          {"transitions_total", transition_count(side)},
          {"transitions", std::move(transitions)}};
}

Json first_call(const sim::Diff& both) {
  const auto sent = [](TimePoint at) {
    return at == never ? Json() : Json(to_milliseconds(at.time_since_epoch()));
  };
  const auto& parting = both.divergence;
  return parting ? Json{{"number", parting->call + 1},
                        {"a_sent_ms", sent(parting->a)},
                        {"b_sent_ms", sent(parting->b)}}
                 : Json();
}

// Each counts what its library does; a line when these differ.
std::string counted_otherwise(const OutcomeRules& a, const OutcomeRules& b) {
  const auto otherwise = difference(b, a);
  return otherwise.empty() ? ""
                           : fmt::format("B counts some results differently from A: {}\n",
                                         format_outcome_changes(otherwise));
}

ExitCode compare_settings(const DiffFlags& flags) {
  const auto a = breaker::parse_choice(flags.a);
  if (!a) {
    return usage_error(a.error().in("A"));
  }
  const auto b = breaker::parse_choice(flags.b);
  if (!b) {
    return usage_error(b.error().in("B"));
  }
  auto experiment = simulated_by(flags.experiment);
  if (!experiment) {
    return ExitCode::usage;
  }
  if (!std::holds_alternative<load::OpenLoop>(experiment->loop)) {
    return usage_error(
        {"workers would give each breaker a different stream, because they wait for answers",
         "use --rate instead of workers"});
  }
  for (const auto& [flag, given] :
       {std::pair{"--threads", flags.experiment.threads.has_value()},
        std::pair{"--max-in-flight", flags.experiment.max_in_flight.has_value()},
        std::pair{"--port", flags.experiment.port.has_value()},
        std::pair{"--target", flags.experiment.target.has_value()}}) {
    if (given) {
      return usage_error(
          {std::string(flag) +
               " has no effect in diff, which runs in virtual time and drops no calls",
           "leave it out"});
    }
  }
  if (!experiment->topology.empty()) {
    return usage_error(
        {"diff compares breakers in front of the upstream, and " +
             tripcurve::quoted(experiment->file) + " has a topology in between",
         "leave 'topology' out of the file, or simulate it with --breaker A and then "
         "with --breaker B"});
  }
  auto world = *std::move(experiment);
  world.counting.imported.reset();  // of the file's own breaker
  world.breaker = *a;
  auto bank_of_a = experiment::breaker_bank(world);
  const auto counts_of_a = experiment::breaker_rules(world);
  world.breaker = *b;
  auto bank_of_b = experiment::breaker_bank(world);
  auto load = experiment::load_plan(world);
  load.shards = 1;
  const auto faults = experiment::fault_plan(world);
  const double calls =
      load::RateCurve(std::get<load::OpenLoop>(world.loop)).calls_before(load.timetable.end());
  if (calls > most_calls) {
    return usage_error({fmt::format("{:.3g} calls are more than diff can compare", calls),
                        "lower --rate or --duration to make at most 50 million calls"});
  }
  const auto counts_of_b = experiment::breaker_rules(world);
  const auto both = sim::diff(load, faults, {bank_of_a, client::breaker_of(*a, counts_of_a)},
                              {bank_of_b, client::breaker_of(*b, counts_of_b)});

  const bool equal = !both.divergence && both.a.totals == both.b.totals &&
                     std::ranges::equal(both.a.transitions, both.b.transitions, same);
  const auto end = load.timetable.end();
  const auto text =
      fmt::format("A  {}\nB  {}\n{}on {}, seed {}\n\n", a->text(), b->text(),
                  counted_otherwise(counts_of_a, counts_of_b), world.name, world.seed) +
      parting(both) + transitions_of("A", both.a) + transitions_of("B", both.b) + totals(both, end);
  const auto otherwise = difference(counts_of_b, counts_of_a);
  return tell(
      text,
      {{"equal", equal},
       {"experiment", world.name},
       {"seed", world.seed},
       {"counted_otherwise", otherwise.empty() ? Json() : Json(format_outcome_changes(otherwise))},
       {"first_call_that_differs", first_call(both)},
       {"a", json_of(*a, both.a, bank_of_a, end)},
       {"b", json_of(*b, both.b, bank_of_b, end)}},
      flags.json, equal ? ExitCode::success : ExitCode::failure);
}

}  // namespace

Command add_diff(CLI::App& app) {
  auto flags = std::make_shared<DiffFlags>();
  auto& command = add_command(
      app, "diff", "Compare two breakers on the same stream of outcomes",
      "In virtual time. Exit 0: no difference, 1: a difference. Examples:\n"
      "  tripcurve diff classic,timeout=3s gobreaker,Timeout=3s\n"
      "  tripcurve diff classic gobreaker tripcurve.yaml\n"
      "  tripcurve diff classic classic,failures=10 --errors 20% --duration 1m --seed 1");
  for (const auto& [name, text] : {std::pair{"A", &flags->a}, std::pair{"B", &flags->b}}) {
    add_argument(command, name, *text, "a breaker, as --breaker takes it", breaker_completion());
  }
  add_file_argument(command, flags->experiment);
  add_load_flags(command, flags->experiment);
  add_upstream_flags(command, flags->experiment);
  add_seed_flag(command, flags->experiment);
  add_json_flag(command, flags->json);
  return {&command, [flags] { return compare_settings(*flags); }};
}

}  // namespace tripcurve::cli
