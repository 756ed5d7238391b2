// A sweep: finds the settings to deploy, by trying them in virtual time.
//
//   auto sweep = Sweep::prepare(plan);             // screens by formula
//   while (const auto jobs = sweep->next_round()) { // rounds of runs, fewer settings in each
//     for (job = 0; job < jobs; ++job) sweep->run(job);  // in any order, on any thread
//   }
//   report(sweep->findings());
//
// Which runs a round has depends on what was found before. Processes that share a sweep make all
// runs that any round may have; whoever knows what they have found races with that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "experiment/experiment.hpp"
#include "sweep/aims.hpp"
#include "sweep/candidates.hpp"
#include "sweep/findings.hpp"
#include "sweep/measurement.hpp"
#include "sweep/race.hpp"
#include "sweep/scenarios.hpp"
#include "sweep/space.hpp"

namespace tripcurve::sweep {

struct Plan {
  experiment::Experiment base{};
  Space space{};
  std::vector<Scenario> scenarios{};  // at least one
  Aims aims{};
  std::uint32_t first_seeds = 2;  // of each setting, in the first round
  std::uint32_t most_seeds = 8;   // and at last
  double precision = usual_precision;
};

class Sweep {
 public:
  // Refuses what cannot be swept: a topology, a load whose stages do not fit the scenarios, and
  // what candidates_of() refuses.
  [[nodiscard]] static Result<Sweep> prepare(Plan plan);

  // How many jobs the next round has; none when the sweep is over.
  [[nodiscard]] std::optional<std::size_t> next_round();
  // Thread-safe for different jobs of the round.
  void run(std::size_t job);
  // What the round is for, in words: "round 1: 100 settings, 4 seeds".
  [[nodiscard]] const std::string& round() const { return round_; }

  // Every run of a setting of the space that a round may have, before the first round. What is
  // known of one is not found again.
  [[nodiscard]] std::size_t possible_runs() const;
  [[nodiscard]] RunFound find(std::size_t run) const;  // thread-safe
  void know(std::size_t run, RunFound found);
  // What is kept of a run for another process, as text; none if it is nothing that was kept so.
  [[nodiscard]] static std::string kept(const RunFound& found);
  [[nodiscard]] std::optional<RunFound> read_kept(std::string_view text) const;

  // At any time between rounds, and after one that was not done: then with what is known.
  [[nodiscard]] Findings findings(bool interrupted = false) const;

 private:
  struct Setting {
    Point point{};
    std::string name{};
    std::optional<double> bursty_false_trips{};
  };
  explicit Sweep(Plan plan);

  void screen(std::vector<Candidate> candidates);
  std::size_t add(experiment::Experiment experiment, Setting setting);
  [[nodiscard]] std::optional<std::size_t> begin(const std::vector<std::size_t>& settings,
                                                 std::uint32_t seeds, const std::string& words);
  // Those of the space that may still turn out to be the one to recommend.
  [[nodiscard]] std::vector<std::size_t> contenders() const;
  // Whoever lacks runs for that. None when nobody does.
  [[nodiscard]] std::optional<std::size_t> race_on();
  // Whoever is told beside the pick and lacks runs. Who is named gets as many seeds as the pick;
  // those of the front that are only marked in the table get enough_runs. None when nobody does.
  [[nodiscard]] std::optional<std::size_t> measure_beside();
  // Its neighbours, the others that are named of the front, who would be picked in its place, and
  // the defaults of known libraries.
  [[nodiscard]] std::vector<std::size_t> named_beside(std::size_t pick,
                                                      const std::vector<Row>& rows);
  // Those of them that have fewer seeds; none if nobody has.
  [[nodiscard]] std::optional<std::size_t> measure(std::vector<std::size_t> settings,
                                                   std::uint32_t seeds, const std::string& where);
  [[nodiscard]] std::vector<std::size_t> add_neighbours(std::size_t pick);
  [[nodiscard]] const std::vector<std::size_t>& defaults_beside(std::size_t pick);
  [[nodiscard]] std::optional<std::size_t> setting_at(const Point& point) const;
  // Its number among possible_runs(); none of a setting beside the space.
  [[nodiscard]] std::optional<std::size_t> number_of(const Measurement::Job& job) const;

  [[nodiscard]] Row row_of(std::size_t setting) const;
  [[nodiscard]] std::vector<Row> rows() const;
  // Who would be picked if failures always came in bursts. `settings`: those of the rows.
  [[nodiscard]] std::optional<std::size_t> pick_if_bursty(
      const std::vector<Row>& rows, const std::vector<std::size_t>& settings) const;
  void explain(Findings& findings, const std::vector<std::size_t>& of_row,
               const std::vector<std::size_t>& of_other) const;

  Plan plan_;
  Measurement measurement_;
  std::vector<Setting> settings_;  // as measurement_ has them: those of the space, then others
  std::size_t of_space_ = 0;       // how many of them are points of the space
  std::vector<Screened> screened_;
  std::vector<std::size_t> defaults_;  // of known libraries, beside that setting
  std::optional<std::size_t> defaults_beside_;
  std::vector<std::optional<RunFound>> known_;  // by the number of the run; empty if none is
  std::vector<Measurement::Job> jobs_;
  std::string round_;
  std::uint32_t rounds_ = 0;  // begun
  std::uint32_t seeds_ = 0;   // that those who race on have been given
};

}  // namespace tripcurve::sweep
