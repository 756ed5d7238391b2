// A toxic: something that goes wrong with the bytes of some connections of a proxy, for as long as
// it is there. A value. People write it
//
//   latency(latency=100ms,jitter=20ms)           to what comes back from the upstream
//   upstream bandwidth(rate=50KB/s):20%          to what goes to it, on a fifth of the connections
//
// and attributes that are not named are 0, as they are for toxiproxy.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/units.hpp"
#include "toxics/kind.hpp"

namespace tripcurve::toxics {

// Which way bytes go: up from the client to the upstream, or down from the upstream to the client.
enum class Stream : std::uint8_t { upstream, downstream };

[[nodiscard]] const char* word(Stream stream);

struct Toxic {
  std::string name{};  // of no other toxic of its proxy
  const Kind* kind = nullptr;
  Stream stream = Stream::downstream;
  Share toxicity{1};  // of the connections
  Values values{};    // as many as the kind has attributes

  friend bool operator==(const Toxic&, const Toxic&) = default;
};

// The name of a toxic that was given none: latency_downstream.
[[nodiscard]] std::string usual_name(const Toxic& toxic);

[[nodiscard]] Result<Toxic> parse_toxic(std::string_view text);
[[nodiscard]] std::string format_toxic(const Toxic& toxic);

}  // namespace tripcurve::toxics
