// Which breakers of a topology stand behind which: whether the one nearest to a fault opens before
// those further out, as electricians coordinate theirs so that the fuse of a room blows before that
// of the house.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "report/services.hpp"

namespace tripcurve::report {

// What the breakers of the load's own client are called.
inline constexpr const char* own_client = "client";

// A breaker, and those that stand next behind it on the ways to the upstream. Each is named as the
// link whose client has it: link_name(), or own_client.
struct Nesting {
  std::string outer{};
  std::vector<std::string> inner{};  // at least one
};

// Those that have any, from the outside in. Pure.
[[nodiscard]] std::vector<Nesting> nestings(std::span<const ServiceSummary> services,
                                            bool own_client_has_breaker);

// Sentences on the first openings of a run: "selectivity: order -> payment opened 1.2s before
// gateway -> order". `own_opened` is the first opening of the load's own breakers. Nothing of
// breakers that did not open, nor those next behind them.
[[nodiscard]] std::vector<std::string> selectivity_lines(std::span<const ServiceSummary> services,
                                                         bool own_client_has_breaker,
                                                         std::optional<TimePoint> own_opened);

}  // namespace tripcurve::report
