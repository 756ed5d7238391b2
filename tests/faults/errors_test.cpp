#include "faults/errors.hpp"

#include <map>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/chance.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using tripcurve::testing::Approx;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::plausible;

namespace {

Errors errors(std::string_view text) { return parse_errors(text).value(); }

constexpr double largest_draw = 1 - 0x1.0p-53;

}  // namespace

TEST_CASE("none and 0% both mean that every request is served") {
  for (const auto* text : {"none", "0%", "503:0%,reset:0%"}) {
    const auto parsed = errors(text);
    CHECK(parsed == Errors());
    CHECK(parsed.items().empty());
    CHECK(parsed.total() == 0);
    CHECK(parsed.pick(0) == 0);  // as many as there are items: none is hit
    CHECK_FALSE(parsed.refuse());
    CHECK(parsed.text() == "none");
  }
}

TEST_CASE("a bare share is answered with 503") {
  const auto parsed = errors("5%");
  REQUIRE(parsed.items().size() == 1);
  CHECK(parsed.items()[0].fate == Fate::answer);
  CHECK(parsed.items()[0].status == 503);
  CHECK(parsed.items()[0].share.value == 0.05);
  CHECK(parsed == errors("503:5%"));
}

TEST_CASE("a list gives each kind its share and serves the rest") {
  const auto parsed = errors("500:2%,503:3%,reset:0.5%,hang:0.5%,empty:1%");
  REQUIRE(parsed.items().size() == 5);
  CHECK(parsed.total() == Approx(0.07));
  CHECK(parsed.items()[0].status == 500);
  CHECK(parsed.items()[2].fate == Fate::reset);
  CHECK(parsed.items()[3].fate == Fate::hang);
  CHECK(parsed.items()[4].fate == Fate::empty);
  std::string kinds;
  for (const auto& item : parsed.items()) {
    kinds += item.kind() + " ";
  }
  CHECK(kinds == "500 503 reset hang empty ");
}

TEST_CASE("a draw hits the item in whose stretch it lies") {
  const auto parsed = errors("500:25%,reset:50%");
  CHECK(parsed.pick(0) == 0);
  CHECK(parsed.pick(0.2499) == 0);
  CHECK(parsed.pick(0.25) == 1);
  CHECK(parsed.pick(0.7499) == 1);
  CHECK(parsed.pick(0.75) == 2);
  CHECK(parsed.pick(largest_draw) == 2);
}

TEST_CASE("each kind is hit as often as its share says") {
  const auto parsed = errors("500:2%,503:3%,reset:0.5%,hang:0.5%,empty:1%");
  const Random random = Random(7).fork("often");
  constexpr std::uint64_t n = 200'000;
  std::map<std::size_t, std::uint64_t> hits;
  for (std::uint64_t i = 0; i < n; ++i) {
    ++hits[parsed.pick(random.fork(i).unit())];
  }
  for (std::size_t i = 0; i < parsed.items().size(); ++i) {
    CAPTURE(parsed.items()[i].kind(), hits[i]);
    CHECK(plausible(hits[i], n, parsed.items()[i].share.value));
  }
  CHECK(plausible(hits[5], n, 0.93));
}

TEST_CASE("a list that sums up to 100% serves nobody") {
  for (const auto* text : {"100%", "33.3%,reset:33.3%,hang:33.4%", "500:70%,503:20%,reset:10%",
                           "500:10%,501:20%,502:30%,503:40%"}) {
    const auto parsed = errors(text);
    CAPTURE(text);
    CHECK(parsed.total() == 1);
    CHECK(parsed.pick(largest_draw) < parsed.items().size());
  }
}

TEST_CASE("refuse closes the port for everybody") {
  for (const auto* text : {"refuse", "refuse:100%", " refuse "}) {
    const auto parsed = errors(text);
    CHECK(parsed.refuse());
    CHECK(parsed.items().empty());
    CHECK(parsed.total() == 1);
    CHECK(parsed.text() == "refuse");
  }
  CHECK_FALSE(errors("refuse") == Errors());
}

TEST_CASE("the text of errors is read back as equal ones") {
  for (const auto* text :
       {"none", "refuse", "503:5%", "500:2%,503:3%,reset:0.5%,hang:0.5%,empty:1%",
        "reset:33.3%,empty:33.3%,200:33.4%", "599:0.001%",
        "503(retry-after=2s,body=html):3%,503:1%,truncate(at=50%):2%@20ms,reset(at=head):1%"}) {
    CHECK(errors(text).text() == text);
    CHECK(errors(errors(text).text()) == errors(text));
  }
  CHECK(errors(" 5% , reset : 1% ").text() == "503:5%,reset:1%");
}

TEST_CASE("other errors are not equal") {
  CHECK_FALSE(errors("5%") == errors("6%"));
  CHECK_FALSE(errors("503:5%") == errors("500:5%"));
  CHECK_FALSE(errors("reset:5%") == errors("empty:5%"));
}

TEST_CASE("errors that are none are refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"", "'' names no errors", "write 5%"},
           {"5", "'5' has no %", "write 5%"},
           {"0.05", "'0.05' has no %", "write 5% (or 0.05% if you mean that)"},
           {"-5%", "'-5%' is negative", "5%"},
           {"101%", "'101%' is more than 100%", "100% or less"},
           {"503", "'503' has no share", "write 503:5%"},
           {"reset", "'reset' has no share", "write reset:5%"},
           {"503:5", "503: '5' has no %", "write 5%"},
           {"reset:", "reset: '' is not a share", "5%"},
           {"503=90%", "'503=90%' has a = between", "write 503:90%"},
           {"reset:5%, hang = 5%", "'hang = 5%' has a = between", "write hang:5%"},
           {"{503: 90%, reset: 5%}", "is in braces", "write 503: 90%, reset: 5%"},
           {"rset:5%", "unknown error kind 'rset'", "did you mean 'reset'?"},
           {"lag:5%", "unknown error kind 'lag'", "known: 503, reset, empty, hang, refuse"},
           {"sequence(200*5,503)", "unknown error kind 'sequence'", "write seq(200*5,503*3,hang)"},
           {"sequence: [200 x5]", "unknown error kind 'sequence'", "write seq("},
           {"up=5s,down=5s", "unknown error kind 'up'", "write 100%,flap(up=5s,down=5s)"},
           {"seq(200 x5, 503)", "'200 x5' in 'seq(200 x5, 503)' repeats with an x", "write 200*5"},
           {"5%,brst=20", "unknown error kind 'brst=20'", "known: 503"},
           {"503(retry-after=2s)", "'503(retry-after=2s)' has no share", "(retry-after=2s):5%"},
           {"truncate(at=50%):1%,truncate(at=50%):2%", "names truncate(at=50%) twice", "keep"},
           {"199:5%", "'199' is not a status", "from 200 to 599"},
           {"600:5%", "'600' is not a status", "from 200 to 599"},
           {"5030:5%", "'5030' is not a status", "from 200 to 599"},
           {"70000:5%", "'70000' is not a status", "from 200 to 599"},
           {"50:5%", "'50' is not a status", "from 200 to 599"},
           {"503:60%,reset:60%", "the shares of '503:60%,reset:60%' add up to 120%",
            "100% at most"},
           {"503:100%,reset:0.0001%", "add up to 100.0001%", "100% at most"},
           {"503:1%,reset:1%,503:2%", "names 503 twice", "keep one of them"},
           {"5%,503:2%", "names 503 twice", "keep one of them"},
           {"503:0%,503:2%", "names 503 twice", "keep one of them"},
           {"refuse:50%", "'refuse:50%' would close the port for some requests only",
            "write refuse for all, or reset:50%"},
           {"refuse,503:1%", "other errors beside refuse", "write only refuse"},
           {"503:1%,refuse", "other errors beside refuse", "write only refuse"},
           {"none,503:1%", "none beside other errors", "write only none"},
           {"503:1%,", "ends in a comma", "write 5%"},
           {"503:1%,,reset:1%", "unknown error kind ''", "known: 503"},
       }) {
    const auto result = parse_errors(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("an item may have a latency of its own, with whatever commas that has") {
  const auto parsed = errors("200:30%@p50=2s,p99=3s, 503:10% @ 0ms,reset:1%");
  REQUIRE(parsed.items().size() == 3);
  CHECK(parsed.items()[0].status == 200);
  CHECK(parsed.items()[0].latency == parse_latency("p50=2s,p99=3s").value());
  CHECK(parsed.items()[1].latency == Latency::fixed(Duration::zero()));
  CHECK_FALSE(parsed.items()[2].latency);
  CHECK(parsed.text() == "200:30%@p50=2s,p99=3s,503:10%@0ms,reset:1%");
  CHECK(errors(parsed.text()) == parsed);
  CHECK_FALSE(parsed == errors("200:30%,503:10%,reset:1%"));
}

TEST_CASE("what never answers has no latency, and a latency is checked as any other") {
  const auto message = [](std::string_view text) {
    const auto parsed = parse_errors(text);
    REQUIRE_FALSE(parsed.ok());
    return parsed.error().message + " / " + parsed.error().hint;
  };
  CHECK_THAT(message("hang:5%@2s"), ContainsSubstring("hang never answers / write hang:5%"));
  CHECK_THAT(message("503:5%@3s..2s"), ContainsSubstring("begins with the longer one"));
  CHECK_THAT(message("503:5%@"), ContainsSubstring("503"));
}
