#include "experiment/schema.hpp"

#include <fmt/format.h>

#include "claims/kind.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/schema_breaker.hpp"
#include "experiment/schema_patterns.hpp"
#include "experiment/schema_words.hpp"
#include "experiment/values.hpp"

namespace tripcurve::experiment {
namespace {

using namespace schema_words;

Json yes_or_no() {
  return any_of({{{"type", "boolean"}}, {{"enum", {"true", "false"}}}, ref("variable")});
}

// --- the upstream

Json percentage(const char* what) {
  const auto number = R"((?:0*100(?:\.0*)?|0*[0-9]{1,2}(?:\.[0-9]*)?|\.[0-9]+))";
  return block(
      {{"value",
        described(any_of({{{"type", "number"}, {"minimum", 0}, {"maximum", 100}}, text(number)}),
                  what)}},
      {"value"});
}

// latency and errors, and Istio's words for them.
Json behaviour() {
  return {
      {"latency", described(text(pattern::latency()),
                            "20ms, 10ms..50ms, 100ms+-20ms, p50=20ms,p99=400ms or mean=20ms")},
      {"errors",
       described(text(pattern::errors()),
                 "5%, 500:2%,reset:1%,truncate(at=50%):1%, 200:30%@2s..3s, refuse or none")},
      {"delay", described(block({{"fixedDelay", ref("duration")},
                                 {"percentage", percentage("100: of all requests")}},
                                {"fixedDelay", "percentage"}),
                          "Istio's word for latency")},
      {"abort", described(block({{"httpStatus",
                                  any_of({{{"type", "integer"}, {"minimum", 200}, {"maximum", 599}},
                                          text("[2-5][0-9][0-9]")})},
                                 {"percentage", percentage("of requests, 0 to 100")}},
                                {"httpStatus", "percentage"}),
                          "Istio's word for errors")},
      {"size", described(text(pattern::sizes()), "of bodies: 1MB, 1KB:90%,1MB:10%, or none")},
      {"bandwidth", described(text(pattern::bandwidth()), "of bodies: 50KB/s, or none")},
      {"body",
       described(any_of({text(pattern::body_pace()), block({{"chunks", scalar()},
                                                            {"over", text(pattern::duration())},
                                                            {"slice", scalar()},
                                                            {"every", text(pattern::duration())},
                                                            {"head", text(pattern::duration())}})}),
                 "chunks=10,over=2s, slice=10B,every=5ms, head=500ms, or none")},
      {"stream",
       described(any_of({text(pattern::event_stream()), block({{"events", scalar()},
                                                               {"every", text(pattern::duration())},
                                                               {"die", text(pattern::mishap())},
                                                               {"stall", text(pattern::mishap())},
                                                               {"error", text(pattern::mishap())}},
                                                              {"events", "every"})}),
                 "events=40,every=50ms,die=5%@30%, the same as a block, or none")}};
}

Json one_way_each() { return {not_both("latency", "delay"), not_both("errors", "abort")}; }

Json rate_limit() {
  return described(text(pattern::rate_limit()),
                   "for all requests together: 100/s, 100/s,burst=20,status=503, or none");
}

Json capacity() {
  const auto whole_number = [] { return scalar(); };
  return described(
      any_of({text(pattern::capacity()), block({{"workers", whole_number()},
                                                {"service", text(pattern::latency())},
                                                {"queue", whole_number()},
                                                {"full", whole_number()},
                                                {"shed", text(pattern::duration())},
                                                {"order", text("(?:fifo|lifo)")}},
                                               {"workers", "service"})}),
      "workers=8,service=50ms,queue=100,full=503,shed=1s, the same as a block, or none");
}

Json headers() { return {{"type", "object"}, {"additionalProperties", scalar()}}; }

Json match() {
  return any_of({described(text(pattern::match()), "POST /pay/** x-tenant=gold"),
                 {{"type", "object"},
                  {"additionalProperties", false},
                  {"minProperties", 1},
                  {"properties",
                   {{"method", text(pattern::method())},
                    {"path", text(pattern::path())},
                    {"header", headers()}}}}});
}

Json rule() {
  Json properties{
      {"match", described(ref("match"), "which requests")},
      {"also", described({{"type", "boolean"}}, "it comes on top of the first rule that matches")}};
  properties.update(behaviour());
  auto schema = block(std::move(properties), {"match"});
  schema["allOf"] = one_way_each();
  return described(schema,
                   "different behaviour for some requests; the first rule that matches applies");
}

Json endpoint() {
  return any_of({described(text(pattern::endpoint()), "/payments or POST /refunds"),
                 block({{"method", described(text(pattern::method()), "GET, POST, ... (GET)")},
                        {"path", text(pattern::path())},
                        {"header", described(headers(), "{x-tenant: gold}")}},
                       {"path"})});
}

Json upstream() {
  auto properties = behaviour();
  properties["rate_limit"] = rate_limit();
  properties["capacity"] = capacity();
  properties["tls"] =
      described({{"type", "boolean"}}, "it speaks TLS, with a certificate made for it");
  properties["rules"] = list_of(rule());
  auto schema = block(std::move(properties));
  schema["allOf"] = one_way_each();
  return described(schema, "how the upstream behaves while nothing is wrong");
}

Json phase() {
  Json properties{
      {"name", described(text(pattern::phase_name()), "one word")},
      {"for", described(text(pattern::more_than_nothing(pattern::duration())), "how long: 10s")}};
  properties.update(behaviour());
  properties["rate_limit"] = rate_limit();
  properties["capacity"] = capacity();
  properties["on"] = described(ref("match"), "only these requests change");
  auto schema = block(std::move(properties), {"name", "for"});
  schema["allOf"] = one_way_each();
  schema["allOf"].push_back({{"if", {{"required", Json{"on"}}}},
                             {"then", any_of({{{"required", Json{"latency"}}},
                                              {{"required", Json{"errors"}}},
                                              {{"required", Json{"size"}}},
                                              {{"required", Json{"bandwidth"}}},
                                              {{"required", Json{"body"}}},
                                              {{"required", Json{"stream"}}},
                                              {{"required", Json{"delay"}}},
                                              {{"required", Json{"abort"}}}})}});
  return any_of({described(text(pattern::phase()), "'outage 10s errors=100%'"), std::move(schema)});
}

// --- the rest

// `key` and `level` are the rate's or the number of workers', and `pattern` is what a text has.
Json stage(const char* key, const std::string& pattern, Json level) {
  return any_of(
      {text(pattern::more_than_nothing(pattern::duration()) + R"(\s+)" + pattern),
       block({{"for", described(text(pattern::more_than_nothing(pattern::duration())), "10s")},
              {key, std::move(level)}},
             {"for", key})});
}

Json stage_of_rates() {
  const auto rate = pattern::stage_rate();
  return stage("rate", rate, described(text(rate), "200/s, or a ramp: 50/s->200/s"));
}

Json stage_of_workers() {
  const auto workers = pattern::stage_workers();
  return stage(
      "workers", workers,
      described(any_of({count(0, most_workers), text(workers)}), "200, or a ramp: 0->200"));
}

// A status, a class or a range.
constexpr std::string_view statuses = R"((?:[1-5]xx|[1-9][0-9][0-9](?:\s*-\s*[1-9][0-9][0-9])?))";

Json failure_statuses() {
  const auto one =
      any_of({{{"type", "integer"}, {"minimum", least_status}, {"maximum", most_status}},
              text(std::string(statuses))});
  return any_of({text(fmt::format(R"((?:none|{0}(?:\s*,\s*{0})*))", statuses)), one, list_of(one)});
}

// 404=ignored,timeout=failure, or the same as a map.
Json counts(const char* what) {
  const auto ends =
      fmt::format("(?:{}|{})", statuses,
                  pattern::any_case("timeout") + "|" + pattern::any_case("reset") + "|" +
                      pattern::any_case("closed") + "|" + pattern::any_case("connect_failed") +
                      "|" + pattern::any_case("bad_answer"));
  const auto outcome = fmt::format("(?:{}|{}|{})", pattern::any_case("success"),
                                   pattern::any_case("failure"), pattern::any_case("ignored"));
  const auto one = fmt::format(R"({}\s*=\s*{})", ends, outcome);
  return described(any_of({text(fmt::format(R"({0}(?:\s*,\s*{0})*)", one)),
                           {{"type", "object"},
                            {"minProperties", 1},
                            {"propertyNames", {{"pattern", "^" + ends + "$"}}},
                            {"additionalProperties", text(outcome)}}}),
                   what);
}

Json load() {
  auto schema = block(
      {{"rate", described(text(pattern::rate()), "open loop: calls per second (200/s)")},
       {"stages",
        described(list_of(ref("stage")),
                  "open loop: rates that change; together they last as long as the phases")},
       {"arrival",
        described(word_of(arrival_words()), "how the calls of an open loop are spaced (constant)")},
       {"max_in_flight",
        described(count(1, most_in_flight),
                  "open loop: the most calls in flight; further calls are dropped (1000)")},
       {"workers",
        described(any_of({count(1, most_workers), list_of(ref("worker_stage"))}),
                  "closed loop: number of callers, instead of a rate; or stages of it, which last "
                  "as long as the phases")},
       {"think", described(text(pattern::latency()),
                           "how long a worker pauses after an answer: 1s or p50=1s,p99=5s (0ms)")},
       {"fail_fast_pause",
        described(
            text(pattern::more_than_nothing(pattern::duration())),
            "how long a worker pauses after a rejected call (its think time, at least 10ms)")},
       {"timeout", described(text(pattern::more_than_nothing(pattern::duration())),
                             "how long the client waits for an answer (1s)")},
       {"gap_timeout",
        described(text(pattern::more_than_nothing(pattern::duration())),
                  "the client gives up when nothing more of an answer has come for so long")},
       {"stop_at_error_event",
        described(yes_or_no(),
                  "true: the client closes a stream of events that says event: error, "
                  "and the call is cut; false: it reads on (false)")},
       {"abandon",
        described(text(pattern::abandonment()),
                  "callers who go away before their call has ended: 2% after 300ms, or 2% (at any "
                  "moment of the timeout)")},
       {"caller_timeout", described(text(pattern::more_than_nothing(pattern::duration())),
                                    "all callers go away so long after their call was due")},
       {"instances",
        described(count(1, most_instances), "number of clients, each with its own breakers (1)")},
       {"threads", described(count(1, most_threads), "number of threads that generate load (1)")}});
  schema["allOf"] = Json{not_both("rate", "stages"),
                         not_both("workers", "stages"),
                         not_both("workers", "rate"),
                         not_both("workers", "arrival"),
                         not_both("abandon", "caller_timeout"),
                         not_both("workers", "max_in_flight")};
  schema["dependentRequired"] = {{"think", Json{"workers"}}, {"fail_fast_pause", Json{"workers"}}};
  return described(schema, "how many calls are made, and how long a caller waits");
}

// A policy with its settings, which differ from one to the other.
Json policy() {
  Json properties = Json::object();
  std::vector<std::string> names;
  for (const auto& kind : client::policy_kinds()) {
    names.emplace_back(kind.name);
    for (const auto& key : kind.keys) {
      properties[std::string(key.name)] = scalar();
    }
  }
  properties["policy"] = {{"enum", names}};
  return block(std::move(properties), {"policy"});
}

Json client_of_calls() {
  return described(
      block(
          {{"breaker",
            described(ref("breaker"), "a block with a dialect, an import, or the flag's form")},
           {"versus",
            described(any_of({Json{{"const", "shared"}}, ref("breaker")}),
                      "the breaker of a second run with the same seed: none, or shared for one "
                      "that all calls share")},
           {"breaker_per", described(word_of(scope_words()),
                                     "one breaker for each client, one for each endpoint "
                                     "of it, or one that all clients share (client)")},
           {"policies",
            described(list_of(any_of({scalar(), policy()})),
                      "what a call goes through, the outermost first: a block with policy and its "
                      "settings, or the flag's form (breaker, timeout)")},
           {"failure_statuses",
            described(failure_statuses(), "answers that count as failures: 5xx, 429, none (5xx)")},
           {"counts", counts("what results count as, for the caller and the breaker: "
                             "404=ignored,429=failure")},
           {"breaker_counts", counts("the same, for the breaker only (as its library does)")}}),
      "the client between the load and the upstream");
}

// A block whose keys are names of this form, with at least one of them.
Json by_name(Json name, Json value) {
  return {{"type", "object"},
          {"minProperties", 1},
          {"propertyNames", std::move(name)},
          {"additionalProperties", std::move(value)}};
}

Json topology_client() {
  return block({{"timeout", described(ref("duration"), "of one attempt (it waits for ever)")},
                {"breaker", described(ref("breaker"), "as a client's (none)")},
                {"policies", list_of(any_of({scalar(), policy()}))},
                {"breaker_counts", counts("what results count as for the breaker")}});
}

Json route_keys() {
  const auto called =
      any_of({scalar(), block({{"service", scalar()}, {"optional", yes_or_no()}}, {"service"})});
  return {{"work", described(text(pattern::latency()), "its own work, as a latency (0ms)")},
          {"calls", described(any_of({called, list_of(called)}),
                              "the services that it calls; upstream is the experiment's")},
          {"order", described(word_of(order_words()), "one after another, or at once (in_turn)")},
          {"needs", described(word_of(needs_words()),
                              "all of its calls have to end well, or one of them (all)")}};
}

Json topology() {
  Json keys{
      {"workers", described(count(1, most_workers), "calls at once (no limit)")},
      {"queue", described(count(0, most_workers), "calls that may wait for a worker (no limit)")},
      {"routes", described(by_name({{"pattern", "^/"}}, block(route_keys())),
                           "what it does for a call, by its path")},
      {"clients", described(by_name({{"minLength", 1}}, topology_client()),
                            "by which it calls others, by their names")}};
  keys.update(route_keys());
  return described(by_name({{"pattern", R"(^[^\x00-\x20\x7f]+$)"},
                            {"not", {{"const", topology::upstream_name}}}},
                           block(std::move(keys))),
                   "services between the load and the upstream; the load calls the first");
}

Json start() {
  return any_of(
      {scalar(),
       block({{"command", described(scalar(), "as a shell takes it")},
              {"environment", described({{"type", "object"}}, "variables and their values")},
              {"folder", described(scalar(), "that it works in (the one tripcurve runs in)")},
              {"output", described(scalar(), "the file that gets what it prints")},
              {"ready",
               described(block({{"url", described(scalar(), "answers with a status below 500")},
                                {"line", described(scalar(), "is part of a line that it prints")},
                                {"port", described(count(1, 65535), "is open")},
                                {"within", described(ref("duration"), "or the run fails (30s)")}}),
                         "when it can be called (when the port of through.url is open)")},
              {"grace", described(ref("duration"), "between SIGTERM and SIGKILL (5s)")}},
             {"command"})});
}

Json states() {
  std::vector<std::string_view> names;
  for (const auto& kind : claims::kinds()) {
    names.push_back(kind.name);
  }
  const auto one = any_of(
      {scalar(),
       block({{"kind", described(word_of(names), "what the URL answers with")},
              {"url", described(scalar(), "that is asked")},
              {"every", described(ref("duration"), "so often (100ms)")},
              {"breaker", described(scalar(), "its name there, if there are several")},
              {"metric", described(scalar(), "a metric of your own, on a page of Prometheus")},
              {"values", described(any_of({scalar(), {{"type", "object"}}}),
                                   "what its values mean: {0: closed, 1: half_open, 2: open}")},
              {"label", described(scalar(), "or the label that has the state's name")}},
             {"kind", "url"})});
  return any_of({one, list_of(one)});
}

Json through() {
  auto service = described(
      block({{"url", described(scalar(), "the service that the load goes through")},
             {"dependency",
              described(block({{"listen", described(count(1, 65535), "on 127.0.0.1")}}, {"listen"}),
                        "where the service expects its dependency, which tripcurve plays")},
             {"dependencies",
              described(
                  by_name({{"minLength", 1}},
                          block({{"listen", described(count(1, 65535), "on 127.0.0.1")},
                                 {"upstream", upstream()},
                                 {"phases", list_of(ref("phase"))},
                                 {"like", ref("breaker")}},
                                {"listen"})),
                  "several, by name; the first does what upstream and phases say, and through.like "
                  "is about it")},
             {"instances",
              described(scalar(),
                        "what tells instances of the service apart by their requests: a header, or "
                        "address")},
             {"id_header", described(scalar(),
                                     "a field that the service passes on, beside "
                                     "traceparent and X-Request-Id")},
             {"like", described(ref("breaker"), "the breaker that the service should have")},
             {"states",
              described(states(), "where the service says itself what state its breaker is in")},
             {"start", described(start(), "how to start the service")}},
            {"url"}),
      "your service, with the breaker it has, between the load and the upstream");
  service["oneOf"] = {{{"required", {"dependency"}}}, {{"required", {"dependencies"}}}};
  return service;
}

Json expectations(const char* what) {
  const auto one = ref("expectation");
  const auto scoped = block({{"phase", described(scalar(), "only while this phase lasts")},
                             {"endpoint", described(scalar(), "only calls to this endpoint")},
                             {"breaker", described(scalar(), "only this breaker")},
                             {"service", described(scalar(), "this service of the topology")},
                             {"link", described(scalar(), "this link of it: order -> payment")},
                             {"that", any_of({one, list_of(one)})}},
                            {"that"});
  return described(list_of(any_of({one, scoped})), what);
}

Json outputs() {
  Json properties = Json::object();
  for (const auto format : output_formats()) {
    properties[std::string(format)] = {{"type", "string"}, {"minLength", 1}};
  }
  return described(block(std::move(properties)), "files that are written; - is standard output");
}

}  // namespace

std::string schema() {
  auto root =
      block({{"name", described(scalar(), "what reports call it (the file's name)")},
             {"description", described(scalar(), "what it is about")},
             {"seed", described(any_of({{{"type", "integer"}, {"minimum", 0}}, text("[0-9]+")}),
                                "same seed, same faults (another one for every run)")},
             {"upstream", upstream()},
             {"phases", described(list_of(ref("phase")), "what changes when, one after another")},
             {"endpoints", described(list_of(endpoint()), "what is called, in turn (/)")},
             {"load", load()},
             {"client", client_of_calls()},
             {"topology", topology()},
             {"through", through()},
             {"baseline", expectations("what must hold before the first fault")},
             {"expect", expectations("what the run must show to pass")},
             {"outputs", outputs()}},
            {"phases"});
  root["$defs"] = {{"variable", {{"type", "string"}, {"pattern", R"(\$\{)"}}},
                   {"duration", text(pattern::duration())},
                   {"match", match()},
                   {"phase", phase()},
                   {"stage", stage_of_rates()},
                   {"worker_stage", stage_of_workers()},
                   {"dialect", dialect_block()},
                   {"breaker", breaker_value()},
                   {"expectation", text(pattern::expectation())}};
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "tripcurve experiment"},
              {"description", "An experiment of tripcurve. docs/EXPERIMENTS.md explains each key"}};
  schema.update(root);
  return schema.dump(1) + "\n";
}

}  // namespace tripcurve::experiment
