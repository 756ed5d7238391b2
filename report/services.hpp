// The services of a topology in a finished run: how busy each was, what it answered, and what came
// of the calls that they made to each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "breaker/breaker.hpp"
#include "core/time.hpp"
#include "core/timetable.hpp"
#include "report/history.hpp"
#include "report/latency_stats.hpp"
#include "topology/measured.hpp"
#include "topology/topology.hpp"

namespace tripcurve::report {

// In one phase, or in the whole run; see topology::ServiceCounts.
struct ServiceNumbers {
  std::uint64_t arrived = 0, ok = 0, failed = 0, full = 0;
  LatencyStats response{};
  std::uint32_t peak_busy = 0, peak_waiting = 0;
  double mean_busy = 0, mean_waiting = 0;
  Duration full_for{};
  std::optional<TimePoint> first_full{};
};

struct LinkSummary {
  std::string to{};
  std::string breaker{};                       // as text; "none"
  std::vector<topology::LinkCounts> phases{};  // by phase
  topology::LinkCounts totals{};
  std::uint64_t opens = 0;
  std::optional<TimePoint> first_opened{};
  breaker::State final_state = breaker::State::closed;
  History history{};  // of its breaker; empty in a summary that was read from a file
};

// What a link is called: "order -> payment".
[[nodiscard]] std::string link_name(std::string_view from, std::string_view to);

struct ServiceSummary {
  std::string name{};
  std::optional<std::uint32_t> workers{};  // none: no limit
  std::optional<std::uint32_t> queue{};    // none: no limit
  std::vector<ServiceNumbers> phases{};
  ServiceNumbers totals{};
  std::vector<LinkSummary> links{};
};

// The services and links of a topology, without numbers.
[[nodiscard]] std::vector<ServiceSummary> outline(const topology::Topology& topology);

// `lasted` says how much of each phase the run reached.
[[nodiscard]] std::vector<ServiceSummary> summarize_services(const topology::Measured& measured,
                                                             const std::vector<Duration>& lasted);

// As a table in text, and in sentences: when which pool was full, and which breaker opened first.
// Nothing without services.
// `until` is the end of the run: what it did not reach is left out. `selectivity` are sentences on
// the order in which breakers opened (report/selectivity.hpp).
[[nodiscard]] std::string services_text(const std::vector<ServiceSummary>& services,
                                        const Timetable& timetable, TimePoint until,
                                        const std::vector<std::string>& selectivity = {});

}  // namespace tripcurve::report
