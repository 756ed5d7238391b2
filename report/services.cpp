#include "report/services.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/units.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

double mean_over(double seconds, Duration lasted) {
  return lasted > Duration::zero() ? seconds / to_seconds(lasted) : 0;
}

ServiceNumbers numbers_of(const topology::ServiceCounts& counts, Duration lasted) {
  return {.arrived = counts.arrived,
          .ok = counts.ok,
          .failed = counts.failed,
          .full = counts.full,
          .response = LatencyStats::of(counts.response),
          .peak_busy = counts.peak_busy,
          .peak_waiting = counts.peak_waiting,
          .mean_busy = mean_over(counts.busy_seconds, lasted),
          .mean_waiting = mean_over(counts.waiting_seconds, lasted),
          .full_for = counts.full_for,
          .first_full = counts.first_full};
}

void add(topology::ServiceCounts& sum, const topology::ServiceCounts& part) {
  sum.arrived += part.arrived;
  sum.ok += part.ok;
  sum.failed += part.failed;
  sum.full += part.full;
  sum.response.merge(part.response);
  sum.peak_busy = std::max(sum.peak_busy, part.peak_busy);
  sum.peak_waiting = std::max(sum.peak_waiting, part.peak_waiting);
  sum.busy_seconds += part.busy_seconds;
  sum.waiting_seconds += part.waiting_seconds;
  sum.full_for += part.full_for;
  if (!sum.first_full) {
    sum.first_full = part.first_full;
  }
}

void add(topology::LinkCounts& sum, const topology::LinkCounts& part) {
  for (const auto member :
       {&topology::LinkCounts::calls, &topology::LinkCounts::requests, &topology::LinkCounts::ok,
        &topology::LinkCounts::failed, &topology::LinkCounts::timed_out,
        &topology::LinkCounts::open, &topology::LinkCounts::full, &topology::LinkCounts::fallback,
        &topology::LinkCounts::fallback_open, &topology::LinkCounts::cached,
        &topology::LinkCounts::queued, &topology::LinkCounts::drained, &topology::LinkCounts::lost,
        &topology::LinkCounts::given_up}) {
    sum.*member += part.*member;
  }
  if (part.limit) {
    (sum.limit ? *sum.limit : sum.limit.emplace()).append(*part.limit);
  }
}

History history_of(const topology::LinkMeasured& measured) {
  std::vector<Step> kept;
  for (const auto& transition : measured.transitions) {
    kept.push_back({.at = transition.at, .from = transition.from, .to = transition.to});
  }
  const auto known_until = kept.empty() ? TimePoint{} : kept.back().at;
  return {measured.breaker_totals, std::move(kept), known_until};
}

LinkSummary summary_of(const topology::LinkMeasured& measured) {
  LinkSummary summary{.to = measured.to,
                      .breaker = measured.breaker,
                      .phases = measured.phases,
                      .opens = measured.breaker_totals.opens(),
                      .final_state = measured.breaker_totals.state(),
                      .history = history_of(measured)};
  for (const auto& phase : measured.phases) {
    add(summary.totals, phase);
  }
  const auto first = std::ranges::find_if(measured.transitions, [](const auto& transition) {
    return breaker::opens(transition.from, transition.to);
  });
  if (first != measured.transitions.end()) {
    summary.first_opened = first->at;
  }
  return summary;
}

// "97/100 (81)": at the most, of how many, on average.
std::string pool_text(std::uint32_t peak, const std::optional<std::uint32_t>& of, double mean) {
  const auto limit = of ? "/" + std::to_string(*of) : "";
  return fmt::format("{}{} ({:.0f})", peak, limit, mean);
}

std::string pools(const std::vector<ServiceSummary>& services, const Phase& phase,
                  std::size_t index) {
  std::vector<std::vector<std::string>> rows{
      {phase.name, "arrived", "ok", "failed", "full", "busy", "waiting", "p99"}};
  for (const auto& service : services) {
    const auto& numbers = service.phases[index];
    rows.push_back({service.name, show_count(numbers.arrived), show_count(numbers.ok),
                    show_count(numbers.failed), show_count(numbers.full),
                    pool_text(numbers.peak_busy, service.workers, numbers.mean_busy),
                    pool_text(numbers.peak_waiting, service.queue, numbers.mean_waiting),
                    numbers.response.count == 0 ? "-" : show_duration(numbers.response.p99)});
  }
  return render_columns(rows);
}

using LinkCount = std::uint64_t topology::LinkCounts::*;

struct LinkColumn {
  const char* title;
  LinkCount count;
};

// Those that every run has, and those of the rest that are not zero all over this one.
std::vector<LinkColumn> link_columns(const std::vector<ServiceSummary>& services) {
  using topology::LinkCounts;
  std::vector<LinkColumn> columns{{"calls", &LinkCounts::calls},
                                  {"requests", &LinkCounts::requests},
                                  {"ok", &LinkCounts::ok},
                                  {"failed", &LinkCounts::failed}};
  topology::LinkCounts all;
  for (const auto& service : services) {
    for (const auto& link : service.links) {
      add(all, link.totals);
    }
  }
  for (const auto& column :
       {LinkColumn{"timeouts", &LinkCounts::timed_out}, LinkColumn{"open", &LinkCounts::open},
        LinkColumn{"full", &LinkCounts::full}, LinkColumn{"fallback", &LinkCounts::fallback},
        LinkColumn{"of open", &LinkCounts::fallback_open},
        LinkColumn{"cached", &LinkCounts::cached}, LinkColumn{"queued", &LinkCounts::queued},
        LinkColumn{"drained", &LinkCounts::drained}, LinkColumn{"lost", &LinkCounts::lost},
        LinkColumn{"given up", &LinkCounts::given_up}}) {
    if (all.*column.count > 0) {
      columns.push_back(column);
    }
  }
  return columns;
}

bool has_limit(const LinkSummary& link) { return link.totals.limit.has_value(); }

bool has_limits(const std::vector<ServiceSummary>& services) {
  return std::ranges::any_of(services, [](const ServiceSummary& service) {
    return std::ranges::any_of(service.links, has_limit);
  });
}

// "12 (8-20)": at the end, the smallest and the largest.
std::string limit_text(const std::optional<load::LimitRange>& limit) {
  return limit ? fmt::format("{} ({}-{})", show_count(limit->last), show_count(limit->least),
                             show_count(limit->most))
               : "-";
}

std::string links(const std::vector<ServiceSummary>& services,
                  const std::vector<LinkColumn>& columns, const Phase& phase, std::size_t index) {
  std::vector<std::vector<std::string>> rows{{phase.name}};
  for (const auto& column : columns) {
    rows.front().emplace_back(column.title);
  }
  const bool limits = has_limits(services);
  if (limits) {
    rows.front().emplace_back("limit");
  }
  for (const auto& service : services) {
    for (const auto& link : service.links) {
      auto& row = rows.emplace_back(std::vector{link_name(service.name, link.to)});
      for (const auto& column : columns) {
        row.push_back(show_count(link.phases[index].*column.count));
      }
      if (limits) {
        row.push_back(limit_text(link.phases[index].limit));
      }
    }
  }
  return rows.size() == 1 ? "" : render_columns(rows);
}

// "1.94s after the fault began", or "at 12s" before the first fault.
std::string when(TimePoint at, const Timetable& timetable) {
  const auto* fault = timetable.latest_fault(at);
  return fault == nullptr ? "at " + show_duration(at.time_since_epoch())
                          : show_duration(at - fault->begin) + " after the fault began";
}

std::vector<std::string> full_pools(const std::vector<ServiceSummary>& services,
                                    const Timetable& timetable) {
  std::vector<const ServiceSummary*> full;
  for (const auto& service : services) {
    if (service.totals.first_full) {
      full.push_back(&service);
    }
  }
  std::ranges::stable_sort(full, {}, [](const auto* one) { return *one->totals.first_full; });
  std::vector<std::string> lines;
  for (const auto* service : full) {
    lines.push_back(
        fmt::format("{}: all {} workers were busy for the first time {}, and {} in total",
                    service->name, *service->workers, when(*service->totals.first_full, timetable),
                    show_duration(service->totals.full_for)));
  }
  return lines;
}

std::vector<std::string> opened_breakers(const std::vector<ServiceSummary>& services,
                                         const Timetable& timetable) {
  struct Opened {
    std::string link;
    const LinkSummary* of;
  };
  std::vector<Opened> opened;
  std::vector<std::string> never;
  for (const auto& service : services) {
    for (const auto& link : service.links) {
      const auto name = link_name(service.name, link.to);
      if (link.first_opened) {
        opened.push_back({name, &link});
      } else if (link.breaker != "none") {
        never.push_back(fmt::format("{}: the breaker never opened", name));
      }
    }
  }
  std::ranges::stable_sort(opened, {}, [](const Opened& one) { return *one.of->first_opened; });
  std::vector<std::string> lines;
  for (const auto& [link, of] : opened) {
    lines.push_back(fmt::format("{}: the breaker opened {}, {} in all, and ended {}", link,
                                when(*of->first_opened, timetable),
                                of->opens == 1 ? "once" : fmt::format("{} times", of->opens),
                                breaker::name(of->final_state)));
  }
  lines.insert(lines.end(), never.begin(), never.end());
  return lines;
}

}  // namespace

std::string link_name(std::string_view from, std::string_view to) {
  return fmt::format("{} -> {}", from, to);
}

std::vector<ServiceSummary> outline(const topology::Topology& topology) {
  std::vector<ServiceSummary> services;
  for (const auto& one : topology.services) {
    auto& service = services.emplace_back(
        ServiceSummary{.name = one.name, .workers = one.workers, .queue = one.queue});
    for (const auto& link : one.links) {
      service.links.push_back(
          {.to = std::string(topology.name(link.to)), .breaker = link.breaker.text()});
    }
  }
  return services;
}

std::vector<ServiceSummary> summarize_services(const topology::Measured& measured,
                                               const std::vector<Duration>& lasted) {
  std::vector<ServiceSummary> services;
  for (const auto& one : measured) {
    ServiceSummary service{.name = one.name, .workers = one.workers, .queue = one.queue};
    topology::ServiceCounts totals;
    Duration all{};
    for (std::size_t i = 0; i < one.phases.size(); ++i) {
      service.phases.push_back(numbers_of(one.phases[i], lasted[i]));
      add(totals, one.phases[i]);
      all += lasted[i];
    }
    service.totals = numbers_of(totals, all);
    for (const auto& link : one.links) {
      service.links.push_back(summary_of(link));
    }
    services.push_back(std::move(service));
  }
  return services;
}

std::string services_text(const std::vector<ServiceSummary>& services, const Timetable& timetable,
                          TimePoint until, const std::vector<std::string>& selectivity) {
  if (services.empty()) {
    return "";
  }
  const auto& all = timetable.phases();
  const auto reached = std::ranges::lower_bound(all, until, {}, &Phase::begin);
  const std::span phases(all.begin(), reached);
  std::string text = "Services  busy workers and waiting calls at the most (on average)\n";
  for (std::size_t i = 0; i < phases.size(); ++i) {
    text += pools(services, phases[i], i);
  }
  const auto columns = link_columns(services);
  std::string calls;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    calls += links(services, columns, phases[i], i);
  }
  text += calls.empty() ? "" : "\nCalls between services\n" + calls;
  text += '\n';
  for (const auto& lines :
       {full_pools(services, timetable), opened_breakers(services, timetable), selectivity}) {
    for (const auto& line : lines) {
      text += hang("  - ", line);
    }
  }
  return text + '\n';
}

}  // namespace tripcurve::report
