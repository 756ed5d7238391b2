#include "cli/run_server.hpp"

#include <algorithm>
#include <utility>

#include "breaker/breaker.hpp"
#include "cli/command.hpp"
#include "cli/version.hpp"
#include "report/formats.hpp"

namespace tripcurve::cli {
namespace {

Result<std::optional<serve::Address>> address_of(const char* flag,
                                                 const std::optional<std::string>& text) {
  if (!text) {
    return std::optional<serve::Address>();
  }
  if (text->empty()) {
    return std::optional(serve::Address{});
  }
  const auto address = serve::parse_address(*text);
  if (!address) {
    return address.error().in(flag);
  }
  return std::optional(*address);
}

std::string url(const serve::HttpServer& server, const char* path) {
  return "http://" + server.address().text() + path;
}

// From another state to open. The bank keeps the first transitions only, so this ends with them.
std::uint64_t opens_of(const std::vector<load::BreakerEvent>& events, std::size_t breaker) {
  return static_cast<std::uint64_t>(std::ranges::count_if(events, [&](const auto& event) {
    return event.breaker == breaker && breaker::claims_open(event.transition.to) &&
           !breaker::claims_open(event.transition.from);
  }));
}

}  // namespace

void add_server_flags(CLI::App& command, ServerFlags& flags) {
  const auto add = adder(command, "Output");
  add("--dashboard", flags.dashboard, "[ADDR]", "watch in a browser, at 127.0.0.1 or ADDR")
      ->expected(0, 1);
  add("--metrics", flags.metrics, "ADDR", "serve Prometheus metrics at ADDR/metrics");
}

Result<RunServer> RunServer::open(const ServerFlags& flags, ServedRun run) {
  const auto pages = address_of("--dashboard", flags.dashboard);
  if (!pages) {
    return pages.error();
  }
  const auto numbers = address_of("--metrics", flags.metrics);
  if (!numbers) {
    return numbers.error();
  }
  RunServer server;
  if (*pages) {
    server.pages_ = std::make_unique<serve::HttpServer>(**pages, "--dashboard");
    server.dashboard_ = std::make_unique<serve::Dashboard>(*server.pages_, std::move(run.controls),
                                                           std::move(run.arrived));
  }
  if (*numbers) {
    const bool shared = *numbers == *pages && (*numbers)->port != 0;
    if (!shared) {
      server.numbers_ = std::make_unique<serve::HttpServer>(**numbers, "--metrics");
    }
    serve::serve_metrics(shared ? *server.pages_ : *server.numbers_, std::move(run.collect));
    server.has_metrics_ = true;
  }
  return server;
}

RunServer::~RunServer() {
  pages_.reset();
  numbers_.reset();
}

std::vector<std::string> RunServer::notes() const {
  std::vector<std::string> all;
  if (pages_) {
    all.push_back("dashboard at " + url(*pages_, "/"));
  }
  if (has_metrics_) {
    all.push_back("metrics at " + url(numbers_ ? *numbers_ : *pages_, "/metrics"));
  }
  return all;
}

void RunServer::start() const {
  for (const auto* server : {&pages_, &numbers_}) {
    if (*server) {
      (*server)->start();
    }
  }
}

void RunServer::done(const report::Summary& summary) const {
  if (dashboard_) {
    dashboard_->done(report::to_json(summary));
  }
}

serve::MetricsSample metrics_sample(const live::Scene& scene, const load::BreakerBank& bank,
                                    const load::Snapshot& snapshot,
                                    const std::optional<faults::Ledger>& ledger) {
  serve::MetricsSample sample;
  sample.experiment = scene.title;
  sample.version = version;
  sample.seed = scene.seed;
  sample.phase = scene.timetable.phases()[scene.timetable.index_at(snapshot.at)];
  const auto events = bank.events_since(0);
  for (std::size_t i = 0; i < bank.size(); ++i) {
    sample.breakers.push_back({bank.name(i), bank.state(i), opens_of(events, i)});
  }
  for (std::size_t i = 0; i < scene.endpoints.size(); ++i) {
    sample.endpoints.push_back({scene.endpoints[i], snapshot.endpoints[i]});
  }
  sample.response = snapshot.response;
  sample.in_flight = snapshot.in_flight;
  if (ledger) {
    auto& upstream = sample.upstream.emplace();
    upstream.arrived = arrivals(*ledger);
    for (const auto& phase : ledger->phases()) {
      upstream.injected.insert(upstream.injected.end(), phase.injected.begin(),
                               phase.injected.end());
    }
  }
  return sample;
}

std::uint64_t arrivals(const faults::Ledger& ledger) {
  std::uint64_t sum = 0;
  for (const auto& phase : ledger.phases()) {
    sum += phase.arrived;
  }
  return sum;
}

}  // namespace tripcurve::cli
