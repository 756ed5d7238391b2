#include "report/verdict.hpp"

#include "report/summary.hpp"
#include "report/words.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;
using tripcurve::testing::ContainsSubstring;

Judged one(Judged::Result result) {
  return {.text = "opens < 3",
          .result = result,
          .observed = "4",
          .bound = "< 3",
          .samples = 12'345,
          .reason = result == Judged::Result::pass ? "" : "because"};
}

Summary with(std::vector<Judged> judged, std::vector<std::string> doubts = {},
             Ending ending = Ending::completed) {
  auto run = busy_run(outage);
  run.ending = ending;
  auto summary = summarize(run);
  summary.expectations = std::move(judged);
  summary.doubts = std::move(doubts);
  return summary;
}

const auto pass = one(Judged::Result::pass);
const auto fail = one(Judged::Result::fail);
const auto unclear = one(Judged::Result::inconclusive);

TEST_CASE("a run of which nothing was expected is finished and another passes or does not") {
  CHECK(decide(with({})).result == Verdict::Result::finished);
  CHECK(decide(with({pass})).result == Verdict::Result::pass);
  CHECK(decide(with({pass, fail})).result == Verdict::Result::fail);
  CHECK(decide(with({pass, unclear})).result == Verdict::Result::inconclusive);
}

TEST_CASE("a failure counts more than what could not be judged") {
  const auto verdict = decide(with({unclear, fail}));
  CHECK(verdict.result == Verdict::Result::fail);
  REQUIRE(verdict.reasons.size() == 2);
  CHECK(verdict.reasons[0] == "opens was 4, but had to be < 3 (n=12,345), the run: because");
}

TEST_CASE("a failure in a run whose own load is in doubt is a failure, and both are said") {
  CHECK(decide(with({}, {"too slow"})).result == Verdict::Result::inconclusive);
  CHECK(decide(with({pass}, {"too slow"})).result == Verdict::Result::inconclusive);
  const auto verdict = decide(with({fail}, {"too slow"}));
  CHECK(verdict.result == Verdict::Result::fail);
  REQUIRE(verdict.reasons.size() == 2);
  CHECK(verdict.reasons[1] == "too slow");
}

TEST_CASE("how a run ended counts more than what it found") {
  for (const auto& [ending, result] : {std::pair{Ending::interrupted, Verdict::Result::interrupted},
                                       std::pair{Ending::unhealthy, Verdict::Result::unhealthy},
                                       std::pair{Ending::stopped, Verdict::Result::stopped}}) {
    const auto verdict = decide(with({fail}, {"too slow"}, ending));
    CHECK(verdict.result == result);
    // What was found behind an unhealthy upstream says nothing.
    CHECK(verdict.reasons.size() == (result == Verdict::Result::unhealthy ? 0 : 2));
  }
  CHECK(decide(with({fail}, {}, Ending::running)).result == Verdict::Result::fail);
}

Summary repeated(const std::vector<std::string>& results, std::uint64_t needed) {
  auto summary = with({fail});
  summary.repeats = Repeats{.needed = needed, .low = 0.2, .high = 0.9};
  for (const auto& result : results) {
    summary.repeats->runs.push_back({1, result});
    summary.repeats->passed += result == "pass" ? 1U : 0U;
  }
  return summary;
}

TEST_CASE("of several runs as many as are needed must pass, whatever this one found") {
  CHECK(decide(repeated({"pass", "pass", "fail"}, 2)).result == Verdict::Result::pass);
  CHECK(decide(repeated({"pass", "pass", "fail"}, 2)).reasons.empty());
  CHECK(decide(repeated({"pass", "fail", "fail"}, 2)).result == Verdict::Result::fail);
  CHECK_THAT(decide(repeated({"pass", "fail", "fail"}, 2)).reasons.back(),
             ContainsSubstring("1 of 3 runs passed, and at least 2 had to pass"));
}

TEST_CASE("of several runs one that was stopped has failed, and one in doubt may have passed") {
  for (const auto& [result, ending, doubt, all_must] :
       {std::tuple{"stopped", Ending::stopped, false, Verdict::Result::fail},
        std::tuple{"inconclusive", Ending::completed, true, Verdict::Result::inconclusive}}) {
    auto summary = repeated({"pass", "pass", result}, 2);
    summary.facts.ending = ending;
    summary.doubts = doubt ? std::vector<std::string>{"too slow"} : std::vector<std::string>{};
    CHECK(decide(summary).result == Verdict::Result::pass);
    summary.repeats->needed = 3;
    CHECK(decide(summary).result == all_must);
  }
}

TEST_CASE("several runs fail only if the inconclusive ones could not save them") {
  CHECK(decide(repeated({"pass", "inconclusive", "fail"}, 2)).result ==
        Verdict::Result::inconclusive);
  CHECK(decide(repeated({"inconclusive", "fail", "fail"}, 2)).result == Verdict::Result::fail);
}

TEST_CASE("each result has a name, an exit code and a meaning of its own") {
  using Row = std::tuple<Verdict::Result, std::string_view, int>;
  for (const auto& [result, text, code] :
       {Row{Verdict::Result::finished, "finished", 0}, Row{Verdict::Result::pass, "pass", 0},
        Row{Verdict::Result::fail, "fail", 1},
        Row{Verdict::Result::inconclusive, "inconclusive", 3},
        Row{Verdict::Result::unhealthy, "unhealthy", 4},
        Row{Verdict::Result::stopped, "stopped", 5},
        Row{Verdict::Result::interrupted, "interrupted", 130},
        Row{Verdict::Result::terminated, "terminated", 143}}) {
    CHECK(name(result) == text);
    CHECK(static_cast<int>(exit_code(result)) == code);
    CHECK(meaning(result).size() > 10);
    CHECK(exit_text(result).size() <= 80);  // the last line of a report
  }
}

}  // namespace
}  // namespace tripcurve::report
