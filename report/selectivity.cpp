#include "report/selectivity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/units.hpp"
#include "topology/topology.hpp"

namespace tripcurve::report {
namespace {

// Walks the ways from one service to the upstream.
class Ways {
 public:
  explicit Ways(std::span<const ServiceSummary> services)
      : services_(services), leads_there_(services.size()) {
    for (std::size_t i = 0; i < services.size(); ++i) {
      index_[services[i].name] = i;
    }
  }

  // The first breakers on the ways from a service to the upstream; each once.
  [[nodiscard]] std::vector<std::string> first_breakers(std::string_view service) {
    std::vector<std::string> found;
    std::vector<bool> been(services_.size());
    collect(service, been, found);
    return found;
  }

  [[nodiscard]] static bool has_breaker(const LinkSummary& link) { return link.breaker != "none"; }

 private:
  void collect(std::string_view service, std::vector<bool>& been, std::vector<std::string>& found) {
    const auto index = index_of(service);
    if (been[index]) {
      return;
    }
    been[index] = true;
    for (const auto& link : services_[index].links) {
      if (!reaches_upstream(link.to)) {
        continue;
      }
      if (has_breaker(link)) {
        found.push_back(link_name(service, link.to));
      } else if (link.to != topology::upstream_name) {
        collect(link.to, been, found);
      }
    }
  }

  [[nodiscard]] std::size_t index_of(std::string_view name) const { return index_.at(name); }

  [[nodiscard]] bool reaches_upstream(std::string_view service) {
    if (service == topology::upstream_name) {
      return true;
    }
    auto& known = leads_there_[index_of(service)];
    if (!known) {
      known = std::ranges::any_of(services_[index_of(service)].links, [&](const LinkSummary& link) {
        return reaches_upstream(link.to);
      });
    }
    return *known;
  }

  std::span<const ServiceSummary> services_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::vector<std::optional<bool>> leads_there_;
};

std::optional<TimePoint> first_opening(std::span<const ServiceSummary> services,
                                       const std::string& name) {
  for (const auto& service : services) {
    for (const auto& link : service.links) {
      if (link_name(service.name, link.to) == name) {
        return link.first_opened;
      }
    }
  }
  return std::nullopt;
}

struct FirstOpening {
  std::string name;
  TimePoint at;
};

std::string line_of(const std::optional<FirstOpening>& inner,
                    const std::optional<FirstOpening>& outer, const Nesting& nesting) {
  if (!outer) {
    return fmt::format("selectivity: {} opened, and {} did not", inner->name, nesting.outer);
  }
  if (!inner) {
    return fmt::format("selectivity: {} opened, but {}, which is nearer to the fault, did not",
                       outer->name, fmt::join(nesting.inner, " and "));
  }
  if (inner->at == outer->at) {
    return fmt::format("selectivity: {} opened at the same instant as {}", inner->name,
                       outer->name);
  }
  const bool selective = inner->at < outer->at;
  const auto apart = show_duration(selective ? outer->at - inner->at : inner->at - outer->at);
  return selective
             ? fmt::format("selectivity: {} opened {} before {}", inner->name, apart, outer->name)
             : fmt::format(
                   "selectivity: {} opened {} after {}, though it is nearer to the "
                   "fault",
                   inner->name, apart, outer->name);
}

}  // namespace

std::vector<Nesting> nestings(std::span<const ServiceSummary> services,
                              bool own_client_has_breaker) {
  std::vector<Nesting> all;
  if (services.empty()) {
    return all;
  }
  Ways ways(services);
  const auto note = [&](std::string outer, std::string_view to) {
    Nesting nesting{.outer = std::move(outer)};
    if (to != topology::upstream_name) {
      nesting.inner = ways.first_breakers(to);
    }
    if (!nesting.inner.empty()) {
      all.push_back(std::move(nesting));
    }
  };
  if (own_client_has_breaker) {
    note(own_client, services.front().name);
  }
  for (const auto& service : services) {
    for (const auto& link : service.links) {
      if (Ways::has_breaker(link)) {
        note(link_name(service.name, link.to), link.to);
      }
    }
  }
  return all;
}

std::vector<std::string> selectivity_lines(std::span<const ServiceSummary> services,
                                           bool own_client_has_breaker,
                                           std::optional<TimePoint> own_opened) {
  std::vector<std::string> lines;
  for (const auto& nesting : nestings(services, own_client_has_breaker)) {
    const auto opened = [&](const std::string& name) -> std::optional<FirstOpening> {
      const auto at = name == own_client ? own_opened : first_opening(services, name);
      return at ? std::optional(FirstOpening{name, *at}) : std::nullopt;
    };
    const auto outer = opened(nesting.outer);
    std::optional<FirstOpening> inner;
    for (const auto& name : nesting.inner) {
      const auto one = opened(name);
      if (one && (!inner || one->at < inner->at)) {
        inner = one;
      }
    }
    if (inner || outer) {
      lines.push_back(line_of(inner, outer, nesting));
    }
  }
  return lines;
}

}  // namespace tripcurve::report
