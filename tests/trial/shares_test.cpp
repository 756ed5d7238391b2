// One run that several generators share.
#include <algorithm>
#include <csignal>

#include "report/formats.hpp"
#include "shards/values.hpp"
#include "tests/support/catch.hpp"
#include "tests/trial/experiments.hpp"
#include "trial/archive.hpp"
#include "trial/measurement.hpp"
#include "trial/virtual_time.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace tripcurve::trial::testing;
using namespace std::chrono_literals;
using report::Verdict;
using trial::Measurement;

namespace {

experiment::Experiment shared_by(std::uint32_t generators) {
  auto experiment = experiment_of({"ok 3s", "down 4s errors=503:70%,hang:10%", "back 5s"});
  experiment.upstream.normal.latency = faults::parse_latency("p50=5ms,p99=80ms").value();
  experiment.loop = load::OpenLoop{.rate = Rate{300}, .arrival = load::Arrival::poisson};
  experiment.breaker = breaker::parse_choice("classic,failures=3,timeout=500ms").value();
  experiment.endpoints = {{.path = "/a"}, {.path = "/b"}};
  experiment.expectations = expectations_of({"opens >= 3", "p99 < 2s"});
  experiment.instances = generators;
  return experiment;
}

// Written by the generator that has measured it, and read where all are put together.
std::optional<Measurement> sent(const Measurement& measured,
                                const experiment::Experiment& experiment) {
  return shards::read_value(shards::written(measured),
                            trial::nothing_measured(trial::Parts(experiment)));
}

Measurement share_of(const experiment::Experiment& experiment, std::uint32_t number,
                     std::uint32_t generators, const trial::Audience& audience = {}) {
  trial::VirtualTime world;
  return sent(trial::measure(experiment, {number, generators}, world, {}, audience), experiment)
      .value();
}

std::vector<Measurement> shares_of(const experiment::Experiment& experiment,
                                   std::uint32_t generators) {
  std::vector<Measurement> all;
  for (std::uint32_t i = 0; i < generators; ++i) {
    all.push_back(share_of(experiment, i, generators));
  }
  return all;
}

report::Summary whole(const experiment::Experiment& experiment) {
  trial::VirtualTime world;
  return trial::run(experiment, world, {}, {}, {});
}

// All that a report can say, without what is no more than a bound where several have measured: the
// peaks, and the ends of the percentiles of the moments.
std::string told(report::Summary summary) {
  summary.totals.peak_in_flight = 0;
  summary.totals.peak_is_bound = false;
  for (auto& phase : summary.phases) {
    phase.peak_in_flight = 0;
    phase.peak_is_bound = false;
  }
  for (auto& point : summary.facts.series.points) {
    point.p50.reset();
    point.p99.reset();
  }
  return report::to_json(summary);
}

std::uint64_t calls_of(const Measurement& measured) {
  std::uint64_t calls = 0;
  for (const auto& endpoint : measured.tally.endpoints()) {
    calls += endpoint.calls;
  }
  return calls;
}

}  // namespace

TEST_CASE("what generators have shared is to the byte what as many clients of one machine do") {
  for (const std::uint32_t generators : {1U, 2U, 5U}) {
    INFO(generators);
    const auto experiment = shared_by(generators);
    const auto together =
        trial::sum_up(experiment, "simulate", {}, shares_of(experiment, generators));
    CHECK(together.verdict.result == Verdict::Result::pass);
    CHECK(together.breakers.size() == generators);
    CHECK(told(together) == told(whole(experiment)));
  }
}

TEST_CASE("each generator makes its share of the calls, through breakers of its own") {
  const auto experiment = shared_by(3);
  const auto shares = shares_of(experiment, 3);
  std::uint64_t calls = 0;
  std::uint64_t requests = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    calls += calls_of(shares[i]);
    requests += shares[i].ledger->phases()[1].requests;
    CHECK(calls_of(shares[i]) > 1000);
    for (std::size_t b = 0; b < 3; ++b) {
      CHECK((shares[i].breakers[b].totals.transitions() > 0) == (b == i));
    }
  }
  const auto together = trial::sum_up(experiment, "simulate", {}, shares);
  CHECK(together.totals.counts.calls == calls);
  CHECK(together.phases[1].upstream->requests == requests);
  CHECK(together.totals.peak_is_bound);
}

TEST_CASE("the workers of a closed loop are shared, too") {
  auto experiment = shared_by(2);
  experiment.loop = load::ClosedLoop{.workers = 5, .fail_fast_pause = 20ms};
  const auto shares = shares_of(experiment, 2);
  const auto together = trial::sum_up(experiment, "simulate", {}, shares);
  CHECK(together.totals.counts.calls == calls_of(shares[0]) + calls_of(shares[1]));
  CHECK(shares[0].tally.phases[0].peak_in_flight == 3);
  CHECK(shares[1].tally.phases[0].peak_in_flight == 2);
}

TEST_CASE("a part is read again exactly, and what is no part of the experiment is refused") {
  const auto experiment = shared_by(2);
  const auto share = share_of(experiment, 1, 2);
  const auto text = shards::written(share);
  CHECK(shards::written(*sent(share, experiment)) == text);

  const auto read = [&](const std::string& written, const experiment::Experiment& by) {
    return shards::read_value(written, trial::nothing_measured(trial::Parts(by))).has_value();
  };
  CHECK(read(text, experiment));
  CHECK_FALSE(read(text.substr(0, text.size() / 2) + "]", experiment));
  CHECK_FALSE(read(text.substr(0, text.rfind(',')) + "]", experiment));
  CHECK_FALSE(read("[]", experiment));
  CHECK_FALSE(read(text, shared_by(4)));
  auto other = experiment;
  other.endpoints = {{.path = "/a"}};
  CHECK_FALSE(read(text, other));
  other = experiment;
  other.phases = phases_of({"ok 12s"});
  CHECK_FALSE(read(text, other));
  other.phases = phases_of({"ok 3s", "down 4s errors=500:70%,hang:10%", "back 5s"});
  CHECK_FALSE(read(text, other));  // other kinds of faults
}

TEST_CASE("a generator that was ended before its time is named, and decides how the run ended") {
  const auto experiment = shared_by(2);
  trial::Audience audience;
  audience.wait_for_signal = [asked = 0](Duration /*longest*/) mutable {
    return ++asked == 30 ? std::optional(SIGTERM) : std::nullopt;
  };
  const auto cut = share_of(experiment, 1, 2, audience);
  CHECK(cut.ending == report::Ending::terminated);
  CHECK(cut.ended_at < at(12s));
  const auto together =
      trial::sum_up(experiment, "simulate", {}, {share_of(experiment, 0, 2), cut});
  CHECK(together.verdict.result == Verdict::Result::terminated);
  REQUIRE(together.facts.notes.size() == 1);
  CHECK_THAT(together.facts.notes.front(),
             ContainsSubstring("generator 2 of 2 was terminated after"));
}

TEST_CASE("a share is not guarded, and the baseline is judged on the whole") {
  auto experiment = shared_by(2);
  experiment.upstream.normal.errors = faults::parse_errors("100%").value();
  experiment.baseline = expectations_of({"failure_share < 1%"});
  const auto shares = shares_of(experiment, 2);
  CHECK(shares[0].ending == report::Ending::completed);
  CHECK(trial::sum_up(experiment, "simulate", {}, shares).verdict.result ==
        Verdict::Result::unhealthy);
}

TEST_CASE("a log that is full at one generator ends that of all, and the totals do not") {
  const auto experiment = shared_by(2);
  auto shares = shares_of(experiment, 2);
  REQUIRE(shares[0].events.size() > 3);
  const auto known = shares[0].events[1].transition.at;
  const auto transitions = shares[0].transition_count + shares[1].transition_count;
  shares[0].events.resize(2);  // as if it had kept no more
  const auto together = trial::put_together(shares, trial::Parts(experiment).bank);
  CHECK(together.transition_count == transitions);
  CHECK(together.events.back().transition.at <= known);
  CHECK(std::ranges::is_sorted(
      together.events, {}, [](const load::BreakerEvent& event) { return event.transition.at; }));
}

TEST_CASE("what a person did to one generator says which") {
  const auto experiment = shared_by(2);
  auto shares = shares_of(experiment, 2);
  shares[1].interventions = {{.at = at(1s), .text = "errors 100%", .faulty = true}};
  const auto together = trial::put_together(shares, trial::Parts(experiment).bank);
  REQUIRE(together.interventions.size() == 1);
  CHECK(together.interventions.front().text == "errors 100% (generator 2)");
}
