// The counters of a stretch of a run under the names that results give them, in that order.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "load/tally.hpp"

namespace tripcurve::report {

struct CountColumn {
  std::string_view name;
  std::uint64_t load::Counts::* field;  // none: the sum of all that failed
};

inline constexpr std::array<CountColumn, 15> count_columns{{
    {"calls", &load::Counts::calls},
    {"fail_fast", &load::Counts::fail_fast},
    {"rejected_good", &load::Counts::rejected_good},
    {"dropped", &load::Counts::dropped},
    {"sent", &load::Counts::sent},
    {"ok", &load::Counts::ok},
    {"ignored", &load::Counts::ignored},
    {"failed", nullptr},
    {"error_answers", &load::Counts::error_answers},
    {"timeouts", &load::Counts::timeouts},
    {"resets", &load::Counts::resets},
    {"closed", &load::Counts::closed},
    {"connect_failed", &load::Counts::connect_failed},
    {"bad_answers", &load::Counts::bad_answers},
    {"unfinished", &load::Counts::unfinished},
}};
static_assert(sizeof(load::Counts) == (count_columns.size() - 1) * sizeof(std::uint64_t),
              "every counter is listed");

[[nodiscard]] inline std::uint64_t value_of(const load::Counts& counts, const CountColumn& column) {
  return column.field == nullptr ? counts.failed() : counts.*column.field;
}

}  // namespace tripcurve::report
