// The trip curve of a breaker: how long it takes to open, over how bad the upstream is. An
// electrician's trip curve shows the same of a fuse, over the current.
//
// Each measurement is a run of its own in virtual time: the upstream is as it normally is while the
// breaker's windows fill, then worse, and the run ends when the breaker opens. Runs depend on their
// number and nothing else, so any number of threads brings the same curve; run k has the same seed
// at every severity and for every breaker (common random numbers), so that what two curves differ
// by is not chance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "breaker/registry.hpp"
#include "core/time.hpp"
#include "curve/axis.hpp"
#include "experiment/experiment.hpp"
#include "forecast/false_trips.hpp"

namespace tripcurve::curve {

struct Plan {
  // The load, the client and the upstream as it normally is. Its phases are not looked at, and it
  // has no services.
  experiment::Experiment world;
  std::vector<breaker::Choice> breakers;  // each gets a curve
  AxisPtr axis = usual_axis();
  std::vector<double> severities;               // rising; the axis has a fault for each
  Duration warm_up = std::chrono::seconds(30);  // before the fault begins
  Duration within = std::chrono::minutes(5);    // and so long it lasts
  std::uint32_t runs = 40;                      // for each point
};

// What came of the runs at one severity.
struct Point {
  double severity = 0;
  std::uint32_t runs = 0;
  std::uint32_t early = 0;       // it opened before the fault began: those tell nothing of it
  std::vector<Duration> opened;  // since the fault began, rising; the others did not in time

  [[nodiscard]] std::uint32_t judged() const { return runs - early; }
  // The time that at least the share q of the judged runs do not exceed (nearest rank); none if
  // fewer opened in time. q in (0, 1].
  [[nodiscard]] std::optional<Duration> quantile(double q) const;
  // The share of the judged runs that opened by then; 0 if none was judged.
  [[nodiscard]] double share_open(Duration by) const;
};

struct Curve {
  breaker::Choice breaker;
  std::vector<Point> points;  // by severity
  // How often it opens while all is well, if anybody can say that.
  std::optional<forecast::FalseTrips> false_trips{};
};

// Measures curves in jobs that any threads may do, each once, in any order.
class Measurement {
 public:
  explicit Measurement(Plan plan);

  [[nodiscard]] std::size_t jobs() const { return found_.size(); }
  // Thread-safe for different jobs.
  void run(std::size_t job);
  // What a job has found: when the breaker opened since the fault began, below zero if before; none
  // if it did not. And what it has found elsewhere, in place of running it here.
  using Found = std::optional<Duration>;
  [[nodiscard]] Found found(std::size_t job) const { return found_[job]; }
  void put(std::size_t job, Found found) { found_[job] = found; }
  // When all jobs are done. What opens after the fault, as calls that it has met still end and no
  // others come, has not opened in time.
  [[nodiscard]] std::vector<Curve> curves() const;

  [[nodiscard]] const Plan& plan() const { return plan_; }

 private:
  struct Job {
    std::size_t breaker = 0;
    std::size_t severity = 0;
    std::uint32_t run = 0;
  };
  [[nodiscard]] Job job_of(std::size_t number) const;

  Plan plan_;
  std::vector<Found> found_;
};

}  // namespace tripcurve::curve
