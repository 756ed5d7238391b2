#include "expect/spread.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/ensure.hpp"

namespace tripcurve::expect {
namespace {

constexpr std::array states_of_time{breaker::State::closed, breaker::State::open,
                                    breaker::State::half_open};

std::optional<double> worst(const std::vector<Observation>& observations, Better better) {
  std::optional<double> worst;
  for (const auto& observation : observations) {
    if (observation.value && observation.samples > 0) {
      const auto value = *observation.value;
      worst = !worst                     ? value
              : better == Better::higher ? std::min(*worst, value)
                                         : std::max(*worst, value);
    }
  }
  return worst;
}

// Of sorted values.
double median(const std::vector<double>& values) {
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string name_of(const NamedMetric& named) {
  auto text = std::string(named.metric->name);
  return named.state ? text + "(" + std::string(breaker::name(*named.state)) + ")" : text;
}

}  // namespace

Spreads::Spreads(std::span<const Expectation> expectations) {
  for (const auto& metric : metrics()) {
    if (!metric.takes_state) {
      add_subject({&metric}, {});
      continue;
    }
    for (const auto state : states_of_time) {
      add_subject({&metric, state}, {});
    }
  }
  for (const auto& expectation : expectations) {
    for (const auto& term : expectation.terms) {
      add_subject({term.metric, term.state}, expectation.scope);
    }
  }
}

void Spreads::add_subject(const NamedMetric& named, const report::Scope& scope) {
  const bool known = std::ranges::any_of(subjects_, [&](const Subject& one) {
    return one.named.metric == named.metric && one.named.state == named.state && one.scope == scope;
  });
  if (!known && named.metric->unit != Unit::states) {
    subjects_.push_back({named, scope});
  }
}

Spreads::Sample Spreads::sample_of(const report::Summary& summary) const {
  Sample sample;
  if (summary.facts.ending != report::Ending::completed) {
    return sample;
  }
  for (const auto& [named, scope, values] : subjects_) {
    sample.push_back(
        worst(observations_of(*named.metric, summary, scope, named.state), named.metric->better));
  }
  return sample;
}

void Spreads::add(const Sample& sample) {
  ENSURE(sample.empty() || sample.size() == subjects_.size());
  completed_ += sample.empty() ? 0U : 1U;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    if (sample[i]) {
      subjects_[i].values.push_back(*sample[i]);
    }
  }
}

std::vector<report::Repeats::Spread> Spreads::take() const {
  std::vector<report::Repeats::Spread> all;
  for (const auto& [named, scope, values] : subjects_) {
    if (values.empty()) {
      continue;
    }
    auto sorted = values;
    std::ranges::sort(sorted);
    const auto unit = named.metric->unit;
    const auto middle = median(sorted);
    all.push_back({.metric = name_of(named),
                   .scope = scope,
                   .unit = std::string(name(unit)),
                   .runs = sorted.size(),
                   .of = completed_,
                   .min = sorted.front(),
                   .median = middle,
                   .max = sorted.back(),
                   .min_text = show(sorted.front(), unit),
                   .median_text = show(middle, unit),
                   .max_text = show(sorted.back(), unit)});
  }
  return all;
}

}  // namespace tripcurve::expect
