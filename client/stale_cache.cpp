#include "client/stale_cache.hpp"

#include <utility>

namespace tripcurve::client {

void StaleCache::put(std::uint64_t key, std::uint16_t status, TimePoint now) {
  const auto found = places_.find(key);
  const auto place = found == places_.end() ? place_for(key) : found->second;
  unlink(place);
  entries_[place].since = now;
  entries_[place].status = status;
  link_newest(place);
}

std::optional<StaleCache::Answer> StaleCache::get(std::uint64_t key,
                                                  std::optional<Duration> max_age, TimePoint now) {
  const auto found = places_.find(key);
  if (found == places_.end()) {
    return std::nullopt;
  }
  const auto place = found->second;
  const auto age = now - entries_[place].since;
  if (max_age && age > *max_age) {
    return std::nullopt;
  }
  unlink(place);
  link_newest(place);
  return Answer{entries_[place].status, age};
}

// A new one, or that of the key that was not used for longest.
StaleCache::Place StaleCache::place_for(std::uint64_t key) {
  if (!most_ || entries_.size() < *most_) {
    const auto place = static_cast<Place>(entries_.size());
    entries_.push_back({.key = key});
    places_.emplace(key, place);
    return place;
  }
  const auto place = oldest_;
  auto node = places_.extract(entries_[place].key);
  node.key() = key;
  places_.insert(std::move(node));
  entries_[place].key = key;
  return place;
}

void StaleCache::unlink(Place place) {
  auto& entry = entries_[place];
  if (newest_ == place) {
    newest_ = entry.older;
  }
  if (oldest_ == place) {
    oldest_ = entry.newer;
  }
  if (entry.newer != none) {
    entries_[entry.newer].older = entry.older;
  }
  if (entry.older != none) {
    entries_[entry.older].newer = entry.newer;
  }
  entry.newer = entry.older = none;
}

void StaleCache::link_newest(Place place) {
  entries_[place].older = newest_;
  if (newest_ != none) {
    entries_[newest_].newer = place;
  }
  newest_ = place;
  if (oldest_ == none) {
    oldest_ = place;
  }
}

}  // namespace tripcurve::client
