#include "trial/wire.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "claims/kind.hpp"
#include "core/ensure.hpp"
#include "net/clients.hpp"
#include "net/clock.hpp"
#include "net/poller.hpp"
#include "net/services.hpp"
#include "net/upstream.hpp"
#include "through/identity.hpp"
#include "trial/conductor.hpp"

namespace tripcurve::trial {
namespace {

// Time to start threads, open connections and draw the first frame before the first call is due.
constexpr Duration head_start = std::chrono::milliseconds(150);
// How long a transition may wait to be told.
constexpr Duration attention = std::chrono::milliseconds(50);

// Descriptors the process needs beside connections: for itself, the pages that are served and their
// clients included, and for each thread's event loop.
constexpr std::uint64_t own_files = 64;
constexpr std::uint64_t thread_files = 4;

std::uint64_t open_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    throw std::system_error(errno, std::system_category(), "cannot read the limit of open files");
  }
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::vector<std::pair<std::string, std::string>> host_facts() {
  utsname names{};
  uname(&names);
  return {{"os", std::string(names.sysname) + " " + names.release},
          {"machine", names.machine},
          {"cpus", std::to_string(std::thread::hardware_concurrency())}};
}

// Writes down what arrives at one of the dependencies.
auto tell_arrivals(Watch& watch, std::uint32_t dependency) {
  return [&watch, dependency](const net::ArrivedRequest& request, TimePoint now) {
    return watch.log().arrived({.at = now,
                                .call = request.call,
                                .dependency = dependency,
                                .instance = watch.instance_of(request.headers, request.peer)});
  };
}

// And when one of them takes no connections.
void tell_what_arrives(net::UpstreamOptions& options, Watch& watch, std::uint32_t dependency) {
  options.arrived = tell_arrivals(watch, dependency);
  options.over = [&watch](std::size_t arrival, TimePoint now) { watch.log().over(arrival, now); };
  options.shut = [&watch, dependency](TimePoint now) { return watch.log().shut(dependency, now); };
  options.opened = [&watch](std::size_t shut, TimePoint now) { watch.log().opened(shut, now); };
}

// The further dependencies of the service, which know its calls as `first` does.
std::vector<std::unique_ptr<net::Upstream>> others_of(Parts& parts, const net::SteadyClock& clock,
                                                      const std::vector<std::uint16_t>& ports,
                                                      std::uint64_t run) {
  std::vector<std::unique_ptr<net::Upstream>> all;
  for (std::size_t i = 0; i < parts.others.size(); ++i) {
    net::UpstreamOptions options;
    options.port = ports[i];
    options.run = run;
    tell_what_arrives(options, *parts.watch, static_cast<std::uint32_t>(i + 1));
    all.push_back(std::make_unique<net::Upstream>(parts.others[i].injector, clock, options));
  }
  return all;
}

// `services` may be null: then the load itself calls it.
std::unique_ptr<net::Upstream> upstream_of(Parts& parts, const net::Services* services,
                                           const net::SteadyClock& clock, std::uint16_t port,
                                           std::shared_ptr<const net::Target> service,
                                           std::shared_ptr<const net::ServerTls> tls) {
  net::UpstreamOptions options;
  options.port = port;
  options.service = std::move(service);
  options.tls = std::move(tls);
  if (parts.watch) {
    tell_what_arrives(options, *parts.watch, 0);
    return std::make_unique<net::Upstream>(parts.injector, clock, options);
  }
  options.client = [&bank = parts.bank](const load::Leave& leave) {
    return leave.breaker < bank.size() ? bank.identity(leave.breaker).instance : std::uint64_t{0};
  };
  options.passage = [&bank = parts.bank, services](const load::Leave& leave) {
    return services == nullptr ? bank.passage(leave) : services->passage(leave);
  };
  return std::make_unique<net::Upstream>(parts.injector, clock, options);
}

class WireCounters : public Counters {
 public:
  WireCounters(net::Clients& clients, const net::Upstream* upstream, const net::Services* services)
      : clients_(clients), upstream_(upstream), services_(services) {}

  load::Snapshot snapshot(TimePoint due, bool with_tally) override {
    return clients_.snapshot(due, with_tally);
  }
  std::optional<faults::Ledger> ledger() override {
    return upstream_ == nullptr ? std::nullopt : std::optional(upstream_->ledger());
  }

  std::vector<topology::ServiceNow> services() override {
    return services_ == nullptr ? std::vector<topology::ServiceNow>{} : services_->now();
  }

 private:
  net::Clients& clients_;
  const net::Upstream* upstream_;
  const net::Services* services_;
};

// Tells the run until its load is over, and ends the load when the conductor says so.
void watch(net::Clients& clients, const net::Upstream* upstream, const net::Services* services,
           const net::SteadyClock& clock, Conductor& conductor) {
  WireCounters counters(clients, upstream, services);
  while (!clients.done()) {
    const auto before = clock.now();
    const auto patience = std::min(before + attention, conductor.next_look()) - before;
    if (!conductor.wait(patience)) {
      std::this_thread::sleep_for(patience);
    }
    if (upstream != nullptr && upstream->failure()) {
      throw std::system_error(upstream->failure(), "the upstream cannot go on serving");
    }
    if (services != nullptr) {
      services->check();
    }
    // A load that has lost a thread is not the load that was asked for.
    if (!conductor.look(clock.now(), counters) || clients.failed()) {
      clients.stop();
    }
  }
}

// Waits until the run's time zero is near; how far it is then.
Duration near_start(const std::optional<std::chrono::system_clock::time_point>& start,
                    Conductor& conductor) {
  while (start) {
    const auto left =
        std::chrono::duration_cast<Duration>(*start - std::chrono::system_clock::now());
    if (left <= head_start || conductor.is_ended()) {
      return left;
    }
    const auto patience = std::min(left - head_start, attention);
    if (!conductor.wait(patience)) {
      std::this_thread::sleep_for(patience);
    }
  }
  return head_start;
}

// Asks the service what it says itself, until they are gone. Who made the experiment has seen that
// the URLs can be asked.
std::vector<std::unique_ptr<net::Poller>> pollers_of(Watch& watch, const net::SteadyClock& clock) {
  std::vector<std::unique_ptr<net::Poller>> pollers;
  for (auto& log : watch.claims()) {
    auto target = net::parse_target(log.source().url);
    ENSURE(target.ok());
    pollers.push_back(std::make_unique<net::Poller>(
        *std::move(target), log.source().every, log.source().kind->streams, clock,
        [&log](TimePoint asked, TimePoint answered, const Result<std::string>& body) {
          log.answered(asked, answered, body);
        }));
  }
  return pollers;
}

}  // namespace

Counted Wire::play(Parts& parts, Conductor& conductor) {
  if (!own_upstream_) {
    parts.load.would_succeed = nullptr;
  }
  const net::SteadyClock clock(near_start(start_at_, conductor));
  auto target = target_;
  // The services go before the upstream does, which asks them for the breakers of its requests.
  const auto services =
      parts.topology.empty()
          ? nullptr
          : std::make_unique<net::Services>(parts.topology, parts.load, parts.injector, clock);
  if (parts.faults.upstream().tls && !tls_) {
    tls_ = std::make_shared<const net::ServerTls>();
  }
  let_go_();
  const auto upstream =
      own_upstream_ ? upstream_of(parts, services.get(), clock, port_, service_, tls_) : nullptr;
  if (upstream) {
    target.run = upstream->run();
    if (parts.watch) {
      target.identity = through::identity_fields(target.run, id_header_);
    } else {
      target.port = upstream->port();
      if (tls_) {
        target.tls = net::Trust{.ca = tls_->authority()};
      }
    }
  }
  if (services) {
    services->start(target.port, target.run);
    target.port = services->port(0);
  }
  auto host = host_facts();
  if (service_) {
    host.emplace_back("upstream", service_->origin());
  }
  const auto others = upstream ? others_of(parts, clock, other_ports_, target.run)
                               : std::vector<std::unique_ptr<net::Upstream>>{};
  conductor.begin(
      {.authority = target.authority(), .origin = target.origin(), .host = std::move(host)});

  net::Clients clients(target, parts.load, parts.bank, clock,
                       parts.watch ? &parts.watch->log() : nullptr);
  Pages::Attachment attachment;
  if (pages_ != nullptr) {
    attachment = pages_->attach(served_run(parts, conductor.scene(), clients, upstream.get(),
                                           services.get(), clock, stop_));
  }
  auto pollers =
      parts.watch ? pollers_of(*parts.watch, clock) : std::vector<std::unique_ptr<net::Poller>>{};
  watch(clients, upstream.get(), services.get(), clock, conductor);
  pollers.clear();
  auto measured = services ? services->stop(clients.ended_at()) : topology::Measured{};
  return {clients.tally(), upstream ? std::optional(upstream->ledger()) : std::nullopt,
          std::max(clients.ended_at(), TimePoint{}), std::move(measured)};
}

Room room_for_calls(std::uint32_t threads, std::uint32_t files_of_call,
                    const topology::Topology& topology) {
  const std::uint64_t limit = open_file_limit();
  const std::uint64_t others = own_files + thread_files * threads + topology.services.size();
  if (limit <= others) {
    return {limit, 0};
  }
  // What so many connections need grows with the calls.
  const std::uint64_t most = (limit - others) / files_of_call;
  std::uint64_t fits = 0;
  for (std::uint64_t too_many = most + 1; fits + 1 < too_many;) {
    const auto calls = fits + (too_many - fits) / 2;
    (topology::connections(topology, calls) <= most ? fits : too_many) = calls;
  }
  return {limit, fits};
}

}  // namespace tripcurve::trial
