// The experiments of a sweep: one for each point of its space, made by setting the keys in the
// experiment's document before it is read, so that a value is refused with the same words as in a
// file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "document/node.hpp"
#include "experiment/experiment.hpp"
#include "sweep/space.hpp"

namespace tripcurve::sweep {

// Sets the value of a key such as "client.breaker.failureRateThreshold", "load.rate",
// "client.policies.retry.attempts" or "endpoints[0].path" in the document of an experiment. What is
// not there yet is added. Refuses a path through something that has no keys, or to an item that a
// list does not have. The new value stands at `at`.
[[nodiscard]] std::optional<Error> set_key(document::Node& root, std::string_view key,
                                           std::string_view value, const document::Place& at);

struct Candidate {
  Point point;
  experiment::Experiment experiment;  // with the base's phases
};

// A point that is no experiment: some dialects refuse one setting beside another.
struct Impossible {
  Point point;
  std::string reason;
};

struct Candidates {
  std::vector<Candidate> possible;
  std::vector<Impossible> impossible;
};

// Refuses a key that no sweep can be over (phases, seed, what is only said of a run), and a value
// that is wrong at every point that has it, with the place of its --over.
[[nodiscard]] Result<Candidates> candidates_of(const Space& space, experiment::Experiment base);

// The same of single points of a space that was accepted.
[[nodiscard]] std::vector<Candidate> possible_of(const std::vector<Knob>& knobs,
                                                 const std::vector<Point>& points,
                                                 experiment::Experiment base);

}  // namespace tripcurve::sweep
