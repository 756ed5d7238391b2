#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>

#include "live/display.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/live_run.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using breaker::State;
using testing::outage_scene;
using testing::Ticks;
using testing::transition;

namespace {

class Pipe {
 public:
  Pipe() {
    if (::pipe(ends_) != 0) {
      throw std::runtime_error("no pipe");
    }
  }
  ~Pipe() {
    close_reader();
    ::close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_reader() {
    if (ends_[0] >= 0) {
      ::close(ends_[0]);
    }
    ends_[0] = -1;
  }
  // What is in it now.
  [[nodiscard]] std::string read() const {
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::string text(65536, '\0');
    const auto size = ::read(ends_[0], text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  int ends_[2] = {-1, -1};
};

}  // namespace

TEST_CASE("in a pipe a run begins with a line that tells how to repeat it") {
  const Pipe pipe;
  live::make_plain(pipe.writer(), {})->start(outage_scene());
  REQUIRE(pipe.read() ==
          "t=0.000s event=start experiment=outage load=\"200/s constant\" seed=42 "
          "target=127.0.0.1:38211 breaker=classic duration=20s\n");
}

TEST_CASE("in a pipe phases and transitions are one line each") {
  const Pipe pipe;
  const auto scene = outage_scene();
  const auto display = live::make_plain(pipe.writer(), {});
  display->start(scene);
  (void)pipe.read();
  display->phase_began(scene.timetable.phases()[1]);
  display->transition(
      transition(5214ms, State::closed, State::open, "5 failures in a row, the last a 503"));
  display->transition(transition(5300ms, State::open, State::half_open, "over"));
  REQUIRE(pipe.read() ==
          "t=5.000s event=phase phase=outage fault=yes\n"
          "t=5.214s event=transition breaker=client from=closed to=open "
          "cause=\"5 failures in a row, the last a 503\" since=\"214ms after the fault began\"\n"
          "t=5.300s event=transition breaker=client from=open to=half_open cause=over "
          "since=\"300ms after the fault began\"\n");
}

TEST_CASE("in a pipe a transition before the first fault has no time since it") {
  const Pipe pipe;
  const auto display = live::make_plain(pipe.writer(), {});
  display->start(outage_scene());
  (void)pipe.read();
  display->transition(transition(1s, State::closed, State::open, "over"));
  REQUIRE(pipe.read() ==
          "t=1.000s event=transition breaker=client from=closed to=open cause=over\n");
}

TEST_CASE("in a pipe a tick is one line of what happened in it") {
  const Pipe pipe;
  const auto scene = outage_scene();
  const auto display = live::make_plain(pipe.writer(), {});
  display->start(scene);
  (void)pipe.read();
  Ticks ticks(scene);
  ticks.set_response(312ms, 598ms);
  ticks.set_in_flight(2);
  ticks.set_state(State::open);
  display->tick(ticks.next(
      {.calls = 200, .fail_fast = 163, .sent = 37, .ok = 12, .error_answers = 20, .timeouts = 5}));
  ticks.set_response({}, {});
  display->tick(ticks.next({}));
  REQUIRE(pipe.read() ==
          "t=0.1s phase=normal calls=200 sent=37 ok=12 failed=25 timeouts=5 fail_fast=163 "
          "dropped=0 in_flight=2 p50=312ms p99=598ms state=open\n"
          "t=0.2s phase=normal calls=0 sent=0 ok=0 failed=0 timeouts=0 fail_fast=0 dropped=0 "
          "in_flight=2 p50=- p99=- state=open\n");
}

TEST_CASE("in a pipe an adaptive limit is told, and what another run had come to by then") {
  const Pipe pipe;
  auto scene = outage_scene();
  report::Interval point;
  point.end = at(50ms);
  point.counts = {.calls = 30, .sent = 60, .ok = 10, .timeouts = 20};
  auto later = point;
  later.end = at(150ms);
  scene.beside = live::Beside{.label = "without", .points = {point, later}};
  const auto display = live::make_plain(pipe.writer(), {});
  display->start(scene);
  (void)pipe.read();
  Ticks ticks(scene);
  display->tick(ticks.next({.calls = 30, .sent = 29, .ok = 28, .error_answers = 1}));
  REQUIRE_THAT(pipe.read(),
               ContainsSubstring(" state=closed total_ok=28 other_ok=10 total_failed=1 "
                                 "other_failed=20 total_sent=29 other_sent=60\n"));
  ticks.set_limit(17);
  display->tick(ticks.next({.calls = 30, .sent = 30, .ok = 30}));
  REQUIRE_THAT(pipe.read(), ContainsSubstring(" state=closed limit=17 total_ok=58 other_ok=20 "));
}

TEST_CASE("in a pipe calls that a bulkhead or a fallback ends are told once there are any") {
  const Pipe pipe;
  const auto scene = outage_scene();
  const auto display = live::make_plain(pipe.writer(), {});
  display->start(scene);
  (void)pipe.read();
  Ticks ticks(scene);
  display->tick(ticks.next({.calls = 9, .full = 2, .fallback = 3, .sent = 8, .ok = 4}));
  REQUIRE_THAT(pipe.read(), ContainsSubstring(" fail_fast=0 full=2 fallback=3 dropped=0 "));
  display->tick(ticks.next({}));
  REQUIRE_THAT(pipe.read(), ContainsSubstring(" fail_fast=0 full=0 fallback=0 dropped=0 "));
  display->tick(ticks.next({.calls = 9, .fallback = 9, .cached = 4, .queued = 3, .drained = 1}));
  REQUIRE_THAT(pipe.read(), ContainsSubstring(" fallback=9 cached=4 queued=3 drained=1 lost=0 "
                                              "still_queued=2 dropped=0 "));
  display->tick(ticks.next({.calls = 1, .drained = 1, .lost = 1, .ok = 1}));
  REQUIRE_THAT(pipe.read(), ContainsSubstring(" fallback=0 cached=0 queued=0 drained=1 lost=1 "
                                              "still_queued=0 dropped=0 "));
}

TEST_CASE("in a pipe several breakers are told with their names") {
  const Pipe pipe;
  const auto scene = outage_scene({"/a", "/b"}, {"/a", "/b"});
  const auto display = live::make_plain(pipe.writer(), {});
  display->start(scene);
  Ticks ticks(scene);
  ticks.set_state(State::open, 0);
  display->tick(ticks.next({}));
  REQUIRE_THAT(pipe.read(), testing::ContainsSubstring(" state=/a:open,/b:closed\n"));
}

TEST_CASE("in a pipe a value cannot end its line or pose as another key") {
  const Pipe pipe;
  const auto display = live::make_plain(pipe.writer(), {});
  display->note(
      "say \"hi\"\nt=1.000s \x1b[2J\\ \xc2\x9b"
      "2J");
  display->note("");
  display->note("state=open");
  display->note("plain");
  REQUIRE(pipe.read() ==
          "event=note text=\"say \\\"hi\\\"\\u000at=1.000s \\u001b[2J\\\\ \\u009b2J\"\n"
          "event=note text=\"\"\n"
          "event=note text=\"state=open\"\n"
          "event=note text=plain\n");
}

TEST_CASE("a short interval is told with the decimals it needs") {
  const Pipe pipe;
  const auto scene = outage_scene();
  const auto display = live::make_plain(pipe.writer(), 50ms);
  display->start(scene);
  (void)pipe.read();
  Ticks ticks(scene);
  display->tick(ticks.next({}));
  REQUIRE_THAT(pipe.read(), testing::StartsWith("t=0.100s "));
}

TEST_CASE("a reader that leaves does not end the run") {
  Pipe pipe;
  std::signal(SIGPIPE, SIG_IGN);
  const auto scene = outage_scene();
  const auto display = live::make_plain(pipe.writer(), {});
  display->start(scene);
  pipe.close_reader();
  Ticks ticks(scene);
  REQUIRE_NOTHROW(display->tick(ticks.next({})));
  REQUIRE_NOTHROW(display->tick(ticks.next({})));
  REQUIRE_NOTHROW(display->finish());
}

TEST_CASE("a disk that is full does not end the run") {
  const int full = ::open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  const auto display = live::make_plain(full, {});
  REQUIRE_NOTHROW(display->start(outage_scene()));
  REQUIRE_NOTHROW(display->note("more"));
  REQUIRE_NOTHROW(display->finish());
  ::close(full);
}

TEST_CASE("who does not read makes no run wait, and is told how many lines were left out") {
  const Pipe pipe;
  const auto display = live::make_plain(pipe.writer(), {});
  const std::string much(10'000, 'x');
  constexpr int lines = 300;
  for (int i = 0; i < lines; ++i) {
    display->note(much);
  }
  std::string got;
  while (got.find("event=left_out") == std::string::npos) {
    got += pipe.read();
    display->note("now I read");
  }
  got += pipe.read();
  const auto whole =
      static_cast<int>(std::ranges::count(got.substr(0, got.find("event=left_out")), '\n'));
  REQUIRE(whole < lines);
  REQUIRE_THAT(got, testing::ContainsSubstring("event=left_out lines="));
}

TEST_CASE("the end of a run does not wait long for who does not read") {
  const Pipe pipe;
  const auto display = live::make_plain(pipe.writer(), {});
  display->note(std::string(200'000, 'x'));
  const auto begin = std::chrono::steady_clock::now();
  display->finish();
  REQUIRE(std::chrono::steady_clock::now() - begin < 20s);
}

TEST_CASE("a display asks for a tick at its own pace unless told otherwise") {
  REQUIRE(live::make_plain(2, {})->interval() == 1s);
  REQUIRE(live::make_panel(2, {}, {})->interval() == 100ms);
  REQUIRE(live::make_plain(2, 250ms)->interval() == 250ms);
  REQUIRE(live::make_panel(2, {}, 250ms)->interval() == 250ms);
  REQUIRE(live::make_silent()->interval() == Duration::max());
}
