// What was found out, as people read it.
#pragma once

#include <string>

#include "probe/prober.hpp"

namespace tripcurve::probe {

// "opens at 5 failures in a row; stays open 3s; ..."
[[nodiscard]] std::string words(const breaker::Facts& facts);

// The whole answer.
[[nodiscard]] std::string report(const Findings& findings);

// Where the service's answer has no words of its own: "is open 2.9 s to 3.1 s".
[[nodiscard]] std::string open_time_words(const Findings& findings);

// What remains open, a sentence each; empty when all is decided that can be.
[[nodiscard]] std::vector<std::string> open_questions(const Findings& findings);

}  // namespace tripcurve::probe
