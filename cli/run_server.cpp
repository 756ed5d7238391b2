#include "cli/run_server.hpp"

#include <algorithm>
#include <mutex>
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
  const FlagGroup add(command, "Output");
  add.with_optional_text("--dashboard", flags.dashboard, "[ADDR]",
                         "watch in a browser, at 127.0.0.1 or ADDR");
  add("--metrics", flags.metrics, "ADDR", "serve Prometheus metrics at ADDR/metrics");
}

struct RunServer::Attached {
  std::mutex mutex;  // guards all below
  std::optional<ServedRun> run;
  serve::MetricsSample last;  // of the run before

  serve::Controls controls(bool can_inject) {
    serve::Controls all;
    if (can_inject) {
      all.inject = [this](const std::string& errors,
                          const std::string& latency) -> std::optional<Error> {
        const std::scoped_lock lock(mutex);
        return run ? run->controls.inject(errors, latency)
                   : std::optional(Error{"no run is going on", "wait for the next"});
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
  serve::MetricsSample collect() {
    const std::scoped_lock lock(mutex);
    return run ? run->collect() : last;
  }
  std::optional<std::uint64_t> arrived() {
    const std::scoped_lock lock(mutex);
    return run && run->arrived ? std::optional(run->arrived()) : std::nullopt;
  }
};

RunServer::RunServer() : attached_(std::make_unique<Attached>()) {}
RunServer::RunServer(RunServer&&) noexcept = default;
RunServer::~RunServer() {
  pages_.reset();
  numbers_.reset();
}

Result<RunServer> RunServer::open(const ServerFlags& flags, bool can_inject) {
  const auto pages = address_of("--dashboard", flags.dashboard);
  if (!pages) {
    return pages.error();
  }
  const auto numbers = address_of("--metrics", flags.metrics);
  if (!numbers) {
    return numbers.error();
  }
  RunServer server;
  auto* attached = server.attached_.get();
  if (*pages) {
    server.pages_ = std::make_unique<serve::HttpServer>(**pages, "--dashboard");
    server.dashboard_ = std::make_unique<serve::Dashboard>(
        *server.pages_, attached->controls(can_inject), [attached] { return attached->arrived(); });
  }
  if (*numbers) {
    const bool shared = *numbers == *pages && (*numbers)->port != 0;
    if (!shared) {
      server.numbers_ = std::make_unique<serve::HttpServer>(**numbers, "--metrics");
    }
    serve::serve_metrics(shared ? *server.pages_ : *server.numbers_,
                         [attached] { return attached->collect(); });
    server.has_metrics_ = true;
  }
  for (const auto* one : {&server.pages_, &server.numbers_}) {
    if (*one) {
      (*one)->start();
    }
  }
  return server;
}

RunServer::Attachment RunServer::attach(ServedRun run) const {
  const std::scoped_lock lock(attached_->mutex);
  attached_->run = std::move(run);
  return Attachment(this);
}

void RunServer::detach() const {
  const std::scoped_lock lock(attached_->mutex);
  attached_->last = attached_->run->collect();
  attached_->run.reset();
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
    serve::MetricsSample::Upstream upstream{.arrived = arrivals(*ledger), .injected = {}};
    for (const auto& phase : ledger->phases()) {
      upstream.injected.insert(upstream.injected.end(), phase.injected.begin(),
                               phase.injected.end());
    }
    sample.upstream = std::move(upstream);
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
