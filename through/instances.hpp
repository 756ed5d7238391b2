// What can be said of the instances of a service behind one URL, where something tells their
// requests to the dependency apart.
//
// Nobody can say which instance answered a call that did not arrive. So of an instance only its
// arrivals are known: that it calls, how often, and when it fell silent while others went on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "through/seen.hpp"
#include "through/spells.hpp"

namespace tripcurve::through {

// Nothing of it arrived from `began` on, until `ended`: far longer than the usual time between two
// of its arrivals makes likely.
struct Silence {
  Bounds began{};
  TimePoint ended{};    // when the next one arrived
  bool to_end = false;  // none did, until the end of the run
};

struct Instance {
  std::string name{};
  std::uint64_t arrivals = 0;
  std::vector<Silence> silences{};
};

// By name, those of the arrivals that name one. `calibrated_until` ends the time in which all is
// well, which says how often each of them usually calls.
[[nodiscard]] std::vector<Instance> instances(const Seen& seen, TimePoint calibrated_until,
                                              TimePoint now);

// A sentence about each, and what cannot be said. `how` told them apart: "the field X-Instance".
[[nodiscard]] std::vector<std::string> instance_words(const std::vector<Instance>& instances,
                                                      const std::string& how);

}  // namespace tripcurve::through
