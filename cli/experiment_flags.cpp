#include "cli/experiment_flags.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <ranges>

#include "cli/command.hpp"
#include "cli/import_file.hpp"
#include "cli/text_file.hpp"
#include "core/http.hpp"
#include "core/units.hpp"
#include "experiment/checks.hpp"
#include "experiment/recorded_latency.hpp"
#include "experiment/values.hpp"
#include "importer/notes_text.hpp"

namespace tripcurve::cli {
namespace {

using experiment::Experiment;

// One flag after the other, until the first that is wrong.
class FlagReader {
 public:
  // Reads `text`, if given, with `parse` and hands the value to `take`.
  template <typename Parse, typename Take>
  void read(const char* flag, const std::optional<std::string>& text, Parse parse, Take take) {
    if (!text || error_) {
      return;
    }
    auto value = parse(*text);
    if (value) {
      take(std::move(value).value());
    } else {
      error_ = value.error().in(flag);
    }
  }

  // Refuses the combination if `wrong` holds.
  void refuse_if(bool wrong, const char* message, const char* hint) {
    refuse(wrong ? std::optional(Error{message, hint}) : std::nullopt);
  }
  void refuse(std::optional<Error> error) {
    if (!error_) {
      error_ = std::move(error);
    }
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

void read_seed(FlagReader& reader, const ExperimentFlags& flags, Experiment& experiment) {
  reader.read("--seed", flags.seed, experiment::parse_seed,
              [&](std::uint64_t seed) { experiment.seed = seed; });
}

void read_upstream(FlagReader& reader, const ExperimentFlags& flags, Experiment& experiment) {
  const auto files = experiment::reader_of_recorded(existing_file_text, std::identity());
  const auto parse_phase = [&](const std::string& text) {
    return faults::parse_phase_with(text, &files);
  };
  reader.read(
      "--latency", flags.latency,
      [&](const std::string& text) { return faults::parse_latency_with(text, files); },
      [&](auto latency) { experiment.upstream.normal.latency = latency; });
  reader.read(
      "--errors", flags.errors,
      [&](const std::string& text) { return faults::parse_errors_with(text, &files); },
      [&](auto errors) { experiment.upstream.normal.errors = std::move(errors); });
  reader.read(
      "--rate-limit", flags.rate_limit,
      [](const std::string& text) { return faults::parse_rate_limit(text); },
      [&](auto limit) { experiment.upstream.limit = limit; });
  reader.read(
      "--capacity", flags.capacity,
      [](const std::string& text) { return faults::parse_capacity(text); },
      [&](auto capacity) { experiment.upstream.capacity = std::move(capacity); });
  experiment.upstream.tls = experiment.upstream.tls || flags.tls || flags.cert || flags.key;
  auto& shape = experiment.upstream.normal.shape;
  reader.read("--size", flags.size, faults::parse_sizes, [&](auto size) { shape.size = size; });
  reader.read("--bandwidth", flags.bandwidth, faults::parse_bandwidth,
              [&](auto bandwidth) { shape.bandwidth = bandwidth; });
  reader.read("--body", flags.body, faults::parse_body_pace, [&](auto body) { shape.body = body; });
  reader.read("--stream", flags.stream, faults::parse_event_stream,
              [&](auto stream) { shape.stream = stream; });
  if (!flags.phases.empty()) {
    experiment.phases.clear();
  }
  for (const auto& phase : flags.phases) {
    reader.read("--phase", phase, parse_phase,
                [&](auto spec) { experiment.phases.push_back(std::move(spec)); });
  }
  reader.refuse_if(too_long(experiment), "--phase: all phases together take longer than 10000h",
                   "make them shorter, or fewer");
  reader.refuse(faults::contradiction(experiment.upstream, experiment.phases));
}

// Whether --workers gives stages: not just a number.
bool has_stages(const std::vector<std::string>& workers) {
  const auto is_number = [](const std::string& text) {
    return text.find_first_of(" \t>") == std::string::npos;
  };
  return workers.size() > 1 || (workers.size() == 1 && !is_number(workers.front()));
}

void read_workers(FlagReader& reader, const std::vector<std::string>& texts,
                  load::ClosedLoop& loop) {
  if (texts.empty()) {
    return;
  }
  loop.stages.clear();
  if (!has_stages(texts)) {
    reader.read("--workers", std::optional(texts.front()), experiment::parse_workers,
                [&](std::uint32_t n) { loop.workers = n; });
    return;
  }
  for (const auto& text : texts) {
    reader.read(
        "--workers", std::optional(text),
        [](const std::string& stage) { return load::parse_worker_stage(stage); },
        [&](load::WorkerStage stage) { loop.stages.push_back(stage); });
  }
}

void read_loop(FlagReader& reader, const ExperimentFlags& flags, load::ClosedLoop& loop) {
  reader.refuse_if(
      flags.max_in_flight.has_value(),
      "--max-in-flight is for an open loop; in a closed loop, --workers limits the calls in flight",
      "leave out --max-in-flight");
  read_workers(reader, flags.workers, loop);
  reader.read("--think", flags.think, experiment::parse_think,
              [&](DurationDistribution think) { loop.think = think; });
  reader.read("--fail-fast-pause", flags.fail_fast_pause, experiment::parse_fail_fast_pause,
              [&](Duration pause) { loop.fail_fast_pause = pause; });
}

void read_loop(FlagReader& reader, const ExperimentFlags& flags, load::OpenLoop& loop) {
  reader.refuse_if(flags.think.has_value(), "--think is for the workers of a closed loop",
                   "add --workers 10, or leave --think out");
  reader.refuse_if(flags.fail_fast_pause.has_value(),
                   "--fail-fast-pause is for the workers of a closed loop",
                   "add --workers 10, or leave --fail-fast-pause out");
  if (flags.rate || !flags.stages.empty()) {
    loop.stages.clear();
  }
  reader.read(
      "--rate", flags.rate, [](const std::string& text) { return parse_rate(text); },
      [&](Rate rate) { loop.rate = rate; });
  for (const auto& text : flags.stages) {
    reader.read(
        "--stage", text, [](const std::string& stage) { return load::parse_stage(stage); },
        [&](load::Stage stage) { loop.stages.push_back(stage); });
  }
  reader.read("--arrival", flags.arrival, experiment::parse_arrival,
              [&](load::Arrival arrival) { loop.arrival = arrival; });
}

void read_load(FlagReader& reader, const ExperimentFlags& flags, Experiment& experiment) {
  const bool of_workers = !flags.workers.empty();
  reader.refuse_if(of_workers && (flags.rate || flags.arrival),
                   "--workers makes a closed loop, but --rate and --arrival are for an open one",
                   "give either --rate or --workers");
  reader.refuse_if(!flags.stages.empty() && (of_workers || flags.rate),
                   "--stage sets the rate of an open loop, so --rate and --workers contradict it",
                   "leave them out, or leave --stage out; --workers '10s 0->200' is a stage of a "
                   "closed loop");
  if (of_workers && !std::holds_alternative<load::ClosedLoop>(experiment.loop)) {
    experiment.loop = load::ClosedLoop{};
  }
  if ((flags.rate || flags.arrival || !flags.stages.empty()) &&
      !std::holds_alternative<load::OpenLoop>(experiment.loop)) {
    experiment.loop = load::OpenLoop{};
  }
  if (auto* closed = std::get_if<load::ClosedLoop>(&experiment.loop)) {
    read_loop(reader, flags, *closed);
  } else {
    read_loop(reader, flags, std::get<load::OpenLoop>(experiment.loop));
  }
  reader.read("--timeout", flags.timeout, experiment::parse_timeout,
              [&](Duration timeout) { experiment.timeout = timeout; });
  reader.read("--gap-timeout", flags.gap_timeout, experiment::parse_timeout,
              [&](Duration timeout) { experiment.gap_timeout = timeout; });
  experiment.stops_at_error_event = experiment.stops_at_error_event || flags.stop_at_error_event;
  reader.read("--abandon", flags.abandon, load::parse_abandonment,
              [&](load::Abandonment abandonment) { experiment.abandonment = abandonment; });
  reader.refuse_if(flags.abandon && flags.caller_timeout,
                   "--abandon and --caller-timeout both say when callers leave", "give one");
  reader.read("--caller-timeout", flags.caller_timeout, experiment::parse_timeout,
              [&](Duration patience) { experiment.abandonment = load::leaving_after(patience); });
  reader.read("--max-in-flight", flags.max_in_flight, experiment::parse_max_in_flight,
              [&](std::uint32_t n) { experiment.max_in_flight = n; });
  reader.read("--threads", flags.threads, experiment::parse_threads,
              [&](std::uint32_t n) { experiment.threads = n; });
  reader.read("--instances", flags.instances, experiment::parse_instances,
              [&](std::uint32_t n) { experiment.instances = n; });
  reader.refuse_if(
      starves_threads(experiment),
      "--max-in-flight is divided among all --threads, and some of them would get no call",
      "allow at least one call for each thread");
  if (!flags.endpoints.empty()) {
    experiment.endpoints.clear();
  }
  for (const auto& endpoint : flags.endpoints) {
    reader.read(
        "--endpoint", endpoint, [](const std::string& text) { return load::parse_endpoint(text); },
        [&](load::Endpoint read) {
          reader.refuse_if(std::ranges::count(experiment.endpoints, read) > 0,
                           "--endpoint is given twice with the same requests", "name each once");
          experiment.endpoints.push_back(std::move(read));
        });
  }
}

void read_client(FlagReader& reader, const ExperimentFlags& flags, Experiment& experiment) {
  reader.read(
      "--failure-statuses", flags.failure_statuses,
      [](const std::string& text) { return parse_failure_statuses(text); },
      [&](OutcomeChanges changes) { experiment.counting.failure_statuses = std::move(changes); });
  const auto parse_counts = [](const std::string& text) { return parse_outcome_changes(text); };
  reader.read("--counts", flags.counts, parse_counts,
              [&](OutcomeChanges changes) { experiment.counting.counts = std::move(changes); });
  reader.read("--breaker-counts", flags.breaker_counts, parse_counts, [&](OutcomeChanges changes) {
    experiment.counting.breaker_counts = std::move(changes);
  });
  reader.read(
      "--breaker", flags.breaker,
      [](const std::string& text) { return breaker::parse_choice(text); },
      [&](auto choice) {
        experiment.breaker = std::move(choice);
        // What the base's imported file said, it said of its breaker.
        experiment.warnings.clear();
        experiment.notes.clear();
        experiment.counting.imported.reset();
      });
  reader.refuse_if(flags.breaker && flags.breaker_from,
                   "--breaker and --breaker-from both set the breaker", "give one of them");
  reader.refuse_if(!flags.profiles.empty() && !flags.breaker_from,
                   "--profile is for the file of --breaker-from",
                   "give --breaker-from application.yml#INSTANCE, or leave out --profile");
  const auto profiles = profiles_of(flags.profiles);
  if (!profiles) {
    reader.refuse(profiles.error());
    return;
  }
  reader.read(
      "--breaker-from", flags.breaker_from,
      [&](const std::string& text) { return import_file(text, *profiles); },
      [&](auto imported) {
        experiment.warnings = warnings_of(imported);
        experiment.notes = notes_of(imported);
        if (!flags.timeout && imported.timeout && imported.timeout->length > Duration{}) {
          experiment.timeout = imported.timeout->length;
        }
        experiment.policies = policies_of(imported);
        experiment.counting.imported =
            imported.counts ? std::optional(imported.counts->changes) : std::nullopt;
        experiment.breaker = std::move(imported.choice);
      });
  if (!flags.policies.empty()) {
    experiment.policies.clear();
  }
  for (const auto& policy : flags.policies) {
    reader.read(
        "--policy", policy,
        [](const std::string& text) { return client::parse_policy_choice(text); },
        [&](client::PolicyChoice choice) { experiment.policies.push_back(std::move(choice)); });
  }
  if (auto error = client::contradiction(experiment.policies)) {
    reader.refuse(error->in("--policy"));
  }
  reader.read(
      "--versus", flags.versus,
      [](const std::string& text) { return experiment::parse_twin(text); },
      [&](experiment::Twin twin) { experiment.versus = std::move(twin); });
  reader.read("--breaker-per", flags.breaker_per, experiment::parse_scope,
              [&](load::BreakerScope scope) { experiment.scope = scope; });
}

void refuse_with_through(FlagReader& reader, const ExperimentFlags& flags,
                         const Experiment& experiment) {
  const bool has_one = flags.through || experiment.through;
  reader.refuse_if(has_one && (flags.breaker || flags.breaker_from || flags.versus),
                   "--through: the breaker is the one that the service has, so --breaker, "
                   "--breaker-from and --versus have no place",
                   "leave them out; --like says what breaker the service should have");
  reader.refuse_if(has_one && flags.target, "--through and --target both name what is called",
                   "leave out one of them");
  reader.refuse_if(has_one && !experiment.topology.empty(),
                   "--through: the experiment has a topology, whose services are tripcurve's",
                   "leave out --through, or run a file without 'topology'");
  reader.refuse_if(
      !has_one && (flags.like || flags.id_header || flags.start || !flags.states.empty()),
      "--like, --id-header, --start and --states are for the service of --through",
      "add --through http://HOST:PORT/, or leave them out");
  reader.refuse_if(flags.through && !experiment.through && !flags.port,
                   "--through needs --port, where the service expects its dependency",
                   "write --port 9000, and have the service call http://127.0.0.1:9000/");
}

void refuse_with_upstream(FlagReader& reader, const ExperimentFlags& flags,
                          const Experiment& experiment) {
  reader.refuse_if(flags.upstream && flags.target,
                   "--upstream puts faults in front of a service and --target does not",
                   "leave out one of them");
  reader.refuse_if(flags.upstream && !experiment.topology.empty(),
                   "--upstream: the experiment has a topology, whose services call the built-in "
                   "upstream",
                   "leave out --upstream, or run a file without 'topology'");
}

void read_through(FlagReader& reader, const ExperimentFlags& flags, Experiment& experiment) {
  if (!flags.through && !experiment.through) {
    return;
  }
  if (!experiment.through) {
    experiment.through.emplace();
  }
  auto& through = *experiment.through;
  through.url = flags.through.value_or(through.url);
  reader.read(
      "--port", flags.port, [](const std::string& text) { return parse_count(text, 1, 65535); },
      [&](std::uint64_t port) { through.listen = static_cast<std::uint16_t>(port); });
  reader.read(
      "--id-header", flags.id_header,
      [](const std::string& text) { return parse_header(text, "x"); },
      [&](const Header& header) { through.id_header = header.name; });
  reader.read(
      "--like", flags.like, [](const std::string& text) { return breaker::parse_choice(text); },
      [&](breaker::Choice choice) { experiment.versus = experiment::Twin{std::move(choice)}; });
  if (!flags.states.empty()) {
    through.states.clear();
  }
  for (const auto& states : flags.states) {
    reader.read("--states", states, claims::parse_source,
                [&](claims::Source source) { through.states.push_back(std::move(source)); });
  }
  if (flags.start) {
    through.start = experiment::Start{.command = *flags.start};
  }
  experiment.breaker = *breaker::parse_choice("none");
  experiment.counting.imported.reset();
}

// One phase of the upstream's normal behaviour.
faults::PhaseSpec steady(std::string name, Duration length) {
  faults::PhaseSpec phase;
  phase.name = std::move(name);
  phase.length = length;
  return phase;
}

}  // namespace

Result<Experiment> experiment_of(const ExperimentFlags& flags, std::optional<Experiment> base) {
  FlagReader reader;
  const bool from_file = base.has_value();
  auto experiment = from_file ? *std::move(base) : experiment::outage();
  if (!from_file) {
    experiment.seed = std::random_device{}();
  }
  const bool shapes = flags.size || flags.bandwidth || flags.body || flags.stream;
  const bool own_story =
      !from_file && (!flags.phases.empty() || !flags.stages.empty() || has_stages(flags.workers) ||
                     flags.duration || flags.latency || flags.errors || flags.rate_limit ||
                     flags.capacity || shapes || flags.target);
  refuse_with_through(reader, flags, experiment);
  refuse_with_upstream(reader, flags, experiment);
  reader.refuse_if(from_file && flags.duration,
                   "--duration: the experiment file says how long each of its phases takes",
                   "give phases that replace them: --phase 'steady 10s'");
  if (own_story) {
    experiment.name = "custom";
    experiment.phases.clear();
  }
  if (own_story || (flags.upstream && !from_file)) {
    experiment.upstream = {};
  }
  reader.refuse_if(flags.duration && !flags.phases.empty(),
                   "--duration and --phase both say how long the run takes",
                   "give each --phase its length and leave --duration out");
  reader.refuse_if(
      flags.target && (flags.latency || flags.errors || flags.rate_limit || flags.capacity ||
                       shapes || flags.port || flags.tls),
      "--target is not tripcurve's upstream: --latency, --errors, --rate-limit, --capacity, "
      "--size, --bandwidth, --body, --stream, --tls and --port only apply to the built-in one",
      "leave out --target, or those flags");
  reader.refuse_if(flags.target && !experiment.topology.empty(),
                   "--target: the experiment has a topology, whose services call the built-in "
                   "upstream",
                   "leave out --target, or run a file without 'topology'");
  const bool is_through = flags.through || experiment.through;
  const bool has_other = flags.target || flags.upstream;
  reader.refuse_if(!has_other && !is_through && flags.allow_remote,
                   "--allow-remote is for --target, --upstream and --through",
                   "add --target http://HOST:PORT/, or leave it out");
  reader.refuse_if(!has_other && flags.insecure,
                   "--insecure is for an https --target or --upstream",
                   "add --target https://HOST:PORT/, or leave it out");
  reader.refuse_if(!has_other && flags.cacert, "--cacert is for an https --target or --upstream",
                   "add --target https://HOST:PORT/, or leave it out");
  reader.refuse_if(flags.insecure && flags.cacert,
                   "--insecure takes any certificate, whatever --cacert names", "give one");
  read_seed(reader, flags, experiment);
  read_upstream(reader, flags, experiment);
  if (flags.upstream) {
    if (const auto error = faults::not_of_service(experiment.upstream, experiment.phases)) {
      reader.refuse(error->in("--upstream"));
    }
  }
  for (const auto& phase : experiment.phases) {
    reader.refuse_if(
        flags.target && (phase.latency || phase.errors || phase.limit || phase.capacity ||
                         !phase.shape.is_empty()),
        "--target is not tripcurve's upstream, so a --phase cannot inject faults there",
        "give the phases only names and lengths: --phase 'healthy 5s'");
  }
  read_load(reader, flags, experiment);
  if (own_story && flags.phases.empty()) {
    auto phase = steady("steady", std::chrono::seconds(10));
    reader.read(
        "--duration", flags.duration, [](const std::string& text) { return parse_duration(text); },
        [&](Duration length) { phase.length = length; });
    reader.refuse_if(phase.length <= Duration{}, "--duration must be more than 0s",
                     "write --duration 10s");
    if (!flags.duration) {
      phase.length = experiment::length_of_stages(experiment).value_or(phase.length);
    }
    experiment.phases.push_back(std::move(phase));
  }
  reader.refuse(experiment::disordered(experiment));
  if (const auto error = experiment::contradiction(experiment)) {
    reader.refuse(error->in(flags.workers.empty() ? "--stage" : "--workers"));
  }
  for (const auto& phase : experiment.phases) {
    if (const auto error = experiment::uncalled(phase, experiment.endpoints)) {
      reader.refuse(error->in(flags.phases.empty() ? "--endpoint" : "--phase"));
    }
  }
  for (const auto& [service, error] :
       experiment::unrouted(experiment.topology, experiment.endpoints)) {
    reader.refuse(error.in("--endpoint"));
  }
  read_client(reader, flags, experiment);
  read_through(reader, flags, experiment);
  if (reader.error()) {
    return *reader.error();
  }
  if (const auto error = experiment::pointless_versus(experiment)) {
    return *error;
  }
  if (const auto error = experiment::divided_instance(experiment)) {
    return error->in("--threads");
  }
  return experiment;
}

Result<Experiment> upstream_of(const ExperimentFlags& flags) {
  FlagReader reader;
  auto experiment = experiment::outage();
  experiment.name = "upstream";
  experiment.seed = std::random_device{}();
  experiment.upstream = {};
  experiment.phases.clear();
  read_seed(reader, flags, experiment);
  read_upstream(reader, flags, experiment);
  if (flags.phases.empty()) {
    experiment.phases.push_back(steady("steady", std::chrono::hours(10'000)));
  }
  reader.read("--threads", flags.threads, experiment::parse_threads,
              [&](std::uint32_t n) { experiment.threads = n; });
  if (reader.error()) {
    return *reader.error();
  }
  return experiment;
}

Result<std::uint16_t> port_of(const ExperimentFlags& flags) {
  FlagReader reader;
  std::uint16_t port = 0;
  reader.read(
      "--port", flags.port, [](const std::string& text) { return parse_count(text, 0, 65535); },
      [&](std::uint64_t n) { port = static_cast<std::uint16_t>(n); });
  if (reader.error()) {
    return *reader.error();
  }
  return port;
}

Completion breaker_completion() {
  return Completion::of(breaker::dialects() | std::views::transform(&breaker::Dialect::name));
}

void add_file_argument(CLI::App& command, ExperimentFlags& flags) {
  add_optional_argument(command, "FILE", flags.file,
                        "the experiment (tripcurve.yaml if that exists)", Completion::of_files());
}

void add_load_flags(CLI::App& command, ExperimentFlags& flags) {
  const FlagGroup add(command, "Load");
  add("--duration", flags.duration, "TIME", "length of the run without --phase (10s)");
  add("--rate", flags.rate, "RATE", "open loop: calls per second (200/s)");
  add("--stage", flags.stages, "SPEC", "the rate over time: '10s 50/s' or '10s 5/s->50/s'");
  add("--arrival", flags.arrival, "KIND", "constant or poisson (constant)",
      Completion::of(experiment::arrival_words()));
  add("--workers", flags.workers, "N", "closed loop: N callers; or stages: '10s 0->200'");
  add("--think", flags.think, "SPEC", "pause after an answer (0ms): 1s, p50=1s,p99=5s");
  add("--fail-fast-pause", flags.fail_fast_pause, "TIME",
      "... and after a rejection (--think, at least 10ms)");
  add("--timeout", flags.timeout, "TIME", "how long the client waits for an answer (1s)");
  add("--gap-timeout", flags.gap_timeout, "TIME", "... and for more of an answer that has begun");
  add("--stop-at-error-event", flags.stop_at_error_event,
      "give up a stream that says event: error");
  add("--abandon", flags.abandon, "SPEC", "callers who go away first: '2% after 300ms' or 2%");
  add("--caller-timeout", flags.caller_timeout, "TIME",
      "all callers go away after TIME without an end");
  add("--max-in-flight", flags.max_in_flight, "N",
      "open loop: drop calls beyond N in flight (1000)");
  add("--endpoint", flags.endpoints, "SPEC",
      "/path or 'POST /path' to call; several take turns (/)");
  add("--instances", flags.instances, "N", "number of clients, each with its own breakers (1)");
  add("--threads", flags.threads, "N", "number of threads that generate load (1)");
}

void add_upstream_flags(CLI::App& command, ExperimentFlags& flags) {
  const FlagGroup add(command, "Upstream");
  add("--latency", flags.latency, "SPEC", "20ms, 10ms..50ms, 100ms+-20ms, p50=20ms,p99=400ms");
  add("--errors", flags.errors, "SPEC", "5%, 500:2%,reset:1% or refuse; list faults has all");
  add("--rate-limit", flags.rate_limit, "SPEC",
      "100/s or 100/s,burst=20,status=503; the rest gets 429");
  add("--capacity", flags.capacity, "SPEC", "workers=8,service=50ms,queue=100,full=503,shed=1s");
  add("--size", flags.size, "SPEC", "of the answers' bodies: 1MB or 1KB:90%,1MB:10%");
  add("--bandwidth", flags.bandwidth, "RATE", "of each body: 50KB/s");
  add("--body", flags.body, "SPEC", "chunks=10,over=2s, slice=10B,every=5ms or head=500ms");
  add("--stream", flags.stream, "SPEC", "events: events=40,every=50ms,die=5%@30%");
  add("--tls", flags.tls, "speak TLS, with a certificate that is made for it");
  add("--phase", flags.phases, "SPEC", "'NAME TIME latency= errors=': what the flags above say");
  add("--port", flags.port, "N", "port of the built-in upstream (a free one)");
}

void add_client_flags(CLI::App& command, ExperimentFlags& flags) {
  const FlagGroup add(command, "Client");
  add("--breaker", flags.breaker, "SPEC", "(classic,failures=5,successes=2,timeout=3s)",
      breaker_completion());
  add("--breaker-from", flags.breaker_from, "FILE",
      "read it from a configuration file: FILE[#INSTANCE]", Completion::of_files());
  add("--profile", flags.profiles, "NAME", "active profile of that file, if it is Spring Boot's");
  add_counting_flags(command, flags);
  add("--versus", flags.versus, "SPEC", "run it again with another breaker: none, shared",
      breaker_completion());
  add("--breaker-per", flags.breaker_per, "SCOPE",
      "a breaker per client or per endpoint, or one: shared",
      Completion::of(experiment::scope_words()));
}

void add_outcome_flags(CLI::App& command, ExperimentFlags& flags) {
  const FlagGroup add(command, "Client");
  add("--failure-statuses", flags.failure_statuses, "LIST", "answers that count as failures (5xx)");
  add("--counts", flags.counts, "LIST", "what results count as: 404=ignored,429=failure");
  add("--breaker-counts", flags.breaker_counts, "LIST",
      "the same, for the breaker only (as its library does)");
}

void add_counting_flags(CLI::App& command, ExperimentFlags& flags) {
  add_outcome_flags(command, flags);
  const FlagGroup add(command, "Client");
  add("--policy", flags.policies, "SPEC", "around the breaker, outermost first: retry,attempts=3",
      Completion::of(client::policy_kinds() | std::views::transform(&client::PolicyKind::name)));
}

void add_seed_flag(CLI::App& command, ExperimentFlags& flags) {
  FlagGroup(command, "Other")("--seed", flags.seed, "N",
                              "same seed, same faults (random; it is printed)");
}

}  // namespace tripcurve::cli
