#include "topology/capacity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "client/backoff.hpp"

namespace tripcurve::topology {
namespace {

constexpr double endless = std::numeric_limits<double>::infinity();

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

// What a call costs who makes it: how long it takes, in seconds, whether it fails, and how many
// requests go out for it.
struct Cost {
  double time = 0;
  double fails = 0;     // share of the calls
  double requests = 1;  // on average
  double most = 1;      // requests if all attempts are used up
};

// An attempt that is given up after `limit`, which `late` of them reach.
Cost cut(Cost cost, double limit, double late) {
  if (late <= 0) {
    return cost;
  }
  const auto in_time = std::min(cost.time, limit);
  return {.time = (1 - late) * in_time + late * limit,
          .fails = 1 - (1 - cost.fails) * (1 - late),
          .requests = cost.requests,
          .most = cost.most};
}

// One policy around a call.
struct Around {
  Cost inside;

  Cost operator()(const client::TimeoutConfig& timeout) const {
    const auto limit = seconds(timeout.after);
    return cut(inside, limit, inside.time > limit ? 1 : 0);
  }
  Cost operator()(const client::RetryConfig& retry) const {
    auto cost = inside;
    cost.most *= retry.most + 1.0;
    double memory = 0;
    double again = inside.fails;
    for (std::uint32_t n = 0; n < retry.most && again > 0; ++n, again *= inside.fails) {
      const auto wait = client::wait_before(retry.backoff, n, memory, [] { return 0.5; });
      cost.time += again * (seconds(wait) + inside.time);
      cost.requests += again * inside.requests;
    }
    cost.fails = std::pow(inside.fails, retry.most + 1.0);
    return cost;
  }
  Cost operator()(const client::HedgingConfig& hedging) const {
    auto cost = inside;
    const auto delay = seconds(hedging.delay);
    const auto more =
        delay > 0 ? std::min(std::floor(inside.time / delay), static_cast<double>(hedging.most))
                  : static_cast<double>(hedging.most);
    cost.requests *= 1 + more;
    cost.most *= hedging.most + 1.0;
    cost.fails = std::pow(inside.fails, hedging.most + 1.0);
    return cost;
  }
  // Breakers are closed, so that one which answers only for an open breaker has nothing to answer.
  Cost operator()(const client::FallbackConfig& fallback) const {
    constexpr CallEnd failed{CallEnd::Kind::answer, 503};
    const auto answer = OutcomeRules().of({CallEnd::Kind::answer, fallback.status});
    auto cost = inside;
    const bool may_miss = std::holds_alternative<client::CachedAnswer>(fallback.answer);
    if (fallback.rules.fails({.end = failed}) && answer != Outcome::failure && !may_miss) {
      cost.fails = 0;
    }
    return cost;
  }
  Cost operator()(const client::BulkheadConfig&) const { return inside; }
  Cost operator()(const client::AdaptiveConfig&) const { return inside; }
  Cost operator()(const client::BreakerConfig&) const { return inside; }
};

class Reckoning {
 public:
  Reckoning(const Topology& topology, const std::vector<Stream>& streams)
      : topology_(topology),
        streams_(streams),
        overloaded_(topology.services.size()),
        order_(callers_first()) {}

  // Goes round until nobody more is found that has too few workers.
  Capacity result() {
    look();
    Capacity found;
    for (const auto& load : loads_) {
      if (load.workers && load.needs > 0) {
        found.bearable = std::min(found.bearable.value_or(endless), *load.workers / load.needs);
      }
    }
    if (found.bearable && !std::isfinite(*found.bearable)) {
      found.bearable.reset();
    }
    const auto first_look = loads_;
    while (mark_overloaded()) {
      look();
    }
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      found.services.push_back(demand_of(loads_[i], first_look[i]));
      auto& demand = found.services.back();
      demand.links = loads_[i].links;
      for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
        auto answers = answered_by(static_cast<std::uint32_t>(i), stream);
        answers.calls = answers.requests = loads_[i].rates[stream];
        demand.answers.push_back(answers);
      }
    }
    found.upstream_rate = upstream_.rate;
    found.upstream_worst = upstream_.worst;
    return found;
  }

 private:
  // What one service carries.
  struct Load {
    std::optional<std::uint32_t> workers{};
    std::vector<double> rates{};  // by stream
    std::vector<double> holds{};
    std::vector<std::vector<LinkLoad>> links{};  // by link and stream
    double needs = 0;
    double worst = 0;
  };
  struct Upstream {
    double rate = 0;
    double worst = 0;
  };

  // Every service after all that call it.
  [[nodiscard]] std::vector<std::uint32_t> callers_first() const {
    std::vector<std::uint32_t> order;
    std::vector<bool> seen(topology_.services.size());
    visit(0, seen, order);
    std::ranges::reverse(order);
    return order;
  }
  void visit(std::uint32_t service, std::vector<bool>& seen,
             std::vector<std::uint32_t>& order) const {
    if (seen[service]) {
      return;
    }
    seen[service] = true;
    for (const auto& link : topology_.services[service].links) {
      if (link.to != upstream) {
        visit(link.to, seen, order);
      }
    }
    order.push_back(service);
  }

  void look() {
    costs_.assign(topology_.services.size(), std::vector<Cost>(streams_.size()));
    loads_.assign(topology_.services.size(), {});
    upstream_ = {};
    for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
      for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
        costs_[*at][stream] = cost_of_service(*at, stream);
      }
    }
    for (auto& load : loads_) {
      load.rates.assign(streams_.size(), 0);
      load.holds.assign(streams_.size(), 0);
    }
    for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
      loads_[0].rates[stream] = streams_[stream].rate;
    }
    loads_[0].worst = 1;
    for (const auto service : order_) {
      pass_on(service);
    }
  }

  // How long a call to a service takes, and whether it fails; that its workers do not suffice shows
  // in how long it takes.
  Cost cost_of_service(std::uint32_t service, std::size_t stream) {
    auto cost = cost_of_route(service, stream, [](std::uint32_t, double, const Cost&) {});
    cost.requests = 1;
    cost.most = 1;
    if (overloaded_[service]) {
      const auto& spec = topology_.services[service];
      if (!spec.queue) {
        cost.time = endless;
        cost.fails = 0;
      } else {
        // Who finds a place waits for all before him.
        cost.time *= 1 + static_cast<double>(*spec.queue) / *spec.workers;
      }
    }
    return cost;
  }

  template <typename Call>
  Cost cost_of_route(std::uint32_t service, std::size_t stream, Call call) {
    const auto& spec = topology_.services[service];
    const auto* route = route_of(spec, streams_[stream].path);
    if (route == nullptr) {
      return {.time = 0, .fails = 1};
    }
    const bool any = route->needs == Route::Needs::any;
    const bool parallel = route->order == Route::Order::parallel;
    double made = 1;  // share of the calls that get so far
    double waited = 0;
    double good = any ? 0 : 1;
    for (const auto& [link, optional] : route->calls) {
      const auto cost = cost_of_link(spec.links[link], stream);
      call(link, parallel ? 1 : made, cost);
      waited = parallel ? std::max(waited, cost.time) : waited + (made > 0 ? made * cost.time : 0);
      if (any) {
        good += made * (1 - cost.fails);
        made *= cost.fails;
      } else if (!optional) {
        good *= 1 - cost.fails;
        made *= 1 - cost.fails;
      }
    }
    return {.time = seconds(route->work.mean()) + waited,
            .fails = route->calls.empty() ? 0 : 1 - good};
  }

  Cost cost_of_link(const Link& link, std::size_t stream) const {
    const auto policies = policies_of(link);
    auto at = policies.rbegin();
    Cost cost;
    if (link.to == upstream) {
      const auto* timeout =
          at == policies.rend() ? nullptr : std::get_if<client::TimeoutConfig>(&*at);
      cost = cost_of_upstream(streams_[stream].upstream, timeout);
      at += timeout == nullptr ? 0 : 1;
    } else {
      cost = costs_[link.to][stream];
    }
    for (; at != policies.rend(); ++at) {
      cost = std::visit(Around{cost}, *at);
    }
    return cost;
  }

  static Cost cost_of_upstream(const faults::Behaviour& upstream,
                               const client::TimeoutConfig* timeout) {
    if (upstream.errors.refuse()) {
      return {.time = 0, .fails = 1};
    }
    double hangs = 0;
    double fails = 0;
    for (std::size_t i = 0; i < upstream.errors.items().size(); ++i) {
      const bool hang = upstream.errors.items()[i].fate == faults::Fate::hang;
      (hang ? hangs : fails) += upstream.errors.share(i);
    }
    const Cost cost{.time = seconds(upstream.mean_latency()), .fails = fails};
    if (timeout != nullptr) {
      const auto late = hangs + (1 - hangs) * upstream.share_above(timeout->after);
      return cut(cost, seconds(timeout->after), late);
    }
    return hangs > 0 ? Cost{.time = endless, .fails = fails} : cost;
  }

  // What a service does to those that it calls.
  void pass_on(std::uint32_t service) {
    auto& load = loads_[service];
    load.workers = topology_.services[service].workers;
    std::vector<double> most(topology_.services[service].links.size(), 0.0);
    load.links.assign(most.size(), std::vector<LinkLoad>(streams_.size()));
    for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
      const auto rate = load.rates[stream];
      const auto cost =
          cost_of_route(service, stream, [&](std::uint32_t link, double made, const Cost& of_call) {
            const auto to = topology_.services[service].links[link].to;
            (to == upstream ? upstream_.rate : loads_[to].rates[stream]) +=
                rate * made * of_call.requests;
            load.links[link][stream] = brought_to(to, stream, rate * made, of_call);
            most[link] = std::max(most[link], of_call.most);
          });
      load.holds[stream] = cost.time;
      load.needs += rate > 0 ? rate * cost.time : 0;
    }
    for (std::size_t link = 0; link < most.size(); ++link) {
      const auto to = topology_.services[service].links[link].to;
      (to == upstream ? upstream_.worst : loads_[to].worst) += load.worst * most[link];
    }
  }

  [[nodiscard]] LinkLoad brought_to(std::uint32_t to, std::size_t stream, double calls,
                                    const Cost& of_call) const {
    auto brought = to == upstream ? LinkLoad{} : answered_by(to, stream);
    brought.calls = calls;
    brought.requests = calls * of_call.requests;
    return brought;
  }

  [[nodiscard]] LinkLoad answered_by(std::uint32_t service, std::size_t stream) const {
    const auto& cost = costs_[service][stream];
    LinkLoad answered{.fails = cost.fails};
    if (std::isfinite(cost.time)) {
      answered.takes = std::chrono::round<Duration>(std::chrono::duration<double>(cost.time));
    }
    return answered;
  }

  // Whether there is one more than was known.
  bool mark_overloaded() {
    bool more = false;
    for (std::size_t i = 0; i < loads_.size(); ++i) {
      const bool is = loads_[i].workers && loads_[i].needs > *loads_[i].workers;
      more = more || (is && !overloaded_[i]);
      overloaded_[i] = overloaded_[i] || is;
    }
    return more;
  }

  [[nodiscard]] Demand demand_of(const Load& load, const Load& alone) const {
    double rate = 0;
    for (const auto one : load.rates) {
      rate += one;
    }
    Demand demand{.rate = rate, .worst = load.worst};
    if (std::isfinite(load.needs)) {
      demand.needs = load.needs;
      demand.holds =
          rate > 0 ? std::chrono::round<Duration>(std::chrono::duration<double>(load.needs / rate))
                   : Duration{};
    }
    if (load.workers) {
      double alone_rate = 0;
      for (const auto one : alone.rates) {
        alone_rate += one;
      }
      if (alone.needs > 0) {
        demand.capacity = alone_rate * *load.workers / alone.needs;
      }
      demand.full_after = full_after(load);
    }
    return demand;
  }

  // Calls come evenly, and none has ended before the time for which it holds its worker.
  static std::optional<Duration> full_after(const Load& load) {
    if (load.needs <= *load.workers) {
      return std::nullopt;
    }
    std::vector<std::size_t> streams(load.rates.size());
    for (std::size_t i = 0; i < streams.size(); ++i) {
      streams[i] = i;
    }
    std::ranges::sort(streams, {}, [&](std::size_t i) { return load.holds[i]; });
    double rate = 0;
    for (const auto one : load.rates) {
      rate += one;
    }
    double held_by_others = 0;  // by streams that hold no more than they do already
    for (const auto i : streams) {
      const auto at = (*load.workers - held_by_others) / rate;
      if (at <= load.holds[i]) {
        return std::chrono::round<Duration>(std::chrono::duration<double>(at));
      }
      held_by_others += load.rates[i] * load.holds[i];
      rate -= load.rates[i];
    }
    return std::nullopt;
  }

  const Topology& topology_;
  const std::vector<Stream>& streams_;
  std::vector<bool> overloaded_;
  std::vector<std::uint32_t> order_;
  std::vector<std::vector<Cost>> costs_;  // by service and stream
  std::vector<Load> loads_;
  Upstream upstream_;
};

}  // namespace

Capacity capacity(const Topology& topology, const std::vector<Stream>& streams) {
  return Reckoning(topology, streams).result();
}

}  // namespace tripcurve::topology
