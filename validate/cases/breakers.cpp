// Breakers under failures: how long until they open, until they close, and in the long run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "breaker/registry.hpp"
#include "core/ensure.hpp"
#include "forecast/everyday.hpp"
#include "forecast/stream.hpp"
#include "theory/cycle.hpp"
#include "theory/detection.hpp"
#include "theory/recovery.hpp"
#include "theory/runs.hpp"
#include "theory/windows.hpp"
#include "validate/cases.hpp"

namespace tripcurve::validate {
namespace {

using breaker::TripRule;

breaker::Choice choice_of(const std::string& text) {
  auto choice = breaker::parse_choice(text);
  ENSURE(choice.ok());
  return *std::move(choice);
}

// Calls until the breaker trips, again and again.
std::vector<double> calls_until_trip(const std::string& breaker, double failures, double stickiness,
                                     std::uint32_t trips) {
  const auto choice = choice_of(breaker);
  const forecast::Baseline baseline{
      .calls_per_second = 100, .failures = failures, .stickiness = stickiness};
  const forecast::Everyday everyday(baseline, Duration{});
  std::vector<double> all;
  for (std::uint32_t trip = 0; trip < trips; ++trip) {
    auto random = Random(1).fork(breaker).fork(trip);
    forecast::Stream stream(choice, random.fork("breaker"));
    bool after_failure = random.unit() < failures;
    for (double calls = 1;; ++calls) {
      const auto call = everyday.draw(random, everyday.odds(), after_failure);
      after_failure = call.fails;
      // A call's result is known when the next one comes.
      if (stream.call(call)) {
        all.push_back(calls - 1);
        break;
      }
    }
  }
  return all;
}

// Of a spread as of an exponential one, whose fourth moment is nine times its squared variance.
Estimate deviation_of(const std::vector<double>& values) {
  const auto mean = estimate_of(values);
  const auto n = static_cast<double>(values.size());
  const double deviation = mean.error * std::sqrt(n);
  return {deviation, deviation * std::sqrt(2 / n)};
}

std::string classic(std::uint64_t failures) { return fmt::format("classic,failures={}", failures); }

std::string r4j(std::uint64_t window, std::uint64_t minimum) {
  return fmt::format("resilience4j,slidingWindowSize={},minimumNumberOfCalls={}", window, minimum);
}

double exact_window(std::uint64_t window, std::uint64_t minimum, double share, double stickiness) {
  constexpr std::size_t many_states = 1'000'000;
  return theory::exact_calls_until_window({.kind = TripRule::Kind::share,
                                           .share = .5,
                                           .minimum_calls = minimum,
                                           .window_calls = window},
                                          share, stickiness, many_states)
      .value();
}

}  // namespace

Section rows_and_windows(const Effort& effort) {
  Section section{
      .title = "Calls until a trip",
      .about =
          "N failures in a row (`classic`) by the theory of runs, and half of the last W calls "
          "(`resilience4j`) by the exact chain of the window's contents, or for 100 calls by "
          "Naus's approximation. p is the share of failures, a that of failures that another "
          "one follows. The breakers are driven call by call.",
      .rows = {}};
  const auto trips = 100 * effort.times;
  for (const auto& [p, n] : {std::pair{.5, 3U}, {.5, 5U}, {.3, 5U}, {.2, 5U}, {.1, 3U}}) {
    const auto calls = calls_until_trip(classic(n), p, p, trips);
    section.rows.push_back(row_of(fmt::format("{} in a row, p = {}: mean", n, p),
                                  theory::calls_until_row(n, p, p), estimate_of(calls)));
    section.rows.push_back(row_of(fmt::format("{} in a row, p = {}: standard deviation", n, p),
                                  theory::deviation_until_row(n, p), deviation_of(calls)));
  }
  for (const auto& [p, a] : {std::pair{.01, .5}, {.01, .8}, {.05, .5}}) {
    section.rows.push_back(row_of(fmt::format("5 in a row, p = {}, a = {}: mean", p, a),
                                  theory::calls_until_row(5, p, a),
                                  estimate_of(calls_until_trip(classic(5), p, a, trips))));
  }
  struct Window {
    std::uint64_t window, minimum;
    double p, a;
  };
  for (const auto& [window, minimum, p, a] :
       {Window{10, 10, .3, .3}, Window{10, 10, .2, .2}, Window{10, 10, .1, .1},
        Window{10, 5, .2, .2}, Window{12, 12, .2, .4}, Window{20, 20, .3, .3}}) {
    section.rows.push_back(
        row_of(fmt::format("half of {} (at least {}), p = {}, a = {}: mean", window, minimum, p, a),
               exact_window(window, minimum, p, a),
               estimate_of(calls_until_trip(r4j(window, minimum), p, a, trips))));
  }
  section.rows.push_back(row_of("half of 100, p = 0.4: mean",
                                theory::scan_calls_until_window(100, 50, .4),
                                estimate_of(calls_until_trip(r4j(100, 100), .4, .4, trips)), .01));
  return section;
}

namespace {

std::string outage(double rate, const std::string& breaker, const std::string& fault,
                   const std::string& load = "") {
  return fmt::format(R"(
phases: [healthy 20s, outage {}]
load: {{rate: {}/s, arrival: poisson, timeout: 20s{}}}
client: {{breaker: "{}"}}
)",
                     fault, rate, load, breaker);
}

double time_to_open(const report::Summary& summary) { return metric_of(summary, "time_to_open"); }

double sent_in_outage(const report::Summary& summary) {
  return metric_of(summary, "upstream_requests", {.phase = "outage"});
}

double last_to_open(const report::Summary& summary) {
  Duration last{};
  for (const auto& breaker : summary.breakers) {
    last = std::max(last, breaker.reactions.front().time_to_open.value());
  }
  return to_seconds(last);
}

}  // namespace

Section detection(const Effort& effort) {
  Section section{
      .title = "Detection",
      .about =
          "From the beginning of a fault to the opening, in seconds, and the "
          "requests that the dead upstream still got. Poisson arrivals of r calls "
          "per second; a failing call takes d. Clients that share the load take turns, so "
          "that the last of them opens sooner than if calls fell to them at random "
          "(theory::seconds_until_last_opens).",
      .rows = {}};
  const auto runs = 30 * effort.times;
  const auto add = [&](const std::string& what, double expected, const std::string& yaml,
                       const Number& number) {
    section.rows.push_back(row_of(
        what, expected, mean_of_runs([&](std::uint32_t) { return yaml; }, runs, {number}).front()));
  };
  struct Hard {
    double rate, seconds;
  };
  for (const auto& [rate, d] : {Hard{100, 1}, Hard{10, .05}, Hard{1, 5}}) {
    const theory::Steady steady{
        .calls_per_second = rate, .failures = 1, .call_takes = Duration(std::llround(d * 1e9))};
    const auto yaml = outage(rate, "classic,failures=5,timeout=1h",
                             fmt::format("60s latency={}ms errors=100%", d * 1000));
    const auto name = fmt::format("5 in a row, r = {}, d = {} s: ", rate, d);
    add(name + "time", to_seconds(*theory::mean_time_to_open({.failures = 5}, steady)), yaml,
        time_to_open);
    add(name + "requests", theory::wasted_calls(5, steady), yaml, sent_in_outage);
  }
  for (const double p : {.5, .3}) {
    add(fmt::format("5 in a row, r = 100, {:.0f} % fail: time", p * 100),
        theory::calls_until_row(5, p, p) / 100,
        outage(100, "classic,failures=5,timeout=1h",
               fmt::format("{} errors={:.0f}%", p > .4 ? "20s" : "60s", p * 100)),
        time_to_open);
  }
  add("half of 100 calls, all fail, r = 100: time", .5,
      outage(100, r4j(100, 100) + ",waitDurationInOpenState=1h", "20s errors=100%"), time_to_open);
  for (const double clients : {10.0, 100.0}) {
    const auto yaml = outage(100, "classic,failures=5,timeout=1h", "20s errors=100%",
                             fmt::format(", instances: {}", clients));
    const auto name = fmt::format("5 in a row, {} clients take turns at r = 100: ", clients);
    // The first call of a client is in the middle of the first round, on average.
    add(name + "time", (4 * clients + (clients + 1) / 2) / 100, yaml, time_to_open);
    add(name + "requests", 5 * clients, yaml, sent_in_outage);
    add(name + "last to open", 5 * clients / 100, yaml, last_to_open);
  }
  return section;
}

Section recovery(const Effort& effort) {
  Section section{
      .title = "Recovery",
      .about =
          "From the end of a fault to the closing, in seconds. The fault ends at a random "
          "moment of the breaker's cycle; W is the open time, d how long a trial takes that "
          "fails, s one that does not, S how many good ones close it. `classic`, at rates at "
          "which its trials hardly overlap.",
      .rows = {}};
  struct Case {
    double rate;
    double open_s, bad_s, good_s;
    std::uint64_t trials;
  };
  for (const auto& [rate, w, d, s, trials] :
       {Case{100, 5, .0, .0, 1}, Case{10, 5, .005, .005, 2}, Case{1, 10, .05, .05, 1}}) {
    const auto found =
        mean_of_runs(
            [&](std::uint32_t run) {
              const double cycle = w + 1 / rate + d;
              return fmt::format(R"(
upstream: {{latency: {}ms}}
phases: [healthy 5s, "outage {}ms latency={}ms errors=100%", recovered 120s]
load: {{rate: {}/s, arrival: poisson, timeout: 20s}}
client: {{breaker: "classic,failures=5,successes={},timeout={}ms"}}
)",
                                 s * 1000,
                                 60'000 + std::llround(run * .6180339887 * cycle * 1000) %
                                              std::llround(cycle * 1000),
                                 d * 1000, rate, trials, w * 1000);
            },
            30 * effort.times,
            {[](const report::Summary& summary) { return metric_of(summary, "time_to_close"); }})
            .front();
    section.rows.push_back(row_of(
        fmt::format("r = {}, W = {} s, d = {} s, s = {} s, S = {}", rate, w, d, s, trials),
        to_seconds(theory::mean_time_to_close({.calls_per_second = rate,
                                               .open_for = Duration(std::llround(w * 1e9)),
                                               .failed_trial = Duration(std::llround(d * 1e9)),
                                               .good_trial = Duration(std::llround(s * 1e9)),
                                               .trials_needed = static_cast<double>(trials)})),
        found));
  }
  return section;
}

Section long_run_cycle(const Effort& effort) {
  Section section{.title = "The long run at a constant share of failures",
                  .about =
                      "How many calls a breaker rejects, and how often it trips, while a "
                      "constant share p of instant calls fails: N in a row open it for W, S "
                      "good trials close it. By renewal theory, which is about a breaker that "
                      "has come from anywhere in its cycle: each run counts after half an hour.",
                  .rows = {}};
  struct Case {
    double rate, p;
    std::uint64_t n;
    double open_s;
    std::uint64_t trials;
  };
  for (const auto& [rate, p, n, w, trials] : {Case{100, .2, 5, 30, 1}, Case{100, .5, 5, 30, 1},
                                              Case{100, .3, 5, 30, 3}, Case{10, .5, 3, 5, 2}}) {
    constexpr double hours = .5;
    const report::Scope counted{.phase = "counted"};
    const auto yaml = fmt::format(R"(
upstream: {{errors: {:.0f}%}}
phases: [before 30m, counted {}m]
load: {{rate: {}/s, arrival: poisson}}
client: {{breaker: "classic,failures={},successes={},timeout={}s"}}
)",
                                  p * 100, hours * 60, rate, n, trials, w);
    const auto found = mean_of_runs(
        [&](std::uint32_t) { return yaml; }, 8 * effort.times,
        {[&](const report::Summary& s) { return metric_of(s, "fail_fast_share", counted); },
         [&](const report::Summary& s) { return metric_of(s, "trips", counted) / hours; }});
    const auto cycle = theory::long_run(theory::calls_until_row(n, p, p), rate, p, w, trials);
    const auto name =
        fmt::format("r = {}, p = {}, N = {}, W = {} s, S = {}: ", rate, p, n, w, trials);
    section.rows.push_back(row_of(name + "rejected", cycle.rejected(), found[0], .01));
    section.rows.push_back(row_of(name + "trips per hour", cycle.trips_per_hour(), found[1], .01));
  }
  return section;
}

}  // namespace tripcurve::validate
