// --dashboard and --metrics: what a run shows over HTTP while it goes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.hpp"
#include "core/result.hpp"
#include "faults/ledger.hpp"
#include "live/display.hpp"
#include "load/breaker_bank.hpp"
#include "load/tally.hpp"
#include "report/summary.hpp"
#include "serve/dashboard.hpp"
#include "serve/http_server.hpp"
#include "serve/metrics.hpp"

namespace tripcurve::cli {

struct ServerFlags {
  std::optional<std::string> dashboard, metrics;
};

void add_server_flags(CLI::App& command, ServerFlags& flags);

// What the servers ask of a run, on their own threads, as long as it is attached.
struct ServedRun {
  serve::Controls controls;
  std::function<serve::MetricsSample()> collect;
  std::function<std::uint64_t()> arrived;  // at the upstream; empty when it is not ours
};

// The servers of a command, whose runs follow each other.
class RunServer {
 public:
  // Binds, and serves from now on. Throws std::system_error when it cannot bind; does nothing at
  // all without the flags. `can_inject`: the runs will have Controls::inject and clear.
  static Result<RunServer> open(const ServerFlags& flags, bool can_inject);
  RunServer(RunServer&&) noexcept;
  ~RunServer();

  // Where things are, for people.
  [[nodiscard]] std::vector<std::string> notes() const;
  // Another display to narrate the runs to; nullptr without --dashboard.
  [[nodiscard]] serve::Dashboard* dashboard() const { return dashboard_.get(); }

  // The run that is asked until the attachment goes; its last metrics stay.
  struct Detach {
    void operator()(const RunServer* server) const { server->detach(); }
  };
  using Attachment = std::unique_ptr<const RunServer, Detach>;
  [[nodiscard]] Attachment attach(ServedRun run) const;

  // Hands the pages the report.
  void done(const report::Summary& summary) const;

 private:
  struct Attached;  // the run, guarded

  RunServer();
  void detach() const;

  // In this order: the servers call the others to their end.
  std::unique_ptr<Attached> attached_;
  std::unique_ptr<serve::Dashboard> dashboard_;
  std::unique_ptr<serve::HttpServer> pages_, numbers_;  // numbers_ only when at another address
  bool has_metrics_ = false;
};

// `ledger`, if the upstream is ours.
[[nodiscard]] serve::MetricsSample metrics_sample(const live::Scene& scene,
                                                  const load::BreakerBank& bank,
                                                  const load::Snapshot& snapshot,
                                                  const std::optional<faults::Ledger>& ledger);

[[nodiscard]] std::uint64_t arrivals(const faults::Ledger& ledger);

}  // namespace tripcurve::cli
