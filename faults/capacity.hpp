// How much the upstream can work on at once, and what becomes of the rest, written
//
//   workers=8,service=50ms                          8 at once, 50 ms each; all others wait
//   workers=8,service=mean=50ms,queue=100,full=503  100 may wait, and 503 to what is more
//   workers=8,service=50ms,shed=1s                  who has waited for 1s is turned away, too
//   workers=8,service=50ms,order=lifo               who came last is the next one
//   none                                            any number, at once
//
// So latency is what comes of the load: it stays at the service time until the workers are busy,
// and grows with the queue from there on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "faults/latency.hpp"

namespace tripcurve::faults {

struct Capacity {
  enum class Order : std::uint8_t {
    fifo,  // the request that has waited longest is the next one
    lifo,  // the one that came last is, and the oldest wait until no newer one does
  };
  std::uint32_t workers = 0;             // zero: no limit
  Latency service{};                     // how long a worker takes for a request
  std::optional<std::uint32_t> queue{};  // requests that may wait for a worker; none: no limit
  std::uint16_t full = 503;              // the answer to those that may not
  std::optional<Duration> shed{};  // and to those that have waited so long; none: they wait on
  Order order = Order::fifo;

  [[nodiscard]] bool limits() const { return workers > 0; }
  // Requests per second that the workers can take.
  [[nodiscard]] double per_second() const;
  // Turns away, or keeps waiting, what `other` would serve at once.
  [[nodiscard]] bool tighter_than(const Capacity& other) const;

  [[nodiscard]] std::string text() const;  // parsing it gives an equal capacity
  friend bool operator==(const Capacity&, const Capacity&) = default;
};

// Refuses: a number of workers that is missing or not from 1 to 100,000; a service time that is
// missing, zero, or what parse_duration_distribution refuses; an unknown or repeated key (did you
// mean); a status outside 400-599; a shed of zero; an order that is none, and lifo beside a shed.
[[nodiscard]] Result<Capacity> parse_capacity(std::string_view text);

}  // namespace tripcurve::faults
