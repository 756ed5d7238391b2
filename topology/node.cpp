#include "topology/node.hpp"

#include <algorithm>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::topology {
namespace {

constexpr std::uint16_t fine = 200;
constexpr std::uint16_t no_route = 404;
constexpr std::uint16_t bad_gateway = 502;
constexpr std::uint16_t unavailable = 503;
constexpr std::uint16_t gateway_timeout = 504;

std::uint16_t status_of(const client::Ending& ending) {
  using Kind = client::Ending::Kind;
  switch (ending.kind) {
    case Kind::open:
    case Kind::full:
      return unavailable;
    case Kind::timed_out:
    case Kind::cancelled:
      return gateway_timeout;
    case Kind::fallback:  // what it answers may be an error
    case Kind::wire:
      break;
  }
  if (OutcomeRules().of(ending.end) != Outcome::failure) {
    return fine;
  }
  return ending.end.kind() == CallEnd::Kind::timeout ? gateway_timeout : bad_gateway;
}

std::uint64_t LinkCounts::* count_of(const client::Ending& ending) {
  using Kind = client::Ending::Kind;
  switch (ending.kind) {
    case Kind::fallback:
      return &LinkCounts::fallback;
    case Kind::open:
      return &LinkCounts::open;
    case Kind::full:
      return &LinkCounts::full;
    case Kind::timed_out:
      return &LinkCounts::timed_out;
    case Kind::cancelled:
      return &LinkCounts::given_up;
    case Kind::wire:
      break;
  }
  return status_of(ending) == fine ? &LinkCounts::ok : &LinkCounts::failed;
}

}  // namespace

// The client of a link: what it asks and tells is the node's, and its breaker's.
class Node::Client final : public client::Wire, public client::Breakers {
 public:
  Client(Node& node, std::uint32_t link, const Random& random)
      : node_(node),
        link_(link),
        random_(random),
        bank_(node.service_.links[link].breaker, load::BreakerScope::client, node.endpoints_,
              random),
        client_(client::make_policies(
                    policies_of(node.service_.links[link]),
                    [this](const client::BreakerConfig&) -> client::Breakers& { return *this; },
                    {.draw =
                         [this](std::uint32_t call, std::uint32_t retry) {
                           return random_.fork("retry")
                               .fork(node_.tasks_[call].number)
                               .fork(retry)
                               .unit();
                         },
                     .key =
                         [this](std::uint32_t call, std::uint64_t keys) {
                           const auto& task = node_.tasks_[call];
                           return client::key_of(task.endpoint, keys,
                                                 random_.fork("key").fork(task.number).unit());
                         }},
                    random_.fork("limit")),
                *this),
        counts_(node.timetable_.phases().size()) {
    note_due();
  }

  void begin(TaskId task, TimePoint now) {
    tick_breaker(now);
    ++counts(task).calls;
    if (limit_ > 0) {
      note_limit(now);
    }
    client_.begin(task, now);
    note_due();
  }
  void give_up(TaskId task, TimePoint now) {
    if (client_.is_under_way(task)) {
      client_.gone(task, now);
      note_due();
    }
  }
  void connected(client::FrameId attempt, TimePoint now) {
    tick_breaker(now);
    client_.connected(attempt, now);
    note_due();
  }
  void answering(client::FrameId attempt, std::uint16_t status, TimePoint now) {
    tick_breaker(now);
    client_.answering(attempt, status, now);
    note_due();
  }
  void ended(client::FrameId attempt, CallEnd end, TimePoint now) {
    tick_breaker(now);
    client_.ended(attempt, {.end = end}, now);
    note_due();
  }
  void tick(TimePoint now) {
    tick_breaker(now);
    if (client_.next_due() <= now) {
      client_.tick(now);
    }
    note_due();
  }
  [[nodiscard]] breaker::State state() const { return bank_.state(0); }
  [[nodiscard]] bool heeds_progress() const {
    return bank_.heeds_progress() || client_.heeds_progress();
  }
  [[nodiscard]] Passage passage(load::Leave leave) const {
    leave.breaker = 0;  // of the bank, which has no other
    return bank_.passage(leave);
  }
  [[nodiscard]] LinkMeasured measured(const Topology& topology) const {
    const auto& link = node_.service_.links[link_];
    LinkMeasured measured{.to = std::string(topology.name(link.to)),
                          .breaker = link.breaker.text(),
                          .phases = counts_};
    measured.breaker_totals = bank_.totals(0);
    for (auto& event : bank_.events_since(0)) {
      measured.transitions.push_back(std::move(event.transition));
    }
    return measured;
  }

  void send(const client::Attempt& attempt, TimePoint now) override {
    const auto& task = node_.tasks_[attempt.call];
    ++counts_[task.phase].requests;
    const auto number =
        Random(task.number).fork("topology/request").fork(link_).fork(attempt.number).next();
    node_.outside_.send({.link = link_,
                         .attempt = attempt.id,
                         .number = number,
                         .endpoint = task.endpoint,
                         .leave = load::Leave::of(link_, client_.leave_of(attempt.id))},
                        now);
  }
  CallEnd cancel(const client::Attempt& attempt, TimePoint now) override {
    return node_.outside_.cancel(link_, attempt.id, now);
  }
  void answered(std::uint32_t call, const client::Ending& ending, TimePoint /*now*/) override {
    auto& own = counts(call);
    ++(own.*count_of(ending));
    if (ending.kind == client::Ending::Kind::fallback) {
      own.fallback_open += ending.of_open ? 1U : 0U;
      own.cached += ending.substitute == client::Substitute::cached ? 1U : 0U;
      own.queued += ending.substitute == client::Substitute::queued ? 1U : 0U;
    }
    node_.tasks_[call].let_go += client_.has_let_go(call) ? 1U : 0U;
    node_.ended_.push_back({call, link_, ending});
  }
  void let_go_over(std::uint32_t call, TimePoint /*now*/) override {
    auto& task = node_.tasks_[call];
    --task.let_go;
    if (task.over) {
      node_.release(call);
    }
  }
  void limited(std::uint32_t limit, TimePoint now) override {
    limit_ = limit;
    note_limit(now);
  }
  void fell_back(std::uint32_t call, const client::FallbackEvent& event) override {
    using Kind = client::FallbackEvent::Kind;
    counts(call).drained += event.kind == Kind::drained ? 1U : 0U;
    counts(call).lost += event.kind == Kind::lost ? 1U : 0U;
  }

  breaker::Admission try_acquire(std::uint32_t /*call*/, TimePoint now) override {
    return bank_.try_acquire(0, now);
  }
  breaker::Admission resume(std::uint32_t /*call*/, const breaker::Permit& held,
                            TimePoint now) override {
    return bank_.resume(0, held, now);
  }
  void connected(std::uint32_t /*call*/, breaker::Permit& permit, TimePoint now) override {
    bank_.connected(0, permit, now);
  }
  void answering(std::uint32_t /*call*/, breaker::Permit& permit, Outcome outcome,
                 std::uint16_t status, TimePoint now) override {
    bank_.answering(0, permit, outcome, status, now);
  }
  void record(std::uint32_t /*call*/, const breaker::Permit& permit, Outcome outcome, CallEnd end,
              TimePoint now) override {
    bank_.record(0, permit, outcome, end, now);
  }
  void forget(std::uint32_t /*call*/, const breaker::Permit& permit) override {
    bank_.forget(0, permit);
  }

 private:
  void note_due() { node_.due_.set(link_, std::min(bank_.next_tick(), client_.next_due())); }
  void note_limit(TimePoint now) {
    auto& limit = counts_[node_.timetable_.index_at(now)].limit;
    (limit ? *limit : limit.emplace()).note(limit_);
  }
  LinkCounts& counts(TaskId task) { return counts_[node_.tasks_[task].phase]; }
  void tick_breaker(TimePoint now) {
    if (bank_.next_tick() <= now) {
      bank_.tick(now);
      client_.breakers_ticked(now);
    }
  }

  Node& node_;
  std::uint32_t link_;
  Random random_;
  load::BreakerBank bank_;
  client::Client client_;
  std::vector<LinkCounts> counts_;  // by phase
  std::uint32_t limit_ = 0;         // that an adaptive policy keeps to; 0 without one
};

Node::Node(const Service& service, const std::vector<load::Endpoint>& endpoints,
           const Timetable& timetable, const Random& random, Outside& outside)
    : service_(service),
      endpoints_(endpoints),
      timetable_(timetable),
      work_draws_(random.fork("topology/work").fork(service.name)),
      outside_(outside),
      due_(service.links.size()),
      counts_(timetable.phases().size()) {
  for (std::uint32_t link = 0; link < service.links.size(); ++link) {
    clients_.push_back(std::make_unique<Client>(
        *this, link, random.fork("topology/client").fork(service.name).fork(link)));
  }
}

Node::~Node() = default;

// Adds up who was busy and who waited since the last event.
void Node::pass_time(TimePoint now) {
  const auto& phases = timetable_.phases();
  for (; phases[phase_].end <= now && phase_ + 1 < phases.size(); begin_phase(phase_ + 1)) {
    stay_until(phases[phase_].end);
  }
  stay_until(std::min(now, phases[phase_].end));
}

void Node::stay_until(TimePoint until) {
  if (until <= latest_) {
    return;
  }
  auto& counts = counts_[phase_];
  const auto lasted = std::chrono::duration<double>(until - latest_).count();
  counts.busy_seconds += lasted * busy_;
  counts.waiting_seconds += lasted * static_cast<double>(waiting_.size());
  counts.full_for += has_worker() ? Duration{} : until - latest_;
  latest_ = until;
}

void Node::begin_phase(std::size_t phase) {
  phase_ = phase;
  auto& counts = counts_[phase];
  counts.peak_busy = busy_;
  counts.peak_waiting = static_cast<std::uint32_t>(waiting_.size());
  if (!has_worker()) {
    counts.first_full = timetable_.phases()[phase].begin;
  }
}

void Node::arrive(std::uint64_t call, std::uint64_t number, std::uint32_t endpoint, TimePoint now) {
  pass_time(now);
  auto& counts = counts_[phase_];
  ++counts.arrived;
  const auto* route = route_of(service_, endpoints_[endpoint].path);
  if (route == nullptr) {
    ++counts.failed;
    outside_.answer(call, no_route, now);
    return;
  }
  if (!has_worker() && service_.queue && waiting_.size() >= *service_.queue) {
    ++counts.full;
    outside_.answer(call, unavailable, now);
    return;
  }
  const auto id = take_task();
  tasks_[id] = {.call = call,
                .number = number,
                .route = route,
                .arrived = now,
                .endpoint = endpoint,
                .phase = static_cast<std::uint32_t>(phase_)};
  if (has_worker()) {
    begin(id, now);
  } else {
    waiting_.push_back(id);
    counts.peak_waiting =
        std::max(counts.peak_waiting, static_cast<std::uint32_t>(waiting_.size()));
  }
  settle(now);
}

void Node::begin(TaskId id, TimePoint now) {
  auto& counts = counts_[phase_];
  counts.peak_busy = std::max(counts.peak_busy, ++busy_);
  if (!has_worker() && !counts.first_full) {
    counts.first_full = now;
  }
  const auto work =
      tasks_[id].route->work.sample(work_draws_.fork(tasks_[id].number), {.now = now});
  if (work > Duration::zero()) {
    working_.push({now + work, works_++, id});
  } else {
    go_on(id, now);
  }
}

// The service's own work is done, or a call has ended well enough to go on.
void Node::go_on(TaskId id, TimePoint now) {
  const auto& route = *tasks_[id].route;
  do {
    if (tasks_[id].made == route.calls.size()) {
      if (tasks_[id].pending == 0) {
        const bool in_vain = route.needs == Route::Needs::any && !route.calls.empty();
        decide(id, in_vain ? tasks_[id].failure : fine, now);
      }
      return;
    }
    make_call(id, now);
  } while (route.order == Route::Order::parallel);
}

void Node::make_call(TaskId id, TimePoint now) {
  auto& task = tasks_[id];
  const auto link = task.route->calls[task.made++].link;
  ++task.pending;
  clients_[link]->begin(id, now);
}

void Node::call_ended(const Ended& ended, TimePoint now) {
  auto& task = tasks_[ended.task];
  --task.pending;
  if (task.over) {
    release(ended.task);
    return;
  }
  const auto& route = *task.route;
  const auto call = std::ranges::find(route.calls, ended.link, &Call::link);
  const auto status = status_of(ended.ending);
  const bool any = route.needs == Route::Needs::any;
  if (status != fine && task.failure == 0) {
    task.failure = status;
  }
  if (any ? status == fine : status != fine && !call->optional) {
    decide(ended.task, status, now);
  } else {
    go_on(ended.task, now);
  }
}

// The call has its answer. What it still waits for is given up.
void Node::decide(TaskId id, std::uint16_t status, TimePoint now) {
  auto& task = tasks_[id];
  auto& counts = counts_[task.phase];
  ++(status == fine ? counts.ok : counts.failed);
  counts.response.record(now - task.arrived);
  task.over = true;
  outside_.answer(task.call, status, now);
  --busy_;
  for (std::uint32_t i = 0; task.pending > 0 && i < task.made; ++i) {
    clients_[task.route->calls[i].link]->give_up(id, now);
  }
  release(id);
}

// A call that is answered goes when the last of those that it had made has ended, too, with all
// that went on of it.
void Node::release(TaskId id) {
  if (tasks_[id].pending == 0 && tasks_[id].let_go == 0) {
    free_.push_back(id);
  }
}

bool Node::heeds_progress(std::uint32_t link) const { return clients_[link]->heeds_progress(); }

void Node::connected(std::uint32_t link, client::FrameId attempt, TimePoint now) {
  clients_[link]->connected(attempt, now);
  settle(now);
}

void Node::answering(std::uint32_t link, client::FrameId attempt, std::uint16_t status,
                     TimePoint now) {
  clients_[link]->answering(attempt, status, now);
  settle(now);
}

void Node::ended(std::uint32_t link, client::FrameId attempt, CallEnd end, TimePoint now) {
  pass_time(now);
  clients_[link]->ended(attempt, end, now);
  settle(now);
}

TimePoint Node::next_due() const {
  return std::min(due_.next(), working_.empty() ? never : working_.top().done);
}

void Node::tick(TimePoint now) {
  pass_time(now);
  while (due_.next() <= now) {
    clients_[due_.first()]->tick(now);
  }
  settle(now);
  while (!working_.empty() && working_.top().done <= now) {
    const auto id = working_.top().task;
    working_.pop();
    go_on(id, now);
    settle(now);
  }
}

// Whatever follows from what has just happened. A client is never called while it calls.
void Node::settle(TimePoint now) {
  for (;;) {
    if (!ended_.empty()) {
      const auto ended = ended_.front();
      ended_.pop_front();
      call_ended(ended, now);
    } else if (!waiting_.empty() && has_worker()) {
      const auto id = waiting_.front();
      waiting_.pop_front();
      begin(id, now);
    } else {
      return;
    }
  }
}

Passage Node::passage(const load::Leave& leave) const {
  return leave.breaker < clients_.size() ? clients_[leave.breaker]->passage(leave)
                                         : Passage::stranger;
}

Node::TaskId Node::take_task() {
  if (free_.empty()) {
    tasks_.emplace_back();
    free_.push_back(static_cast<TaskId>(tasks_.size() - 1));
  }
  const auto id = free_.back();
  free_.pop_back();
  return id;
}

ServiceNow Node::now() const {
  ServiceNow now{.busy = busy_, .waiting = static_cast<std::uint32_t>(waiting_.size())};
  for (const auto& client : clients_) {
    now.links.push_back(client->state());
  }
  return now;
}

ServiceMeasured Node::measured(TimePoint now, const Topology& topology) {
  pass_time(now);
  ServiceMeasured measured{.name = service_.name,
                           .workers = service_.workers,
                           .queue = service_.queue,
                           .phases = counts_};
  for (const auto& client : clients_) {
    measured.links.push_back(client->measured(topology));
  }
  return measured;
}

}  // namespace tripcurve::topology
