// A time zone by its name in the tz database, and what a clock on a wall there means.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tripcurve::replay {

class Zone {
 public:
  // "Europe/Berlin", "UTC". Refuses what this machine's tz database does not know.
  [[nodiscard]] static Result<Zone> named(std::string_view name);

  // The seconds since 1970 (UTC) at which the wall clock shows `local`, in seconds since 1970 by
  // that clock. In the hour that is shown twice there are two; in the one that is left out none.
  struct Moment {
    std::int64_t first = 0;
    std::int64_t second = 0;
    bool exists = true;
    [[nodiscard]] bool is_ambiguous() const { return first != second; }
  };
  [[nodiscard]] Moment at(std::int64_t local) const;

  // What the wall clock shows, in seconds since 1970 by that clock.
  [[nodiscard]] std::int64_t local(std::int64_t utc) const;

 private:
  struct Rules;
  explicit Zone(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
  std::shared_ptr<const Rules> rules_;
};

}  // namespace tripcurve::replay
