#include <sstream>

#include "report/formats.hpp"
#include "report/layout.hpp"
#include "report/words.hpp"
#include "tests/report/run_facts.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::report {
namespace {

using namespace testing;
using tripcurve::testing::ContainsSubstring;

std::string text_of(const Run& facts) { return to_text(summarize(facts)); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

// The row with this label, spaces squeezed.
std::string row(const std::string& text, const std::string& label) {
  for (const auto& line : lines_of(text)) {
    std::istringstream words(line);
    std::string squeezed;
    for (std::string word; words >> word;) {
      squeezed += squeezed.empty() ? word : " " + word;
    }
    if (squeezed.compare(0, label.size() + 1, label + " ") == 0) {
      return squeezed;
    }
  }
  return "no row";
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) {
    ++n;
  }
  return n;
}

void check_shape(const std::string& text) {
  CHECK(text.back() == '\n');
  for (const auto& line : lines_of(text)) {
    CAPTURE(line);
    CHECK(columns(line) <= 80);
    CHECK(printable(line) == line);
    CHECK((line.empty() || line.back() != ' '));
  }
}

TEST_CASE("the text report is compared whole with the golden one") {
  const auto text = text_of(eventful_run());
  CHECK(text == golden("report.txt", text));
  check_shape(text);
}

TEST_CASE("the same facts give the same text") {
  CHECK(text_of(eventful_run()) == text_of(eventful_run()));
}

TEST_CASE("the report begins with what was run and ends with how to repeat it and the exit code") {
  const auto lines = lines_of(text_of(eventful_run()));
  CHECK(lines.front() == "checkout · run · seed 42 · http://127.0.0.1:38211");
  CHECK(lines[lines.size() - 2] == "Run it again with the same flags and --seed 42");
}

TEST_CASE("the failures are broken down into those that occurred") {
  const auto text = text_of(eventful_run());
  CHECK(row(text, "failed") == "failed 0 88 0 88");
  CHECK(row(text, "timeouts") == "timeouts 0 9 0 9");
  CHECK(row(text, "connect failed") == "no row");
  CHECK(row(text, "dropped") == "no row");
}

TEST_CASE("a latency without samples is a dash") {
  auto facts = busy_run(outage);
  facts.tally.phases[1] = load::PhaseTally(1);
  const auto text = text_of(facts);
  CHECK(row(text, "response p50") == "response p50 5.00ms - 5.00ms 5.00ms");
  CHECK(row(text, "of ended") == "of ended 0.0% - 0.0% 0.0%");
}

TEST_CASE("a foreign upstream has no rows") {
  CHECK(text_of(busy_run(outage)).find("upstream") == std::string::npos);
}

TEST_CASE("one phase, three and fifty stay within 80 columns") {
  for (const std::size_t count : {1U, 3U, 4U, 5U, 50U}) {
    CAPTURE(count);
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < count; ++i) {
      stretches.push_back({"phase" + std::to_string(i), 1s, i % 2 == 1});
    }
    const auto text = text_of(busy_run(stretches));
    check_shape(text);
    for (std::size_t i = 0; i < count; ++i) {
      CHECK_THAT(text, ContainsSubstring("phase" + std::to_string(i)));
    }
    CHECK_THAT(text, ContainsSubstring("total\n"));
  }
}

TEST_CASE("four phases and their total stand side by side") {
  const auto text = text_of(busy_run({{"a", 1s}, {"b", 1s, true}, {"c", 1s}, {"d", 1s}}));
  CHECK(count_of(text, "\ncalls ") == 1);
}

TEST_CASE("long names are cut and numbers are not") {
  const std::string name(200, 'n');
  auto facts = busy_run({{name, 1s}, {"wide 漢字漢字漢字漢字漢字漢字漢字", 1s, true}, {name, 1s}});
  facts.name = name;
  facts.target = "http://" + name;
  facts.dialect = name;
  facts.breakers = breakers({{.name = "/" + name}, {.name = "/short"}});
  facts.tally.phases[0].endpoints[0].counts.calls = 36'000'000'000;
  add_transition(facts, 1500ms, State::forced_open, State::half_open, name);
  add_transition(facts, 1600ms, State::closed, State::open, "short", 1);

  const auto text = text_of(facts);

  check_shape(text);
  CHECK_THAT(text, ContainsSubstring("nnn…"));
  CHECK_THAT(text, ContainsSubstring("36,000,000,000"));
}

TEST_CASE("names cannot move the cursor or break a line") {
  auto facts = busy_run({{"a\x1b[2J\nb", 1s, true}});
  facts.name = "x\ry";
  facts.target = "\x1b]0;title\a";
  facts.breakers = breakers({{.name = "\xff\xfe"}});
  facts.upstream = {{100, 0, 99, {{"\t", 1}}}};
  add_transition(facts, 500ms, State::closed, State::open, "because\n\x1b[31mred");

  const auto text = text_of(facts);

  check_shape(text);
  CHECK_THAT(text, ContainsSubstring("x\uFFFDy"));
  CHECK_THAT(text, ContainsSubstring("because\uFFFD\uFFFD[31mred"));
}

TEST_CASE("a long list of transitions shows its beginning and its end") {
  auto facts = busy_run({{"all", 100s}});
  for (int i = 0; i < 31; ++i) {
    add_transition(facts, (i + 1) * 1s, State::closed, State::open, "cause" + std::to_string(i));
  }
  auto text = text_of(facts);
  CHECK_THAT(text, ContainsSubstring("cause19\n  ... 6 more\n"));
  CHECK(text.find("cause20") == std::string::npos);
  CHECK(text.find("cause25") == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("cause26"));
  CHECK_THAT(text, ContainsSubstring("cause30"));

  facts.events.pop_back();
  facts.transition_count = 30;
  text = text_of(facts);
  CHECK_THAT(text, ContainsSubstring("cause20"));
  CHECK(text.find(" more\n") == std::string::npos);
}

TEST_CASE("transitions that were not kept are admitted") {
  auto facts = busy_run(outage);
  add_transition(facts, 6s, State::closed, State::open);
  facts.transition_count = 12'345;
  CHECK_THAT(text_of(facts), ContainsSubstring("Transitions  12,345\n"));
  CHECK_THAT(text_of(facts), ContainsSubstring("Only the first 1 transitions were kept"));
}

TEST_CASE("the breakers' reactions are told in sentences") {
  auto facts = busy_run(outage);
  CHECK_THAT(text_of(facts), ContainsSubstring("  client did not open for the fault\n"));

  add_transition(facts, 5214ms, State::closed, State::open);
  CHECK_THAT(
      text_of(facts),
      ContainsSubstring("  client opened 214ms after the fault began and did not close again\n"));

  add_transition(facts, 16410ms, State::open, State::closed);
  CHECK_THAT(text_of(facts),
             ContainsSubstring(
                 "  client opened 214ms after the fault began and closed 3.41s after it ended\n"));

  facts.events.clear();
  facts.transition_count = 0;
  add_transition(facts, 4s, State::closed, State::open);
  add_transition(facts, 7s, State::open, State::closed);
  CHECK_THAT(text_of(facts),
             ContainsSubstring(
                 "  client was already open when the fault began and was closed when it ended\n"));
}

TEST_CASE("a breaker that is open as the run ends during the fault is not said to stay open") {
  auto facts = busy_run({{"healthy", 1s}, {"outage", 1s, true}});
  add_transition(facts, 1100ms, State::closed, State::open);
  CHECK_THAT(text_of(facts),
             ContainsSubstring("opened 100ms after the fault began and had not closed again when "
                               "the\n  run ended during the fault\n"));
}

TEST_CASE("of several faults each is named by its time") {
  const auto text =
      text_of(busy_run({{"a", 1s}, {"b", 1s, true}, {"c", 60s}, {"d", 1s, true}, {"e", 1s}}));
  CHECK_THAT(text, ContainsSubstring("did not open for the fault at 1s\n"));
  CHECK_THAT(text, ContainsSubstring("did not open for the fault at 1m2s\n"));
}

TEST_CASE("a fallback's answers are told apart, and the availability is told with and without") {
  auto facts = busy_run(outage);
  CHECK_THAT(text_of(facts), !ContainsSubstring("availability"));
  auto& tally = facts.tally.phases[1];
  auto& counts = tally.endpoints[0].counts;
  counts.fallback = 200;
  CHECK_THAT(text_of(facts), !ContainsSubstring("cached"));
  CHECK_THAT(text_of(facts), !ContainsSubstring("queued"));
  counts.cached = 60;
  counts.cache_misses = 20;
  counts.queued = 100;
  counts.drained = 40;
  counts.lost = 10;
  counts.queue_full = 3;
  tally.stale_age.record(2s);
  tally.queue_wait.record(7s);
  const auto text = text_of(facts);
  for (const auto* row :
       {"  fallback", "    cached", "      hit rate", "    queued", "      drained", "      lost",
        "      still queued", "  no place in queue", "availability", "  with fallback",
        "age of cached p50", "age of cached max", "wait in queue p50", "wait in queue max"}) {
    INFO(row);
    CHECK_THAT(text, ContainsSubstring("\n" + std::string(row) + "  "));
  }
  CHECK_THAT(text, ContainsSubstring("75.0%"));
  check_shape(text);
}

TEST_CASE("first bytes and gaps have rows when an answer came in pieces, and not otherwise") {
  auto facts = busy_run(outage);
  facts.tally.phases[1].endpoints[0].times.record(5ms, 5ms, 300ms);
  CHECK_THAT(text_of(facts), !ContainsSubstring("first byte"));
  facts.tally.phases[1].gap.record(4s);
  facts.tally.phases[1].endpoints[0].counts.cut = 3;
  facts.tally.phases[1].endpoints[0].counts.connect_failed = 7;
  facts.tally.phases[1].endpoints[0].counts.handshakes = 5;
  const auto text = text_of(facts);
  for (const auto* row : {"first byte p50", "first byte max", "longest gap p50", "longest gap max",
                          "    answer cut", "        in TLS handshake"}) {
    INFO(row);
    CHECK_THAT(text, ContainsSubstring("\n" + std::string(row) + "  "));
  }
  check_shape(text);
}

TEST_CASE("an inconclusive verdict gives its reasons") {
  const auto text = text_of(quiet_run(outage));
  CHECK_THAT(text, ContainsSubstring("Verdict  INCONCLUSIVE\n  - 0 calls were made in 20.0s"));
  check_shape(text);
}

TEST_CASE("an interrupted run says when") {
  auto facts = quiet_run(outage);
  add_ok_calls(facts, 0, 200, 5ms);
  facts.ending = Ending::interrupted;
  facts.ended_at = at(2s);
  CHECK_THAT(text_of(facts), ContainsSubstring("Verdict  interrupted after 2.00s\n"));
}

TEST_CASE("time since the fault counts from its begin and then from its end") {
  const auto timetable = timetable_of(outage);
  CHECK(since_fault(at(4999ms), timetable).empty());
  CHECK(since_fault(at(5214ms), timetable) == "214ms after the fault began");
  CHECK(since_fault(at(12999ms), timetable) == "8.00s after the fault began");
  CHECK(since_fault(at(14400ms), timetable) == "1.40s after the fault ended");
}

TEST_CASE("a transition on one line says when, who, what, why and since when") {
  const auto timetable = timetable_of(outage);
  const load::BreakerEvent open{
      0, {at(5214ms), State::closed, State::open, "5 failures in a row, the last a 503"}};
  CHECK(transition_text(open, "client", timetable) ==
        "  5.214s  client  closed → open  5 failures in a row, the last a 503 "
        "(214ms after the fault began)");

  const load::BreakerEvent early{0, {at(1s), State::closed, State::open, "why\nnot"}};
  CHECK(transition_text(early, "cli\tent", timetable) ==
        "  1.000s  cli\uFFFDent  closed → open  why\uFFFDnot");
}

TEST_CASE("a column is what a terminal shows of a character") {
  CHECK(columns("abc") == 3);
  CHECK(columns("→…é") == 3);
  CHECK(columns("漢字") == 4);
  CHECK(columns("\xff\x1b") == 2);
}

TEST_CASE("broken UTF-8 is replaced byte by byte") {
  CHECK(printable("\xc3") == "\uFFFD");
  CHECK(printable("\xc0\xaf") == "\uFFFD\uFFFD");
  CHECK(printable("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(printable("\xf4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(printable("a\xe2\x82z") == "a\uFFFD\uFFFDz");
  CHECK(printable("\xf0\x9f\x98\x80é") == "\xf0\x9f\x98\x80é");
  CHECK(printable("\u202Eabc\u0085") == "\uFFFDabc\uFFFD");
}

TEST_CASE("cutting never splits a character and says that something is missing") {
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdef", 5) == "abcd…");
  CHECK(cut("漢字漢字", 4) == "漢…");
  CHECK(cut("abc", 0).empty());
  CHECK(left("漢字漢字", 4) == "漢… ");
  CHECK(right("é", 3) == "  é");
}

TEST_CASE("wrapping leaves nothing out") {
  const std::string word(100, 'w');
  const auto text = hang("head  ", "some words before " + word + " and after");
  std::string joined;
  for (const auto& line : lines_of(text)) {
    CHECK(columns(line) <= 80);
    joined += line.substr(6);
  }
  CHECK(count_of(joined, "w") == 101);
  CHECK_THAT(joined, ContainsSubstring("some words before"));
  CHECK_THAT(joined, ContainsSubstring("and after"));
  CHECK(hang("head", "") == "head\n");
}

}  // namespace
}  // namespace tripcurve::report
