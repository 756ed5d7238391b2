// tripcurve run: the experiment on the wire, live.

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <system_error>

#include "cli/command.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/judging.hpp"
#include "cli/page_flags.hpp"
#include "cli/run_output.hpp"
#include "cli/service.hpp"
#include "cli/sharding.hpp"
#include "cli/shared_run.hpp"
#include "cli/signals.hpp"
#include "cli/simulation_check.hpp"
#include "cli/tls_flags.hpp"
#include "cli/trial_flags.hpp"
#include "core/exit_code.hpp"
#include "core/plural.hpp"
#include "experiment/write.hpp"
#include "faults/virtual_time.hpp"
#include "load/worker_curve.hpp"
#include "net/client.hpp"
#include "trial/series.hpp"
#include "trial/wire.hpp"

namespace tripcurve::cli {
namespace {

struct RunFlags {
  ExperimentFlags experiment;
  JudgingFlags judging;
  OutputFlags output;
  PageFlags pages;
  ShardFlags shards;
  std::optional<std::string> check_sim, start_at;
};

// Connections need a file each, two when their other end is in this process. Lowers the default cap
// to what fits and says so; refuses what was asked for and does not fit.
std::optional<Error> fit_to_file_limit(experiment::Experiment& experiment, const RunFlags& flags,
                                       const RunOutput& output, std::uint32_t generators) {
  const auto files_of_call = flags.experiment.target ? 1U : flags.experiment.upstream ? 3U : 2U;
  const auto [limit, fits] =
      trial::room_for_calls(experiment.threads, files_of_call, experiment.topology);
  const auto* closed = std::get_if<load::ClosedLoop>(&experiment.loop);
  const std::uint64_t all =
      closed != nullptr ? load::peak_workers(*closed) : experiment.max_in_flight;
  const auto wanted = (all + generators - 1) / generators;
  if (wanted <= fits) {
    return std::nullopt;
  }
  // All generators have the same experiment.
  if (closed != nullptr || flags.experiment.max_in_flight || fits < experiment.threads ||
      flags.shards.shard) {
    return Error{
        std::string(closed != nullptr ? "--workers" : "--max-in-flight") + ": " +
            std::to_string(wanted) + " connections" +
            (experiment.topology.empty() ? "" : " and those of the services behind them") +
            " need more open files than the limit of " + std::to_string(limit),
        (fits < experiment.threads ? "" : "ask for at most " + std::to_string(fits) + ", or ") +
            std::string("raise `ulimit -n`")};
  }
  experiment.max_in_flight = static_cast<std::uint32_t>(fits);
  output.note("the limit of " + std::to_string(limit) + " open files allows --max-in-flight " +
              std::to_string(fits) + " instead of " + std::to_string(wanted));
  return std::nullopt;
}

// `flag` is what names the URL; `if_remote` must hold for --allow-remote.
Result<net::Target> target_of(
    const std::string& flag, const std::string& url, const ExperimentFlags& flags,
    const std::string& if_remote = "what is there may be put under load") {
  auto parsed = net::parse_target(url);
  if (!parsed) {
    return parsed.error().in(flag);
  }
  auto target = *std::move(parsed);
  // With --upstream they are about that.
  const bool is_other = flag == "--through" && flags.upstream && !target.tls;
  if (auto error = is_other ? std::nullopt : take_trust(flags, target)) {
    return *std::move(error);
  }
  if (const auto error = net::resolve(target)) {
    throw std::system_error(error, flag + ": cannot resolve '" + target.host +
                                       "'; check the name, or write the address");
  }
  if (!target.loopback && !flags.allow_remote) {
    return Error{flag + ": '" + target.host + "' is not on this machine",
                 "add --allow-remote if " + if_remote};
  }
  return target;
}

// What is called instead of the built-in upstream, and the name of the flag that says so.
struct Called {
  std::string flag{};
  net::Target target{};
};

// What is called has a path, and then no endpoint may have another.
std::optional<Error> take_path(const std::string& flag, const net::Target& target,
                               experiment::Experiment& experiment) {
  const bool has_endpoints = experiment.endpoints != std::vector{load::Endpoint{}};
  if (!has_endpoints) {
    experiment.endpoints = {{.path = target.path}};
  } else if (target.path != "/") {
    return Error{flag + " names the path '" + target.path + "', but the endpoints are others",
                 "give paths with --endpoint, or under 'endpoints', only"};
  }
  return std::nullopt;
}

Result<Called> called_by(const ExperimentFlags& flags, experiment::Experiment& experiment) {
  const std::string flag = experiment.through ? "--through" : "--target";
  const auto& url = experiment.through ? experiment.through->url : *flags.target;
  // What is merged has been called already, and perhaps from elsewhere.
  const auto given = is_merging() ? net::parse_target(url) : target_of(flag, url, flags);
  if (!given) {
    return given.error();
  }
  if (const auto error = take_path(flag, *given, experiment)) {
    return *error;
  }
  return Called{flag, *given};
}

// The service behind the faults.
Result<net::Target> upstream_of_run(const ExperimentFlags& flags) {
  const auto service = target_of("--upstream", *flags.upstream, flags);
  if (service && service->path != "/") {
    return Error{"--upstream: '" + *flags.upstream + "' has a path, and calls bring their own",
                 "leave out " + service->path + ", and write --endpoint " + service->path};
  }
  return service;
}

std::optional<Error> reached(const std::string& flag, net::Target& target) {
  if (const auto error = net::try_connect(target)) {
    throw std::system_error(error, flag + ": cannot connect to " + target.authority());
  }
  if (!target.tls) {
    return std::nullopt;
  }
  if (auto error = net::unreadable_trust(target)) {
    return error;
  }
  const auto error = net::try_handshake(target);
  return error ? std::optional(error->in(flag)) : std::nullopt;
}

// How many generators share the run; 1: it is made here alone.
Result<std::uint32_t> generators_of(const RunFlags& flags) {
  if (is_merging()) {
    return static_cast<std::uint32_t>(jobs_to_merge());
  }
  if (!flags.shards.shard) {
    return 1U;
  }
  const auto shard = shard_of(*flags.shards.shard);
  return shard ? Result(shard->of) : shard.error();
}

// What a run that is shared cannot do, or has to say.
std::optional<Error> unfit_to_share(const RunFlags& flags) {
  if (const auto error = unfit_for_shards(flags.shards, flags.experiment)) {
    return error;
  }
  if (!flags.shards.shard) {
    return std::nullopt;
  }
  if (!flags.start_at) {
    return Error{"--shard: generators have to start together",
                 "give all of them one time with --start-at, such as what date -u +%FT%TZ -d '10 "
                 "seconds' prints"};
  }
  if (flags.output.events) {
    return Error{"--events: a shard sees its share only", "leave it out"};
  }
  if (flags.check_sim) {
    return Error{"--shard and --check-sim contradict each other", "leave out one of them"};
  }
  return std::nullopt;
}

// When it starts, if that was said; what is merged has been.
Result<std::optional<StartTime>> start_of(const RunFlags& flags) {
  if (!flags.start_at || is_merging()) {
    return std::optional<StartTime>();
  }
  const auto time = parse_start(*flags.start_at);
  if (!time) {
    return time.error();
  }
  if (const auto error = is_over(*time)) {
    return *error;
  }
  return std::optional(*time);
}

// Of a shard, which leaves its part and nothing else; or of what is only put together.
Result<RunOutput> output_of(const RunFlags& flags, experiment::Experiment experiment) {
  auto output = flags.output;
  if (flags.shards.shard) {
    output.reports = {};
    experiment.outputs.clear();
  }
  return RunOutput::open(std::move(output), experiment,
                         is_merging() ? RunOutput::World::simulated : RunOutput::World::real);
}

// On one machine the clients that generators were are instances.
trial::Origin shared_origin(trial::Origin origin, std::uint32_t generators, bool are_said) {
  origin.notes.push_back(
      "made by " + count_of(generators, "generator") +
      ", which started together as well as their clocks agreed; what was most in "
      "flight is the sum of what each of them had");
  if (!are_said) {
    origin.reproduce = [again = std::move(origin.reproduce)](const experiment::Experiment& one) {
      return again(one) + " --instances " + std::to_string(one.instances);
    };
  }
  return origin;
}

// The verdict on what all generators have measured.
report::Summary put_together(SharedRun& shared, const experiment::Experiment& experiment,
                             const trial::Origin& origin, const trial::Judging& judging) {
  trial::Series series(experiment, judging, origin);
  static_cast<void>(series.take(trial::sum_up(experiment, "run", origin, shared.shares())));
  return series.outcome();
}

ExitCode exit_code_of_share(report::Ending ending, ExitCode code) {
  if (code != ExitCode::success) {
    return code;
  }
  if (ending == report::Ending::terminated) {
    say("ended by SIGTERM: the part has what was measured until then");
    return ExitCode::unfinished;
  }
  if (ending == report::Ending::interrupted) {
    say("interrupted: the part has what was measured until then");
    return ExitCode::interrupted;
  }
  return code;
}

// Whether the sources of what a service says of itself may be asked.
std::optional<Error> refused_sources(const experiment::Experiment& experiment,
                                     const ExperimentFlags& flags) {
  const auto sources =
      experiment.through ? experiment.through->states : std::vector<claims::Source>{};
  for (const auto& source : sources) {
    const auto target = target_of(flags.states.empty() ? "through.states" : "--states", source.url,
                                  flags, "whoever is there may be asked");
    if (!target) {
      return target.error();
    }
  }
  return std::nullopt;
}

std::vector<std::uint16_t> ports_of(const experiment::Through& through) {
  std::vector<std::uint16_t> ports{through.listen};
  for (const auto& dependency : through.others) {
    ports.push_back(dependency.listen);
  }
  return ports;
}

StandIns stand_ins_of(const experiment::Experiment& experiment,
                      const std::optional<net::Target>& behind,
                      const std::shared_ptr<const net::ServerTls>& tls) {
  return {.ports = ports_of(*experiment.through),
          .behind = behind ? std::make_shared<const net::Target>(*behind) : nullptr,
          .tls = tls};
}

// Ends the run as Ctrl-C does, and a second time does nothing. For other threads.
std::function<void()> interrupt_once() {
  return [done = std::make_shared<std::atomic<bool>>(false)] {
    if (!done->exchange(true)) {
      kill(getpid(), SIGINT);
    }
  };
}

ExitCode run(const RunFlags& flags) {
  auto described = described_by(flags.experiment, /*takes_services=*/true);
  if (!described) {
    return ExitCode::usage;
  }
  auto& experiment = *described;
  if (flags.output.print_plan) {
    return print_plan(experiment);
  }
  const auto port = port_of(flags.experiment);
  if (!port) {
    return usage_error(port.error());
  }
  const auto tolerance = parse_sim_tolerance(flags.check_sim.value_or(""));
  if (!tolerance) {
    return usage_error(tolerance.error());
  }
  for (const auto& [flag, given] : {std::pair{"--target", &flags.experiment.target},
                                    std::pair{"--upstream", &flags.experiment.upstream}}) {
    if (flags.check_sim && *given) {
      return usage_error(
          {std::string("--check-sim: what the service of ") + flag + " does cannot be simulated",
           "leave out one of them"});
    }
  }
  if (flags.check_sim && experiment.through) {
    return usage_error({"--check-sim: what a service does cannot be simulated",
                        "leave it out; --like says what breaker the service should have"});
  }

  if (const auto error = faults::not_simulated(experiment.upstream, experiment.phases);
      flags.check_sim && error) {
    return usage_error(error->in("--check-sim"));
  }

  if (const auto error = unfit_to_share(flags)) {
    return usage_error(*error);
  }
  const auto generators = generators_of(flags);
  if (!generators) {
    return usage_error(generators.error());
  }
  const bool is_shared = is_merging() || flags.shards.shard.has_value();

  Called called;
  if (flags.experiment.target || experiment.through) {
    auto found = called_by(flags.experiment, experiment);
    if (!found) {
      return usage_error(found.error());
    }
    called = *std::move(found);
  }

  if (const auto error = refused_sources(experiment, flags.experiment)) {
    return usage_error(*error);
  }
  const auto judging = judging_of(flags.judging, experiment);
  if (!judging) {
    return usage_error(judging.error());
  }
  const auto said_instances = experiment.instances;
  if (is_shared) {
    if (const auto error = share_out(experiment, *generators, *judging, !flags.experiment.target)) {
      return usage_error(*error);
    }
  }
  const auto start = start_of(flags);
  if (!start) {
    return usage_error(start.error().in("--start-at"));
  }
  const Signals signals;  // before any thread
  std::optional<net::Target> behind;
  if (flags.experiment.upstream && !is_merging()) {
    const auto found = upstream_of_run(flags.experiment);
    if (!found) {
      return usage_error(found.error());
    }
    behind = *found;
    if (const auto error = reached("--upstream", *behind)) {
      return environment_error(*error);
    }
  }
  const auto tls = server_tls(flags.experiment, experiment);
  if (!tls) {
    return usage_error(tls.error());
  }
  Service service(signals);
  if (experiment.through && experiment.through->start) {
    const auto stand_ins = stand_ins_of(experiment, behind, *tls);
    if (const auto error = service.start(*experiment.through, called.target, stand_ins)) {
      const auto code = environment_error(*error);
      return service.signal() == 0 ? code : exit_code_of(service.signal());
    }
  }
  if (!called.flag.empty() && !is_merging()) {
    if (const auto error = reached(called.flag, called.target)) {
      return environment_error(*error);
    }
  }
  auto output = output_of(flags, experiment);
  if (!output) {
    return usage_error(output.error());
  }
  auto origin = announce(experiment, *output);
  if (!called.flag.empty() || flags.experiment.upstream) {
    origin.false_trips.reset();  // nobody knows how a target fares on a good day
  }
  if (is_merging()) {
    origin = shared_origin(std::move(origin), *generators, said_instances == experiment.instances);
    SharedRun shared(experiment, *generators, {});
    if (const auto ended = do_work(flags.shards, shared, experiment::write_experiment(experiment),
                                   "running", "interrupted")) {
      return *ended;
    }
    return output->write(put_together(shared, experiment, origin, *judging));
  }
  if (const auto error = fit_to_file_limit(experiment, flags, *output, *generators)) {
    return environment_error(*error);
  }

  const auto options = pages_of(flags.pages, !flags.experiment.target);
  if (!options) {
    return usage_error(options.error());
  }
  const trial::Pages pages(*options);
  for (const auto& line : pages.notes()) {
    output->note(line);
  }
  auto audience = audience_of(*output, signals);
  audience.service_gone = [&service] { return service.gone(); };
  if (pages.dashboard() != nullptr) {
    audience.displays.push_back(pages.dashboard());
  }
  auto wire = experiment.through
                  ? std::make_unique<trial::Wire>(called.target, ports_of(*experiment.through),
                                                  experiment.through->id_header)
              : flags.experiment.target ? std::make_unique<trial::Wire>(called.target)
                                        : std::make_unique<trial::Wire>(*port);
  if (behind) {
    wire->pass_on_to(*behind);
  }
  wire->speak_tls_as(*tls);
  wire->take_ports_by([&service] { service.let_go_of_ports(); });
  wire->show_in(pages, interrupt_once());
  if (*start) {
    wire->start_at(**start);
    output->note("the run starts at " + *flags.start_at);
  }
  if (is_shared) {
    SharedRun shared(experiment, *generators, [&](const trial::Share& share) {
      return trial::measure(experiment, share, *wire, origin, audience);
    });
    const auto ended = do_work(flags.shards, shared, experiment::write_experiment(experiment),
                               "running", "interrupted");
    signals.release();
    return exit_code_of_share(shared.ending(), ended.value_or(ExitCode::success));
  }
  const auto summary = trial::run_all(experiment, *wire, origin, *judging, audience);
  signals.release();
  if (const auto delay = service.stop()) {
    output->note(*delay);
  }
  const auto check =
      flags.check_sim ? check_simulation(summary, experiment, *tolerance) : SimulationCheck();
  const auto code = output->write(summary, check.text);
  pages.done(summary);
  return code == ExitCode::success && !check.agrees ? ExitCode::failure : code;
}

}  // namespace

Command add_run(CLI::App& app) {
  auto flags = std::make_shared<RunFlags>();
  auto& command = add_command(
      app, "run", "Break an upstream and watch the breaker live",
      "Without flags, runs the built-in outage: 20 s at 200/s. Examples:\n"
      "  tripcurve run --phase 'ok 5s' --phase 'down 9s errors=100%' --phase 'back 9s'\n"
      "  tripcurve run --workers 50 --breaker classic,failures=10,timeout=5s --json -");
  add_file_argument(command, flags->experiment);
  add_load_flags(command, flags->experiment);
  add_upstream_flags(command, flags->experiment);
  add_tls_flags(command, flags->experiment, TlsServer::of_run);
  add_client_flags(command, flags->experiment);
  const FlagGroup add(command, "Load");
  add("--target", flags->experiment.target, "URL",
      "call this http or https URL, not the built-in upstream");
  add("--upstream", flags->experiment.upstream, "URL",
      "pass on to this real service what no fault hits");
  add("--through", flags->experiment.through, "URL",
      "call this service, whose own breaker is tested");
  add("--start", flags->experiment.start, "COMMAND", "start that service, and stop it afterwards");
  add("--id-header", flags->experiment.id_header, "NAME",
      "a field that it passes on, beside traceparent");
  add("--like", flags->experiment.like, "SPEC", "the breaker that it should have",
      breaker_completion());
  add("--states", flags->experiment.states, "SOURCE",
      "where it says its breaker's state: 'prometheus URL'");
  add("--allow-remote", flags->experiment.allow_remote, "allow a URL of another machine");
  add("--insecure", flags->experiment.insecure, "take any certificate of an https URL");
  add("--cacert", flags->experiment.cacert, "FILE", "who may have signed its certificate, in PEM",
      Completion::of_files());
  add_judging_flags(command, flags->judging);
  FlagGroup(command, "Verdict")
      .with_optional_text("--check-sim", flags->check_sim, "[SHARE]",
                          "simulate it, too; fail if numbers differ by more (5%)");
  add_output_flags(command, flags->output);
  add_page_flags(command, flags->pages);
  FlagGroup(command, "Several machines")("--start-at", flags->start_at, "TIME",
                                         "when to start: 2026-11-29T22:00:00Z");
  add_shard_flags(command, flags->shards);
  add_seed_flag(command, flags->experiment);
  return {&command, [flags] { return run(*flags); }};
}

}  // namespace tripcurve::cli
