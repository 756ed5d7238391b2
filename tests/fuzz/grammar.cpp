// What flags take: each input is read by every grammar of the command line, and what a grammar
// takes it also writes and reads again as the same.
#include "breaker/registry.hpp"
#include "client/registry.hpp"
#include "core/http.hpp"
#include "core/outcome_rules.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "expect/expectation.hpp"
#include "faults/capacity.hpp"
#include "faults/errors.hpp"
#include "faults/latency.hpp"
#include "faults/match.hpp"
#include "faults/phase.hpp"
#include "faults/rate_limit.hpp"
#include "faults/shape.hpp"
#include "importer/spring_profiles.hpp"
#include "load/endpoint.hpp"
#include "load/stage.hpp"
#include "serve/address.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "toxics/toxic.hpp"

namespace tripcurve::fuzz {
namespace {

constexpr auto text_of = [](const auto& value) { return value.text(); };
constexpr auto itself = [](const std::string& value) { return value; };

void try_units(std::string_view input) {
  require_round_trip("a duration", input, parse_duration, format_duration);
  require_round_trip("a share", input, parse_share, format_share);
  require_round_trip("a rate", input, parse_rate, format_rate);
  require_round_trip("a size", input, parse_size, format_size);
  require_round_trip("ends", input, parse_ends, format_ends);
  require_round_trip("counts", input, parse_outcome_changes, format_outcome_changes);
  (void)parse_failure_statuses(input);
}

void try_faults(std::string_view input) {
  require_round_trip("a latency", input, faults::parse_latency, text_of);
  require_round_trip("errors", input, faults::parse_errors, text_of);
  require_round_trip("a capacity", input, faults::parse_capacity, text_of);
  require_round_trip("sizes", input, faults::parse_sizes, text_of);
  require_round_trip("a bandwidth", input, faults::parse_bandwidth, text_of);
  require_round_trip("a body", input, faults::parse_body_pace, text_of);
  require_round_trip("a stream", input, faults::parse_event_stream, text_of);
  require_round_trip("a limit", input, faults::parse_rate_limit, text_of);
  require_round_trip("a path", input, faults::parse_path_pattern, itself);
  require_round_trip("requests", input, faults::parse_match, text_of);
  require_round_trip("a phase", input, faults::parse_phase, text_of);
  require_round_trip("a toxic", input, toxics::parse_toxic, toxics::format_toxic);
  const auto match = faults::parse_match(input);
  if (match) {
    (void)match->matches({.method = "POST", .path = "/pay/1/refund?now=1"});
    (void)match->matches({.path = input});
  }
  if (const auto latency = faults::parse_latency(input)) {
    require(latency->sample(0) <= latency->sample(0.999), "a latency rises with its draw", input);
    require(latency->sample(0) >= Duration{}, "a latency is not negative", input);
  }
}

void try_load(std::string_view input) {
  require_round_trip("a stage", input, load::parse_stage,
                     [](const load::Stage& stage) { return load::format_stage(stage); });
  require_round_trip("a stage of workers", input, load::parse_worker_stage,
                     [](const load::WorkerStage& stage) { return load::format_stage(stage); });
  require_round_trip("an endpoint", input, load::parse_endpoint,
                     [](const load::Endpoint& endpoint) { return endpoint.name(); });
  require_round_trip("an address", input, serve::parse_address, text_of);
  require_round_trip("an expectation", input, expect::parse_expectation, text_of);
  (void)importer::parse_profiles(input);
  auto value = input;
  const auto name = take_until(value, ":=");
  (void)parse_header(name, value);
  (void)load::parse_endpoint_header(name, value);
}

void try_breaker(std::string_view input) {
  require_round_trip("a policy", input, client::parse_policy_choice, text_of);
  const auto choice = breaker::parse_choice(input);
  require_round_trip("a breaker", input, breaker::parse_choice, text_of);
  if (choice) {
    (void)choice->facts();
    (void)choice->make(Random(1));
  }
}

void try_text(std::string_view input) {
  require_harmless(harmless(input));
  require_harmless(visible(input));
}

}  // namespace

void try_input(std::string_view input) {
  try_units(input);
  try_faults(input);
  try_load(input);
  try_breaker(input);
  try_text(input);
}

}  // namespace tripcurve::fuzz
