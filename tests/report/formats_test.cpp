#include <algorithm>
#include <set>

#include "report/formats.hpp"
#include "report/registry.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;
using tripcurve::testing::ContainsSubstring;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A run in which every name is `name`.
Summary named(const std::string& name) {
  auto run = busy_run({{name, 1s, true}});
  run.name = run.dialect = run.target = run.load_words = name;
  run.breakers = breakers({{.endpoint = name, .name = name}, {.endpoint = "/b", .name = "/b"}});
  run.warnings = {name};
  add_transition(run, 500ms, State::closed, State::open, name);
  auto summary = summarize(run);
  summary.expectations = {{.text = name,
                           .scope = {.phase = name, .endpoint = name, .breaker = name},
                           .place = name,
                           .result = Judged::Result::fail,
                           .observed = name,
                           .bound = name,
                           .margin = name,
                           .reason = name,
                           .unit = name}};
  summary.verdict = decide(summary);
  return summary;
}

TEST_CASE("every format has a name, a flag and an ending of its own") {
  std::set<std::string_view> names, flags, endings;
  for (const auto& format : formats()) {
    CHECK(format.flag == "--" + std::string(format.name));
    CHECK(format.ending.front() == '.');
    CHECK_FALSE(format.summary.empty());
    CHECK_FALSE(format.write(judged_run()).empty());
    names.insert(format.name);
    flags.insert(format.flag);
    endings.insert(format.ending);
  }
  CHECK(names.size() == formats().size());
  CHECK(endings.size() == formats().size());
}

TEST_CASE("what people and CI servers read is compared whole with the golden ones") {
  const auto summary = judged_run();
  for (const auto& format : formats()) {
    if (format.name == "json" || format.name == "html") {
      continue;  // by its fields, and in a browser
    }
    CAPTURE(format.name);
    const auto text = format.write(summary);
    CHECK(text == golden("judged" + std::string(format.ending), text));
  }
  CHECK(to_github(summary) == golden("judged.github", to_github(summary)));
}

TEST_CASE("an expectation that fails says what was seen, what was wanted and of how many") {
  const std::string message = "time_to_open was 214ms, but had to be < 200ms (n=1)";
  CHECK_THAT(
      to_junit(judged_run()),
      ContainsSubstring("<failure type=\"fail\" message=\"time_to_open was 214ms, but had to be "
                        "&lt; 200ms (n=1)\">"));
  CHECK_THAT(to_github(judged_run()), ContainsSubstring(message));
  CHECK_THAT(to_text(judged_run()), ContainsSubstring(message));
}

TEST_CASE("a JUnit file of a run without expectations has the verdict") {
  const auto text = to_junit(summarize(busy_run(outage)));
  CHECK_THAT(text, ContainsSubstring("tests=\"1\" failures=\"0\" errors=\"0\""));
  CHECK_THAT(text, ContainsSubstring("name=\"verdict\"/>"));
}

TEST_CASE("no verdict but a good one is a pass in JUnit") {
  auto run = busy_run(outage);
  for (const auto ending : {Ending::interrupted, Ending::unhealthy, Ending::stopped}) {
    run.ending = ending;
    CHECK_THAT(to_junit(summarize(run)), ContainsSubstring("errors=\"1\""));
  }
  CHECK_THAT(to_junit(summarize(quiet_run(outage))), ContainsSubstring("errors=\"1\""));
}

TEST_CASE("an expectation of a phase that the run does not have is the run's") {
  auto summary = judged_run();
  summary.expectations[1].scope.phase = "elsewhere";
  const auto text = to_junit(summary);
  CHECK_FALSE(has(text, "<testsuite name=\"checkout, phase elsewhere\""));
  CHECK_THAT(text, ContainsSubstring("tests=\"4\""));
  CHECK_THAT(text, ContainsSubstring("name=\"time_to_open &lt; 200ms, breaker client\""));
}

TEST_CASE("names cannot break out of XML and hold no character that is illegal there") {
  const auto text = to_junit(named("<a b=\"c\">&'\x01\x1b\xff\uFFFE\uFFFF]]>\n"));
  CHECK_FALSE(has(text, "<a b"));
  CHECK_FALSE(has(text, "]]>"));
  CHECK_FALSE(has(text, "\uFFFE"));
  CHECK_FALSE(has(text, "\uFFFF"));
  CHECK(std::ranges::none_of(text, [](char c) { return '\0' <= c && c < ' ' && c != '\n'; }));
  CHECK_THAT(text,
             ContainsSubstring(
                 "&lt;a b=&quot;c&quot;&gt;&amp;'\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD]]&gt;\uFFFD"));
}

TEST_CASE("names cannot break out of a Markdown table, be HTML or call people") {
  const auto text = to_markdown(named("a|b<script>`*_[x](y)#@team\n| c"));
  CHECK_FALSE(has(text, "<script"));
  CHECK_FALSE(has(text, "@team"));
  CHECK_FALSE(has(text, "a|b"));
  CHECK_THAT(text,
             ContainsSubstring("a\\|b&lt;script&gt;\\`\\*\\_\\[x\\](y)\\#&#64;team\uFFFD\\| c"));
}

TEST_CASE("a Markdown table has as many cells in each row as in its header") {
  const auto text = to_markdown(named("a|b"));
  std::istringstream lines(text);
  std::size_t cells = 0;
  for (std::string line; std::getline(lines, line);) {
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1U : 0U;
    }
    CAPTURE(line);
    CHECK((bars == 0 || cells == 0 || bars == cells));
    cells = bars;
  }
}

TEST_CASE("a long list of transitions leaves room for the rest of a comment") {
  auto run = busy_run({{"all", 1000s}});
  for (int i = 0; i < 900; ++i) {
    add_transition(run, (i + 1) * 1s, State::closed, State::open);
  }
  const auto text = to_markdown(summarize(run));
  CHECK(text.size() < 65'536 / 2);
  CHECK_THAT(text, ContainsSubstring("... 850 more"));
}

TEST_CASE("a workflow command is one line whatever it says") {
  const auto text = to_github(named("a\nb\r::error::%,:\n"));
  CHECK(std::ranges::count(text, '\n') == 2);
  CHECK_THAT(text, ContainsSubstring("title=a%0Ab%0D%3A%3Aerror%3A%3A%25%2C%3A%0A::"));
}

TEST_CASE("a workflow command points to the place in the file, if there is one") {
  auto summary = judged_run();
  const auto with_place = [&](const std::string& place) {
    summary.expectations[1].place = place;
    return to_github(summary);
  };
  CHECK_THAT(with_place("a,b.yaml:31:5"),
             ContainsSubstring("::error file=a%2Cb.yaml,line=31,col=5,title="));
  CHECK_THAT(with_place("C:x:1:2"), ContainsSubstring("::error file=C%3Ax,line=1,col=2,title="));
  for (const auto* place :
       {"--expect", "", "file.yaml", "file.yaml:3", "x:y:3", ":1:2", "a:-1:2"}) {
    CAPTURE(place);
    CHECK_THAT(with_place(place), ContainsSubstring("::error title="));
  }
}

TEST_CASE("a run in which all is well has no workflow commands") {
  CHECK(to_github(summarize(busy_run(outage))).empty());
}

TEST_CASE("each row of the CSV has a field for each column") {
  const auto text = to_csv(judged_run());
  std::istringstream lines(text);
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    CHECK(line.back() == '\r');
    CHECK(std::ranges::count(line, ',') == 31);
  }
  CHECK(rows == 3);
  CHECK_THAT(text,
             ContainsSubstring(
                 "\r\n20000,1000,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,,,0\r\n"));
}

}  // namespace
}  // namespace tripcurve::report
