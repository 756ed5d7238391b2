// What jitter is for: the study of M. Brooker (AWS Architecture Blog, 2015), in which clients that
// contend for one row retry until all have written it. Waits are tripcurve's, the rest is played
// here: a client reads the row's version and writes it with the next; whoever wrote in between has
// made it fail. Each way through the network takes |N(10, 2)| ms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "client/backoff.hpp"
#include "core/random.hpp"
#include "validate/stand.hpp"

namespace tripcurve::validate {

struct Contention {
  double milliseconds = 0;  // until the last client hears that it has written
  double writes = 0;        // that were tried
};

struct ContentionMean {
  Estimate milliseconds;
  Estimate writes;
};
[[nodiscard]] ContentionMean mean_of_contention(const std::optional<client::Backoff>& backoff,
                                                std::size_t clients, std::uint32_t trials,
                                                std::uint64_t seed);

}  // namespace tripcurve::validate
