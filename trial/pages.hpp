// What a run shows over HTTP while it goes: the dashboard for people, the metrics for Prometheus.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "live/display.hpp"
#include "net/clients.hpp"
#include "net/clock.hpp"
#include "net/services.hpp"
#include "net/upstream.hpp"
#include "report/summary.hpp"
#include "serve/address.hpp"
#include "serve/control.hpp"
#include "serve/dashboard.hpp"
#include "serve/http_server.hpp"
#include "serve/metrics.hpp"
#include "trial/parts.hpp"

namespace tripcurve::trial {

// What the pages ask of a run, on their own threads, as long as it is attached.
struct ServedRun {
  serve::Controls controls;
  serve::FaultControls faults;  // empty when nothing can be injected
  std::function<serve::MetricsSample()> collect;
};

// The servers of one command, whose runs follow each other.
class Pages {
 public:
  struct Options {
    std::optional<serve::Address> dashboard{};  // none: no dashboard
    std::optional<serve::Address> metrics{};    // none: no metrics
    std::optional<serve::Address> control{};    // none: no control of faults
    std::string control_token{};                // empty: everybody on this machine
    bool can_inject = false;                    // the runs have Controls::inject and clear
    std::string tool_version{};                 // for the metrics
  };

  // Binds, and serves from now on. Throws std::system_error when it cannot bind.
  explicit Pages(const Options& options);
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  // Where things are, for people.
  [[nodiscard]] std::vector<std::string> notes() const;
  // Another display to tell the runs to; null without a dashboard.
  [[nodiscard]] serve::Dashboard* dashboard() const { return dashboard_.get(); }

  // The run that is asked until the attachment goes; its last metrics stay.
  struct Detach {
    void operator()(const Pages* pages) const { pages->detach(); }
  };
  using Attachment = std::unique_ptr<const Pages, Detach>;
  [[nodiscard]] Attachment attach(ServedRun run) const;

  // Hands the dashboard the report.
  void done(const report::Summary& summary) const;

 private:
  struct Attached;  // the run, guarded

  void detach() const;

  // In this order: the servers call the others to their end.
  std::unique_ptr<Attached> attached_;
  std::unique_ptr<serve::Dashboard> dashboard_;
  std::unique_ptr<serve::Control> control_;
  std::unique_ptr<serve::HttpServer> pages_, numbers_;  // numbers_ only when at another address
  std::unique_ptr<serve::HttpServer> controlled_;
  bool has_metrics_ = false;
};

// What the pages ask of a run on the wire. `upstream` is null when it is not ours, and then nothing
// can be injected. `stop` ends the run. All must outlive it.
[[nodiscard]] ServedRun served_run(Parts& parts, const live::Scene& scene, net::Clients& clients,
                                   net::Upstream* upstream, const net::Services* services,
                                   const net::SteadyClock& clock, std::function<void()> stop);

}  // namespace tripcurve::trial
