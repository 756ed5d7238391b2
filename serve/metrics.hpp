// A run as Prometheus metrics, in the text format 0.0.4 (https://prometheus.io/docs/instrumenting/
// exposition_formats/). Names and units as in https://prometheus.io/docs/practices/naming/.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/histogram.hpp"
#include "core/timetable.hpp"
#include "load/tally.hpp"
#include "serve/http_server.hpp"

namespace tripcurve::serve {

// What is known of a run at one moment. All counts are since its start.
struct MetricsSample {
  struct Breaker {
    std::string name;
    breaker::State state = breaker::State::closed;
    std::uint64_t trips = 0, opens = 0;  // as breaker/totals.hpp defines them
  };
  struct Endpoint {
    std::string name;
    load::Counts counts;
  };
  struct Upstream {
    std::uint64_t requests = 0;
    std::vector<std::pair<std::string, std::uint64_t>> injected;  // by kind; kinds may repeat
  };

  // Of a topology.
  struct Link {
    std::string name;  // "order -> payment"
    breaker::State state = breaker::State::closed;
  };
  struct Service {
    std::string name;
    std::optional<std::uint32_t> workers{};  // none: no limit
    std::uint32_t busy = 0, waiting = 0;
    std::vector<Link> links{};  // those whose client has a breaker
  };

  std::string experiment;
  std::string version;  // tripcurve's
  std::uint64_t seed = 0;
  Phase phase;  // the present one
  std::vector<Breaker> breakers;
  std::vector<Endpoint> endpoints;
  Histogram response;  // of calls that were sent and ended
  std::uint64_t in_flight = 0;
  std::optional<Upstream> upstream;  // if it is ours
  std::vector<Service> services{};
};

[[nodiscard]] std::string metrics_text(const MetricsSample& sample);

// Takes the path /metrics. `collect` is called at each scrape, on the server's threads.
void serve_metrics(HttpServer& server, std::function<MetricsSample()> collect);

// A label's value between its quotes, in Prometheus's text format. What is not UTF-8, or controls a
// terminal, a scraper need not take.
[[nodiscard]] std::string label_value(std::string_view value);

}  // namespace tripcurve::serve
