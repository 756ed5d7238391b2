#include "serve/metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <initializer_list>
#include <map>
#include <string_view>

#include "report/layout.hpp"

namespace tripcurve::serve {

std::string label_value(std::string_view value) {
  std::string out;
  for (const char c : report::printable(value)) {
    if (c == '\\' || c == '"') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

namespace {

struct Label {
  std::string_view name;
  std::string value;
};

class Text {
 public:
  void describe(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  }
  // A sample of the metric that was described last.
  template <typename Number>
  void sample(std::initializer_list<Label> labels, Number value, std::string_view suffix = "") {
    text_ += name_;
    text_ += suffix;
    char before = '{';
    for (const auto& [name, text] : labels) {
      text_ += fmt::format("{}{}=\"{}\"", before, name, label_value(text));
      before = ',';
    }
    text_ += fmt::format("{} {}\n", labels.size() == 0 ? "" : "}", value);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

int number_of(breaker::State state) {
  switch (state) {
    case breaker::State::closed:
    case breaker::State::disabled:
      return 0;
    case breaker::State::open:
    case breaker::State::forced_open:
      return 1;
    case breaker::State::half_open:
      return 2;
  }
  return 0;
}

void add_breakers(Text& text, const std::vector<MetricsSample::Breaker>& breakers,
                  const std::vector<MetricsSample::Service>& services) {
  text.describe("circuit_breaker_state", "gauge",
                "The state that the breaker is in: 0 is closed, 1 is open, 2 is half-open.");
  for (const auto& breaker : breakers) {
    text.sample({{"name", breaker.name}}, number_of(breaker.state));
  }
  for (const auto& service : services) {
    for (const auto& link : service.links) {
      text.sample({{"name", link.name}}, number_of(link.state));
    }
  }
  text.describe("circuit_breaker_trips_total", "counter",
                "How often the breaker opened from closed, because too many calls failed.");
  for (const auto& breaker : breakers) {
    text.sample({{"name", breaker.name}}, breaker.trips);
  }
  text.describe("circuit_breaker_opens_total", "counter",
                "How often the breaker opened, whether from closed or from half-open.");
  for (const auto& breaker : breakers) {
    text.sample({{"name", breaker.name}}, breaker.opens);
  }
}

using Counter = std::uint64_t (*)(const load::Counts& counts);

// One sample for each endpoint.
void add_counter(Text& text, const MetricsSample& sample, const char* name, const char* type,
                 const char* help, Counter counter) {
  text.describe(name, type, help);
  for (const auto& [endpoint, counts] : sample.endpoints) {
    text.sample({{"endpoint", endpoint}}, counter(counts));
  }
}

void add_calls(Text& text, const MetricsSample& sample) {
  text.describe("tripcurve_calls_total", "counter", "How many calls ended in each way.");
  for (const auto& [name, counts] : sample.endpoints) {
    const std::array<std::pair<const char*, std::uint64_t>, 13> outcomes{
        {{"ok", counts.ok},
         {"ignored", counts.ignored},
         {"error_answer", counts.error_answers},
         {"timeout", counts.timeouts},
         {"reset", counts.resets},
         {"closed", counts.closed},
         {"connect_failed", counts.connect_failed},
         {"bad_answer", counts.bad_answers},
         {"abandoned", counts.abandoned},
         {"fail_fast", counts.fail_fast},
         {"full", counts.full},
         {"fallback", counts.fallback},
         {"dropped", counts.dropped}}};
    for (const auto& [outcome, count] : outcomes) {
      text.sample({{"endpoint", name}, {"outcome", outcome}}, count);
    }
  }
  using load::Counts;
  add_counter(text, sample, "tripcurve_requests_sent_total", "counter",
              "How many requests were sent: more than calls if calls are retried or hedged.",
              [](const Counts& counts) { return counts.sent; });
  add_counter(text, sample, "tripcurve_answers_cut_total", "counter",
              "How many calls ended after the head of their answer and before its end.",
              [](const Counts& counts) { return counts.cut; });
  add_counter(text, sample, "tripcurve_handshakes_failed_total", "counter",
              "How many connections failed in their TLS handshake.",
              [](const Counts& counts) { return counts.handshakes; });
  text.describe("tripcurve_calls_in_flight", "gauge",
                "How many calls were sent and have not ended.");
  text.sample({}, sample.in_flight);
}

void add_fallbacks(Text& text, const MetricsSample& sample) {
  using load::Counts;
  text.describe("tripcurve_fallback_answers_total", "counter",
                "How many calls a fallback answered: with a static answer, with one from its "
                "cache, or by queueing the call.");
  for (const auto& [endpoint, counts] : sample.endpoints) {
    for (const auto& [answer, count] :
         {std::pair{"static", counts.fallback - counts.cached - counts.queued},
          std::pair{"cached", counts.cached}, std::pair{"queued", counts.queued}}) {
      text.sample({{"endpoint", endpoint}, {"answer", answer}}, count);
    }
  }
  add_counter(text, sample, "tripcurve_fallback_rejected_total", "counter",
              "How many of the calls that a fallback answered the breaker had rejected.",
              [](const Counts& counts) { return counts.fallback_open; });
  add_counter(text, sample, "tripcurve_fallback_cache_misses_total", "counter",
              "How many failed calls had no answer in the fallback's cache.",
              [](const Counts& counts) { return counts.cache_misses; });
  add_counter(text, sample, "tripcurve_fallback_queue_full_total", "counter",
              "How many failed calls found no place in the fallback's queue.",
              [](const Counts& counts) { return counts.queue_full; });
  add_counter(text, sample, "tripcurve_fallback_drained_total", "counter",
              "How many calls left the fallback's queue because they succeeded.",
              [](const Counts& counts) { return counts.drained; });
  add_counter(text, sample, "tripcurve_fallback_lost_total", "counter",
              "How many calls were dropped from the fallback's full queue.",
              [](const Counts& counts) { return counts.lost; });
  add_counter(text, sample, "tripcurve_fallback_still_queued", "gauge",
              "How many calls wait in the fallback's queue.",
              [](const Counts& counts) { return counts.still_queued(); });
}

void add_response_times(Text& text, const Histogram& response) {
  using std::chrono::milliseconds;
  constexpr std::array edges{milliseconds(1),     milliseconds(2),    milliseconds(5),
                             milliseconds(10),    milliseconds(20),   milliseconds(50),
                             milliseconds(100),   milliseconds(200),  milliseconds(500),
                             milliseconds(1000),  milliseconds(2000), milliseconds(5000),
                             milliseconds(10000), milliseconds(30000)};
  text.describe("tripcurve_response_seconds", "histogram",
                "How long calls took that were sent and ended, from when they were due.");
  for (const auto edge : edges) {
    text.sample({{"le", fmt::format("{}", to_seconds(edge))}}, response.count_up_to(edge),
                "_bucket");
  }
  text.sample({{"le", "+Inf"}}, response.count(), "_bucket");
  text.sample({}, response.sum_seconds(), "_sum");
  text.sample({}, response.count(), "_count");
}

void add_upstream(Text& text, const MetricsSample::Upstream& upstream) {
  text.describe("tripcurve_upstream_requests_total", "counter",
                "How many complete requests of this run came in at the upstream.");
  text.sample({}, upstream.requests);
  std::map<std::string, std::uint64_t> by_kind;
  for (const auto& [kind, count] : upstream.injected) {
    by_kind[kind] += count;
  }
  text.describe("tripcurve_injected_faults_total", "counter",
                "How many requests the upstream treated badly on purpose, by the kind of fault.");
  for (const auto& [kind, count] : by_kind) {
    text.sample({{"kind", kind}}, count);
  }
}

void add_services(Text& text, const std::vector<MetricsSample::Service>& services) {
  text.describe("tripcurve_service_workers", "gauge",
                "How many calls the service works on at once; absent if there is no limit.");
  for (const auto& service : services) {
    if (service.workers) {
      text.sample({{"service", service.name}}, *service.workers);
    }
  }
  text.describe("tripcurve_service_busy_workers", "gauge",
                "How many calls the service is working on.");
  for (const auto& service : services) {
    text.sample({{"service", service.name}}, service.busy);
  }
  text.describe("tripcurve_service_waiting_calls", "gauge",
                "How many calls wait for a worker of the service.");
  for (const auto& service : services) {
    text.sample({{"service", service.name}}, service.waiting);
  }
}

}  // namespace

std::string metrics_text(const MetricsSample& sample) {
  Text text;
  add_breakers(text, sample.breakers, sample.services);
  add_calls(text, sample);
  add_fallbacks(text, sample);
  add_response_times(text, sample.response);
  if (sample.upstream) {
    add_upstream(text, *sample.upstream);
  }
  if (!sample.services.empty()) {
    add_services(text, sample.services);
  }
  text.describe("tripcurve_phase_info", "gauge", "The phase that the experiment is in; always 1.");
  text.sample({{"phase", sample.phase.name}, {"fault", sample.phase.fault ? "true" : "false"}}, 1);
  text.describe("tripcurve_experiment_info", "gauge", "The experiment that runs; always 1.");
  text.sample({{"name", sample.experiment},
               {"seed", std::to_string(sample.seed)},
               {"version", sample.version}},
              1);
  return text.take();
}

void serve_metrics(HttpServer& server, std::function<MetricsSample()> collect) {
  server.get("/metrics", [collect = std::move(collect)] {
    return Answer{.type = "text/plain; version=0.0.4; charset=utf-8",
                  .body = metrics_text(collect())};
  });
}

}  // namespace tripcurve::serve
