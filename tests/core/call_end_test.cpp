#include "core/call_end.hpp"

#include "tests/support/catch.hpp"

using namespace tripcurve;

TEST_CASE("by default an answer of 500 and above is a failure, and whatever is no answer") {
  const FailureStatuses statuses;
  for (const int status : {100, 200, 404, 429, 499}) {
    CHECK_FALSE(is_failure({CallEnd::Kind::answer, static_cast<std::uint16_t>(status)}, statuses));
  }
  for (const int status : {500, 503, 599}) {
    CHECK(is_failure({CallEnd::Kind::answer, static_cast<std::uint16_t>(status)}, statuses));
  }
  for (const auto kind : {CallEnd::Kind::timeout, CallEnd::Kind::reset, CallEnd::Kind::closed,
                          CallEnd::Kind::connect_failed, CallEnd::Kind::bad_answer}) {
    CHECK(is_failure({kind, 0}, FailureStatuses::none()));
  }
}

TEST_CASE("a status outside 100 to 599 is no failure") {
  CHECK_FALSE(FailureStatuses().contains(99));
  CHECK_FALSE(FailureStatuses().contains(600));
  CHECK_FALSE(FailureStatuses().contains(999));
}

TEST_CASE("failure statuses are read from classes, statuses and ranges") {
  const auto statuses = parse_failure_statuses(" 5XX, 429,301-303 ");
  REQUIRE(statuses);
  for (std::uint16_t status = 100; status < 600; ++status) {
    CAPTURE(status);
    CHECK(statuses->contains(status) ==
          (status >= 500 || status == 429 || (status >= 301 && status <= 303)));
  }
}

TEST_CASE("failure statuses are written in order and read back the same") {
  for (const auto& [read, written] : {
           std::pair{"5xx", "5xx"},
           std::pair{"5xx,429", "429,5xx"},
           std::pair{"429,429", "429"},
           std::pair{"400-599", "4xx,5xx"},
           std::pair{"100-599", "1xx,2xx,3xx,4xx,5xx"},
           std::pair{"599,500", "500,599"},
           std::pair{"4xx,500,501,502", "4xx,500-502"},
           std::pair{"450-5xx", ""},
           std::pair{"450-599", "450-599"},
           std::pair{"400-498", "400-498"},
           std::pair{"none", "none"},
       }) {
    const auto statuses = parse_failure_statuses(read);
    CAPTURE(read);
    if (*written == '\0') {
      CHECK_FALSE(statuses);
      continue;
    }
    REQUIRE(statuses);
    CHECK(format_failure_statuses(*statuses) == written);
    CHECK(*parse_failure_statuses(written) == *statuses);
  }
  CHECK(format_failure_statuses(FailureStatuses()) == "5xx");
}

TEST_CASE("what is no HTTP status is refused and quoted") {
  for (const auto* text : {"", "5x", "6xx", "0xx", "99", "600", "5xx,", ",5xx", "503-500", "503-",
                           "-503", "5 xx", "5xx;429", "5xx,none", "1e2"}) {
    CAPTURE(text);
    const auto statuses = parse_failure_statuses(text);
    REQUIRE_FALSE(statuses);
    CHECK(statuses.error().message.find("is no HTTP status") != std::string::npos);
    CHECK(statuses.error().hint.find("5xx,429") != std::string::npos);
  }
}
