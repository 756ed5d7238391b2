// A node at work outside of which a test does what it says, with all that the node tells as one
// text.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ensure.hpp"
#include "tests/support/breakers.hpp"
#include "topology/node.hpp"

namespace tripcurve::testing {

using topology::Call;
using topology::Link;
using topology::LinkCounts;
using topology::LinkMeasured;
using topology::Route;
using topology::Service;
using topology::ServiceCounts;
using topology::ServiceMeasured;
using Order = Route::Order;
using Needs = Route::Needs;

inline client::PolicyChoice policy(const std::string& text) {
  auto parsed = client::parse_policy_choice(text);
  ENSURE(parsed.ok());
  return *parsed;
}

inline faults::Latency latency(const std::string& text) {
  auto parsed = faults::parse_latency(text);
  ENSURE(parsed.ok());
  return *parsed;
}

// To the service of that index, by the plainest client.
inline Link link_to(std::uint32_t service) { return {.to = service, .breaker = choice("none")}; }

// That calls the services 1, 2, ... for every call, as many as it has links.
inline Service calling(std::vector<Link> links, Order order = Order::in_turn,
                       Needs needs = Needs::all) {
  Route route{.order = order, .needs = needs};
  for (std::uint32_t i = 0; i < links.size(); ++i) {
    route.calls.push_back({.link = i});
  }
  return {.name = "it", .links = std::move(links), .routes = {std::move(route)}};
}

inline Timetable phases(const std::vector<Duration>& lengths) {
  std::vector<Phase> all;
  TimePoint begin{};
  for (const auto length : lengths) {
    all.push_back({"phase", begin, begin + length, false});
    begin += length;
  }
  return Timetable(std::move(all));
}

// What a test wants of a node that is not its service.
struct Surroundings {
  std::vector<load::Endpoint> endpoints{load::Endpoint{}};
  Timetable timetable = phases({std::chrono::hours(1)});
  std::uint64_t seed = 1;
};

class Rig final : public topology::Outside {
 public:
  explicit Rig(Service service, Surroundings surroundings = {})
      : service_(std::move(service)),
        surroundings_(std::move(surroundings)),
        node_(service_, surroundings_.endpoints, surroundings_.timetable,
              Random(surroundings_.seed), *this) {
    topology_.services.resize(9);
    for (std::size_t i = 0; i < topology_.services.size(); ++i) {
      topology_.services[i].name = std::string(1, static_cast<char>('@' + i));  // 1 is A
    }
  }

  // Calls are numbered from 0, and known by their number times 1000.
  void arrive(std::uint32_t endpoint = 0) {
    node_.arrive(arrived_, arrived_ * 1000, endpoint, now_);
    ++arrived_;
  }
  void arrive_times(int times) {
    for (; times > 0; --times) {
      arrive();
    }
  }

  // The end of a request: "B2" is the second one that ever went to service B.
  void ended(const std::string& request, CallEnd end) {
    const auto found = under_way_.extract(request);
    ENSURE(!found.empty());
    node_.ended(found.mapped().link, found.mapped().attempt, end, now_);
  }
  void reply(const std::string& request, int status = 200) {
    ended(request, {CallEnd::Kind::answer, static_cast<std::uint16_t>(status)});
  }

  // Lets time pass, with all that is due by then.
  void to(int ms) {
    for (const auto until = at_ms(ms); now_ < until;) {
      now_ = std::min(node_.next_due(), until);
      node_.tick(now_);
      ENSURE(node_.next_due() > now_);
    }
  }

  // What the node did since it was last asked, such as "send A1, cancel B1, 0: 504".
  [[nodiscard]] std::string did() { return std::exchange(did_, {}); }
  [[nodiscard]] std::size_t under_way() const { return under_way_.size(); }
  [[nodiscard]] topology::Node& node() { return node_; }
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] ServiceMeasured measured() { return node_.measured(now_, topology_); }
  [[nodiscard]] ServiceCounts counts(std::size_t phase = 0) { return measured().phases.at(phase); }
  [[nodiscard]] LinkCounts link(std::size_t link = 0, std::size_t phase = 0) {
    return measured().links.at(link).phases.at(phase);
  }
  // By its name.
  [[nodiscard]] const topology::Request& request(const std::string& name) const {
    return sent_.at(name);
  }

  void send(const topology::Request& request, TimePoint now) override {
    ENSURE(now == now_);
    const auto to = service_.links.at(request.link).to;
    const auto service =
        to == topology::upstream ? std::string("up") : std::string(topology_.name(to));
    const auto name = service + std::to_string(++sent_to_[service]);
    ENSURE(under_way_.emplace(name, request).second);
    sent_.emplace(name, request);
    note("send " + name);
  }
  CallEnd cancel(std::uint32_t link, client::FrameId attempt, TimePoint now) override {
    ENSURE(now == now_);
    for (auto it = under_way_.begin(); it != under_way_.end(); ++it) {
      if (it->second.link == link && it->second.attempt == attempt) {
        note("cancel " + it->first);
        under_way_.erase(it);
        return {CallEnd::Kind::timeout, 0};
      }
    }
    ENSURE(false);
    return {};
  }
  void answer(std::uint64_t call, std::uint16_t status, TimePoint now) override {
    ENSURE(now == now_);
    note(fmt::format("{}: {}", call, status));
  }

 private:
  void note(const std::string& text) { did_ += (did_.empty() ? "" : ", ") + text; }

  Service service_;
  Surroundings surroundings_;
  topology::Topology topology_;
  topology::Node node_;
  TimePoint now_{};
  std::uint64_t arrived_ = 0;
  std::map<std::string, int> sent_to_;
  std::map<std::string, topology::Request> under_way_;
  std::map<std::string, topology::Request> sent_;
  std::string did_;
};

// Of a call that was answered, or turned away.
inline std::uint64_t answered(const ServiceCounts& counts) {
  return counts.ok + counts.failed + counts.full;
}
inline std::uint64_t ended(const LinkCounts& counts) {
  return counts.ok + counts.failed + counts.timed_out + counts.open + counts.full +
         counts.fallback + counts.given_up;
}

}  // namespace tripcurve::testing
