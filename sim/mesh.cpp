#include "sim/mesh.hpp"

#include <algorithm>
#include <tuple>

#include "core/ensure.hpp"

namespace tripcurve::sim {

class Mesh::Service final : public topology::Outside {
 public:
  Service(Mesh& mesh, std::uint32_t index)
      : mesh_(mesh),
        index_(index),
        of_attempts_(spec().links.size()),
        node_(spec(), mesh.load_.endpoints, mesh.load_.timetable, mesh.load_.random, *this) {}

  [[nodiscard]] topology::Node& node() { return node_; }
  [[nodiscard]] Ticket& ticket(std::uint32_t link, std::uint32_t attempt) {
    auto& tickets = of_attempts_[link];
    if (attempt >= tickets.size()) {
      tickets.resize(attempt + 1, none);
    }
    return tickets[attempt];
  }

  void send(const topology::Request& request, TimePoint now) override {
    mesh_.send({.from = index_,
                .link = request.link,
                .attempt = request.attempt,
                .to = spec().links[request.link].to,
                .endpoint = request.endpoint,
                .number = request.number,
                .leave = request.leave},
               now);
  }
  CallEnd cancel(std::uint32_t link, client::FrameId attempt, TimePoint /*now*/) override {
    return {CallEnd::Kind::timeout, mesh_.let_go(ticket(link, attempt))};
  }
  void answer(std::uint64_t call, std::uint16_t status, TimePoint now) override {
    mesh_.answer(static_cast<Ticket>(call), now + mesh_.upstream_.model().round_trip,
                 {CallEnd::Kind::answer, status});
  }

 private:
  [[nodiscard]] const topology::Service& spec() const { return mesh_.topology_.services[index_]; }

  Mesh& mesh_;
  std::uint32_t index_;
  std::vector<std::vector<Ticket>> of_attempts_;  // by link
  topology::Node node_;
};

Mesh::Mesh(const topology::Topology& topology, const load::LoadPlan& load,
           faults::Injector& injector, const ServerModel& model)
    : topology_(topology), load_(load), upstream_(injector, model), due_(topology.services.size()) {
  for (std::uint32_t i = 0; i < topology.services.size(); ++i) {
    services_.push_back(std::make_unique<Service>(*this, i));
    due_.set(i, services_.back()->node().next_due());
  }
}

Mesh::~Mesh() = default;

template <typename Act>
void Mesh::with_node(std::uint32_t service, Act act) {
  auto& node = services_[service]->node();
  act(node);
  due_.set(service, node.next_due());
}

void Mesh::receive(const load::Attempt& attempt, TimePoint now) {
  send(
      {.attempt = attempt.slot, .to = 0, .endpoint = attempt.endpoint, .number = attempt.request()},
      now);
}

CallEnd Mesh::give_up(std::uint32_t slot) {
  return {CallEnd::Kind::timeout, let_go(of_load_[slot])};
}

// Where the ticket of a request is kept by who waits for it.
Mesh::Ticket& Mesh::place_of(const Request& request) {
  if (request.from != load_itself) {
    return services_[request.from]->ticket(request.link, request.attempt);
  }
  if (request.attempt >= of_load_.size()) {
    of_load_.resize(request.attempt + 1, none);
  }
  return of_load_[request.attempt];
}

// What a service sends is sent from within it, so it arrives nowhere before its turn has come.
void Mesh::send(const Request& request, TimePoint now) {
  const auto ticket = take(request);
  place_of(request) = ticket;
  queue_.push(now, ticket);
}

std::uint16_t Mesh::let_go(Ticket ticket) {
  ENSURE(ticket != none);
  auto& request = requests_[ticket];
  const auto status = request.status;
  place_of(request) = none;
  request.awaited = false;
  // To the hanging upstream nobody else holds on.
  if (request.to == topology::upstream && request.arrived && !request.answered) {
    drop(ticket);
  }
  return status;
}

void Mesh::answer(Ticket ticket, TimePoint when, CallEnd end) {
  auto& request = requests_[ticket];
  if (!request.awaited) {
    drop(ticket);
    return;
  }
  request.answered = true;
  request.end = end;
  queue_.push(when, ticket);
}

Received Mesh::step(TimePoint now) {
  while (due_.next() <= now) {
    with_node(static_cast<std::uint32_t>(due_.first()), [&](auto& node) { node.tick(now); });
  }
  if (queue_.next_at() > now) {
    return {};
  }
  const auto ticket = queue_.pop().what;
  auto& request = requests_[ticket];
  if (!request.arrived) {
    arrive(ticket, now);
    return {};
  }
  if (request.waiting) {
    take_turn(ticket, now);
    return {};
  }
  if (request.after_head) {
    take_head(ticket, now);
    return {};
  }
  const auto [from, link, attempt, end, awaited] =
      std::tuple(request.from, request.link, request.attempt, request.end, request.awaited);
  if (awaited) {
    place_of(request) = none;
  }
  drop(ticket);
  if (!awaited) {
    return {};
  }
  if (from == load_itself) {
    return {attempt, end, Received::What::end};
  }
  with_node(from, [&](auto& node) { node.ended(link, attempt, end, now); });
  return {};
}

void Mesh::arrive(Ticket ticket, TimePoint now) {
  requests_[ticket].arrived = true;
  const auto request = requests_[ticket];  // its place may move while others are sent
  if (request.to != topology::upstream) {
    tell_connected(request, now);
    with_node(request.to,
              [&](auto& node) { node.arrive(ticket, request.number, request.endpoint, now); });
    return;
  }
  if (!request.awaited) {
    drop(ticket);
    return;
  }
  if (upstream_.is_open(now)) {
    tell_connected(request, now);
  }
  expect(ticket, upstream_.to(
                     request.number, load_.endpoints[request.endpoint],
                     [&] { return services_[request.from]->node().passage(request.leave); }, now));
}

// It may be the turn of a request that waits at the upstream.
void Mesh::take_turn(Ticket ticket, TimePoint now) {
  auto& request = requests_[ticket];
  const auto waiting = std::exchange(request.waiting, nullptr);
  request.answered = false;
  if (!request.awaited) {
    drop(ticket);
    return;
  }
  expect(ticket, upstream_.again(waiting, load_.endpoints[request.endpoint], now));
}

// The upstream will answer like that.
void Mesh::expect(Ticket ticket, const Answers::Answer& coming) {
  const auto& [when, end, head, pace, waiting, error_event] = coming;
  if (waiting) {
    requests_[ticket].waiting = waiting;
    answer(ticket, when, end);
  } else if (head != never) {
    requests_[ticket].after_head = true;
    requests_[ticket].when = when;
    answer(ticket, head, end);
  } else if (when != never) {
    answer(ticket, when, end);
  }
}

// The head of the upstream's answer has come, and its end is still to come.
void Mesh::take_head(Ticket ticket, TimePoint now) {
  auto& request = requests_[ticket];
  request.after_head = false;
  request.answered = false;
  if (!request.awaited) {
    drop(ticket);
    return;
  }
  request.status = request.end.status();
  if (request.when != never) {
    answer(ticket, request.when, request.end);
  }
  const auto told = request;  // its place may move while others are sent
  if (services_[told.from]->node().heeds_progress(told.link)) {
    with_node(told.from,
              [&](auto& node) { node.answering(told.link, told.attempt, told.status, now); });
  }
}

void Mesh::tell_connected(const Request& request, TimePoint now) {
  if (request.awaited && request.from != load_itself &&
      services_[request.from]->node().heeds_progress(request.link)) {
    with_node(request.from,
              [&](auto& node) { node.connected(request.link, request.attempt, now); });
  }
}

topology::Measured Mesh::measured(TimePoint now) {
  topology::Measured measured;
  for (const auto& service : services_) {
    measured.push_back(service->node().measured(now, topology_));
  }
  return measured;
}

std::vector<topology::ServiceNow> Mesh::services() const {
  std::vector<topology::ServiceNow> now;
  for (const auto& service : services_) {
    now.push_back(service->node().now());
  }
  return now;
}

Mesh::Ticket Mesh::take(const Request& request) {
  if (free_.empty()) {
    free_.push_back(static_cast<Ticket>(requests_.size()));
    requests_.emplace_back();
  }
  const auto ticket = free_.back();
  free_.pop_back();
  requests_[ticket] = request;
  return ticket;
}

void Mesh::drop(Ticket ticket) { free_.push_back(ticket); }

}  // namespace tripcurve::sim
