// What was observed, in sentences. Not for other folders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/timetable.hpp"
#include "through/observe.hpp"
#include "through/verdicts.hpp"

namespace tripcurve::through {

// How the service calls while all is well: retries, caches, background tasks, identities.
[[nodiscard]] std::vector<std::string> calibration_words(const Calibration& calibration);

// That it calls its dependency more than once per call, and what follows; nothing where it does
// not, or where too few calls tell.
[[nodiscard]] std::optional<std::string> several_per_call(const Calibration& calibration);

// What looks like a breaker and may be something else, and what would tell it apart.
[[nodiscard]] std::vector<std::string> doubts(const Seen& seen, const Verdicts& verdicts,
                                              const Observed& observed, const Timetable& timetable);

// Where calls may have been withheld, and nobody can say.
[[nodiscard]] std::vector<std::string> unseen_words(const Observed& observed,
                                                    const Timetable& timetable);

// What else stands out.
[[nodiscard]] std::vector<std::string> other_words(const Observed& observed,
                                                   const Timetable& timetable);

}  // namespace tripcurve::through
