// Services in the report: their numbers by phase and in all, as text, and as JSON that comes back.
#include "report/services.hpp"

#include "report/formats.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;
using tripcurve::testing::Approx;
using tripcurve::testing::ContainsSubstring;

breaker::Transition passes(Duration when, State from, State to) {
  return {.at = at(when), .from = from, .to = to, .cause = "because"};
}

topology::ServiceCounts calls(std::uint64_t ok, std::uint64_t failed, std::uint64_t full) {
  topology::ServiceCounts counts{
      .arrived = ok + failed + full, .ok = ok, .failed = failed, .full = full};
  for (std::uint64_t i = 0; i < ok + failed; ++i) {
    counts.response.record(20ms);
  }
  return counts;
}

// A gateway that is full in the outage, and a payment whose breaker opens; phases of 5, 8 and 7 s.
topology::Measured measured() {
  topology::ServiceMeasured gateway{
      .name = "gateway",
      .workers = 20,
      .queue = 0,
      .phases = {calls(500, 0, 0), calls(300, 90, 410), calls(700, 0, 0)}};
  gateway.phases[0].peak_busy = 7;
  gateway.phases[0].busy_seconds = 10;
  gateway.phases[1].peak_busy = 20;
  gateway.phases[1].busy_seconds = 150;
  gateway.phases[1].full_for = 6500ms;
  gateway.phases[1].first_full = at(6940ms);
  gateway.phases[2].peak_busy = 20;
  gateway.phases[2].busy_seconds = 20;
  gateway.phases[2].full_for = 500ms;
  gateway.phases[2].first_full = at(13s);
  gateway.links = {
      {.to = "payment",
       .breaker = "none",
       .phases = {{.calls = 500, .requests = 500, .ok = 500},
                  {.calls = 390, .requests = 390, .ok = 300, .failed = 80, .given_up = 10},
                  {.calls = 700, .requests = 700, .ok = 700}}}};
  topology::ServiceMeasured payment{
      .name = "payment", .phases = {calls(500, 0, 0), calls(300, 80, 0), calls(700, 0, 0)}};
  payment.phases[1].peak_waiting = 0;
  payment.links = {{.to = "upstream",
                    .breaker = "classic,FailureThreshold=5",
                    .phases = {{.calls = 500, .requests = 500, .ok = 500},
                               {.calls = 380,
                                .requests = 420,
                                .ok = 300,
                                .failed = 10,
                                .timed_out = 20,
                                .open = 40,
                                .full = 7,
                                .fallback = 3},
                               {.calls = 700, .requests = 700, .ok = 700}},
                    .transitions = {passes(6200ms, State::closed, State::open),
                                    passes(9200ms, State::open, State::half_open),
                                    passes(9300ms, State::half_open, State::open),
                                    passes(12300ms, State::open, State::half_open),
                                    passes(12310ms, State::half_open, State::closed)}}};
  for (const auto& transition : payment.links[0].transitions) {
    payment.links[0].breaker_totals.note(transition.at, transition.to);
  }
  return {gateway, payment};
}

const std::vector<Duration> whole{5s, 8s, 7s};

Summary with_services(Summary summary) {
  summary.services = summarize_services(measured(), whole);
  return summary;
}

TEST_CASE("the numbers of a service are those of its phases, and their sum") {
  const auto services = summarize_services(measured(), whole);
  REQUIRE(services.size() == 2);
  const auto& gateway = services[0];
  CHECK(gateway.name == "gateway");
  CHECK(gateway.workers == 20U);
  CHECK(gateway.phases[1].arrived == 800);
  CHECK(gateway.phases[1].mean_busy == Approx(150.0 / 8));
  CHECK(gateway.totals.arrived == 2000);
  CHECK(gateway.totals.ok == 1500);
  CHECK(gateway.totals.failed == 90);
  CHECK(gateway.totals.full == 410);
  CHECK(gateway.totals.response.count == 1590);
  CHECK(gateway.totals.peak_busy == 20);
  CHECK(gateway.totals.mean_busy == Approx(180.0 / 20));
  CHECK(gateway.totals.full_for == 7s);
  CHECK(gateway.totals.first_full == at(6940ms));
  CHECK_FALSE(services[1].workers);
  CHECK_FALSE(services[1].totals.first_full);

  const auto& link = services[1].links[0];
  CHECK(link.totals.calls == 1580);
  CHECK(link.totals.requests == 1620);
  CHECK(link.totals.open == 40);
  CHECK(link.opens == 2);
  CHECK(link.first_opened == at(6200ms));
  CHECK(link.final_state == State::closed);
  CHECK(gateway.links[0].opens == 0);
  CHECK_FALSE(gateway.links[0].first_opened);
}

TEST_CASE("a breaker's openings are counted beyond those whose transitions were kept") {
  auto services = measured();
  auto& link = services[1].links[0];
  link.breaker_totals.note(at(14s), State::open);  // of which the log has nothing
  const auto summary = summarize_services(services, whole)[1].links[0];
  CHECK(summary.opens == 3);
  CHECK(summary.final_state == State::open);
  CHECK(summary.first_opened == at(6200ms));
}

TEST_CASE("of a phase that a run did not reach the averages are those of no time") {
  const auto services = summarize_services(measured(), {5s, 2s, 0s});
  CHECK(services[0].phases[1].mean_busy == Approx(75));
  CHECK(services[0].phases[2].mean_busy == 0);
  CHECK(services[0].totals.mean_busy == Approx(180.0 / 7));
  const auto text = services_text(services, timetable_of(outage), at(7s));
  CHECK_THAT(text, ContainsSubstring("  outage"));
  CHECK(text.find("recovered") == std::string::npos);
}

TEST_CASE("the text says which pool was full when, and which breaker opened first") {
  const auto text =
      services_text(summarize_services(measured(), whole), timetable_of(outage), at(1h));
  CHECK_THAT(text, ContainsSubstring("gateway: all 20 workers were busy for the first time 1.94s "
                                     "after the fault\n    began, and 7.00s in total"));
  CHECK_THAT(text,
             ContainsSubstring("payment -> upstream: the breaker opened 1.20s after the fault "
                               "began, 2 times\n    in all, and ended closed"));
  CHECK(text.find("gateway -> payment: the breaker") == std::string::npos);  // it has none
  CHECK_THAT(text, ContainsSubstring("20/20 (19)"));
  CHECK(text.find("payment: all") == std::string::npos);
  CHECK(services_text({}, timetable_of(outage), at(1h)).empty());
}

TEST_CASE("of the ends of calls only those are shown that happen, and they add up") {
  auto services = measured();
  const auto text = [&] {
    return services_text(summarize_services(services, whole), timetable_of(outage), at(1h));
  };
  CHECK_THAT(text(), ContainsSubstring("calls  requests   ok  failed  timeouts  open  full  "
                                       "fallback  given up\n"));
  CHECK_THAT(text(), ContainsSubstring("gateway -> payment     390       390  300      80         0"
                                       "     0     0         0        10\n"));
  services[0].links[0].phases[1].given_up = 0;
  services[1].links[0].phases[1].full = 0;
  CHECK_THAT(text(), ContainsSubstring("calls  requests   ok  failed  timeouts  open  fallback\n"));
  for (auto& service : services) {
    service.links.clear();
  }
  CHECK(text().find("Calls between") == std::string::npos);
}

TEST_CASE(
    "the limit of a link is shown where a link has one, and what a fallback made of rejections") {
  auto services = measured();
  auto& phases = services[1].links[0].phases;
  phases[1].limit = {.last = 1200, .least = 5, .most = 1300};
  phases[2].limit = {.last = 7, .least = 6, .most = 8};
  phases[1].fallback_open = 2;
  const auto summary = summarize_services(services, whole);
  CHECK(summary[1].links[0].totals.limit == load::LimitRange{.last = 7, .least = 5, .most = 1300});
  CHECK(summary[1].links[0].totals.fallback_open == 2);
  const auto text = services_text(summary, timetable_of(outage), at(1h));
  CHECK_THAT(text, ContainsSubstring("fallback  of open  given up            limit\n"));
  CHECK_THAT(text, ContainsSubstring("1,200 (5-1,300)\n"));
  CHECK_THAT(text, ContainsSubstring("7 (6-8)\n"));
  CHECK_THAT(text, ContainsSubstring("-\n"));
}

TEST_CASE("a breaker that never opened is told after those that did") {
  auto services = measured();
  services[0].links[0].breaker = "classic";
  const auto text =
      services_text(summarize_services(services, whole), timetable_of(outage), at(1h));
  const auto opened = text.find("payment -> upstream: the breaker opened");
  const auto never_opened = text.find("gateway -> payment: the breaker never opened");
  CHECK(opened != std::string::npos);
  CHECK(never_opened != std::string::npos);
  CHECK(opened < never_opened);
}

TEST_CASE("a pool that was full before any fault has its time of the run") {
  auto services = measured();
  services[0].phases[0].first_full = at(1500ms);
  CHECK_THAT(services_text(summarize_services(services, whole), timetable_of(outage), at(1h)),
             ContainsSubstring("busy for the first time at 1.50s"));
}

TEST_CASE("the text has services only where there are any") {
  CHECK(to_text(judged_run()).find("Services") == std::string::npos);
  CHECK_THAT(to_text(with_services(judged_run())), ContainsSubstring("\nServices  "));
}

TEST_CASE("services come back from JSON as they were written, in every format") {
  const auto summary = with_services(judged_run());
  const auto written = to_json(summary);
  const auto read = read_json("run.json", written);
  REQUIRE(read);
  CHECK(to_json(*read) == written);
  REQUIRE(read->services.size() == 2);
  CHECK(read->services[0].workers == 20U);
  CHECK(read->services[0].queue == 0U);
  CHECK_FALSE(read->services[1].workers);
  CHECK(read->services[0].totals.first_full == at(6940ms));
  CHECK(read->services[1].links[0].final_state == State::closed);
  CHECK(read->services[1].links[0].totals.fallback == 3);
  CHECK(to_text(*read) == to_text(summary));
  CHECK(to_markdown(*read) == to_markdown(summary));
}

TEST_CASE("a result without services has no such field, and one with a wrong one is refused") {
  CHECK(to_json(judged_run()).find("\"services\"") == std::string::npos);
  auto json = to_json(with_services(judged_run()));
  const auto place = json.find("\"peak_busy\"");
  REQUIRE(place != std::string::npos);
  json.replace(place, 11, "\"peak_busi\"");
  const auto read = read_json("run.json", json);
  REQUIRE_FALSE(read);
  CHECK_THAT(read.error().message, ContainsSubstring("peak_busy: it is missing"));
}

}  // namespace
}  // namespace tripcurve::report
