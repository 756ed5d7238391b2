#include "faults/delivery.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using Part = Step::Part;
using Unit = Extent::Unit;

namespace {

// All steps up to the end, which is the last.
std::vector<Step> steps_of(const Delivery& delivery, std::optional<std::uint64_t> size) {
  Steps steps(delivery, size);
  std::vector<Step> all;
  do {
    all.push_back(steps.next());
  } while (all.back().part != Part::end && all.size() < 10'000);
  return all;
}

// When each step of the body is due, and up to which byte it goes: "10@200ms".
struct Due {
  std::uint64_t bytes;
  Duration when;
  friend bool operator==(const Due&, const Due&) = default;
};
std::vector<Due> body_of(const Delivery& delivery, std::uint64_t size) {
  std::vector<Due> dues;
  Duration now{};
  std::uint64_t from = 0;
  for (const auto& step : steps_of(delivery, size)) {
    now += step.after;
    if (step.part == Part::body) {
      CHECK(step.from == from);
      from = step.to;
      dues.push_back({step.to, now});
    }
  }
  return dues;
}

Seen seen(const Delivery& delivery) { return seen_by_client(delivery, 200, false, false); }

}  // namespace

TEST_CASE("a plain delivery is the head, the body and the end, all at once") {
  const auto steps = steps_of({}, 3);
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].part == Part::head);
  CHECK(steps[1].part == Part::body);
  CHECK(steps[1].to == 3);
  for (const auto& step : steps) {
    CHECK(step.after == 0ms);
  }
  CHECK(seen({}) == Seen{0ms, 0ms, {CallEnd::Kind::answer, 200}});
}

TEST_CASE("a large body goes out in pieces that fit into a buffer") {
  const auto dues = body_of({}, 40'000);
  REQUIRE(dues.size() == 3);
  CHECK(dues[0].bytes == Steps::largest_piece);
  CHECK(dues.back().bytes == 40'000);
}

TEST_CASE("pieces are of equal size, and the last one comes when the time is over") {
  const Delivery delivery{.size = 1000, .pieces = 4, .over = 2s};
  CHECK(body_of(delivery, 1000) ==
        std::vector<Due>{{250, 500ms}, {500, 1s}, {750, 1500ms}, {1000, 2s}});
  CHECK(seen(delivery).end == 2s);
}

TEST_CASE("more pieces than bytes are as many as there are bytes") {
  const auto dues = body_of({.size = 3, .pieces = 10, .over = 1s}, 3);
  REQUIRE(dues.size() == 3);
  CHECK(dues.back() == Due{3, 1s});
}

TEST_CASE("slices come with a gap in between, the first one at once") {
  CHECK(body_of({.size = 25, .slice = 10, .gap = 5ms}, 25) ==
        std::vector<Due>{{10, 0ms}, {20, 5ms}, {25, 10ms}});
}

TEST_CASE("a bandwidth lets no byte out before its time, and the last one exactly then") {
  const Delivery delivery{.size = 50'000, .bytes_per_second = 25'000};
  const auto dues = body_of(delivery, 50'000);
  for (const auto& due : dues) {
    CHECK(due.when == 40us * static_cast<std::int64_t>(due.bytes));
  }
  CHECK(dues.size() == 100);  // every 20ms
  CHECK(dues.back() == Due{50'000, 2s});
  CHECK(seen(delivery).end == 2s);
}

TEST_CASE("of two paces the slower one counts") {
  const Delivery slow_line{.size = 1000, .bytes_per_second = 1000, .slice = 500, .gap = 10ms};
  CHECK(seen(slow_line).end == 1s);
  const Delivery slow_slices{.size = 1000, .bytes_per_second = 100'000, .slice = 500, .gap = 3s};
  CHECK(seen(slow_slices).end == 3s);
}

TEST_CASE("the steps of a paced body end when the client is said to see the end") {
  for (const auto& delivery : {Delivery{.size = 777, .pieces = 10, .over = 3s},
                               Delivery{.size = 777, .slice = 7, .gap = 3ms},
                               Delivery{.size = 777, .bytes_per_second = 5'000},
                               Delivery{.size = 777, .head_gap = 70ms, .bytes_per_second = 5'000},
                               Delivery{.size = 777,
                                        .slice = 7,
                                        .gap = 3ms,
                                        .extent = {.unit = Unit::bytes, .bytes = 300},
                                        .ending = Delivery::Ending::closes}}) {
    Duration end{};
    for (const auto& step : steps_of(delivery, 777)) {
      end += step.after;
    }
    CHECK(seen(delivery).end == end);
  }
}

TEST_CASE(
    "the pace of a body is its longest time between two pieces, and when the last one comes") {
  const auto pace = [](const Delivery& delivery) { return pace_of(delivery, 200, false); };
  CHECK(pace({}) == Pace{0ms, 0ms});
  CHECK(pace({.size = 25, .slice = 10, .gap = 5ms}) == Pace{5ms, 10ms});
  CHECK(pace({.size = 50'000, .head_gap = 70ms, .bytes_per_second = 25'000}) == Pace{20ms, 2070ms});
  CHECK(pace({.size = 10, .extent = {.unit = Unit::head}, .ending = Delivery::Ending::stalls}) ==
        Pace{0ms, 0ms});
  CHECK(pace({.framing = Delivery::Framing::chunked, .endless = true, .slice = 10, .gap = 5ms}) ==
        Pace{5ms, Seen::forever});
}

TEST_CASE("a client stands still at the first long gap, or behind the last piece, or never") {
  const Seen whole{0ms, 10s, {CallEnd::Kind::answer, 200}};
  CHECK(standstill(whole, {.between = 2s, .last = 10s}, 2s) == 2s);
  CHECK(standstill(whole, {.between = 2s, .last = 10s}, 3s) == Seen::forever);
  CHECK(standstill(whole, {.between = 2s, .last = 6s}, 4s) == 10s);
  CHECK(standstill({1s, Seen::forever, {}}, {.between = 0s, .last = 6s}, 3s) == 9s);
  CHECK(standstill({1s, Seen::forever, {}}, {.between = 3s, .last = Seen::forever}, 3s) == 4s);
  CHECK(standstill({}, {.between = 3s, .last = 6s}, 3s) == Seen::forever);
}

TEST_CASE("an extent is so much of a body, and never more than there is") {
  CHECK(Extent{.unit = Unit::head}.in(10) == 0);
  CHECK(Extent{.unit = Unit::share, .share = 0.5}.in(13) == 6);
  CHECK(Extent{.unit = Unit::bytes, .bytes = 100}.in(10) == 10);
  CHECK(Extent{}.in(10) == 10);
}

TEST_CASE("what a client sees of a cut answer is how the connection ends, and the head's status") {
  const auto cut = [](Extent extent, Delivery::Ending ending) {
    return seen({.size = 10, .extent = extent, .ending = ending}).how;
  };
  const Extent half{.unit = Unit::share, .share = 0.5};
  const Extent head{.unit = Unit::head};
  CHECK(cut(half, Delivery::Ending::closes) == CallEnd(CallEnd::Kind::closed, 200));
  CHECK(cut(head, Delivery::Ending::closes) == CallEnd(CallEnd::Kind::closed, 200));
  CHECK(cut(half, Delivery::Ending::resets) == CallEnd(CallEnd::Kind::reset, 200));
  CHECK(cut(half, Delivery::Ending::stalls) == CallEnd(CallEnd::Kind::timeout, 200));
  CHECK(cut(half, Delivery::Ending::expires) == CallEnd(CallEnd::Kind::timeout, 200));
  CHECK(seen({.size = 10, .extent = half, .ending = Delivery::Ending::stalls}).end ==
        Seen::forever);
}

TEST_CASE(
    "an answer is over at once if its connection is to die idle, and late if it closes slowly") {
  using Ending = Delivery::Ending;
  CHECK(steps_of({.ending = Ending::expires, .linger = 200ms}, 3).back().after == 0ms);
  CHECK(steps_of({.ending = Ending::closes, .linger = 200ms}, 3).back().after == 200ms);
}

TEST_CASE("an extent that the whole body fits into cuts nothing off") {
  const Delivery delivery{
      .size = 10, .extent = {.unit = Unit::bytes, .bytes = 10}, .ending = Delivery::Ending::closes};
  CHECK(seen(delivery).how == CallEnd(CallEnd::Kind::answer, 200));
}

TEST_CASE("a body that is framed by the end of the connection is whole only then") {
  const Delivery delivery{
      .framing = Delivery::Framing::until_close, .ending = Delivery::Ending::closes, .linger = 2s};
  CHECK(seen(delivery) == Seen{0ms, 2s, {CallEnd::Kind::answer, 200}});
}

TEST_CASE("an endless body never ends, however long one waits") {
  const auto what = seen({.framing = Delivery::Framing::chunked, .endless = true});
  CHECK(what.head == 0ms);
  CHECK(what.end == Seen::forever);
  CHECK(what.how == CallEnd(CallEnd::Kind::timeout, 200));
}

TEST_CASE("what is no HTTP is a bad answer, with a status only if a good head came before") {
  CHECK(seen({.form = Delivery::Form::garbage, .amount = 10}).how ==
        CallEnd(CallEnd::Kind::bad_answer, 0));
  CHECK(seen({.form = Delivery::Form::bad_head}).how == CallEnd(CallEnd::Kind::bad_answer, 0));
  CHECK(seen({.form = Delivery::Form::bad_chunk}).how == CallEnd(CallEnd::Kind::bad_answer, 200));
  CHECK(seen({.form = Delivery::Form::header_flood, .amount = longest_head + 1}).how ==
        CallEnd(CallEnd::Kind::bad_answer, 0));
  CHECK(seen({.form = Delivery::Form::header_flood, .amount = 1000}).how ==
        CallEnd(CallEnd::Kind::answer, 200));
}

TEST_CASE("an answer to HEAD is whole with its head, whatever is done to the body") {
  const Delivery delivery{.size = 10,
                          .extent = {.unit = Unit::share, .share = 0.5},
                          .ending = Delivery::Ending::closes};
  CHECK(seen_by_client(delivery, 200, false, true).how == CallEnd(CallEnd::Kind::answer, 200));
}

TEST_CASE("an answer without a body has no steps but its head's, whatever is done to bodies") {
  for (const auto& delivery :
       {Delivery{.endless = true}, Delivery{.form = Delivery::Form::bad_chunk},
        Delivery{.size = 1'000'000, .bytes_per_second = 1}, Delivery{.error_event = true}}) {
    Steps steps(delivery, 10, Steps::Of::head);
    CHECK(steps.next().part == Part::head);
    CHECK(steps.next().part == Part::end);
  }
}

TEST_CASE("a body of unknown length goes on until its end is told") {
  const Delivery delivery{};
  Steps steps(delivery, std::nullopt);
  CHECK(steps.next().part == Part::head);
  CHECK(steps.next().part == Part::body);
  CHECK(steps.next().from == Steps::largest_piece);
  steps.end_of_body();
  CHECK(steps.next().part == Part::end);
}

TEST_CASE(
    "a body of unknown length is cut after so many bytes, or by a share of what comes first") {
  const Delivery by_bytes{.extent = {.unit = Unit::bytes, .bytes = 100}};
  Steps steps(by_bytes, std::nullopt);
  CHECK(steps.next().part == Part::head);
  CHECK(steps.next().to == 100);
  CHECK(steps.next().part == Part::end);
  const Delivery by_share{.extent = {.unit = Unit::share, .share = 0.5}};
  Steps unmeasured(by_share, std::nullopt);
  CHECK(unmeasured.next().part == Part::head);
  CHECK(unmeasured.next().part == Part::measure);
  unmeasured.take_shares_of(8);
  const auto body = unmeasured.next();
  CHECK(body.part == Part::body);
  CHECK(body.to == 4);
  CHECK(unmeasured.next().part == Part::end);
}

TEST_CASE("a status without a body has none, and a page is as long as its text") {
  CHECK(body_size({}, 204, false) == 0);
  CHECK(body_size({.size = 100}, 304, false) == 0);
  CHECK(body_size({}, 200, false) == 3);
  CHECK(page_text({}, 503, true) == "injected 503\n");
  CHECK_THAT(page_text({.page = Delivery::Page::html}, 502, true),
             testing::ContainsSubstring("<h1>502 Bad Gateway</h1>"));
  CHECK_THAT(page_text({.page = Delivery::Page::problem}, 429, true),
             testing::ContainsSubstring(R"("title":"Too Many Requests","status":429)"));
  CHECK(page_text({.page = Delivery::Page::nothing}, 503, true).empty());
}

TEST_CASE(
    "a client sees a cut of a single byte, and of a chunked body the lack of its last chunk") {
  const auto how = [](Delivery delivery) {
    delivery.size = 10;
    return seen_by_client(delivery, 200, false, false).how.kind();
  };
  using Kind = CallEnd::Kind;
  const auto closes = Delivery::Ending::closes;
  const Extent nine{.unit = Extent::Unit::bytes, .bytes = 9};
  const Extent ten{.unit = Extent::Unit::bytes, .bytes = 10};
  CHECK(how({.extent = nine, .ending = closes}) == Kind::closed);
  CHECK(how({.extent = ten, .ending = closes}) == Kind::answer);
  CHECK(how({.framing = Delivery::Framing::chunked, .extent = ten, .ending = closes}) ==
        Kind::closed);
}

TEST_CASE("a head of 64 KiB of flooded fields is an answer, and a byte more is none") {
  const auto how = [](std::uint64_t amount) {
    const Delivery flooded{.form = Delivery::Form::header_flood, .amount = amount};
    return seen_by_client(flooded, 200, false, false).how.kind();
  };
  CHECK(how(longest_head) == CallEnd::Kind::answer);
  CHECK(how(longest_head + 1) == CallEnd::Kind::bad_answer);
}
