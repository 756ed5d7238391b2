// How an upstream behaves towards a request: how long it takes, and what may go wrong instead.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/time.hpp"
#include "faults/errors.hpp"
#include "faults/latency.hpp"
#include "faults/shape.hpp"

namespace tripcurve::faults {

// No breaker opens because its calls take less longer than this, so that it excuses no trip.
inline constexpr Duration noticeable = std::chrono::milliseconds(1);

struct Behaviour {
  Latency latency;
  Errors errors;
  Shape shape{};

  // The same but for what is given.
  [[nodiscard]] Behaviour with(const std::optional<Latency>& other_latency,
                               const std::optional<Errors>& other_errors,
                               const ShapeChange& other_shape = {}) const {
    return {other_latency.value_or(latency), other_errors.value_or(errors), other_shape.on(shape)};
  }

  // More requests fail, on average or at the worst time, or they take noticeably longer on average,
  // or the port is closed that was open.
  [[nodiscard]] bool is_worse_than(const Behaviour& normal) const {
    return errors.total() > normal.errors.total() || errors.peak() > normal.errors.peak() ||
           mean_latency() >= normal.mean_latency() + noticeable ||
           shape.failing() > normal.shape.failing() || (errors.refuse() && !normal.errors.refuse());
  }

  // Of all requests, those with a latency of their own included, to the end of their answers.
  [[nodiscard]] Duration mean_latency() const {
    const double usual = to_seconds(latency.mean());
    double mean = usual;
    for (std::size_t i = 0; i < errors.items().size(); ++i) {
      const auto& own = errors.items()[i].latency;
      mean += own ? errors.share(i) * (to_seconds(own->mean()) - usual) : 0;
    }
    const auto to_head = std::chrono::round<Duration>(std::chrono::duration<double>(mean));
    return shape.is_plain() ? to_head : to_head + shape.mean_time();
  }

  // The share of all requests that take longer, those that hang left out.
  [[nodiscard]] double share_above(Duration limit) const {
    const double usual = latency_above(limit);
    double share = usual;
    for (std::size_t i = 0; i < errors.items().size(); ++i) {
      const auto& own = errors.items()[i].latency;
      share += own ? errors.share(i) * (own->share_above(limit) - usual) : 0;
    }
    return share;
  }

  // The share of answers that are served and take longer to their end.
  [[nodiscard]] double latency_above(Duration limit) const {
    if (shape.is_plain()) {
      return latency.share_above(limit);
    }
    double share = 0;
    for (const auto& variant : shape.variants()) {
      const auto seen = seen_by_client(variant.delivery, 200, false, false);
      const bool never_in_time = seen.end == Seen::forever || seen.end >= limit;
      share += variant.share * (never_in_time ? 1 : latency.share_above(limit - seen.end));
    }
    return share;
  }

  // A latency looks at how many requests are in flight.
  [[nodiscard]] bool counts_in_flight() const {
    return any_latency([](const Latency& one) { return one.counts_in_flight(); });
  }
  // No latency takes more than one number of chance, or looks at the moment.
  [[nodiscard]] bool takes_one_number() const {
    return !any_latency([](const Latency& one) { return !one.takes_one_number(); });
  }
  // All requests are treated alike, however often it is drawn.
  [[nodiscard]] bool leaves_nothing_to_chance() const {
    return errors.items().empty() && latency.is_fixed();
  }

  // What becomes of a request follows from its number alone, and its answer comes whole.
  [[nodiscard]] bool is_plain() const {
    return shape.is_plain() && errors.schedule() == nullptr && !errors.ramps() &&
           std::ranges::none_of(errors.items(),
                                [](const ErrorItem& item) { return item.course != nullptr; });
  }

  friend bool operator==(const Behaviour&, const Behaviour&) = default;

 private:
  template <typename Has>
  [[nodiscard]] bool any_latency(Has has) const {
    return has(latency) || std::ranges::any_of(errors.items(), [&](const ErrorItem& item) {
             return item.latency && has(*item.latency);
           });
  }
};

}  // namespace tripcurve::faults
