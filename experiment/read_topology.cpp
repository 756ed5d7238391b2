// topology: the services between the load and the upstream, and the clients by which they call each
// other.
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "core/http.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "experiment/checks.hpp"
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

bool is_one_word(std::string_view name) {
  return !name.empty() && name.find_first_of(white_space) == std::string_view::npos &&
         std::ranges::none_of(
             name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

// The services of a file, which are known by name before the first of them is read.
class TopologyReader {
 public:
  TopologyReader(const Node& map, const Surroundings& surroundings, Experiment& experiment,
                 Mistakes& mistakes)
      : map_(map), surroundings_(surroundings), experiment_(experiment), mistakes_(mistakes) {}

  void read() {
    if (!is_block(map_, "a topology is a block of services", topology_example)) {
      return;
    }
    if (map_.children.size() > most_services) {
      mistakes_.add(map_.at, {fmt::format("{} services are more than {}", map_.children.size(),
                                          most_services),
                              "leave some out"});
      return;
    }
    for (const auto& service : map_.children) {
      check_name(service);
      names_.push_back(service.key);
    }
    for (const auto& service : map_.children) {
      services_.push_back(read_service(service));
    }
    if (mistakes_.size() == 0) {
      check_calls();
    }
    if (mistakes_.size() == 0) {
      check_paths();
    }
    experiment_.topology = {std::move(services_)};
  }

 private:
  // Whether it is a block with something in it.
  bool is_block(const Node& node, const char* what, const char* hint) {
    if (node.kind == Node::Kind::null) {
      refuse_nothing(node, mistakes_);
    } else if (!node.is_map() || node.children.empty()) {
      mistakes_.add(node.at, {what, hint});
    }
    return node.is_map() && !node.children.empty();
  }

  // What is one text and no block: so it may have been meant.
  bool refuse_text(const Node& node, const std::string& what, const std::string& hint) {
    if (node.is_scalar()) {
      mistakes_.add(node.at, {what + " is a block of keys, and here is a single value", hint});
    }
    return node.is_scalar();
  }

  void check_name(const Node& service) {
    if (service.key == topology::upstream_name) {
      mistakes_.add(service.key_at,
                    {"'upstream' is the experiment's upstream, behind all services",
                     "describe it beside the topology, and give this service another name"});
    } else if (!is_one_word(service.key)) {
      mistakes_.add(service.key_at, {fmt::format("{} is no name of a service, which is one word",
                                                 quoted(service.key)),
                                     "write order-service"});
    }
  }

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

  [[nodiscard]] std::string topology_name(std::uint32_t service) const {
    return std::string(service == topology::upstream ? topology::upstream_name
                                                     : std::string_view(names_[service]));
  }

  topology::Service read_service(const Node& node) {
    topology::Service service{.name = node.key};
    if (refuse_text(node, "a service", "write {workers: 100, calls: payment}")) {
      return service;
    }
    Block block(node, "a service", mistakes_);
    service.workers = block.value("workers", parse_workers);
    service.queue = block.value("queue", parse_queue);
    if (service.queue && node.find("workers") == nullptr) {
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
    } else if (is_block(*routes, "'routes' is a block of paths",
                        "write routes: {/pay: {calls: payment}, /browse: {work: 20ms}}")) {
      for (const auto& route : routes->children) {
        check_path(route);
        if (refuse_text(route, "a route", "write {calls: payment}")) {
          continue;
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

  void check_path(const Node& route) {
    const auto method_behind = trailing_method(route.key).size();
    const auto endpoint = load::parse_endpoint(
        trim(std::string_view(route.key).substr(0, route.key.size() - method_behind)));
    if (endpoint && endpoint->path != route.key) {
      mistakes_.add(route.key_at, {fmt::format("{} is not a path: a route is for every method",
                                               quoted(route.key)),
                                   "write " + endpoint->path});
    } else if (const auto path = parse_path(route.key); !path) {
      mistakes_.add(route.key_at, path.error());
    }
  }

  Route read_route(Block& block, const std::string& path, topology::Service& service) {
    Route route{.path = path};
    route.work = block
                     .value("work",
                            [&](const std::string& text) {
                              return parse_duration_distribution(
                                  text, {.what = "latency", .in_flight = false, .files = &files_});
                            })
                     .value_or(route.work);
    if (const auto* calls = block.take("calls")) {
      if (calls->is_list() && calls->children.empty()) {
        mistakes_.add(calls->at, {"'calls' is a list of services, and here is none",
                                  "write calls: payment, or leave it out"});
      }
      for (const auto& item : calls->is_list() ? std::span(calls->children) : std::span(calls, 1)) {
        read_call(item, service, route);
      }
    }
    route.order = block.value("order", parse_order).value_or(route.order);
    route.needs = block.value("needs", parse_needs).value_or(route.needs);
    if (route.needs == Route::Needs::any &&
        std::ranges::any_of(route.calls, &topology::Call::optional)) {
      block.refuse(
          "with 'needs: any' one of the calls has to end well, so none is optional by itself",
          "leave out 'optional', or 'needs: any'");
    }
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
      const auto name = topology_name(*to);
      mistakes_.add(
          item.at,
          {name + " is called twice",
           fmt::format("name it once; its client can try again: clients: {{{}: {{policies: "
                       "[retry]}}}}",
                       name)});
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
    if (!is_block(clients, "'clients' is a block of the services that are called",
                  "write clients: {payment: {timeout: 1s}}")) {
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
    if (refuse_text(node, "a client", "write {timeout: 1s, breaker: classic}")) {
      return;
    }
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

  // Nobody calls himself, not even through others, and the load's calls come to each.
  void check_calls() {
    std::vector<bool> called(services_.size());
    std::vector<std::uint32_t> path;
    std::vector<bool> on_path(services_.size());
    visit(0, called, path, on_path);
    for (std::size_t i = 0; i < called.size(); ++i) {
      if (!called[i]) {
        mistakes_.add(
            map_.children[i].key_at,
            {fmt::format("no call of the load ever comes to {}", quoted(services_[i].name)),
             fmt::format("the load calls the first service, {}; add {} to the 'calls' of "
                         "one that it leads to, or leave it out",
                         quoted(services_.front().name), quoted(services_[i].name))});
      }
    }
  }

  void visit(std::uint32_t service, std::vector<bool>& called, std::vector<std::uint32_t>& path,
             std::vector<bool>& on_path) {
    if (on_path[service]) {
      std::string round;
      for (auto it = std::ranges::find(path, service); it != path.end(); ++it) {
        round += services_[*it].name + " -> ";
      }
      mistakes_.add(map_.children[service].key_at,
                    {(path.back() == service ? "a service calls itself: "
                                             : "services call each other in a circle: ") +
                         round + services_[service].name,
                     "leave one of these calls out"});
      return;
    }
    if (called[service]) {
      return;
    }
    called[service] = true;
    on_path[service] = true;
    path.push_back(service);
    for (const auto& link : services_[service].links) {
      if (link.to != topology::upstream) {
        visit(link.to, called, path, on_path);
      }
    }
    path.pop_back();
    on_path[service] = false;
  }

  // Every call has a route in each service that it comes to.
  void check_paths() {
    for (const auto& [service, error] : unrouted({services_}, experiment_.endpoints)) {
      mistakes_.add(map_.children[service].key_at, error);
    }
  }

  const Node& map_;
  const Surroundings& surroundings_;
  Experiment& experiment_;
  faults::ReadRecorded files_ = recorded_beside(experiment_.file, surroundings_);
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
