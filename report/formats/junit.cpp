// JUnit XML as Jenkins, GitLab and their like read it: testsuites, testsuite, properties, testcase
// with failure or error, system-out, in this order.
#include <fmt/format.h>

#include <algorithm>

#include "report/formats.hpp"
#include "report/layout.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

// One line, for an attribute or between tags. printable() leaves no control characters; U+FFFE and
// U+FFFF are no characters of XML either.
std::string xml(std::string_view text) {
  auto shown = printable(text);
  for (const std::string_view none : {"\xef\xbf\xbe", "\xef\xbf\xbf"}) {
    for (auto i = shown.find(none); i != std::string::npos; i = shown.find(none, i)) {
      shown.replace(i, none.size(), "\uFFFD");
    }
  }
  std::string escaped;
  for (const char c : shown) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

struct Case {
  std::string name;
  Judged::Result result = Judged::Result::pass;
  std::string message;               // when it is no pass
  std::vector<std::string> details;  // lines
};

std::string to_xml(const Case& test, std::string_view class_name) {
  const auto head =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml(class_name), xml(test.name));
  if (test.result == Judged::Result::pass) {
    return head + "/>\n";
  }
  std::string details;
  for (const auto& line : test.details) {
    details += xml(line) + "\n";
  }
  const std::string tag = test.result == Judged::Result::fail ? "failure" : "error";
  return fmt::format("{}>\n      <{} type=\"{}\" message=\"{}\">{}</{}>\n    </testcase>\n", head,
                     tag, name(test.result), xml(test.message), details, tag);
}

std::ptrdiff_t count(const std::vector<Case>& cases, Judged::Result result) {
  return std::ranges::count(cases, result, &Case::result);
}

Case case_of(const Judged& one, const RunFacts& facts) {
  // The suite says the phase, so the name says the rest.
  auto scope = one.scope;
  scope.phase = "";
  Case test{.name = one.text + (scope == Scope{} ? "" : ", " + scope.text()),
            .result = one.result,
            .message = comparison(one),
            .details = {}};
  if (!one.reason.empty()) {
    test.details.push_back(one.reason);
  }
  test.details.push_back("scope: " + one.scope.text());
  if (!one.margin.empty()) {
    test.details.push_back("margin: " + one.margin);
  }
  if (!one.place.empty()) {
    test.details.push_back("expected at: " + one.place);
  }
  for (auto& line : again(facts)) {
    test.details.push_back(std::move(line));
  }
  return test;
}

// So that a run of which nothing was expected is not an empty file, and none that was interrupted
// looks like a pass.
Case verdict_case(const Summary& summary) {
  const auto result = summary.verdict.result;
  return {.name = "verdict",
          .result = is_good(result)                   ? Judged::Result::pass
                    : result == Verdict::Result::fail ? Judged::Result::fail
                                                      : Judged::Result::inconclusive,
          .message = headline(summary) + ": " + std::string(meaning(result)),
          .details = summary.verdict.reasons};
}

class Suites {
 public:
  explicit Suites(std::string experiment) : experiment_(std::move(experiment)) {}

  void add(const std::string& suite, Duration lasted, const std::vector<Case>& cases,
           const std::string& properties, const std::string& output) {
    const auto name = experiment_ + (suite.empty() ? "" : ", phase " + suite);
    tests_ += cases.size();
    failures_ += count(cases, Judged::Result::fail);
    errors_ += count(cases, Judged::Result::inconclusive);
    text_ += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" "
        "time=\"{:.3f}\">\n",
        xml(name), cases.size(), count(cases, Judged::Result::fail),
        count(cases, Judged::Result::inconclusive), to_seconds(lasted));
    text_ += properties;
    for (const auto& test : cases) {
      text_ += to_xml(test, name);
    }
    text_ += output + "  </testsuite>\n";
  }

  [[nodiscard]] std::string document(Duration lasted) const {
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"tripcurve\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
        "time=\"{:.3f}\">\n{}</testsuites>\n",
        tests_, failures_, errors_, to_seconds(lasted), text_);
  }

 private:
  std::string experiment_;
  std::string text_;
  std::size_t tests_ = 0;
  std::ptrdiff_t failures_ = 0;
  std::ptrdiff_t errors_ = 0;
};

std::string properties(const RunFacts& facts) {
  std::string text = "    <properties>\n";
  for (const auto& [key, value] : std::initializer_list<std::pair<std::string_view, std::string>>{
           {"seed", std::to_string(facts.seed)},
           {"version", facts.tool_version},
           {"command", facts.command},
           {"dialect", facts.dialect},
           {"load", facts.load_words},
           {"target", facts.target}}) {
    if (!value.empty()) {
      text += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", key, xml(value));
    }
  }
  return text + "    </properties>\n";
}

std::string transition_lines(const RunFacts& facts) {
  std::string text = "    <system-out>";
  constexpr std::size_t most = 1000;
  for (std::size_t i = 0; i < std::min(most, facts.events.size()); ++i) {
    const auto& event = facts.events[i];
    text +=
        xml(transition_text(event, facts.breakers[event.breaker].identity.name, facts.timetable)) +
        "\n";
  }
  return text + "</system-out>\n";
}

}  // namespace

std::string to_junit(const Summary& summary) {
  const auto& facts = summary.facts;
  // Of phases of one name the first; a phase that the run does not have is the run's business.
  const auto phase_of = [&](const Judged& one) {
    return std::ranges::find(summary.phases, one.scope.phase,
                             [](const PhaseSummary& phase) { return phase.phase.name; });
  };
  const auto cases_of = [&](auto phase) {
    std::vector<Case> cases;
    for (const auto& one : summary.expectations) {
      if (phase_of(one) == phase) {
        cases.push_back(case_of(one, facts));
      }
    }
    return cases;
  };

  Suites suites(facts.name);
  std::vector<Case> of_run;
  for (const auto& one : summary.baseline) {
    of_run.push_back(case_of(one, facts));
    of_run.back().name = "baseline: " + of_run.back().name;
  }
  const auto expected = cases_of(summary.phases.end());
  of_run.insert(of_run.end(), expected.begin(), expected.end());
  of_run.push_back(verdict_case(summary));
  suites.add("", summary.totals.lasted, of_run, properties(facts), transition_lines(facts));
  for (auto phase = summary.phases.begin(); phase != summary.phases.end(); ++phase) {
    if (const auto cases = cases_of(phase); !cases.empty()) {
      suites.add(phase->phase.name, phase->lasted, cases, "", "");
    }
  }
  return suites.document(summary.totals.lasted);
}

}  // namespace tripcurve::report
