// The runs of a sweep that several processes share.
#include <utility>

#include "shards/values.hpp"
#include "sweep/sweep.hpp"

namespace tripcurve::sweep {

template <typename Archive>
void archive(Archive& archive, Sample& sample) {
  archive(sample.values, sample.waited);
}

template <typename Archive>
void archive(Archive& archive, RunFound& found) {
  archive(found.samples, found.in_doubt, found.false_trips);
}

}  // namespace tripcurve::sweep

namespace tripcurve::forecast {

template <typename Archive>
void archive(Archive& archive, FalseTrips& trips) {
  archive(trips.per_month, trips.low, trips.high, trips.method);
}

}  // namespace tripcurve::forecast

namespace tripcurve::sweep {

// One seed after the other, and each with all settings, as a race goes.
std::size_t Sweep::possible_runs() const {
  return of_space_ * plan_.scenarios.size() * plan_.most_seeds;
}

std::optional<std::size_t> Sweep::number_of(const Measurement::Job& job) const {
  if (job.setting >= of_space_) {
    return std::nullopt;
  }
  return (job.seed * of_space_ + job.setting) * plan_.scenarios.size() + job.scenario;
}

RunFound Sweep::find(std::size_t run) const {
  const auto scenarios = plan_.scenarios.size();
  const auto row = run / scenarios;
  return measurement_.find({.setting = row % of_space_,
                            .scenario = run % scenarios,
                            .seed = static_cast<std::uint32_t>(row / of_space_)});
}

void Sweep::know(std::size_t run, RunFound found) {
  known_.resize(possible_runs());
  known_[run] = std::move(found);
}

std::string Sweep::kept(const RunFound& found) { return shards::written(found); }

std::optional<RunFound> Sweep::read_kept(std::string_view text) const {
  auto found = shards::read_value<RunFound>(text);
  return found && found->samples.size() == plan_.aims.measures.size() ? std::move(found)
                                                                      : std::nullopt;
}

void Sweep::run(std::size_t job) {
  const auto& one = jobs_[job];
  const auto number = number_of(one);
  if (number && *number < known_.size() && known_[*number]) {
    measurement_.put(one, *std::exchange(known_[*number], std::nullopt));
  } else {
    measurement_.put(one, measurement_.find(one));
  }
}

}  // namespace tripcurve::sweep
