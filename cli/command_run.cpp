// tripcurve run: the experiment on the wire, live.

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/experiment_file.hpp"
#include "cli/experiment_flags.hpp"
#include "cli/guard.hpp"
#include "cli/judging.hpp"
#include "cli/lint_text.hpp"
#include "cli/narrator.hpp"
#include "cli/run_flow.hpp"
#include "cli/run_output.hpp"
#include "cli/run_server.hpp"
#include "cli/signals.hpp"
#include "faults/injector.hpp"
#include "net/client.hpp"
#include "net/upstream.hpp"

namespace tripcurve::cli {
namespace {

struct RunFlags {
  ExperimentFlags experiment;
  JudgingFlags judging;
  OutputFlags output;
  ServerFlags server;
};

// Time to start threads, open connections and draw the first frame before the first call is due.
constexpr Duration head_start = std::chrono::milliseconds(150);
// How long a transition may wait to be told.
constexpr Duration attention = std::chrono::milliseconds(50);

// Descriptors the process needs beside connections: for itself, and for each thread's event loop.
constexpr std::uint64_t own_files = 32;
constexpr std::uint64_t thread_files = 4;

// Raises the soft limit of open files to the hard one and returns it.
std::uint64_t open_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    throw std::system_error(errno, std::system_category(), "cannot read the limit of open files");
  }
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// Connections need a file each, two when the upstream is in this process. Lowers the default cap to
// what fits and says so; refuses what was asked for and does not fit.
std::optional<Error> fit_to_file_limit(experiment::Experiment& experiment, const RunFlags& flags,
                                       const RunOutput& output) {
  const std::uint64_t per_call = flags.experiment.target ? 1 : 2;
  const std::uint64_t limit = open_file_limit();
  const std::uint64_t others = own_files + thread_files * experiment.threads;
  const auto fits = limit > others ? (limit - others) / per_call : 0;
  const auto* closed = std::get_if<load::ClosedLoop>(&experiment.loop);
  const std::uint64_t wanted = closed != nullptr ? closed->workers : experiment.max_in_flight;
  if (wanted <= fits) {
    return std::nullopt;
  }
  if (closed != nullptr || flags.experiment.max_in_flight || fits < experiment.threads) {
    return Error{std::string(closed != nullptr ? "--workers" : "--max-in-flight") + ": " +
                     std::to_string(wanted) +
                     " connections need more open files than the limit of " + std::to_string(limit),
                 "ask for at most " + std::to_string(fits) + ", or raise `ulimit -n`"};
  }
  experiment.max_in_flight = static_cast<std::uint32_t>(fits);
  output.note("the limit of " + std::to_string(limit) + " open files allows --max-in-flight " +
              std::to_string(fits) + " instead of " + std::to_string(wanted));
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> host_facts() {
  utsname names{};
  uname(&names);
  return {{"os", std::string(names.sysname) + " " + names.release},
          {"machine", names.machine},
          {"cpus", std::to_string(std::thread::hardware_concurrency())}};
}

Result<net::Target> target_of(const ExperimentFlags& flags) {
  auto target = net::parse_target(*flags.target);
  if (!target) {
    return target.error().in("--target");
  }
  if (!target->loopback && !flags.allow_remote) {
    return Error{"--target: '" + target->host + "' is not on this machine",
                 "add --allow-remote if the upstream there may be put under load"};
  }
  return target;
}

// The load threads as one.
class Clients {
 public:
  Clients(const net::Target& target, const load::LoadPlan& plan, load::BreakerBank& bank,
          const net::SteadyClock& clock) {
    for (std::uint32_t shard = 0; shard < plan.shards; ++shard) {
      all_.push_back(std::make_unique<net::Client>(target, plan, shard, bank, clock));
    }
    for (const auto& client : all_) {
      client->start();
    }
  }

  [[nodiscard]] bool done() const {
    return std::ranges::all_of(all_, [](const auto& client) { return client->done(); });
  }
  [[nodiscard]] bool failed() const {
    return std::ranges::any_of(all_, [](const auto& client) { return client->failed(); });
  }
  void stop() {
    std::ranges::for_each(all_, [](const auto& client) { client->stop(); });
  }
  // A snapshot of all threads, each taken at `due` or after.
  [[nodiscard]] load::Snapshot snapshot(TimePoint due, bool with_tally = false) {
    auto sum = fresh_snapshot(*all_.front(), due, with_tally);
    for (std::size_t i = 1; i < all_.size(); ++i) {
      sum.merge(fresh_snapshot(*all_[i], due, with_tally));
    }
    return sum;
  }
  [[nodiscard]] load::Tally tally() const {
    auto sum = all_.front()->tally();
    for (std::size_t i = 1; i < all_.size(); ++i) {
      sum.merge(all_[i]->tally());
    }
    return sum;
  }
  [[nodiscard]] TimePoint ended_at() const {
    TimePoint latest{};
    for (const auto& client : all_) {
      latest = std::max(latest, client->ended_at());
    }
    return latest;
  }

 private:
  // Each asking makes the thread prepare a newer one, which takes it microseconds.
  static load::Snapshot fresh_snapshot(net::Client& client, TimePoint due, bool with_tally) {
    auto snapshot = client.snapshot(with_tally);
    while ((snapshot.at < due || (with_tally && !snapshot.tally)) && !client.done()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      snapshot = client.snapshot(with_tally);
    }
    return snapshot;
  }

  std::vector<std::unique_ptr<net::Client>> all_;
};

// Stops the clients at once when the second Ctrl-C comes, whatever they are doing.
[[noreturn]] void die(int signal) {
  live::restore_terminal(STDERR_FILENO);
  _exit(128 + signal);
}

// Ends the run as Ctrl-C does, and a second time does nothing. For other threads.
std::function<void()> interrupt_once() {
  return [done = std::make_shared<std::atomic<bool>>(false)] {
    if (!done->exchange(true)) {
      kill(getpid(), SIGINT);
    }
  };
}

// Why a run ended before its time.
struct Stopped {
  report::Ending ending = report::Ending::completed;
  std::vector<std::string> reasons;
  std::optional<int> signal;
};

// A run on the wire: everything that lives as long as it does.
struct Wire {
  const net::SteadyClock& clock;
  const load::BreakerBank& bank;
  const load::LoadPlan& load;
  const net::Upstream* upstream;  // null when it is not ours
  Clients& clients;

  [[nodiscard]] std::optional<faults::Ledger> ledger() const {
    return upstream == nullptr ? std::nullopt : std::optional(upstream->ledger());
  }
};

// Tells the run until its load is over, and stops it when a signal or the guard says so.
Stopped watch(const Wire& wire, const report::RunFacts& known, Narrator& narrator, Guard& guard,
              live::Display& display, const Signals& signals) {
  Stopped stopped;
  auto& clients = wire.clients;
  while (!clients.done()) {
    const auto before = wire.clock.now();
    const auto next = std::min({before + attention, narrator.next_tick(), guard.next_look()});
    if (const auto signal = signals.wait(next - before)) {
      if (*signal == SIGWINCH) {
        display.resized();
      } else if (stopped.signal) {
        die(*signal);
      } else if (stopped.ending == report::Ending::completed) {  // else it is stopping already
        stopped = {report::Ending::interrupted, {}, signal};
        clients.stop();
      }
    }
    if (wire.upstream != nullptr && wire.upstream->failure()) {
      throw std::system_error(wire.upstream->failure(), "the upstream cannot go on serving");
    }
    if (clients.failed()) {
      clients.stop();  // a load that lost a thread is not the load that was asked for
    }
    const auto now = wire.clock.now();
    narrator.tell(now);
    if (narrator.next_tick() <= now) {
      narrator.tick(clients.snapshot(narrator.next_tick()));
    }
    if (guard.next_look() > now || stopped.ending != report::Ending::completed) {
      continue;
    }
    const auto snapshot = clients.snapshot(guard.next_look(), true);
    if (!snapshot.tally) {
      continue;  // over meanwhile
    }
    auto so_far = known;
    so_far.ending = report::Ending::running;
    so_far.ended_at = now;
    const auto ledger = wire.ledger();
    const auto sum = [&](TimePoint until) {
      return sum_up(so_far, wire.bank, wire.load, *snapshot.tally, ledger, until);
    };
    if (auto stop = guard.look(sum, now)) {
      stopped = {stop->ending, std::move(stop->reasons), {}};
      clients.stop();
    }
  }
  return stopped;
}

// What all runs of one command share.
struct Setting {
  net::Target target;
  std::uint16_t port;
  bool own_upstream;
  const RunOutput& output;
  const Judging& judging;
  const Signals& signals;
  const RunServer& server;
};

// The faults that a person switches on and off by hand, and when. Thread-safe.
class Hand {
 public:
  Hand(faults::Injector& injector, const net::SteadyClock& clock, serve::Dashboard* dashboard)
      : normal_(injector.plan().upstream().normal),
        clock_(clock),
        dashboard_(dashboard),
        injection_(injector.by_hand()) {}

  // As typed; what is empty stays normal.
  std::optional<Error> inject(const std::string& errors, const std::string& latency) {
    auto behaviour = normal_;
    if (!errors.empty()) {
      const auto parsed = faults::parse_errors(errors);
      if (!parsed) {
        return parsed.error().in("errors");
      }
      behaviour.errors = *parsed;
    }
    if (!latency.empty()) {
      const auto parsed = faults::parse_latency(latency);
      if (!parsed) {
        return parsed.error().in("latency");
      }
      behaviour.latency = *parsed;
    }
    const auto text = "injected by hand: latency=" + behaviour.latency.text() +
                      " errors=" + behaviour.errors.text();
    if (auto error = injection_.set(std::move(behaviour))) {
      return error;
    }
    note(text);
    return std::nullopt;
  }
  void clear() {
    if (injection_.current() != nullptr) {
      injection_.clear();
      note("cleared by hand");
    }
  }

  [[nodiscard]] std::vector<report::Intervention> interventions() const {
    const std::lock_guard lock(mutex_);
    return interventions_;
  }

 private:
  void note(const std::string& text) {
    const auto now = clock_.now();
    const std::lock_guard lock(mutex_);
    interventions_.push_back({now, text});
    if (dashboard_ != nullptr) {
      dashboard_->intervention(now, text);
    }
  }

  const faults::Behaviour normal_;
  const net::SteadyClock& clock_;
  serve::Dashboard* dashboard_;
  faults::Injection& injection_;
  mutable std::mutex mutex_;  // guards interventions_
  std::vector<report::Intervention> interventions_;
};

// What the dashboard and the metrics ask of this run.
ServedRun served(const Wire& wire, const live::Scene& scene, Hand& hand) {
  ServedRun run{.controls = {.inject = {}, .clear = {}, .stop = interrupt_once()},
                .collect =
                    [&] {
                      return metrics_sample(scene, wire.bank,
                                            wire.clients.snapshot(wire.clock.now()), wire.ledger());
                    },
                .arrived = {}};
  if (wire.upstream != nullptr) {
    run.controls.inject = [&hand](const std::string& errors, const std::string& latency) {
      return hand.inject(errors, latency);
    };
    run.controls.clear = [&hand] { hand.clear(); };
    run.arrived = [&wire] { return arrivals(*wire.ledger()); };
  }
  return run;
}

Outcome run_once(const experiment::Experiment& experiment, const Setting& setting) {
  const auto faults = experiment::fault_plan(experiment);
  faults::Injector injector(faults);
  auto load = experiment::load_plan(experiment);
  if (setting.own_upstream) {
    load.would_succeed = experiment::would_succeed(experiment, injector);
  }
  auto bank = experiment::breaker_bank(experiment);
  const net::SteadyClock clock(head_start);

  Hand hand(injector, clock, setting.server.dashboard());
  auto target = setting.target;
  std::unique_ptr<net::Upstream> upstream;
  if (setting.own_upstream) {
    net::UpstreamOptions options;
    options.port = setting.port;
    options.passage = [&bank](const load::Leave& leave) { return bank.passage(leave); };
    upstream = std::make_unique<net::Upstream>(injector, clock, options);
    target.port = upstream->port();
    target.run = upstream->run();
  }

  auto facts = run_facts("run", experiment, bank);
  facts.host = host_facts();
  facts.target = "http://" + target.authority();
  auto& display = setting.output.display();
  Narrator narrator(facts.timetable, bank, display, setting.output.events());
  if (setting.server.dashboard() != nullptr) {
    narrator.also(*setting.server.dashboard());
  }
  const auto scene = scene_of(experiment, bank, target.authority());
  narrator.begin(scene, facts);

  Clients clients(target, load, bank, clock);
  const Wire wire{clock, bank, load, upstream.get(), clients};
  const auto attachment = setting.server.attach(served(wire, scene, hand));
  Guard guard(experiment, setting.judging.abort_on);
  auto stopped = watch(wire, facts, narrator, guard, display, setting.signals);

  facts.ended_at = clients.ended_at();
  facts.ending = stopped.ending;
  facts.stopped_because = std::move(stopped.reasons);
  facts.interventions = hand.interventions();
  auto tally = clients.tally();
  narrator.finish({facts.ended_at, tally.endpoints(), tally.response, 0, {}});
  facts.series = narrator.series();
  Outcome outcome{sum_up(std::move(facts), bank, load, std::move(tally), wire.ledger()),
                  stopped.signal};
  judge(outcome.summary, guard, setting.judging.expectations);
  narrator.end(outcome.summary);
  return outcome;
}

int run(const RunFlags& flags) {
  auto described = described_by(flags.experiment);
  if (!described) {
    return usage;
  }
  auto& experiment = *described;
  if (flags.output.print_plan) {
    return print_plan(experiment, experiment::fault_plan(experiment));
  }
  const auto port = port_of(flags.experiment);
  if (!port) {
    return usage_error(port.error());
  }
  net::Target target{.host = "127.0.0.1", .loopback = true};
  if (flags.experiment.target) {
    const auto given = target_of(flags.experiment);
    if (!given) {
      return usage_error(given.error());
    }
    target = *given;
    if (flags.experiment.endpoints.empty()) {
      experiment.endpoints = {{.path = target.path}};
    } else if (target.path != "/") {
      return usage_error({"--target names the path '" + target.path + "', and --endpoint others",
                          "give the paths by --endpoint only"});
    }
    if (const auto error = net::try_connect(target)) {
      throw std::system_error(error, "--target: cannot connect to " + target.authority());
    }
  }

  const auto judging = judging_of(flags.judging, experiment);
  if (!judging) {
    return usage_error(judging.error());
  }
  auto output = RunOutput::open(flags.output, experiment, RunOutput::World::real);
  if (!output) {
    return usage_error(output.error());
  }
  for (const auto& line : told_before(experiment, lint_lines(experiment))) {
    output->note(line);
  }
  if (const auto error = fit_to_file_limit(experiment, flags, *output)) {
    return usage_error(*error);
  }

  const Signals signals;  // before any thread
  const auto server = RunServer::open(flags.server, !flags.experiment.target);
  if (!server) {
    return usage_error(server.error());
  }
  for (const auto& line : server->notes()) {
    output->note(line);
  }
  const Setting setting{target,  *port,  !flags.experiment.target, *output, *judging,
                        signals, *server};
  return run_and_report(
      *output, *judging, std::move(experiment),
      [&](const experiment::Experiment& one) { return run_once(one, setting); },
      [&](const report::Summary& summary) { server->done(summary); });
}

}  // namespace

Command add_run(CLI::App& app) {
  auto flags = std::make_shared<RunFlags>();
  auto* command = app.add_subcommand("run", "Break an upstream and watch a breaker, live");
  add_file_argument(*command, flags->experiment);
  add_load_flags(*command, flags->experiment);
  add_upstream_flags(*command, flags->experiment);
  add_client_flags(*command, flags->experiment);
  adder(*command, "Load")("--target", flags->experiment.target, "URL",
                          "fire at this instead of the built-in upstream");
  command->add_flag("--allow-remote", flags->experiment.allow_remote, "... though it is not local")
      ->group("Load")
      ->disable_flag_override();
  add_judging_flags(*command, flags->judging);
  add_output_flags(*command, flags->output);
  add_server_flags(*command, flags->server);
  add_seed_flag(*command, flags->experiment);
  command->footer(
      "Without flags: the built-in outage, 20 s at 200/s. Examples:\n"
      "  tripcurve run --latency 20ms --errors 30% --duration 15s\n"
      "  tripcurve run --phase 'ok 5s' --phase 'down 9s errors=100%' --phase 'back 9s'\n"
      "  tripcurve run --workers 50 --breaker classic,failures=10,timeout=5s --json -");
  return {command, [flags] { return run(*flags); }};
}

}  // namespace tripcurve::cli
