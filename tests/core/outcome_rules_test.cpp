#include "core/outcome_rules.hpp"

#include <initializer_list>
#include <string>
#include <tuple>
#include <utility>

#include "tests/support/catch.hpp"

using namespace tripcurve;

namespace {

constexpr auto other_kinds = {CallEnd::Kind::timeout, CallEnd::Kind::reset, CallEnd::Kind::closed,
                              CallEnd::Kind::connect_failed, CallEnd::Kind::bad_answer};

CallEnd answer(int status) { return {CallEnd::Kind::answer, static_cast<std::uint16_t>(status)}; }

OutcomeRules rules(const char* text) {
  const auto changes = parse_outcome_changes(text);
  INFO(text);
  REQUIRE(changes);
  return OutcomeRules().with(*changes);
}

OutcomeRules failing(const char* text) {
  const auto changes = parse_failure_statuses(text);
  INFO(text);
  REQUIRE(changes);
  return OutcomeRules().with(*changes);
}

}  // namespace

TEST_CASE("by default an answer of 500 and above is a failure, and whatever is no answer") {
  const OutcomeRules usual;
  for (const int status : {100, 200, 404, 429, 499}) {
    CHECK(usual.of(answer(status)) == Outcome::success);
  }
  // RFC 9110, section 15: a status of no known class is treated as a 5xx.
  for (const int status : {500, 503, 599, 600, 700, 999, 65535}) {
    CHECK(usual.of(answer(status)) == Outcome::failure);
  }
  for (const auto kind : other_kinds) {
    CHECK(usual.of({kind, 0}) == Outcome::failure);
  }
}

TEST_CASE("statuses, classes, ranges and other ends count as a text says, the last one first") {
  const auto changed =
      rules(" 4XX = ignored,404=failure,500-502=success , Timeout=ignored,reset=SUCCESS");
  CHECK(changed.of(answer(400)) == Outcome::ignored);
  CHECK(changed.of(answer(404)) == Outcome::failure);
  CHECK(changed.of(answer(499)) == Outcome::ignored);
  CHECK(changed.of(answer(502)) == Outcome::success);
  CHECK(changed.of(answer(503)) == Outcome::failure);
  CHECK(changed.of({CallEnd::Kind::timeout, 0}) == Outcome::ignored);
  CHECK(changed.of({CallEnd::Kind::reset, 0}) == Outcome::success);
  CHECK(changed.of({CallEnd::Kind::closed, 0}) == Outcome::failure);
  CHECK(rules("404=failure,4xx=ignored").of(answer(404)) == Outcome::ignored);
  CHECK(rules("5xx=ignored").of(answer(700)) == Outcome::ignored);
  CHECK(rules("500-599=ignored").of(answer(700)) == Outcome::failure);
}

TEST_CASE("what was parsed is written so that it is parsed the same") {
  for (const auto* text : {"404=ignored", "4xx=failure", "5xx=success", "400-404=ignored",
                           "500-599=success", "404=ignored,404=failure",
                           "timeout=ignored,reset=success,closed=failure,"
                           "connect_failed=ignored,bad_answer=success",
                           "100-999=success"}) {
    const auto changes = parse_outcome_changes(text);
    INFO(text);
    REQUIRE(changes);
    CHECK(format_outcome_changes(*changes) == text);
  }
  CHECK(format_outcome_changes({}).empty());
  CHECK(format_outcome_changes(*parse_outcome_changes("404-404=ignored")) == "404=ignored");
}

TEST_CASE("the difference of two tables makes the one of the other, in few words") {
  for (const auto& [text, few] : std::initializer_list<std::pair<const char*, const char*>>{
           {"404=success", ""},
           {"429=failure", "429=failure"},
           {"400-999=failure", "4xx=failure"},
           {"100-999=success", "5xx=success"},
           {"100-999=failure,200-201=success", "1xx=failure,202-499=failure"},
           {"450-510=ignored,timeout=ignored", "450-510=ignored,timeout=ignored"},
           {"4xx=failure,404=ignored", "400-403=failure,404=ignored,405-499=failure"},
           {"999=success", "999=success"}}) {
    INFO(text);
    const auto changes = difference(rules(text), OutcomeRules());
    CHECK(format_outcome_changes(changes) == few);
    CHECK(OutcomeRules().with(changes) == rules(text));
    const auto back = difference(OutcomeRules(), rules(text));
    CHECK(rules(text).with(back) == OutcomeRules());
  }
}

TEST_CASE("failure statuses are failures, all other statuses successes, other ends as they were") {
  const auto some = failing(" 5XX, 429,301-303 ");
  for (int status = 100; status < 1000; ++status) {
    CAPTURE(status);
    const bool failure = status >= 500 || status == 429 || (status >= 301 && status <= 303);
    CHECK((some.of(answer(status)) == Outcome::failure) == failure);
  }
  CHECK(failing("5xx") == OutcomeRules());
  CHECK(failing("none").of(answer(503)) == Outcome::success);
  for (const auto kind : other_kinds) {
    CHECK(failing("none").of({kind, 0}) == Outcome::failure);
  }
}

TEST_CASE("what is no HTTP status is refused and quoted") {
  for (const auto* text : {"", "5x", "6xx", "0xx", "99", "1000", "5xx,", ",5xx", "503-500", "503-",
                           "-503", "5 xx", "5xx;429", "5xx,none", "1e2", "timeout"}) {
    CAPTURE(text);
    const auto statuses = parse_failure_statuses(text);
    REQUIRE_FALSE(statuses);
    CHECK(statuses.error().message.find("is not an HTTP status") != std::string::npos);
    CHECK(statuses.error().hint.find("5xx,429") != std::string::npos);
  }
}

TEST_CASE("a text that says no end, or not what it counts as, is refused with what would work") {
  for (const auto& [text, message, hint] :
       std::initializer_list<std::tuple<const char*, const char*, const char*>>{
           {"", "'' does not say", "404=ignored"},
           {"404", "'404' does not say", "404=ignored"},
           {"404=ignored,", "'' does not say", "404=ignored"},
           {"6xx=failure", "'6xx' is not a result of a call", "from 1xx to 5xx"},
           {"99=failure", "'99' is not a result of a call", "from 100 to 999"},
           {"1000=failure", "'1000' is not a result of a call", "from 100 to 999"},
           {"404-400=failure", "'404-400' is not a result of a call", "400-404"},
           {"timeouts=failure", "'timeouts' is not a result of a call", "timeout, reset"},
           {"=failure", "'' is not a result of a call", "404"},
           {"404=fail", "'fail' is not success, failure or ignored", "success"},
           {"404=ignore", "'ignore' is not success, failure or ignored", "did you mean 'ignored'"},
           {"404=", "'' is not success, failure or ignored", "success"},
           {"404=ignored=failure", "'ignored=failure' is not success, failure or ignored",
            "ignored"}}) {
    CAPTURE(text);
    const auto changes = parse_outcome_changes(text);
    REQUIRE_FALSE(changes);
    CHECK(changes.error().message.find(message) != std::string::npos);
    CHECK(changes.error().hint.find(hint) != std::string::npos);
  }
}
