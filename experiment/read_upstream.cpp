// upstream and phases: in tripcurve's words, in the flag's form, and in Istio's words.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <type_traits>

#include "core/text.hpp"
#include "core/units.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/recorded_latency.hpp"
#include "experiment/values.hpp"

namespace tripcurve::experiment {
namespace {

// How an upstream behaves, as far as it is said.
struct Said {
  std::optional<faults::Latency> latency{};
  std::optional<faults::Errors> errors{};
  faults::ShapeChange shape{};
};

// percentage: {value: 50}: Istio's HTTPFaultInjection, which counts in percent.
std::optional<Share> read_percentage(Block& fault, const char* what) {
  const auto* node = fault.take("percentage");
  if (node == nullptr) {
    fault.refuse(fmt::format("without 'percentage' Istio {} no request", what),
                 "write percentage: {value: 100}");
    return std::nullopt;
  }
  Block percentage(*node, "a percentage", fault.mistakes());
  return percentage.required(
      "value",
      [](const std::string& text) {
        const auto share = parse_share(text + "%");
        return share ? share
                     : Error{quoted(text) + " is not a percentage", "write a number up to 100"};
      },
      "write percentage: {value: 100}");
}

// delay: {fixedDelay: 5s, percentage: {value: 100}}
std::optional<faults::Latency> read_delay(const Node& node, Mistakes& mistakes) {
  Block delay(node, "a delay", mistakes);
  const auto latency = delay.required(
      "fixedDelay", [](const std::string& text) { return parse_duration(text); },
      "write fixedDelay: 5s");
  const auto share = read_percentage(delay, "delays");
  if (!latency || !share) {
    return std::nullopt;
  }
  return *faults::parse_latency(format_duration(*latency) + ":" + format_share(*share));
}

// abort: {httpStatus: 503, percentage: {value: 50}}
std::optional<faults::Errors> read_abort(const Node& node, Mistakes& mistakes) {
  Block abort(node, "an abort", mistakes);
  const auto status = abort.required(
      "httpStatus", [](const std::string& text) { return faults::parse_errors(text + ":100%"); },
      "write httpStatus: 503");
  const auto share = read_percentage(abort, "aborts");
  if (!status || !share) {
    return std::nullopt;
  }
  const auto kind = status->items().empty() ? "503" : status->items().front().kind();
  return *faults::parse_errors(kind + ":" + format_share(*share));
}

// Reads the texts of behaviours, and the files that they name.
struct Texts {
  faults::ReadRecorded files;

  [[nodiscard]] auto latency() const {
    return [this](const std::string& text) { return faults::parse_latency_with(text, files); };
  }
  [[nodiscard]] auto errors() const {
    return [this](const std::string& text) { return faults::parse_errors_with(text, &files); };
  }
  [[nodiscard]] auto phase() const {
    return [this](const std::string& text) { return faults::parse_phase_with(text, &files); };
  }
};

// What is written "key=value,...", or as a block of these keys.
template <typename Parse>
auto read_settings(const Node& node, const char* what, std::initializer_list<const char*> keys,
                   Parse parse, Mistakes& mistakes)
    -> std::optional<std::remove_cvref_t<decltype(*parse(std::string_view()))>> {
  if (!node.is_map()) {
    return read_value(node, parse, mistakes);
  }
  const auto before = mistakes.size();
  std::string text;
  {
    Block block(node, what, mistakes);
    for (const auto* key : keys) {
      if (const auto value = block.text(key)) {
        text += (text.empty() ? "" : ",") + std::string(key) + "=" + *value;
      }
    }
  }
  if (mistakes.size() > before) {
    return std::nullopt;
  }
  auto value = parse(text);
  if (!value) {
    mistakes.add(node.at, value.error());
    return std::nullopt;
  }
  return *std::move(value);
}

// workers=8,service=50ms, or {workers: 8, service: 50ms}
std::optional<faults::Capacity> read_capacity(const Node& node, Mistakes& mistakes) {
  return read_settings(node, "a capacity", {"workers", "service", "queue", "full", "shed", "order"},
                       faults::parse_capacity, mistakes);
}

faults::ShapeChange read_shape(Block& block) {
  faults::ShapeChange shape{.size = block.value("size", faults::parse_sizes),
                            .bandwidth = block.value("bandwidth", faults::parse_bandwidth)};
  if (const auto* body = block.take("body")) {
    shape.body = read_settings(*body, "a body", {"chunks", "over", "slice", "every", "head"},
                               faults::parse_body_pace, block.mistakes());
  }
  if (const auto* stream = block.take("stream")) {
    shape.stream = read_settings(*stream, "a stream", {"events", "every", "die", "stall", "error"},
                                 faults::parse_event_stream, block.mistakes());
  }
  return shape;
}

Said read_behaviour(Block& block, const Texts& texts) {
  block.only_one_of("latency", "delay", "both say how long an answer takes");
  block.only_one_of("errors", "abort", "both say which requests fail");
  Said said{block.value("latency", texts.latency()), block.value("errors", texts.errors())};
  if (const auto* delay = block.take("delay")) {
    said.latency = read_delay(*delay, block.mistakes());
  }
  if (const auto* abort = block.take("abort")) {
    said.errors = read_abort(*abort, block.mistakes());
  }
  said.shape = read_shape(block);
  return said;
}

// As faults::parse_phase() has it, so that every phase can be written as a flag.
Result<std::string> parse_phase_name(const std::string& text) {
  const auto name = trim(text);
  if (name.find_first_of(white_space) != std::string_view::npos) {
    auto joined = std::string(name);
    std::ranges::replace_if(
        joined, [](char c) { return white_space.find(c) != std::string_view::npos; }, '-');
    return Error{"the name of a phase is a single word, but this is " + quoted(name),
                 "write " + joined};
  }
  const auto phase = faults::parse_phase(text + " 1s");
  return phase ? Result(phase->name)
               : Error{quoted(name) + " is not a name for a phase", "write a word such as outage"};
}

Result<Duration> parse_phase_length(const std::string& text) {
  const auto length = parse_duration(text);
  return length && *length == Duration::zero()
             ? Error{"a phase of " + quoted(trim(text)) + " is too short", "write 10s"}
             : length;
}

// POST /pay/** x-tenant=gold, or {method: POST, path: /pay/**, header: {x-tenant: gold}}
std::optional<faults::Match> read_match(const Node& node, Mistakes& mistakes) {
  if (!node.is_map()) {
    return read_value(node, faults::parse_match, mistakes);
  }
  if (refuse_cut_text(node, {"method", "path", "header"}, faults::parse_match, "this match",
                      mistakes)) {
    return std::nullopt;
  }
  Block block(node, "a match", mistakes);
  faults::Match match;
  match.method = block.value("method", parse_method);
  match.path = block.value("path", path_alone(faults::parse_path_pattern));
  if (const auto* headers = block.take("header")) {
    match.headers = read_headers(*headers, parse_header, mistakes);
  }
  return match;
}

std::optional<faults::PhaseSpec> read_phase(const Node& node, const Texts& texts,
                                            Mistakes& mistakes) {
  if (node.is_scalar()) {
    return read_value(node, texts.phase(), mistakes);
  }
  if (refuse_cut_text(node, {"name", "for"}, texts.phase(), "this phase", mistakes)) {
    return std::nullopt;
  }
  const auto before = mistakes.size();
  faults::PhaseSpec phase;
  {
    Block block(node, "a phase", mistakes);
    constexpr auto example = "write {name: outage, for: 10s, errors: 100%}";
    phase.name = block.required("name", parse_phase_name, example).value_or("");
    phase.length = block.required("for", parse_phase_length, example).value_or(Duration{});
    auto said = read_behaviour(block, texts);
    phase.latency = std::move(said.latency);
    phase.errors = std::move(said.errors);
    phase.shape = std::move(said.shape);
    phase.limit = block.value("rate_limit", faults::parse_rate_limit);
    if (const auto* capacity = block.take("capacity")) {
      phase.capacity = read_capacity(*capacity, mistakes);
    }
    if (const auto* on = block.take("on")) {
      phase.on = read_match(*on, mistakes);
    }
  }
  if (mistakes.size() > before) {
    return std::nullopt;
  }
  if (const auto error = faults::contradiction(phase)) {
    mistakes.add(node.at, *error);
    return std::nullopt;
  }
  return phase;
}

// {match: {method: POST}, errors: 5%}
faults::Rule read_rule(const Node& node, const Texts& texts, Mistakes& mistakes) {
  Block block(node, "a rule", mistakes);
  faults::Rule rule;
  if (const auto* match = block.take("match")) {
    rule.match = read_match(*match, mistakes).value_or(faults::Match{});
  } else if (node.is_map()) {
    block.refuse("a rule needs 'match'", "write {match: POST /pay/**, errors: 5%}");
  }
  rule.also = block.value("also", parse_yes_or_no).value_or(false);
  auto said = read_behaviour(block, texts);
  rule.latency = std::move(said.latency);
  rule.errors = std::move(said.errors);
  rule.shape = std::move(said.shape);
  return rule;
}

}  // namespace

std::vector<Header> read_headers(const Node& node, ParseHeader parse, Mistakes& mistakes) {
  std::vector<Header> headers;
  if (!node.is_map()) {
    mistakes.add(node.key_at,
                 {"'header' takes a block of names and values", "write header: {x-tenant: gold}"});
    return headers;
  }
  for (const auto& child : node.children) {
    const auto header = read_value(
        child, [&](const std::string& value) { return parse(child.key, value); }, mistakes);
    if (header) {
      headers.push_back(*header);
    }
  }
  return headers;
}

faults::ReadRecorded recorded_beside(const std::string& file, const Surroundings& surroundings) {
  return reader_of_recorded(
      [read = surroundings.file](const std::string& path) {
        return read ? read(path)
                    : Result<std::string>(Error{quoted(path) + " cannot be read here", ""});
      },
      [file](const std::string& path) { return beside(file, path); });
}

void read_upstream(const Node& node, const Surroundings& surroundings, Experiment& experiment,
                   Mistakes& mistakes) {
  Block block(node, "an upstream", mistakes);
  const Texts texts{recorded_beside(experiment.file, surroundings)};
  auto said = read_behaviour(block, texts);
  auto& upstream = experiment.upstream;
  upstream.normal = {said.latency.value_or(faults::Latency{}),
                     said.errors.value_or(faults::Errors{}), said.shape.on({})};
  upstream.limit =
      block.value("rate_limit", faults::parse_rate_limit).value_or(faults::RateLimit{});
  if (const auto* capacity = block.take("capacity")) {
    upstream.capacity = read_capacity(*capacity, mistakes).value_or(faults::Capacity{});
  }
  upstream.tls = block.value("tls", parse_yes_or_no).value_or(false);
  if (const auto* rules = block.take("rules")) {
    each_item(
        *rules, "rules: [{match: POST /pay/**, errors: 5%}]", mistakes,
        [&](const Node& item) { upstream.rules.push_back(read_rule(item, texts, mistakes)); });
  }
}

void read_phases(const Node& list, const Surroundings& surroundings, Experiment& experiment,
                 Mistakes& mistakes) {
  const Texts texts{recorded_beside(experiment.file, surroundings)};
  each_item(list, "phases: ['healthy 5s', 'outage 10s errors=100%', 'recovered 5s']", mistakes,
            [&](const Node& item) {
              if (auto phase = read_phase(item, texts, mistakes)) {
                experiment.phases.push_back(*std::move(phase));
              }
            });
}

}  // namespace tripcurve::experiment
