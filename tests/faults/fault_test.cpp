#include "faults/fault.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "faults/registry.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;
using tripcurve::testing::ContainsSubstring;

namespace {

Fault fault(std::string_view text) { return parse_fault(text).value(); }
Exchange made_by(std::string_view text) { return fault(text).on({}); }

}  // namespace

TEST_CASE("the text of a fault is read back as an equal one") {
  for (const auto* text :
       {"503", "404", "reset", "reset(at=head)", "hang(at=100B)", "truncate(at=12.5%)", "empty",
        "503(retry-after=2s,body=html)", "502(size=1KB)", "503(header=X-Reason:overload)",
        "garbage(size=9B)", "close(after=5s)", "slow-close", "malformed-head", "header-flood"}) {
    CHECK(fault(text).text() == text);
    CHECK(fault(fault(text).text()) == fault(text));
  }
  CHECK(fault("reset( at = body )").text() == "reset(at=50%)");
  CHECK(fault("503(body=html,retry-after=60s)").text() == "503(retry-after=1m,body=html)");
  CHECK_FALSE(fault("truncate(at=50%)") == fault("truncate(at=60%)"));
}

TEST_CASE("a fault from the start leaves nothing of the answer") {
  CHECK(made_by("reset").fate == Fate::reset);
  CHECK(made_by("reset(at=start)").fate == Fate::reset);
  CHECK(made_by("hang").fate == Fate::hang);
  CHECK(made_by("empty").fate == Fate::empty);
  CHECK(made_by("truncate(at=start)").fate == Fate::empty);
}

TEST_CASE("a plain status has no course of its own, and one with attributes has") {
  CHECK(course_of(made_by("503"), true, "503") == nullptr);
  const auto course = course_of(made_by("503(retry-after=2s)"), true, "503(retry-after=2s)");
  REQUIRE(course != nullptr);
  CHECK(course->status == 503);
  CHECK(course->delivery.fields == "Retry-After: 2\r\n");
  CHECK(course->seen.how == CallEnd(CallEnd::Kind::answer, 503));
}

TEST_CASE("a fault changes what an answer would have been, and keeps the rest of it") {
  Exchange served;
  served.delivery.size = 1000;
  served.delivery.bytes_per_second = 100;
  const auto cut = fault("truncate(at=50%)").on(served);
  CHECK(cut.status == 200);
  CHECK(cut.delivery.size == 1000);
  CHECK(cut.delivery.bytes_per_second == 100);
  CHECK(course_of(cut, true, "truncate")->seen == Seen{0ms, 5s, {CallEnd::Kind::closed, 200}});
  CHECK_FALSE(fault("503").on(served).delivery.size);  // a page of its own
}

TEST_CASE("faults that are none are refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"trunkate", "unknown error kind 'trunkate'", "did you mean 'truncate'?"},
           {"", "unknown error kind ''", "known: 503, reset"},
           {"truncate(at)", "'at' has no value", "write at=start, head, body"},
           {"truncate(at=)", "'at=' has no value", "write at="},
           {"truncate(a=50%)", "unknown parameter 'a' of truncate", "known: at"},
           {"truncate(at=50%,at=60%)", "gives at twice", "keep one"},
           {"truncate(at=50)", "truncate: at: '50' is no place in an answer", "50% or 100B"},
           {"truncate(at=50%", "opens a parenthesis", "write truncate(at=50%)"},
           {"truncate(at=101%)", "truncate: at: '101%' is more than 100%", "100% or less"},
           {"empty(at=head)", "unknown parameter 'at' of empty", "it has none: write empty"},
           {"503(retry-after=2)", "503: retry-after: '2' has no unit", "2s"},
           {"503(retry-after=1500ms)", "'1500ms' is no whole number of seconds", "write 1s or 2s"},
           {"503(body=htm)", "unknown body 'htm'", "did you mean 'html'?"},
           {"503(header=X-A)", "'X-A' is no header", "write header="},
           {"503(header=X-A:b c)", "'b c' has a blank", "without blanks"},
           {"503(size=100GiB)", "'100GiB' is more than 16GiB", "write less"},
           {"99", "'99' is not a status", "200 to 599"},
       }) {
    const auto result = parse_fault(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("every kind can be written without parameters, and explains itself") {
  for (const auto* kind : kinds()) {
    INFO(kind->word);
    CHECK(parse_fault(kind->word).ok());
    CHECK(find_kind(kind->word) == kind);
    CHECK_FALSE(kind->summary.empty());
    CHECK_FALSE(kind->effect.empty());
    CHECK((kind->apply != nullptr || kind->of == Kind::Of::port));
    for (const auto& parameter : kind->parameters) {
      CHECK_FALSE(parameter.meaning.empty());
      CHECK_FALSE(words(parameter.type).empty());
    }
  }
}

TEST_CASE("a sign is found outside of parentheses only") {
  CHECK(find_outside("503(header=A: b):5%", ':') == 16);
  CHECK(find_outside("a(b,c),d", ',') == 6);
  CHECK(find_outside("a(b,c", ',') == std::string_view::npos);
}
