#include "replay/time_reader.hpp"

#include "tests/support/catch.hpp"

using namespace tripcurve;
using replay::EpochTime;
using replay::TimeForm;
using replay::TimeReader;
using replay::Zone;

namespace {

constexpr EpochTime second = 1'000'000'000;

// The time that a text says; -1 if it is none.
EpochTime time_of(std::string_view text, TimeForm form = TimeForm::automatic,
                  const std::optional<Zone>& zone = std::nullopt) {
  TimeReader reader(form, zone);
  EpochTime time = 0;
  return reader.read(text, time) ? -1 : time;
}

std::string complaint(std::string_view text, const std::optional<Zone>& zone = std::nullopt) {
  TimeReader reader(TimeForm::automatic, zone);
  EpochTime time = 0;
  return reader.read(text, time).value_or("");
}

}  // namespace

TEST_CASE("times of RFC 3339 are read to the nanosecond") {
  CHECK(time_of("1970-01-01T00:00:01Z") == second);
  CHECK(time_of("2026-11-24T10:00:00Z") == 1'795'514'400 * second);
  CHECK(time_of("2026-11-24 10:00:00.123456789Z") == 1'795'514'400 * second + 123'456'789);
  CHECK(time_of("2026-11-24T10:00:00,5Z") == 1'795'514'400 * second + 500'000'000);
  CHECK(time_of("2026-11-24T11:30:00+01:30") == 1'795'514'400 * second);
  CHECK(time_of("2026-11-24T05:00:00 -0500") == 1'795'514'400 * second);
  CHECK(time_of("2024-02-29T00:00:00Z") == 1'709'164'800 * second);
}

TEST_CASE("times of access logs are read with their offset") {
  CHECK(time_of("24/Nov/2026:11:00:00 +0100") == 1'795'514'400 * second);
  CHECK(time_of("24/Nov/2026:10:00:00 +0000") == 1'795'514'400 * second);
}

TEST_CASE("a number is seconds to nanoseconds since 1970, by its length") {
  CHECK(time_of("1795514400") == 1'795'514'400 * second);
  CHECK(time_of("1795514400.25") == 1'795'514'400 * second + 250'000'000);
  CHECK(time_of("1795514400123") == 1'795'514'400 * second + 123'000'000);
  CHECK(time_of("1795514400123456") == 1'795'514'400 * second + 123'456'000);
  CHECK(time_of("1795514400123456789") == 1'795'514'400 * second + 123'456'789);
  CHECK(time_of("12.5", TimeForm::epoch_s) == 12'500'000'000);
  CHECK(time_of("12") == -1);
}

TEST_CASE("what is no time is refused in words") {
  for (const auto* text : {"", "x", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
                           "2026-11-24T25:00:00Z", "2026-11-24T10:00:00.1234567890Z",
                           "2026-11-24T10:00:00+99:00", "24/Foo/2026:10:00:00 +0100",
                           "2026-11-24T10:00", "2026-11-24T10:00:00Q", "9999-01-01T00:00:00Z"}) {
    INFO(text);
    CHECK(!complaint(text).empty());
  }
  CHECK(complaint("2026-11-24T10:00:00").find("give --timezone") != std::string::npos);
}

TEST_CASE("a local time needs its zone") {
  const auto berlin = *Zone::named("Europe/Berlin");
  CHECK(time_of("2026-11-24T11:00:00", TimeForm::automatic, berlin) == 1'795'514'400 * second);
  CHECK(time_of("2026-07-24T12:00:00", TimeForm::automatic, berlin) ==
        time_of("2026-07-24T10:00:00Z"));
  CHECK_FALSE(Zone::named("Europe/Berlim").ok());
  CHECK_FALSE(Zone::named("").ok());
}

TEST_CASE("the hour that comes twice is told apart by the order of the lines") {
  TimeReader reader(TimeForm::automatic, *Zone::named("Europe/Berlin"));
  const auto read = [&](std::string_view text) {
    EpochTime time = 0;
    CHECK_FALSE(reader.read(text, time));
    return time;
  };
  CHECK(read("2026-10-25T01:59:00") == time_of("2026-10-24T23:59:00Z"));
  CHECK(read("2026-10-25T02:00:00") == time_of("2026-10-25T00:00:00Z"));
  CHECK(read("2026-10-25T02:59:59") == time_of("2026-10-25T00:59:59Z"));
  CHECK(read("2026-10-25T02:00:01") == time_of("2026-10-25T01:00:01Z"));  // the second time
  CHECK(read("2026-10-25T02:30:00") == time_of("2026-10-25T01:30:00Z"));
  CHECK(read("2026-10-25T03:00:00") == time_of("2026-10-25T02:00:00Z"));
  CHECK(reader.ambiguous() == 4);
}

TEST_CASE("the hour that does not exist is refused") {
  const auto berlin = *Zone::named("Europe/Berlin");
  CHECK(complaint("2026-03-29T02:30:00", berlin).find("does not exist") != std::string::npos);
  CHECK(complaint("2026-03-29T03:30:00", berlin).empty());
}

TEST_CASE("a time is written as it is read") {
  for (const auto* text : {"2026-11-24T10:00:00Z", "2026-11-24T10:00:00.250Z"}) {
    CHECK(replay::format_time(time_of(text), std::nullopt) == text);
  }
  CHECK(replay::format_time(time_of("2026-11-24T10:00:00Z"), *Zone::named("Europe/Berlin")) ==
        "2026-11-24T11:00:00+01:00");
  CHECK(replay::format_time(time_of("2026-11-24T10:00:00Z"), *Zone::named("America/New_York")) ==
        "2026-11-24T05:00:00-05:00");
}
