#include "trial/series.hpp"

#include <utility>

#include "report/intervals.hpp"
#include "report/verdict.hpp"

namespace tripcurve::trial {
namespace {

using report::Verdict;

// What --inconclusive makes of it.
void settle(Verdict& verdict, Judging::Inconclusive inconclusive) {
  if (verdict.result != Verdict::Result::inconclusive ||
      inconclusive == Judging::Inconclusive::tell) {
    return;
  }
  const bool pass = inconclusive == Judging::Inconclusive::pass;
  verdict.result = pass ? Verdict::Result::pass : Verdict::Result::fail;
  verdict.reasons.insert(verdict.reasons.begin(),
                         std::string("The run is inconclusive; --inconclusive ") +
                             (pass ? "pass counts it as a pass" : "fail counts it as a failure"));
}

bool good(const report::Summary& summary) { return report::is_good(summary.verdict.result); }

// Whether no further run makes sense: somebody wants it to end, or the upstream is not fit for it.
bool ends_all(const report::Summary& summary) {
  switch (summary.verdict.result) {
    case Verdict::Result::interrupted:
    case Verdict::Result::terminated:
    case Verdict::Result::unhealthy:
      return true;
    case Verdict::Result::finished:
    case Verdict::Result::pass:
    case Verdict::Result::fail:
    case Verdict::Result::inconclusive:
    case Verdict::Result::stopped:
      break;
  }
  return false;
}

}  // namespace

Series::Series(const experiment::Experiment& experiment, const Judging& judging,
               const Origin& origin)
    : experiment_(experiment),
      judging_(judging),
      origin_(origin),
      repeats_{.needed = judging.need},
      spreads_(experiment.expectations) {}

experiment::Experiment Series::run(std::uint64_t i) const {
  auto one = experiment_;
  one.seed += i;
  return one;
}

bool Series::take(report::Summary summary) {
  const auto sample = judging_.repeat > 1 ? sample_of(summary) : expect::Spreads::Sample();
  return take(std::move(summary), sample);
}

bool Series::take(report::Summary summary, const expect::Spreads::Sample& sample) {
  spreads_.add(sample);
  settle(summary.verdict, judging_.inconclusive);
  repeats_.runs.push_back({summary.facts.seed, std::string(report::name(summary.verdict.result))});
  repeats_.passed += good(summary) ? 1U : 0U;
  const bool over = ends_all(summary);
  if (!shown_ || over || (good(*shown_) && !good(summary))) {
    shown_ = std::move(summary);
  }
  return !over;
}

report::Summary Series::outcome() {
  if (judging_.repeat > 1) {
    const auto interval = report::wilson(repeats_.passed, repeats_.runs.size());
    repeats_.low = interval.low;
    repeats_.high = interval.high;
    repeats_.metrics = spreads_.take();
    shown_->repeats = std::move(repeats_);
    shown_->facts.reproduce_all = origin_.reproduce_all ? origin_.reproduce_all(experiment_) : "";
    shown_->verdict = report::decide(*shown_);
  }
  return *std::move(shown_);
}

}  // namespace tripcurve::trial
