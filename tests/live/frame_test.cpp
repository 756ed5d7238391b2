#include "live/frame.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "live/text.hpp"
#include "test_data.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/live_run.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using breaker::State;
using live::Panel;
using live::Size;
using live::Style;
using testing::ContainsSubstring;
using testing::outage_scene;
using testing::Ticks;
using testing::transition;

namespace {

constexpr Style bare{.colour = false, .unicode = true};
constexpr Style ascii{.colour = false, .unicode = false};
constexpr Style colourful{.colour = true, .unicode = true};

constexpr load::Counts healthy{.calls = 20, .sent = 20, .ok = 20};
constexpr load::Counts failing{.calls = 20, .sent = 20, .error_answers = 15, .timeouts = 5};
constexpr load::Counts rejected{.calls = 20, .fail_fast = 20};

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& line : lines) {
    all += line + "\n";
  }
  return all;
}

// The line that begins with `label`, without margin; "" when there is none.
std::string line_of(const std::vector<std::string>& lines, const std::string& label) {
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.substr(std::min(line.find_first_not_of(' '), line.size())).starts_with(label);
  });
  return found == lines.end() ? "" : *found;
}

void pass(Panel& panel, Ticks& ticks, int count, const load::Counts& counts) {
  for (int i = 0; i < count; ++i) {
    panel.observe(ticks.next(counts));
  }
}

// Twelve seconds: 5 s well, an opening 200 ms into the outage, a half-open flash of 1 ms at 8.2 s.
Panel outage_so_far() {
  const auto scene = outage_scene();
  Panel panel(scene);
  Ticks ticks(scene);
  ticks.set_response(2ms, 5ms);
  ticks.set_in_flight(1);
  pass(panel, ticks, 50, healthy);
  ticks.set_response(20ms, 250ms);
  pass(panel, ticks, 2, failing);
  ticks.set_state(State::open);
  panel.observe(transition(5200ms, State::closed, State::open, "5 failures in a row"));
  ticks.set_response({}, {});
  ticks.set_in_flight(0);
  pass(panel, ticks, 30, rejected);
  panel.observe(transition(8200ms, State::open, State::half_open, "3s in open are over"));
  panel.observe(transition(8201ms, State::half_open, State::open, "a trial failed with a 503"));
  pass(panel, ticks, 38, rejected);
  return panel;
}

Panel four_endpoints() {
  const std::vector<std::string> names = {"/a", "/b", "/c", "/d"};
  const auto scene = outage_scene(names, names);
  Panel panel(scene);
  Ticks ticks(scene);
  ticks.set_state(State::open, 1);
  panel.observe(transition(50ms, State::closed, State::open, "5 failures in a row", 1));
  panel.observe(ticks.next({.calls = 1234, .sent = 1234, .ok = 1200, .resets = 34}, 0));
  panel.observe(ticks.next(rejected, 1));
  return panel;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a breaker that begins open is shown open from the start, and has not opened") {
  auto scene = outage_scene();
  scene.initial_states = {State::open};
  Panel panel(scene);
  Ticks ticks(scene);
  ticks.set_state(State::open);
  pass(panel, ticks, 50, rejected);
  const auto strip = line_of(panel.render({80, 24}, bare), "client");
  CHECK_THAT(strip, ContainsSubstring("OPEN"));
  CHECK_THAT(strip, ContainsSubstring("5.0s"));  // for as long as the run
}

TEST_CASE("the panel of an outage at 80x24 looks as in the golden file") {
  const std::filesystem::path path = std::filesystem::path(TRIPCURVE_TEST_DATA) / "panel-80x24.txt";
  const auto panel = outage_so_far();
  const auto text = "unicode\n" + joined(panel.render({80, 24}, bare)) + "\nASCII\n" +
                    joined(panel.render({80, 24}, ascii));
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update != nullptr && *update != '\0') {
    std::ofstream(path, std::ios::binary) << text;
  }
  REQUIRE(text == read_file(path));
}

TEST_CASE("no window is too small or too large for the panel and no line reaches its last column") {
  const Panel untouched(outage_scene());
  const auto outage = outage_so_far();
  const auto by_endpoint = four_endpoints();
  for (const int columns :
       {1, 2, 3, 5, 12, 19, 20, 34, 35, 40, 62, 63, 72, 73, 80, 200, 500, 900}) {
    for (const int rows : {1, 2, 3, 4, 5, 8, 12, 16, 24, 50, 200}) {
      for (const auto& style : {bare, ascii, colourful}) {
        for (const auto* panel : {&untouched, &outage, &by_endpoint}) {
          const auto lines = panel->render({columns, rows}, style);
          CAPTURE(columns, rows);
          REQUIRE(static_cast<int>(lines.size()) <= rows - 1);
          REQUIRE(std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
            return live::columns(line) < columns;
          }));
        }
      }
    }
  }
}

TEST_CASE("the state is told in words as small as a window may be") {
  const auto panel = outage_so_far();
  for (const Size size : {Size{80, 24}, Size{40, 12}, Size{20, 5}, Size{20, 2}, Size{80, 2}}) {
    CAPTURE(size.columns, size.rows);
    REQUIRE_THAT(joined(panel.render(size, bare)), ContainsSubstring("█ OPEN"));
  }
}

TEST_CASE("a small window leaves out the table by endpoint first and the phases after that") {
  const auto panel = four_endpoints();
  const auto full = joined(panel.render({80, 40}, bare));
  REQUIRE_THAT(full, ContainsSubstring("endpoint "));
  REQUIRE_THAT(full, ContainsSubstring("phase "));
  const auto medium = joined(panel.render({80, 13}, bare));
  REQUIRE_THAT(medium, !ContainsSubstring("endpoint "));
  REQUIRE_THAT(medium, ContainsSubstring("phase "));
  REQUIRE_THAT(medium, ContainsSubstring("p99 response"));
  const auto tiny = joined(panel.render({80, 4}, bare));
  REQUIRE_THAT(tiny, !ContainsSubstring("phase "));
  REQUIRE_THAT(tiny, ContainsSubstring("fail-fast 20"));
}

TEST_CASE("half-open shows in the strip even if it lasted a millisecond") {
  const auto row = line_of(outage_so_far().render({80, 24}, bare), "client");
  REQUIRE_THAT(row, ContainsSubstring("█▒█"));
}

TEST_CASE("an opening stands under the fault that caused it") {
  const auto lines = outage_so_far().render({80, 24}, ascii);
  const auto names = line_of(lines, "phase");
  const auto bar = lines[3];
  const auto strip = line_of(lines, "client");
  REQUIRE(bar.find('X') == names.find("outage"));
  REQUIRE(strip.find('#') == bar.find('X'));
  REQUIRE(strip.find_first_not_of("=#~", strip.find('#')) == bar.find('>') + 1);
}

TEST_CASE("what drains after the end stays on the axis") {
  const auto scene = outage_scene();
  Panel panel(scene);
  Ticks ticks(scene);
  pass(panel, ticks, 205, healthy);
  panel.observe(transition(20600ms, State::closed, State::open, "5 failures in a row"));
  const auto lines = panel.render({80, 24}, ascii);
  REQUIRE_THAT(line_of(lines, "client"), ContainsSubstring("==#  # OPEN"));
  REQUIRE_THAT(lines[0], ContainsSubstring("draining 20.6s / 20.0s"));
}

TEST_CASE("without colour there is no escape and with it the words are the same") {
  const auto plain = joined(outage_so_far().render({80, 24}, bare));
  REQUIRE(plain.find('\x1b') == std::string::npos);

  auto coloured = joined(outage_so_far().render({80, 24}, colourful));
  REQUIRE_THAT(coloured, ContainsSubstring("\x1b[0;31m█"));
  while (coloured.find('\x1b') != std::string::npos) {
    const auto begin = coloured.find('\x1b');
    coloured.erase(begin, coloured.find('m', begin) - begin + 1);
  }
  REQUIRE(coloured == plain);
}

TEST_CASE("ASCII is ASCII whatever the names are") {
  auto scene = outage_scene({"/zürich", "/東京"}, {"/zürich", "/東京"});
  scene.title = "ausfällig";
  const auto text = joined(Panel(scene).render({120, 40}, ascii));
  REQUIRE_THAT(text, ContainsSubstring("/z?rich"));
  REQUIRE(std::all_of(text.begin(), text.end(),
                      [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

TEST_CASE("a hostile name cannot command the terminal or break a line") {
  const std::string hostile =
      "/\x1b]0;owned\x07\x1b[2J\n\r\x9b"
      "31m\xc2\x9b"
      "x\xe2\x80\xae";
  auto scene = outage_scene({hostile, "/b"}, {hostile, "/b"});
  scene.title = hostile;
  scene.load = hostile;
  scene.target = hostile;
  scene.dialect = hostile;
  scene.timetable = Timetable({{hostile, at(0s), at(10s), true}});
  for (const Size size : {Size{200, 50}, Size{80, 24}, Size{30, 6}}) {
    for (const auto& line : Panel(scene).render(size, bare)) {
      CAPTURE(line);
      REQUIRE(std::none_of(line.begin(), line.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
      }));
      REQUIRE(line.find("\xc2\x9b") == std::string::npos);
      REQUIRE(line.find("\xe2\x80\xae") == std::string::npos);
    }
  }
  REQUIRE_THAT(joined(Panel(scene).render({80, 24}, bare)), ContainsSubstring("/?]0;owned??[2J"));
}

TEST_CASE("wide characters take two columns, so the strips stay below each other") {
  const auto scene = outage_scene({"/東京", "/b"}, {"/東京", "/b"});
  Panel panel(scene);
  Ticks ticks(scene);
  panel.observe(ticks.next(healthy));
  const auto lines = panel.render({80, 24}, bare);
  const auto column_of = [](const std::string& line, const std::string& what) {
    return live::columns(line.substr(0, line.find(what)));
  };
  REQUIRE(column_of(line_of(lines, "/東京"), "─") == column_of(line_of(lines, "/b"), "─"));
}

TEST_CASE("shares are of all calls and rates of the last second") {
  const auto scene = outage_scene();
  Panel panel(scene);
  Ticks ticks(scene);
  pass(panel, ticks, 10, healthy);  // 200 calls
  pass(panel, ticks, 10, {.calls = 80, .fail_fast = 70, .sent = 10, .ok = 4, .timeouts = 6});
  const auto lines = panel.render({80, 24}, ascii);
  REQUIRE_THAT(line_of(lines, "sent"), ContainsSubstring("100       300  30.0%"));
  REQUIRE_THAT(line_of(lines, "ok"), ContainsSubstring("40.0       240  24.0%"));
  REQUIRE_THAT(line_of(lines, "failed"), ContainsSubstring("60.0        60   6.0%"));
  REQUIRE_THAT(line_of(lines, "timed out"), ContainsSubstring("60.0        60   6.0%"));
  REQUIRE_THAT(line_of(lines, "fail-fast"), ContainsSubstring("700       700  70.0%"));
  REQUIRE_THAT(line_of(lines, "sent"), ContainsSubstring("before breaker   800/s"));
  REQUIRE_THAT(line_of(lines, "ok"), ContainsSubstring("after breaker    100/s"));
  REQUIRE(line_of(lines, "dropped").empty());

  pass(panel, ticks, 1, {.calls = 1, .dropped = 1});
  REQUIRE_THAT(line_of(panel.render({80, 24}, ascii), "dropped"), ContainsSubstring("<0.1%"));
}

TEST_CASE("what policies do to calls has rows of its own once it happens") {
  const auto scene = outage_scene();
  Panel panel(scene);
  Ticks ticks(scene);
  pass(panel, ticks, 10, healthy);  // 200 calls
  REQUIRE(line_of(panel.render({80, 24}, ascii), "requests").empty());

  // 80 calls make 120 requests; of the others, a bulkhead has no place for some.
  pass(panel, ticks, 10,
       {.calls = 100, .full = 20, .fallback = 30, .sent = 120, .ok = 40, .timeouts = 10});
  const auto lines = panel.render({80, 24}, ascii);
  REQUIRE(line_of(lines, "sent").empty());
  REQUIRE_THAT(line_of(lines, "full"), ContainsSubstring("200       200  16.7%"));
  REQUIRE_THAT(line_of(lines, "fallback"), ContainsSubstring("300       300  25.0%"));
  REQUIRE_THAT(lines.back(), ContainsSubstring("requests     1,200     1,400 116.7%"));
  REQUIRE_THAT(line_of(lines, "failed"), ContainsSubstring("requests       1,200/s"));
  REQUIRE_THAT(panel.render({80, 5}, ascii).back(), ContainsSubstring("requests 1,400"));
}

TEST_CASE("what a fallback answers with has rows below it, and its queue shows what is in it") {
  const auto scene = outage_scene();
  Panel panel(scene);
  Ticks ticks(scene);
  pass(panel, ticks, 10, {.calls = 10, .fallback = 10});
  const auto plain = panel.render({80, 30}, ascii);
  REQUIRE(line_of(plain, "cached").empty());
  REQUIRE(line_of(plain, "queue").empty());
  pass(panel, ticks, 10,
       {.calls = 30, .fallback = 20, .cached = 5, .queued = 10, .drained = 4, .lost = 1, .ok = 10});
  const auto lines = panel.render({80, 30}, ascii);
  REQUIRE_THAT(line_of(lines, "cached"), ContainsSubstring("50.0        50  12.5%"));
  REQUIRE_THAT(line_of(lines, "queued"), ContainsSubstring("100       100  25.0%"));
  REQUIRE_THAT(line_of(lines, "drained"), ContainsSubstring("40.0        40"));
  REQUIRE_THAT(line_of(lines, "in queue"), ContainsSubstring("50"));
  REQUIRE_THAT(line_of(lines, "lost"), ContainsSubstring("10.0        10"));
}

// Of each second, points of half a second with so many calls, all of which fail after the third
// second.
live::Beside failing_run() {
  live::Beside beside{.label = "without", .points = {}};
  for (int half = 1; half <= 40; ++half) {
    report::Interval point;
    point.end = at(half * 500ms);
    point.counts = {.calls = 50, .sent = 50};
    (half <= 6 ? point.counts.ok : point.counts.timeouts) = 50;
    point.p99 = half <= 6 ? 5ms : 1000ms;
    beside.points.push_back(point);
  }
  return beside;
}

TEST_CASE("another run is shown as it was at the same time") {
  auto scene = outage_scene();
  scene.beside = failing_run();
  Panel panel(scene);
  Ticks ticks(scene);
  ticks.set_response(2ms, 7ms);
  pass(panel, ticks, 30, healthy);  // three seconds
  auto lines = panel.render({80, 24}, ascii);
  REQUIRE_THAT(line_of(lines, "calls"), ContainsSubstring("without now/s     total"));
  REQUIRE_THAT(line_of(lines, "ok"), ContainsSubstring("100       300"));
  REQUIRE_THAT(line_of(lines, "timed out"), ContainsSubstring("0.0         0"));
  REQUIRE_THAT(line_of(lines, "p99"), ContainsSubstring("7.00ms"));
  REQUIRE_THAT(line_of(lines, "p99"), ContainsSubstring("5.00ms"));
  pass(panel, ticks, 20, healthy);
  lines = panel.render({80, 24}, ascii);
  REQUIRE_THAT(line_of(lines, "ok"), ContainsSubstring("0.0       300"));
  REQUIRE_THAT(line_of(lines, "timed out"), ContainsSubstring("100       200"));
  REQUIRE_THAT(line_of(lines, "p99"), ContainsSubstring("1.00s"));
  for (const int width : {20, 40, 60, 71, 72, 80, 200}) {
    for (const auto& line : panel.render({width, 24}, ascii)) {
      REQUIRE(static_cast<int>(line.size()) < width);
    }
  }
}

TEST_CASE("the limit that an adaptive policy keeps to stands below the calls in flight") {
  const auto scene = outage_scene();
  Panel panel(scene);
  Ticks ticks(scene);
  pass(panel, ticks, 10, healthy);
  const auto shows = [&](Size size) {
    const auto lines = panel.render(size, ascii);
    return std::ranges::any_of(
        lines, [](const std::string& line) { return line.find("limit") != std::string::npos; });
  };
  REQUIRE_FALSE(shows({80, 24}));
  ticks.set_limit(1234);
  pass(panel, ticks, 10, healthy);
  REQUIRE_THAT(line_of(panel.render({80, 24}, ascii), "limit"), ContainsSubstring("1,234"));
  REQUIRE(shows({60, 40}));  // below the calls
}

TEST_CASE("a quiet tick does not hide the response times of the last second") {
  const auto scene = outage_scene();
  Panel panel(scene);
  Ticks ticks(scene);
  ticks.set_response(2ms, 700ms);
  pass(panel, ticks, 1, healthy);
  ticks.set_response(3ms, 5ms);
  pass(panel, ticks, 1, healthy);
  ticks.set_response({}, {});
  pass(panel, ticks, 1, healthy);
  auto text = joined(panel.render({80, 24}, ascii));
  REQUIRE_THAT(text, ContainsSubstring("p50 response    3.00ms"));
  REQUIRE_THAT(text, ContainsSubstring("p99 response     700ms"));
  pass(panel, ticks, 10, healthy);
  text = joined(panel.render({80, 24}, ascii));
  REQUIRE_THAT(text, ContainsSubstring("p50 response         -"));
}

TEST_CASE("a trend has one mark a second, higher for more, and a gap where nothing ended") {
  const auto text = joined(outage_so_far().render({80, 24}, bare));
  REQUIRE_THAT(text, ContainsSubstring("████████████\n"));  // before the breaker
  REQUIRE_THAT(text, ContainsSubstring("█████▂▁▁▁▁▁▁\n"));  // after it
  REQUIRE_THAT(text, ContainsSubstring("▂▂▂▂▂█\n"));
}

TEST_CASE("the state of a tick counts although no transition told it") {
  const auto scene = outage_scene();
  Panel panel(scene);
  Ticks ticks(scene);
  pass(panel, ticks, 10, healthy);
  ticks.set_state(State::forced_open);
  pass(panel, ticks, 5, rejected);
  REQUIRE_THAT(line_of(panel.render({80, 24}, ascii), "client"),
               ContainsSubstring("# FORCED OPEN   0.4s"));
}

TEST_CASE("a state's time and the openings count from the transitions") {
  const auto row = line_of(outage_so_far().render({80, 24}, ascii), "client");
  REQUIRE_THAT(row, ContainsSubstring("# OPEN          3.7s      2"));
}

TEST_CASE("endpoints are listed with their breaker's state and their calls") {
  const auto lines = four_endpoints().render({80, 40}, ascii);
  const auto table = std::vector<std::string>(
      std::find_if(lines.begin(), lines.end(),
                   [](const std::string& line) { return line.starts_with(" endpoint"); }),
      lines.end());
  REQUIRE(table.size() == 5);
  REQUIRE_THAT(table[1], ContainsSubstring("/a        = CLOSED           1,234      1,200"));
  REQUIRE_THAT(table[1], ContainsSubstring("34          0"));
  REQUIRE_THAT(table[2], ContainsSubstring("/b        # OPEN                20          0"));
}

TEST_CASE("breakers that have no row of their own are counted by state") {
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back("/" + std::to_string(i));
  }
  const auto scene = outage_scene(names, names);
  Panel panel(scene);
  panel.observe(transition(1s, State::closed, State::open, "5 failures in a row", 19));
  const auto tall = joined(panel.render({80, 60}, ascii));
  REQUIRE_THAT(tall, ContainsSubstring("+12 more:  # 1 OPEN  = 11 CLOSED"));
  const auto flat = joined(panel.render({80, 3}, ascii));
  REQUIRE_THAT(flat, ContainsSubstring("20 breakers:  # 1 OPEN  = 19 CLOSED"));
}

TEST_CASE("an endpoint table that is cut adds up what it leaves out") {
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back("/" + std::to_string(i));
  }
  const auto scene = outage_scene(names);
  Panel panel(scene);
  Ticks ticks(scene);
  for (std::size_t i = 0; i < names.size(); ++i) {
    panel.observe(ticks.next(healthy, i));
  }
  const auto lines = panel.render({80, 24}, ascii);
  const auto rest = line_of(lines, "+");
  REQUIRE_THAT(rest, ContainsSubstring("+16 more"));
  REQUIRE_THAT(rest, ContainsSubstring("320        320          0          0"));
}
