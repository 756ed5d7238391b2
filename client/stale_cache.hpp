// The last good answers by what was asked for, in bounded memory: the least recently used goes
// first.
//
// Not thread-safe. Times never run backwards.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/time.hpp"

namespace tripcurve::client {

class StaleCache {
 public:
  // None: as many as there are keys.
  explicit StaleCache(std::optional<std::uint64_t> entries) : most_(entries) {}

  void put(std::uint64_t key, std::uint16_t status, TimePoint now);

  struct Answer {
    std::uint16_t status = 0;
    Duration age{};  // since it was put in
    friend bool operator==(const Answer&, const Answer&) = default;
  };
  // None of it, or none that is at most `max_age` old.
  [[nodiscard]] std::optional<Answer> get(std::uint64_t key, std::optional<Duration> max_age,
                                          TimePoint now);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  using Place = std::uint32_t;
  static constexpr Place none = ~Place{0};
  struct Entry {
    std::uint64_t key = 0;
    TimePoint since{};
    std::uint16_t status = 0;
    Place newer = none;  // used more recently
    Place older = none;
  };

  [[nodiscard]] Place place_for(std::uint64_t key);
  void unlink(Place place);
  void link_newest(Place place);

  std::optional<std::uint64_t> most_;
  std::vector<Entry> entries_;
  std::unordered_map<std::uint64_t, Place> places_;  // by key
  Place newest_ = none;
  Place oldest_ = none;
};

}  // namespace tripcurve::client
