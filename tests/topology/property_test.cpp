// Random services at work: what no life of a service may break.

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>

#include "tests/support/catch.hpp"
#include "tests/topology/rig.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using topology::Request;

namespace {

std::uint64_t below(Random& random, std::uint64_t n) {
  return static_cast<std::uint64_t>(random.unit() * static_cast<double>(n));
}
Duration some_ms(Random& random, std::uint64_t n) {
  return std::chrono::milliseconds(below(random, n));
}

std::string some_policy(Random& random) {
  const auto ms = [&](std::uint64_t n) { return std::to_string(1 + below(random, n)) + "ms"; };
  switch (below(random, 9)) {
    case 7:
      return "timeout,cancels=false,after=" + ms(80);
    case 8:
      return random.unit() < 0.5 ? "fallback,answer=cached,keys=3,max_age=" + ms(90)
                                 : "fallback,answer=queued,places=3,full=drop_oldest,drain=2,"
                                   "retry_every=" +
                                       ms(30);
    case 0:
      return "timeout,after=" + ms(80);
    case 1:
      return "retry,attempts=" + std::to_string(2 + below(random, 3)) + ",delay=" + ms(20);
    case 2:
      return "hedging,attempts=2,delay=" + ms(30);
    case 3:
      return "bulkhead,places=" + std::to_string(1 + below(random, 3)) + ",queue=1";
    case 4:
      return "adaptive,limit=aimd,initialLimit=2,minLimit=1,queue=1";
    case 5:
      return "retry,attempts=2,delay=0s";
    default:
      return random.unit() < 0.5 ? "fallback" : "fallback,status=503";
  }
}

Link some_link(Random& random, std::uint32_t to) {
  auto link = link_to(to);
  if (random.unit() < 0.5) {
    link.timeout = 1ms + some_ms(random, 60);
  }
  if (random.unit() < 0.5) {
    link.breaker = choice(std::array{
        "classic,FailureThreshold=2,Timeout=20ms", "pybreaker,fail_max=3,reset_timeout=10ms",
        "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=1,halfOpenAfter=10ms",
        "opossum,timeout=false,resetTimeout=10ms,volumeThreshold=2",
        "resilience4j,slidingWindowSize=4,minimumNumberOfCalls=2,waitDurationInOpenState=9ms,"
        "automaticTransitionFromOpenToHalfOpenEnabled=true"}[below(random, 5)]);
  }
  for (auto n = below(random, 3); n > 0; --n) {
    link.policies.push_back(policy(some_policy(random)));
  }
  return link;
}

Service some_service(Random random) {
  Service service{.name = "it"};
  if (random.unit() < 0.8) {
    service.workers = static_cast<std::uint32_t>(1 + below(random, 4));
    if (random.unit() < 0.7) {
      service.queue = static_cast<std::uint32_t>(below(random, 4));
    }
  }
  for (auto n = 1 + below(random, 3); n > 0; --n) {
    service.links.push_back(some_link(random, static_cast<std::uint32_t>(n)));
  }
  for (const auto* path : {"/a", "/b"}) {
    Route route{.path = path};
    if (random.unit() < 0.6) {
      route.work = latency(random.unit() < 0.5 ? "1ms..20ms" : "5ms");
    }
    for (std::uint32_t link = 0; link < service.links.size(); ++link) {
      if (random.unit() < 0.8) {
        route.calls.push_back({.link = link, .optional = random.unit() < 0.3});
      }
    }
    route.order = random.unit() < 0.5 ? Order::in_turn : Order::parallel;
    route.needs = random.unit() < 0.6 ? Needs::all : Needs::any;
    service.routes.push_back(std::move(route));
  }
  return service;
}

class Life final : public topology::Outside {
 public:
  explicit Life(std::uint64_t seed)
      : random_(Random(seed).fork("life")),
        service_(some_service(Random(seed).fork("service"))),
        timetable_(phases({50ms, 100ms, 1h})),
        node_(service_, endpoints_, timetable_, Random(seed), *this) {}

  // What was wrong first; "" when nothing was.
  std::string live() {
    for (int i = 0; i < 60; ++i) {
      script(at(some_ms(random_, 200)), [this] { arrive(); });
    }
    // What waits in a queue of a fallback at the end stays there.
    while (wrong_.empty() && !(events_.empty() && waiting_.empty() && under_way_.empty())) {
      const auto next = events_.empty() ? last_event_ + 1s : events_.top().at;
      const auto due = node_.next_due();
      pass_to(std::min(due, next));
      if (due <= next) {
        node_.tick(now_);
        expect(node_.next_due() > now_, "a tick leaves something due");
      } else if (last_event_ = now_; events_.empty()) {
        end_what_hangs();
      } else {
        const auto event = events_.top();
        events_.pop();
        event.happen();
      }
      check_pool();
      expect(++happened_ < 100'000, "it does not end");
    }
    check_end();
    return wrong_;
  }

  [[nodiscard]] const std::string& log() const { return log_; }

  void send(const Request& request, TimePoint now) override {
    note("send", request.link, request.attempt);
    expect(now == now_, "another time");
    expect(numbers_.insert(request.number).second, "a number twice");
    expect(under_way_.emplace(Name(request.link, request.attempt), ++serial_).second,
           "two requests of one attempt");
    ++sent_[request.link];
    if (random_.unit() < 0.9) {
      script(now + some_ms(random_, 60), [this, request, serial = serial_] {
        if (under_way(request.link, request.attempt) == serial) {
          reply(request.link, request.attempt);
        }
      });
    }
  }
  CallEnd cancel(std::uint32_t link, client::FrameId attempt, TimePoint now) override {
    note("cancel", link, attempt);
    expect(now == now_, "another time");
    expect(under_way_.erase(Name(link, attempt)) == 1, "what is cancelled is not under way");
    return {CallEnd::Kind::timeout, 0};
  }
  void answer(std::uint64_t call, std::uint16_t status, TimePoint now) override {
    log_ += fmt::format("{} {}: {}\n", now.time_since_epoch().count(), call, status);
    expect(now == now_, "another time");
    expect(waiting_.erase(call) == 1, "an answer to no call");
    ++answers_[status];
  }

 private:
  using Name = std::pair<std::uint32_t, client::FrameId>;
  struct Event {
    TimePoint at;
    std::uint64_t order;
    std::function<void()> happen;
    friend bool operator<(const Event& a, const Event& b) {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  void script(TimePoint when, std::function<void()> happen) {
    events_.push({when, events_made_++, std::move(happen)});
  }
  void expect(bool holds, const std::string& what) {
    if (!holds && wrong_.empty()) {
      wrong_ = what;
    }
  }
  void note(const char* what, std::uint32_t link, client::FrameId attempt) {
    log_ += fmt::format("{} {} {}.{}\n", now_.time_since_epoch().count(), what, link, attempt);
  }

  void pass_to(TimePoint now) {
    expect(now >= now_, "something is due in the past");
    busy_seconds_ += to_seconds(now - now_) * node_.busy();
    waiting_seconds_ += to_seconds(now - now_) * static_cast<double>(node_.waiting());
    now_ = now;
  }

  void arrive() {
    const auto call = arrived_++;
    waiting_.insert(call);
    const auto endpoint = random_.unit() < 0.9 ? below(random_, 2) : 2;
    node_.arrive(call, call, static_cast<std::uint32_t>(endpoint), now_);
  }

  [[nodiscard]] std::uint64_t under_way(std::uint32_t link, client::FrameId attempt) const {
    const auto found = under_way_.find(Name(link, attempt));
    return found == under_way_.end() ? 0 : found->second;
  }
  void reply(std::uint32_t link, client::FrameId attempt) {
    under_way_.erase(Name(link, attempt));
    const auto draw = random_.unit();
    const auto end = draw < 0.1    ? CallEnd{CallEnd::Kind::reset, 0}
                     : draw < 0.15 ? CallEnd{CallEnd::Kind::timeout, 0}
                     : draw < 0.4  ? CallEnd{CallEnd::Kind::answer, 503}
                                   : CallEnd{CallEnd::Kind::answer, 200};
    node_.ended(link, attempt, end, now_);
  }
  // A request without a reply, to which nobody has given a timeout.
  void end_what_hangs() {
    expect(!under_way_.empty(), "calls wait for nothing");
    if (!under_way_.empty()) {
      const auto [link, attempt] = under_way_.begin()->first;
      reply(link, attempt);
    }
  }

  void check_pool() {
    const auto limit = service_.workers.value_or(1'000'000);
    expect(node_.busy() <= limit, "more are worked on than there are workers");
    expect(node_.waiting() == 0 || node_.busy() == limit, "a call waits beside an idle worker");
    expect(node_.waiting() <= service_.queue.value_or(1'000'000), "more wait than may");
    expect(waiting_.size() == node_.busy() + node_.waiting(), "a call is nowhere");
  }

  void check_end() {
    expect(waiting_.empty(), "a call is not answered");
    expect(under_way_.empty(), "a request stays under way");
    expect(node_.busy() == 0, "a worker stays busy");
    const auto measured = node_.measured(now_, {.services = std::vector<Service>(9)});
    std::uint64_t arrived = 0;
    std::uint64_t full = 0;
    std::uint64_t failed = 0;
    std::uint64_t responses = 0;
    double busy = 0;
    double waited = 0;
    for (const auto& phase : measured.phases) {
      expect(phase.arrived == answered(phase), "the calls of a phase do not add up");
      expect(phase.response.count() <= phase.ok + phase.failed, "too many responses");
      arrived += phase.arrived;
      full += phase.full;
      failed += phase.failed;
      responses += phase.response.count();
      busy += phase.busy_seconds;
      waited += phase.waiting_seconds;
    }
    expect(arrived == arrived_, "a call did not arrive");
    expect(responses == arrived - full - answers_[404], "not every call has its response time");
    expect(failed == answers_[404] + answers_[502] + answers_[504] + answers_[503] - full,
           "a failure is counted wrong");
    expect(std::abs(busy - busy_seconds_) < 1e-9, "the time of the workers does not add up");
    expect(std::abs(waited - waiting_seconds_) < 1e-9, "the time that calls wait does not add up");
    for (std::uint32_t i = 0; i < measured.links.size(); ++i) {
      std::uint64_t requests = 0;
      for (const auto& phase : measured.links[i].phases) {
        expect(phase.calls == ended(phase), "the calls of a link do not add up");
        requests += phase.requests;
      }
      expect(requests == sent_[i], "a request is not counted");
    }
  }

  Random random_;
  Service service_;
  std::vector<load::Endpoint> endpoints_{{.path = "/a"}, {.path = "/b"}, {.path = "/c"}};
  Timetable timetable_;
  topology::Node node_;
  TimePoint now_{};
  TimePoint last_event_{};
  std::priority_queue<Event> events_;
  std::uint64_t events_made_ = 0;
  int happened_ = 0;
  std::uint64_t arrived_ = 0;
  std::set<std::uint64_t> waiting_;  // calls without an answer
  std::map<Name, std::uint64_t> under_way_;
  std::uint64_t serial_ = 0;
  std::set<std::uint64_t> numbers_;
  std::map<std::uint32_t, std::uint64_t> sent_;  // by link
  std::map<int, std::uint64_t> answers_;         // by status
  double busy_seconds_ = 0;
  double waiting_seconds_ = 0;
  std::string log_;
  std::string wrong_;
};

}  // namespace

TEST_CASE("no life of a service breaks what every service keeps") {
  std::size_t requests = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Life life(seed);
    const auto wrong = life.live();
    if (!wrong.empty()) {
      FAIL_CHECK("seed " << seed << ": " << wrong);
    }
    requests += static_cast<std::size_t>(std::ranges::count(life.log(), 's'));
  }
  CHECK(requests > 10'000);
}

TEST_CASE("a service does the same when it is told the same") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Life one(seed);
    Life other(seed);
    CHECK(one.live() == other.live());
    CHECK(one.log() == other.log());
    CHECK(one.log() != "");
  }
}
