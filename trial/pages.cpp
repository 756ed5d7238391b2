#include "trial/pages.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "report/formats.hpp"
#include "trial/counters.hpp"
#include "trial/fault_control.hpp"

namespace tripcurve::trial {
namespace {

std::string url(const serve::HttpServer& server, const char* path) {
  return "http://" + server.address().text() + path;
}

std::vector<serve::MetricsSample::Service> services_of(
    const topology::Topology& topology, const std::vector<topology::ServiceNow>& now) {
  std::vector<serve::MetricsSample::Service> all;
  for (std::size_t i = 0; i < std::min(topology.services.size(), now.size()); ++i) {
    const auto& service = topology.services[i];
    auto& one = all.emplace_back(serve::MetricsSample::Service{.name = service.name,
                                                               .workers = service.workers,
                                                               .busy = now[i].busy,
                                                               .waiting = now[i].waiting});
    for (std::size_t link = 0; link < service.links.size(); ++link) {
      if (service.links[link].breaker.text() != "none") {
        one.links.push_back({report::link_name(service.name, topology.name(service.links[link].to)),
                             now[i].links[link]});
      }
    }
  }
  return all;
}

serve::MetricsSample metrics_sample(const live::Scene& scene, const load::BreakerBank& bank,
                                    const load::Snapshot& snapshot, const net::Upstream* upstream,
                                    const net::Services* services) {
  serve::MetricsSample sample;
  sample.experiment = scene.title;
  sample.seed = scene.seed;
  sample.phase = scene.timetable.phases()[scene.timetable.index_at(snapshot.at)];
  for (std::size_t i = 0; i < bank.size(); ++i) {
    const auto totals = bank.totals(i);
    sample.breakers.push_back({bank.name(i), bank.state(i), totals.trips(), totals.opens()});
  }
  for (std::size_t i = 0; i < scene.endpoints.size(); ++i) {
    sample.endpoints.push_back({scene.endpoints[i], snapshot.endpoints[i]});
  }
  sample.response = snapshot.response;
  sample.in_flight = snapshot.in_flight;
  if (upstream != nullptr) {
    const auto ledger = upstream->ledger();
    auto& counted = sample.upstream.emplace(serve::MetricsSample::Upstream{});
    counted.requests = arrivals(ledger);
    for (const auto& phase : ledger.phases()) {
      counted.injected.insert(counted.injected.end(), phase.injected.begin(), phase.injected.end());
    }
  }
  if (services != nullptr) {
    sample.services = services_of(scene.topology, services->now());
  }
  return sample;
}

}  // namespace

struct Pages::Attached {
  std::string tool_version;
  std::mutex mutex;  // guards all below
  std::optional<ServedRun> run;
  serve::MetricsSample last;  // of the run before

  serve::Controls controls(bool can_inject) {
    serve::Controls all;
    if (can_inject) {
      all.examples = examples_of_faults();
      all.inject = [this](const serve::Settings& settings) -> std::optional<Error> {
        const std::scoped_lock lock(mutex);
        return run ? run->controls.inject(settings)
                   : std::optional(Error{"no run is in progress", "wait for the next"});
      };
      all.clear = [this] {
        const std::scoped_lock lock(mutex);
        if (run) {
          run->controls.clear();
        }
      };
    }
    all.stop = [this] {
      const std::scoped_lock lock(mutex);
      if (run) {
        run->controls.stop();
      }
    };
    return all;
  }
  serve::FaultControls faults() {
    serve::FaultControls all;
    all.state = [this]() -> std::optional<serve::ControlledState> {
      const std::scoped_lock lock(mutex);
      return run && run->faults.state ? run->faults.state() : std::nullopt;
    };
    auto dashboard = controls(true);
    all.examples = std::move(dashboard.examples);
    all.inject = std::move(dashboard.inject);
    all.clear = std::move(dashboard.clear);
    return all;
  }
  serve::MetricsSample collect() {
    const std::scoped_lock lock(mutex);
    return sample();
  }

  // With the mutex held.
  serve::MetricsSample sample() {
    auto now = run ? run->collect() : last;
    now.version = tool_version;
    return now;
  }
};

Pages::Pages(const Options& options) : attached_(std::make_unique<Attached>()) {
  auto* attached = attached_.get();
  attached->tool_version = options.tool_version;
  if (options.dashboard) {
    pages_ = std::make_unique<serve::HttpServer>(*options.dashboard, "--dashboard");
    dashboard_ =
        std::make_unique<serve::Dashboard>(*pages_, attached->controls(options.can_inject));
  }
  if (options.metrics) {
    const bool shared = options.metrics == options.dashboard && options.metrics->port != 0;
    if (!shared) {
      numbers_ = std::make_unique<serve::HttpServer>(*options.metrics, "--metrics");
    }
    serve::serve_metrics(shared ? *pages_ : *numbers_, [attached] { return attached->collect(); });
    has_metrics_ = true;
  }
  if (options.control) {
    control_ = std::make_unique<serve::Control>(attached->faults(), options.control_token);
    controlled_ = std::make_unique<serve::HttpServer>(*options.control, "--control");
    controlled_->api(
        [this](const serve::PageRequest& request) { return control_->answer(request); });
  }
  for (const auto* server : {&pages_, &numbers_, &controlled_}) {
    if (*server) {
      (*server)->start();
    }
  }
}

Pages::~Pages() {
  pages_.reset();
  numbers_.reset();
  controlled_.reset();
}

Pages::Attachment Pages::attach(ServedRun run) const {
  const std::scoped_lock lock(attached_->mutex);
  attached_->run = std::move(run);
  return Attachment(this);
}

void Pages::detach() const {
  const std::scoped_lock lock(attached_->mutex);
  attached_->last = attached_->sample();
  attached_->run.reset();
}

std::vector<std::string> Pages::notes() const {
  std::vector<std::string> all;
  if (pages_) {
    all.push_back("dashboard at " + url(*pages_, "/"));
  }
  if (controlled_) {
    all.push_back("control at " + url(*controlled_, "/faults"));
  }
  if (has_metrics_) {
    all.push_back("metrics at " + url(numbers_ ? *numbers_ : *pages_, "/metrics"));
  }
  return all;
}

void Pages::done(const report::Summary& summary) const {
  if (dashboard_) {
    dashboard_->done(report::to_json(summary));
  }
}

ServedRun served_run(Parts& parts, const live::Scene& scene, net::Clients& clients,
                     net::Upstream* upstream, const net::Services* services,
                     const net::SteadyClock& clock, std::function<void()> stop) {
  ServedRun run{.controls = {.inject = {}, .examples = {}, .clear = {}, .stop = std::move(stop)},
                .faults = {},
                .collect = [&parts, &scene, &clients, upstream, services, &clock] {
                  return metrics_sample(scene, parts.bank, clients.snapshot(clock.now()), upstream,
                                        services);
                }};
  if (upstream != nullptr) {
    run.faults = fault_controls({.injector = parts.injector,
                                 .by_hand = parts.by_hand,
                                 .ledger = [upstream] { return upstream->ledger(); },
                                 .clock = clock,
                                 .seed = scene.seed,
                                 .answers = upstream->answers(),
                                 .follow_plan = [upstream] { upstream->follow_plan(); }});
    run.controls.inject = run.faults.inject;
    run.controls.clear = run.faults.clear;
  }
  return run;
}

}  // namespace tripcurve::trial
