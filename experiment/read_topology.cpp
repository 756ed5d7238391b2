// topology: the services between the load and the upstream, and the clients by which they call each
// other.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/values.hpp"
#include "importer/import.hpp"
#include "importer/notes_text.hpp"

namespace tripcurve::experiment {
namespace {

using topology::Route;

constexpr auto topology_example =
    "write topology: {gateway: {workers: 200, calls: payment}, payment: "
    "{calls: upstream}}";

// The services of a file, which are known by name before the first of them is read.
class TopologyReader {
 public:
  TopologyReader(const Node& map, const Surroundings& surroundings, Experiment& experiment,
                 Mistakes& mistakes)
      : map_(map), surroundings_(surroundings), experiment_(experiment), mistakes_(mistakes) {}

  void read() {
    if (!map_.is_map() || map_.children.empty()) {
      mistakes_.add(map_.at, {"a topology is a block of services", topology_example});
      return;
    }
    for (const auto& service : map_.children) {
      if (service.key == topology::upstream_name) {
        mistakes_.add(service.key_at,
                      {"'upstream' is the experiment's upstream, behind all services",
                       "describe it beside the topology, and give this service another name"});
      }
      names_.push_back(service.key);
    }
    for (const auto& service : map_.children) {
      services_.push_back(read_service(service));
    }
    if (mistakes_.size() == 0) {
      check_calls();
      check_paths();
    }
    experiment_.topology = {std::move(services_)};
  }

 private:
  // The index of a service, by its name.
  std::optional<std::uint32_t> service_of(const Node& node) {
    const auto name = read_value(
        node, [](const std::string& text) { return Result<std::string>(text); }, mistakes_);
    if (!name) {
      return std::nullopt;
    }
    if (*name == topology::upstream_name) {
      return topology::upstream;
    }
    const auto found = std::ranges::find(names_, *name);
    if (found == names_.end()) {
      std::vector<std::string_view> known(names_.begin(), names_.end());
      known.push_back(topology::upstream_name);
      mistakes_.add(node.at, {fmt::format("there is no service {}", quoted(*name)),
                              did_you_mean(*name, known)});
      return std::nullopt;
    }
    return static_cast<std::uint32_t>(found - names_.begin());
  }

  topology::Service read_service(const Node& node) {
    topology::Service service{.name = node.key};
    Block block(node, "a service", mistakes_);
    service.workers = block.value("workers", parse_workers);
    service.queue = block.value("queue", parse_queue);
    if (service.queue && !service.workers) {
      block.refuse(
          "'queue' is for calls that wait for a worker, and this service has as many "
          "workers as it needs",
          "add workers: 100");
    }
    for (const auto* key : {"work", "calls", "order", "needs"}) {
      block.only_one_of("routes", key, "both say what the service does for a call");
    }
    const auto* routes = block.take("routes");
    if (routes == nullptr) {
      service.routes.push_back(read_route(block, "", service));
    } else if (!routes->is_map() || routes->children.empty()) {
      mistakes_.add(routes->at, {"'routes' is a block of paths",
                                 "write routes: {/pay: {calls: payment}, /browse: {work: 20ms}}"});
    } else {
      for (const auto& route : routes->children) {
        const auto path = load::parse_endpoint(route.key);
        if (!path) {
          mistakes_.add(route.key_at, path.error());
        }
        Block of_route(route, "a route", mistakes_);
        service.routes.push_back(read_route(of_route, route.key, service));
      }
    }
    if (const auto* clients = block.take("clients")) {
      read_clients(*clients, service);
    }
    return service;
  }

  Route read_route(Block& block, const std::string& path, topology::Service& service) {
    Route route{.path = path};
    route.work = block.value("work", faults::parse_latency).value_or(route.work);
    if (const auto* calls = block.take("calls")) {
      for (const auto& item : calls->is_list() ? std::span(calls->children) : std::span(calls, 1)) {
        read_call(item, service, route);
      }
    }
    route.order = block.value("order", parse_order).value_or(route.order);
    route.needs = block.value("needs", parse_needs).value_or(route.needs);
    return route;
  }

  // payment, or {service: payment, optional: true}
  void read_call(const Node& item, topology::Service& service, Route& route) {
    std::optional<std::uint32_t> to;
    bool optional = false;
    if (item.is_map()) {
      Block block(item, "a call", mistakes_);
      if (const auto* name = block.take("service")) {
        to = service_of(*name);
      } else {
        block.refuse("a call needs 'service'", "write {service: payment, optional: true}");
      }
      optional = block.value("optional", parse_yes_or_no).value_or(false);
    } else {
      to = service_of(item);
    }
    if (!to) {
      return;
    }
    const auto link = link_to(*to, service);
    if (std::ranges::find(route.calls, link, &topology::Call::link) != route.calls.end()) {
      mistakes_.add(item.at, {"this service is called twice", "name each call once"});
      return;
    }
    route.calls.push_back({link, optional});
  }

  static std::uint32_t link_to(std::uint32_t to, topology::Service& service) {
    const auto found = std::ranges::find(service.links, to, &topology::Link::to);
    const auto index = static_cast<std::uint32_t>(found - service.links.begin());
    if (found == service.links.end()) {
      service.links.push_back({.to = to, .breaker = *breaker::parse_choice("none")});
    }
    return index;
  }

  // clients: {payment: {timeout: 1s, breaker: ...}}
  void read_clients(const Node& clients, topology::Service& service) {
    if (!clients.is_map() || clients.children.empty()) {
      mistakes_.add(clients.at, {"'clients' is a block of the services that are called",
                                 "write clients: {payment: {timeout: 1s}}"});
      return;
    }
    for (const auto& client : clients.children) {
      const Node name{.kind = Node::Kind::scalar, .text = client.key, .at = client.key_at};
      const auto to = service_of(name);
      if (!to) {
        continue;
      }
      const auto link = std::ranges::find(service.links, *to, &topology::Link::to);
      if (link == service.links.end()) {
        mistakes_.add(client.key_at, {fmt::format("{} does not call {}", service.name, client.key),
                                      "add it to 'calls', or leave its client out"});
        continue;
      }
      read_link(client, service.name, *link);
    }
  }

  void read_link(const Node& node, const std::string& from, topology::Link& link) {
    Block block(node, "a client", mistakes_);
    if (const auto* breaker = block.take("breaker")) {
      if (auto read = read_breaker(*breaker, surroundings_, mistakes_)) {
        take_breaker(*std::move(read), from + " -> " + node.key + ": ", link);
      }
    }
    if (auto timeout = block.value("timeout", parse_timeout)) {
      link.timeout = timeout;
    }
    if (const auto* policies = block.take("policies")) {
      link.policies = read_policies(*policies, mistakes_);
    }
    if (const auto* counts = block.take("breaker_counts")) {
      link.breaker_counts = read_counts(*counts, mistakes_);
    }
  }

  void take_breaker(ReadBreaker read, const std::string& where, topology::Link& link) {
    if (const auto& imported = read.imported) {
      for (auto& warning : importer::warnings_of(*imported)) {
        experiment_.warnings.push_back(where + warning);
      }
      for (auto& note : importer::notes_of(*imported)) {
        experiment_.notes.push_back(where + note);
      }
      if (imported->timeout && imported->timeout->length > Duration{}) {
        link.timeout = imported->timeout->length;
      }
      link.policies = importer::policies_of(*imported);
      if (imported->counts) {
        link.breaker_counts = imported->counts->changes;
      }
    }
    link.breaker = std::move(read.choice);
  }

  // Nobody calls himself, not even through others, and each is called by somebody.
  void check_calls() {
    std::vector<bool> called(services_.size());
    std::vector<std::uint32_t> path;
    if (!services_.empty()) {
      visit(0, called, path);
    }
    for (std::size_t i = 0; i < called.size(); ++i) {
      if (!called[i] && mistakes_.size() == 0) {
        mistakes_.add(map_.children[i].key_at,
                      {fmt::format("nobody calls {}", quoted(services_[i].name)),
                       fmt::format("the load calls the first service, {}; add {} to the 'calls' of "
                                   "another",
                                   services_.front().name, services_[i].name)});
      }
    }
  }

  void visit(std::uint32_t service, std::vector<bool>& called, std::vector<std::uint32_t>& path) {
    if (const auto again = std::ranges::find(path, service); again != path.end()) {
      std::string round;
      for (auto it = again; it != path.end(); ++it) {
        round += services_[*it].name + " -> ";
      }
      mistakes_.add(map_.children[service].key_at,
                    {"services call each other in a circle: " + round + services_[service].name,
                     "leave one of these calls out"});
      return;
    }
    if (called[service]) {
      return;
    }
    called[service] = true;
    path.push_back(service);
    for (const auto& link : services_[service].links) {
      if (link.to != topology::upstream) {
        visit(link.to, called, path);
      }
    }
    path.pop_back();
  }

  // Every endpoint that the load calls has a route in the first service.
  void check_paths() {
    for (const auto& endpoint : experiment_.endpoints) {
      if (!services_.empty() && topology::route_of(services_.front(), endpoint.path) == nullptr) {
        mistakes_.add(map_.children.front().at,
                      {fmt::format("{} has no route for {}, which the load calls",
                                   services_.front().name, quoted(endpoint.path)),
                       "add it to 'routes', or leave it out of 'endpoints'"});
      }
    }
  }

  const Node& map_;
  const Surroundings& surroundings_;
  Experiment& experiment_;
  Mistakes& mistakes_;
  std::vector<std::string> names_;
  std::vector<topology::Service> services_;
};

}  // namespace

void read_topology(const Node& node, const Surroundings& surroundings, Experiment& experiment,
                   Mistakes& mistakes) {
  TopologyReader(node, surroundings, experiment, mistakes).read();
}

}  // namespace tripcurve::experiment
