// N. Mendonca, C. Aderaldo, J. Camara, D. Garlan, "Model-Based Analysis of Microservice Resiliency
// Patterns" (ICSA 2020): what retries and breakers do for one client of a server that fails after
// every ten requests.
//
// The server and its network are played here as the paper's Markov chains have them; whether and
// when a call goes out is decided by tripcurve's own client, with its policies and its breaker. The
// paper draws waits and open times at random and the policies do not: while a call waits, or its
// breaker is open, the client's clock runs slower or faster than the model's, so that its own time
// takes as long as was drawn.
//
// All times are in the paper's unit.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/random.hpp"

namespace tripcurve::validate {

enum class Pattern : std::uint8_t {
  simple,           // SP: a failed call is reported, and the client thinks
  retry,            // RP: up to 5 retries
  static_breaker,   // SCB: open for the same time on average, always
  dynamic_breaker,  // DCB: from 10 on twice as long each time it opens again
};

// "SP", "RP", "SCB", "DCB"
[[nodiscard]] std::string_view name(Pattern pattern);

struct IcsaModel {
  Pattern pattern = Pattern::simple;
  std::string_view parameter;  // what the paper varies: "CTO", "MBO", "CBTO"
  double value = 0;
};

// All that the paper shows, in its order.
[[nodiscard]] std::span<const IcsaModel> icsa_models();
inline constexpr std::array icsa_availabilities{0.5, 0.6, 0.7, 0.8, 0.9, 1.0};

// Until the client has its 100 good answers.
struct IcsaTimes {
  double total = 0;
  double contention = 0;  // connecting and waiting for answers
};

[[nodiscard]] IcsaTimes play(const IcsaModel& model, double availability, Random random);

// The mean of so many plays, and its standard error.
struct IcsaMean {
  IcsaTimes mean{};
  IcsaTimes error{};
};
[[nodiscard]] IcsaMean mean_of_plays(const IcsaModel& model, double availability,
                                     std::uint32_t plays, std::uint64_t seed);

}  // namespace tripcurve::validate
