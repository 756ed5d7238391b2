// Recordings of a real Envoy by host (tests/golden/hostlevel): which host each call went to and how
// it ended, and what Envoy's event log says of ejections and returns.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "breaker/dialects/envoy.hpp"
#include "test_data.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using breaker::Envoy;
using breaker::Outcome;
using nlohmann::json;

namespace {

TimePoint at_ms(double ms) { return at(Duration(std::llround(ms * 1e6))); }

struct Event {
  double ms = 0;
  std::size_t host = 0;
  std::string what{};  // as Envoy's event log has it; "UNEJECT"
};

// What the words of a transition say of an ejection or a return.
std::optional<Event> event_of(const breaker::Transition& transition) {
  const auto& cause = transition.cause;
  if (!cause.starts_with("host ")) {
    return std::nullopt;  // the balancer learns
  }
  constexpr std::array<std::pair<const char*, const char*>, 9> words{{
      {" returned after ", "UNEJECT"},
      {" gateway errors in a row", "CONSECUTIVE_GATEWAY_FAILURE"},
      {" local failures in a row", "CONSECUTIVE_LOCAL_ORIGIN_FAILURE"},
      {" errors in a row", "CONSECUTIVE_5XX"},
      {"% good calls without a local failure, below", "SUCCESS_RATE_LOCAL_ORIGIN"},
      {"% good calls without a local failure", "FAILURE_PERCENTAGE_LOCAL_ORIGIN"},
      {"% good calls, below", "SUCCESS_RATE"},
      {"% good calls", "FAILURE_PERCENTAGE"},
      {"", "?"},
  }};
  const auto found = std::ranges::find_if(
      words, [&](const auto& word) { return cause.find(word.first) != std::string::npos; });
  return Event{to_milliseconds(transition.at.time_since_epoch()), std::stoul(cause.substr(5)) - 1,
               found->second};
}

breaker::EnvoyConfig config_of(const json& recording) {
  breaker::Choice::Given given{
      {"update_merge_window", recording["update_merge_window"].get<std::string>()},
      {"overprovisioning_factor", recording["overprovisioning_factor"].dump()}};
  for (const auto& [key, value] : recording["config"].items()) {
    given.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  const auto choice = breaker::make_choice("envoy", given);
  ENSURE(choice.ok());
  const auto config = breaker::read_envoy_config(choice->settings());
  ENSURE(config.ok());
  return *config;
}

// One life of the dialect along a recording, up to a time.
class RecordedLife {
 public:
  RecordedLife(const breaker::EnvoyConfig& config, const json& recording, double until)
      : envoy_(config, Random(0)) {
    struct Edge {
      double ms;
      bool is_end;
      const json* call;
    };
    std::vector<Edge> edges;
    for (const auto& call : recording["calls"]) {
      edges.push_back({call["start"], false, &call});
      if (!call["end_kind"].is_null()) {
        edges.push_back({call["end"], true, &call});
      }
    }
    std::ranges::stable_sort(edges, {}, &Edge::ms);
    for (const auto& [ms, is_end, call] : edges) {
      if (ms < until && !wrong_pick_) {
        go_on(ms);
        is_end ? end(*call, ms) : start(*call, ms);
      }
    }
    go_on(std::min(until, edges.back().ms + 10'000));
  }

  // The first call that went to another host than Envoy's; "" if none did.
  [[nodiscard]] const std::string& wrong_pick() const { return wrong_pick_words_; }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] std::uint64_t overflow() const { return envoy_.overflow(); }

 private:
  void go_on(double ms) {
    while (envoy_.next_tick() <= at_ms(ms)) {
      envoy_.tick(envoy_.next_tick());
    }
    take_events();
  }

  void take_events() {
    for (const auto& transition : envoy_.take_transitions()) {
      if (auto event = event_of(transition)) {
        events_.push_back(*std::move(event));
      }
    }
  }

  void start(const json& call, double ms) {
    if (call["picked_by"] == "target") {
      connect(call, {at_ms(ms), 0, call["host"].get<std::uint32_t>()});
      return;
    }
    const auto admission = envoy_.try_acquire(at_ms(ms));
    const bool admitted = admission.answer == breaker::Admission::Answer::admitted;
    const bool same = admitted ? call["host"] == admission.permit.note : call["end_kind"].is_null();
    if (!same) {
      wrong_pick_ = true;
      wrong_pick_words_ = call.dump();
    } else if (admitted) {
      connect(call, admission.permit);
    }
  }

  void connect(const json& call, breaker::Permit permit) {
    if (call["end_kind"] != "connect_failed") {
      envoy_.connected(permit, permit.given_at);
      permit.told = breaker::Stage::connected;
    }
    running_.emplace_back(&call, permit);
  }

  void end(const json& call, double ms) {
    const auto running =
        std::ranges::find(running_, &call, &std::pair<const json*, breaker::Permit>::first);
    const auto kind = call["end_kind"].get<std::string>();
    const auto status = call["status"].get<std::uint16_t>();
    const CallEnd end{kind == "answer"           ? CallEnd::Kind::answer
                      : kind == "reset"          ? CallEnd::Kind::reset
                      : kind == "bad_answer"     ? CallEnd::Kind::bad_answer
                      : kind == "connect_failed" ? CallEnd::Kind::connect_failed
                      : kind == "timeout"        ? CallEnd::Kind::timeout
                                                 : CallEnd::Kind::closed,
                      status};
    const bool good = kind == "answer" && status < 500;
    envoy_.record(running->second, good ? Outcome::success : Outcome::failure, end, at_ms(ms));
    take_events();
  }

  Envoy envoy_;
  std::vector<std::pair<const json*, breaker::Permit>> running_;
  std::vector<Event> events_;
  bool wrong_pick_ = false;
  std::string wrong_pick_words_;
};

// Envoy's hosts come out of a hash map, so events of one sweep may stand in any order; and its
// clock is some milliseconds off. What one side has and the other has not; "" when they agree.
std::string difference(const json& recorded, std::vector<Event> events, double until) {
  constexpr double slack = 12;
  std::string words;
  for (const auto& entry : recorded) {
    const bool enforced = entry[1] == "UNEJECT" || entry[4] == true;
    const double ms = entry[0];
    if (!enforced || ms >= until) {
      continue;
    }
    const std::size_t host = entry[2];
    const std::string what = entry[1] == "UNEJECT" ? entry[1] : entry[3];
    const auto found = std::ranges::find_if(events, [&](const Event& event) {
      return event.host == host && event.what == what && std::abs(event.ms - ms) < slack;
    });
    if (found == events.end()) {
      words += "Envoy only: " + entry.dump() + "\n";
    } else {
      events.erase(found);
    }
  }
  const double last = recorded.empty() ? 0 : recorded.back()[0].get<double>();
  for (const auto& event : events) {
    if (event.ms < until && (event.ms <= last || event.what != "UNEJECT")) {
      words +=
          fmt::format("dialect only: {} of host {} at {:.0f}\n", event.what, event.host, event.ms);
    }
  }
  return words;
}

constexpr double for_ever = 1e9;

// A race of microseconds that went the other way than usual ends what can be compared.
double comparable_until(const json& recording) {
  const std::map<std::string, double> others{
      {"hostwindow-502",
       5600},  // two hosts at one sweep, and a budget for the one that comes first
      {"hostwindow-510", 1433},  // a call as the merge window ends
  };
  const auto& races = recording["races_gone_the_other_way"];
  const auto other = others.find(recording["id"]);
  return std::min(races.empty() ? for_ever : races[0][1].get<double>(),
                  other == others.end() ? for_ever : other->second) -
         (races.empty() && other == others.end() ? 0 : 12);
}

}  // namespace

TEST_CASE("hosts are picked, ejected and returned as a real Envoy did") {
  std::ifstream file(TRIPCURVE_TEST_DATA "/hostlevel/envoy-1.40.ndjson");
  std::size_t recordings = 0;
  for (std::string line; std::getline(file, line); ++recordings) {
    const auto recording = json::parse(line);
    INFO(recording["id"]);
    const double until = comparable_until(recording);
    auto config = config_of(recording);
    // Envoy's round robin starts at a host of its own choice: one start must explain every pick.
    std::optional<RecordedLife> life;
    for (config.first_turn = 0; config.first_turn < 60; ++config.first_turn) {
      life.emplace(config, recording, until);
      if (life->wrong_pick().empty()) {
        break;
      }
    }
    CHECK(life->wrong_pick() == "");
    CHECK(difference(recording["events"], life->events(), until) == "");
    if (until == for_ever) {
      CHECK(life->overflow() == recording["ejections_overflow"]);
    }
  }
  CHECK(recordings == 88);
}
