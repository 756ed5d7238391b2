#include "faults/shape.hpp"

#include <string>
#include <vector>

#include "faults/injector.hpp"
#include "faults/plan.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/chance.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using tripcurve::testing::Approx;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::plausible;

namespace {

PhaseSpec phase(const std::string& text) { return parse_phase("only 1h " + text).value(); }

Plan shaped_plan(const std::string& text) { return {Upstream{}, {phase(text)}, Random(5)}; }

std::optional<Error> mistake(const std::string& text) {
  const auto parsed = parse_phase("only 1h " + text);
  return parsed ? contradiction(Upstream{}, {*parsed}) : parsed.error();
}

}  // namespace

TEST_CASE("the text of each part of a shape is read back as an equal one") {
  for (const auto* text :
       {"size=1MB", "size=1KB:90%,1MB:10%", "size=none", "bandwidth=50KB/s", "bandwidth=none",
        "body=chunks=10,over=2s", "body=slice=10B,every=5ms", "body=head=500ms",
        "body=chunks=10,over=2s,head=500ms", "stream=events=40,every=50ms",
        "stream=events=40,every=50ms,die=5%@30%,stall=1%@50%,error=2%@75%", "stream=none"}) {
    CHECK(phase(text).text() == "only 1h " + std::string(text));
    CHECK(phase(phase(text).text().substr(8)) == phase(text));
  }
  CHECK(*parse_event_stream("events=40,every=50ms,die=5% at 30%") ==
        *parse_event_stream("events=40,every=50ms,die=5%@30%"));
}

TEST_CASE("a phase changes the parts that it names, and keeps the others") {
  const Shape usual{.size = *parse_sizes("1KB"), .bandwidth = *parse_bandwidth("50KB/s")};
  const auto changed = phase("size=1MB").shape.on(usual);
  CHECK(changed.size == *parse_sizes("1MB"));
  CHECK(changed.bandwidth == usual.bandwidth);
  CHECK(phase("bandwidth=none").shape.on(usual).bandwidth == Bandwidth{});
}

TEST_CASE("each size comes as often as its share says, and the same request always gets its own") {
  const auto sized = shaped_plan("size=1KB:90%,1MB:10%");
  constexpr std::uint64_t n = 20'000;
  std::uint64_t large = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto action = sized.decide({.ordinal = i}, at(1s));
    REQUIRE(action.course);
    CHECK(action.item == Treatment::served);
    large += action.course->delivery.size == 1'000'000U ? 1U : 0U;
    CHECK(sized.decide({.ordinal = i}, at(2s)).course == action.course);
  }
  CHECK(plausible(large, n, 0.1));
}

TEST_CASE("streams die, stall and fail as often as their shares say, and each is counted") {
  const auto streams =
      shaped_plan("stream=events=10,every=5ms,die=5%@30%,stall=3%@50%,error=2%@90%");
  CHECK(streams.kinds(0) == std::vector<std::string>{"stream-die", "stream-stall", "stream-error"});
  constexpr std::uint64_t n = 20'000;
  std::vector<std::uint64_t> hits(3);
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto action = streams.decide({.ordinal = i}, at(1s));
    if (action.item != Treatment::served) {
      ++hits[action.item];
    }
  }
  CHECK(plausible(hits[0], n, 0.05));
  CHECK(plausible(hits[1], n, 0.03));
  CHECK(plausible(hits[2], n, 0.02));
}

TEST_CASE("what a client sees of a stream depends on what happens to it") {
  const auto seen = [](const std::string& text) {
    return shaped_plan("stream=events=10,every=5ms" + text).decide({}, at(1s)).course->seen;
  };
  CHECK(seen("") == Seen{0ms, 45ms, {CallEnd::Kind::answer, 200}});
  CHECK(seen(",die=100%@30%") == Seen{0ms, 10ms, {CallEnd::Kind::closed, 200}});
  CHECK(seen(",stall=100%@30%").how == CallEnd(CallEnd::Kind::timeout, 200));
  CHECK(seen(",stall=100%@30%").end == Seen::forever);
  // It ends well: only who reads the events knows.
  CHECK(seen(",error=100%@30%") == Seen{0ms, 15ms, {CallEnd::Kind::answer, 200}, true});
}

TEST_CASE("a fault hits an answer as its shape would have it") {
  const auto action =
      shaped_plan("size=1000B bandwidth=1KB/s errors=truncate(at=50%):100%").decide({}, at(1s));
  CHECK(action.course->seen == Seen{0ms, 500ms, {CallEnd::Kind::closed, 200}});
  CHECK(shaped_plan("size=1000B errors=reset:100%").decide({}, at(1s)).course == nullptr);
}

TEST_CASE("a phase with slower bodies, or with streams that die, is a fault") {
  const auto is_fault = [](const std::string& text) {
    return shaped_plan(text).timetable().phases()[0].fault;
  };
  CHECK(is_fault("size=1MB bandwidth=50KB/s"));
  CHECK(is_fault("body=chunks=10,over=2s"));
  CHECK(is_fault("stream=events=10,every=0ms,die=5%@30%"));
  CHECK_FALSE(is_fault("size=1MB"));
  CHECK_FALSE(is_fault("stream=events=10,every=0ms"));
}

TEST_CASE("the share of answers that miss a timeout counts the time of their bodies") {
  const auto slow = shaped_plan("size=1KB:75%,100KB:25% bandwidth=50KB/s").behaviour(0);
  CHECK(slow.share_above(1s) == Approx(0.25));
  CHECK(slow.mean_latency() == 515ms);
}

TEST_CASE("a shape injected by hand shapes the answers that a plan of it would shape") {
  const auto planned = shaped_plan("size=1KB:50%,1MB:50% errors=5%");
  const auto plain = shaped_plan("");
  Injector injector(plain);
  REQUIRE_FALSE(
      injector.by_hand().set(*parse_phase("any 1s size=1KB:50%,1MB:50% errors=5%"), at(1ms)));
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto expected = planned.decide({.ordinal = i}, at(1s));
    const auto by_hand = injector.treat({.ordinal = i}, at(1s));
    CHECK(by_hand.status == expected.status);
    CHECK((by_hand.course == nullptr) == (expected.course == nullptr));
    CHECK((!expected.course || by_hand.course->delivery == expected.course->delivery));
  }
}

TEST_CASE("shapes that are none are refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"size=1KB:90%", "add up to 90%", "must be 100%"},
           {"size=1024", "'1024' has no unit", ""},
           {"bandwidth=50KB", "'50KB' is no bandwidth", "write 50KB/s"},
           {"bandwidth=0B/s", "'0B' is nothing", "write 1B"},
           {"body=chunks=10", "has one of chunks and over", "chunks=10,over=2s"},
           {"body=chunk=10", "unknown key 'chunk'", "did you mean 'chunks'?"},
           {"body=over=1s,over=2s", "gives over twice", "keep one"},
           {"body=head=0ms", "changes nothing", "or none"},
           {"stream=events=40", "needs events and every", "events=40,every=50ms"},
           {"stream=events=40,every=5ms,die=5%", "does not say how far", "write 5%@30%"},
           {"stream=events=4,every=5ms,die=60%@1%,stall=60%@1%", "add up to 120%", "100% at most"},
           {"stream=events=4,every=5ms size=1MB", "a stream has its own sizes", "leave out one"},
       }) {
    INFO(text);
    const auto error = mistake(text);
    REQUIRE(error);
    CHECK_THAT(error->message, ContainsSubstring(message));
    CHECK_THAT(error->hint, ContainsSubstring(hint));
  }
}
