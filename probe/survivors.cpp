#include "probe/survivors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/ensure.hpp"

namespace tripcurve::probe {
namespace {

constexpr double least_part = 0.01;  // of the likeliest
constexpr double unlikely = 3;       // an experiment that fits less well
constexpr double as_good = 1;        // of log-likelihood

std::uint32_t contradictions_of(const Hypothesis& hypothesis) {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(hypothesis.fits, [](double fit) { return fit < -unlikely; }));
}

// The settings of the choice that differ among the points, from the least to the greatest.
std::vector<std::string> ranges_of(const Form& form, const std::vector<const Hypothesis*>& points) {
  std::vector<std::string> ranges;
  std::map<std::string, std::set<std::pair<double, std::string>>> values;
  for (const auto* one : points) {
    for (const auto& setting : one->choice.settings()) {
      for (std::size_t i = 0; i < form.axes.size(); ++i) {
        const auto text = value_text(form.axes[i], one->point[i]);
        if (setting.value.find(text) != std::string::npos) {
          values[setting.key].insert({one->point[i], setting.value});
          break;
        }
      }
    }
  }
  for (const auto& [key, of_key] : values) {
    std::set<std::string> texts;
    for (const auto& [number, text] : of_key) {
      texts.insert(text);
    }
    if (texts.size() > 1 && of_key.begin()->second != of_key.rbegin()->second) {
      ranges.push_back(
          fmt::format("{}: {} to {}", key, of_key.begin()->second, of_key.rbegin()->second));
    }
  }
  return ranges;
}

}  // namespace

std::vector<Survivor> survivors_of(const Belief& belief) {
  std::map<std::size_t, std::vector<const Hypothesis*>> by_form;
  double best = 0;
  std::map<std::size_t, double> likelihoods;
  for (const auto& one : belief.all()) {
    by_form[one.form].push_back(&one);
    likelihoods[one.form] += one.likelihood;
    best = std::max(best, likelihoods[one.form]);
  }
  std::vector<Survivor> survivors;
  for (auto& [form, points] : by_form) {
    if (likelihoods[form] < best * least_part) {
      continue;
    }
    const auto* likeliest =
        *std::ranges::max_element(points, {}, [](const Hypothesis* one) { return one->fit; });
    std::erase_if(points,
                  [&](const Hypothesis* one) { return one->fit < likeliest->fit - as_good; });
    survivors.push_back({.choice = likeliest->choice,
                         .likelihood = likelihoods[form],
                         .breaker_inside = belief.forms()[form].breaker_inside,
                         .ranges = ranges_of(belief.forms()[form], points),
                         .contradictions = contradictions_of(*likeliest)});
  }
  std::ranges::stable_sort(survivors, std::ranges::greater(), &Survivor::likelihood);
  return survivors;
}

void tell_twins(std::vector<Survivor>& survivors, const Belief& belief, const Hint& hint,
                const Entry& like) {
  auto scripts = scripts_for(belief, hint);
  for (const auto& entry : belief.log()) {
    scripts.push_back(entry.script);
  }
  const auto seen_of = [&](const Survivor& survivor, const Script& script) {
    auto entry = like;
    entry.script = script;
    auto around = belief.around(0);
    around.breaker_inside = survivor.breaker_inside;
    return predict(survivor.choice, breaker::usual_rules(survivor.choice.dialect()), around, entry)
        .seen;
  };
  const auto are_twins = [&](const Survivor& one, const Survivor& other) {
    return std::ranges::all_of(scripts, [&](const Script& script) {
      return !belief.is_stopped() && seen_of(one, script) == seen_of(other, script);
    });
  };
  for (std::size_t i = 1; i < survivors.size(); ++i) {
    for (std::size_t k = 0; k < i && !survivors[i].twin_of; ++k) {
      if (!survivors[k].twin_of && are_twins(survivors[k], survivors[i])) {
        survivors[i].twin_of = k;
      }
    }
  }
}

bool is_left(const Belief& belief, const breaker::Choice& choice) {
  double of_choice = -1000;
  for (const auto& one : belief.all()) {
    // Its own choice leaves out what its library has by default, and that one may say it.
    if (belief.forms()[one.form].axes.empty() && belief.forms()[one.form].text == choice.text()) {
      of_choice = one.fit;
    }
  }
  const double best = std::ranges::max_element(belief.all(), {}, &Hypothesis::fit)->fit;
  return of_choice > best - 4;
}

}  // namespace tripcurve::probe
