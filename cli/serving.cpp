#include "cli/serving.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "cli/run_output.hpp"
#include "cli/signals.hpp"
#include "cli/tls_flags.hpp"
#include "cli/waiting_clients.hpp"
#include "core/units.hpp"
#include "experiment/injection_proof.hpp"
#include "net/upstream.hpp"
#include "serve/control.hpp"
#include "serve/http_server.hpp"
#include "trial/by_hand.hpp"
#include "trial/fault_control.hpp"

namespace tripcurve::cli {
namespace {

constexpr Duration attention = std::chrono::milliseconds(100);
// Of the phases of --loop: shorter ones would follow each other faster than they can be told.
constexpr Duration shortest_round = attention;

// What arrived and what was done to it, a line per phase.
std::string ledger_text(const faults::Ledger& ledger, const Timetable& timetable) {
  std::string text;
  for (std::size_t i = 0; i < ledger.phases().size(); ++i) {
    const auto& phase = ledger.phases()[i];
    text += timetable.phases()[i].name + ": " + show_count(phase.requests) + " arrived, " +
            show_count(phase.served) + " served";
    for (const auto& [kind, count] : phase.injected) {
      text += ", " + show_count(count) + " " + kind;
    }
    for (const auto& [kind, count] : phase.spared) {
      text += count == 0 ? "" : ", " + show_count(count) + " spared " + kind;
    }
    text += "\n";
  }
  return text;
}

// What was asked for, beside what came of it, and what was asked for in vain.
std::string proof_text(const faults::Plan& plan, const faults::Ledger& ledger) {
  std::string text;
  const auto shares = experiment::injected_shares(plan, ledger);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    for (const auto& share : shares[i]) {
      text += plan.timetable().phases()[i].name + ": " + report::words(share) + "\n";
    }
  }
  for (const auto& sentence : experiment::never_matched(plan, ledger)) {
    text += sentence + "\n";
  }
  return text;
}

// What went wrong on the side of its clients; nothing where all was well.
std::string trouble_text(const net::ConnectionCounts& connections) {
  std::string text;
  if (connections.bad_requests > 0) {
    text += "refused, for they were no HTTP/1.1 or too large (400, 413, 431): " +
            show_count(connections.bad_requests) + "\n";
  }
  if (connections.failed_handshakes > 0) {
    text += "TLS handshakes that failed: " + show_count(connections.failed_handshakes) + "\n";
  }
  return text;
}

// Without phases, the upstream is normal from the first to the last.
faults::After after(const ServingFlags& flags) {
  if (flags.experiment.phases.empty()) {
    return faults::After::last;
  }
  return flags.loop ? faults::After::again : faults::After::normal;
}

// The phase that begins at `edge`.
std::string phase_words(const faults::Plan& plan, TimePoint edge) {
  const auto phase = plan.phase_at(edge);
  const bool is_added = plan.after() == faults::After::normal && phase + 1 == plan.phases().size();
  return format_duration(edge.time_since_epoch()) + "  " +
         (is_added ? "the phases are over, and the upstream is normal again"
                   : plan.phases()[phase].text());
}

// The control of an upstream, while it lives.
class Controlled {
 public:
  Controlled(const experiment::Experiment& experiment, faults::Injector& injector,
             net::Upstream& upstream, const net::SteadyClock& clock)
      : by_hand_(injector.by_hand()),
        parts_{.injector = injector,
               .by_hand = by_hand_,
               .ledger = [this, &upstream] { return counted(upstream); },
               .clock = clock,
               .seed = experiment.seed,
               .answers = upstream.answers(),
               .follow_plan = [&upstream] { upstream.follow_plan(); },
               .count_anew =
                   [this, &upstream] {
                     counted_before_ = upstream.ledger();
                     upstream.number_anew();
                   }} {}

  void open(const serve::Address& address, const std::string& token) {
    control_.emplace(trial::fault_controls(parts_), token);
    server_.emplace(address, "--control");
    server_->api([this](const serve::PageRequest& request) { return control_->answer(request); });
    server_->start();
    const auto at = "http://" + server_->address().text();
    say("control at " + at + "/faults, with a page at " + at + "/");
  }

  // Tells what was done since it was last called, and whether there was something.
  bool tell() {
    const auto news = by_hand_.since(told_);
    for (const auto& intervention : news) {
      say(format_duration(
              std::chrono::floor<std::chrono::milliseconds>(intervention.at.time_since_epoch())) +
          "  " + intervention.text);
    }
    told_ += news.size();
    return !news.empty();
  }

 private:
  [[nodiscard]] faults::Ledger counted(const net::Upstream& upstream) const {
    const auto ledger = upstream.ledger();
    return counted_before_ ? ledger.since(*counted_before_) : ledger;
  }

  std::optional<faults::Ledger> counted_before_;  // the last reset
  trial::ByHand by_hand_;
  trial::ControlledUpstream parts_;
  std::optional<serve::Control> control_;
  std::optional<serve::HttpServer> server_;  // last, so that it is stopped first
  std::size_t told_ = 0;
};

}  // namespace

ExitCode serve_faults(const ServingFlags& flags, std::shared_ptr<const net::Target> service) {
  const auto experiment = upstream_of(flags.experiment);
  if (!experiment) {
    return usage_error(experiment.error());
  }
  if (service) {
    if (const auto error = faults::not_of_service(experiment->upstream, experiment->phases)) {
      return usage_error(error->in("--to"));
    }
  }
  const auto port = port_of(flags.experiment);
  if (!port) {
    return usage_error(port.error());
  }
  const auto control = control_of(flags.control);
  if (!control) {
    return usage_error(control.error());
  }
  auto tls = server_tls(flags.experiment, *experiment);
  if (!tls) {
    return usage_error(tls.error());
  }
  net::UpstreamOptions options;
  options.tls = *std::move(tls);
  options.port = *port;
  options.threads = experiment->threads;
  if (flags.body_limit) {
    const auto limit = parse_size(*flags.body_limit);
    if (!limit) {
      return usage_error(limit.error().in("--body-limit"));
    }
    options.body_limit = *limit;
  }
  options.service = std::move(service);
  if (flags.loop && flags.experiment.phases.empty()) {
    return usage_error({"--loop repeats the phases, but there are none",
                        "add phases, such as --phase 'up 30s' --phase 'down 10s errors=refuse'"});
  }
  const auto plan = experiment::fault_plan(*experiment, after(flags));
  if (flags.loop && plan.timetable().end() < at(shortest_round)) {
    return usage_error(
        {"--loop: all phases together take less than " + format_duration(shortest_round),
         "make them longer"});
  }
  if (flags.print_plan) {
    print(faults::explain(plan, std::nullopt));
    return ExitCode::success;
  }

  const Signals signals;
  const net::SteadyClock clock;
  faults::Injector injector(plan);
  net::Upstream upstream(injector, clock, options);
  print((options.tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
        std::to_string(upstream.port()) + "/\n");
  if (options.tls && !flags.experiment.cert && !flags.experiment.tls_ca_out) {
    say("its certificate is made for it; --tls-ca-out FILE writes what clients have to trust");
  }
  say("serving, seed " + std::to_string(experiment->seed) + "; Ctrl-C stops");
  Controlled controlled(*experiment, injector, upstream, clock);
  if (*control) {
    controlled.open(**control, flags.control.token.value_or(""));
  }

  TimePoint edge = flags.experiment.phases.empty() ? never : TimePoint{};
  WaitingClients waiting;
  std::optional<int> signal;
  while (!signal || *signal == SIGWINCH) {
    const auto connections = upstream.connections();
    waiting.tell(connections.waits, connections.wait_cause);
    const auto now = injector.plan_time(clock.now());
    if (controlled.tell()) {
      edge = plan.next_edge(now);
    }
    for (; edge <= now; edge = plan.next_edge(edge)) {
      say(phase_words(plan, edge));
    }
    if (upstream.failure()) {
      throw std::system_error(upstream.failure(), "the upstream cannot go on serving");
    }
    signal = signals.wait(attention);
  }
  signals.release();
  controlled.tell();  // what was done just before
  const auto ledger = upstream.ledger();
  print(ledger_text(ledger, plan.timetable()) + proof_text(plan, ledger) +
        trouble_text(upstream.connections()));
  return exit_code_of(*signal);
}

void add_serving_flags(CLI::App& command, ServingFlags& flags) {
  add_tls_flags(command, flags.experiment, TlsServer::alone);
  FlagGroup(command, "Upstream")("--loop", flags.loop, "repeat the phases after the last one");
  FlagGroup(command, "Server")("--threads", flags.experiment.threads, "N", "serving threads (1)");
  add_control_flags(command, flags.control);
  FlagGroup(command, "Other")("--print-plan", flags.print_plan,
                              "print what the faults imply, and exit");
}

}  // namespace tripcurve::cli
