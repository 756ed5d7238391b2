// What becomes worse along a trip curve, as `--over` names it: the severities and how they are
// written, the fault that one of them is, and what theory has to know of it. Each kind is one file
// in curve/axes and one line in axis.cpp; everything else of a curve asks its axis.
//
// Immutable, so safe to share between threads.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "experiment/experiment.hpp"
#include "faults/phase.hpp"

namespace tripcurve::curve {

// The calls that a fault hits, as their caller sees them. The others are as they normally are.
struct Hit {
  double share = 0;    // of the calls
  Duration takes{};    // each, the timeout at most
  bool fails = false;  // whatever breakers that count slow calls make of it
  // Of the calls that follow one that was hit, the share that is hit; none: they are independent.
  std::optional<double> stickiness{};
};

class Axis {
 public:
  Axis() = default;
  Axis(const Axis&) = delete;
  Axis& operator=(const Axis&) = delete;
  virtual ~Axis() = default;

  // As --over takes it: "slow=2s".
  [[nodiscard]] virtual std::string text() const = 0;
  // "the share of calls 2s slower", as in "Time to open over ..."
  [[nodiscard]] virtual std::string heading() const = 0;
  // Above the column of severities: "slow".
  [[nodiscard]] virtual std::string column() const = 0;
  // Below the picture: "share of calls that take 2s longer".
  [[nodiscard]] virtual std::string caption() const = 0;

  // A severity as people write it, and as a number that rises with it.
  [[nodiscard]] virtual Result<double> parse(std::string_view text) const = 0;
  [[nodiscard]] virtual std::string show(double severity) const = 0;
  // Two of them, as a list would have them: "10%,30%".
  [[nodiscard]] virtual std::string example() const = 0;
  // Those that are measured when nobody names some, rising.
  [[nodiscard]] virtual std::vector<double> usual() const = 0;
  // They lie by their magnitude; otherwise evenly.
  [[nodiscard]] virtual bool is_logarithmic() const = 0;

  // What changes of the upstream of `world`; its name and its length are left open. Refuses what
  // cannot be: bursts of one request at 60 % errors.
  [[nodiscard]] virtual Result<faults::PhaseSpec> fault(const experiment::Experiment& world,
                                                        double severity) const = 0;
  // What that does to calls.
  [[nodiscard]] virtual Hit hit(const experiment::Experiment& world, double severity) const = 0;
};

using AxisPtr = std::shared_ptr<const Axis>;

// "errors", "latency", "slowdown", "slow=2s", "bursts=10%". Refuses another word, a value where
// none belongs, and one that is missing.
[[nodiscard]] Result<AxisPtr> parse_axis(std::string_view text);
// The share of errors.
[[nodiscard]] AxisPtr usual_axis();
// Each as an example, for help and completion.
[[nodiscard]] std::span<const std::string_view> axis_examples();

}  // namespace tripcurve::curve
