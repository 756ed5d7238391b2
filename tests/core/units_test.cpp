#include "core/units.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;
using tripcurve::testing::ContainsSubstring;

namespace {

struct Refusal {
  std::string text;
  std::string message;  // a part of it
  std::string hint;     // a part of it
};

template <typename T>
void check_refused(const std::vector<Refusal>& refusals, Result<T> (*parse)(std::string_view)) {
  for (const auto& refusal : refusals) {
    const auto result = parse(refusal.text);
    INFO("text: " << refusal.text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(refusal.message));
    CHECK_THAT(result.error().message, ContainsSubstring("'"));
    CHECK_THAT(result.error().hint, ContainsSubstring(refusal.hint));
  }
}

Duration duration(std::string_view text) { return *parse_duration(text); }

// Doubles of every size: a random mantissa times a random power of ten.
double any_double(Random& random, double lowest_power, double highest_power) {
  return random.unit() *
         std::pow(10.0, lowest_power + (highest_power - lowest_power) * random.unit());
}

}  // namespace

TEST_CASE("durations are read as Go writes them") {
  CHECK(duration("0ms") == 0ns);
  CHECK(duration("0s") == 0ns);
  CHECK(duration("250ms") == 250ms);
  CHECK(duration("1.5s") == 1500ms);
  CHECK(duration("10us") == 10us);
  CHECK(duration("10\u00b5s") == 10us);
  CHECK(duration("10\u03bcs") == 10us);
  CHECK(duration("40ns") == 40ns);
  CHECK(duration("2m") == 2min);
  CHECK(duration("1h") == 1h);
  CHECK(duration("1m30s") == 90s);
  CHECK(duration("1h0.5m2.25s") == 1h + 30s + 2250ms);
  CHECK(duration(".5s") == 500ms);
  CHECK(duration(" 20ms\t") == 20ms);
  CHECK(duration("10000h") == 10'000h);
}

TEST_CASE("decimals of a duration are exact to the nanosecond") {
  CHECK(duration("0.000000001s") == 1ns);
  CHECK(duration("0.1s") == 100ms);
  CHECK(duration("0.3s") == 300ms);
  CHECK(duration("9999.123456789s") == 9'999'123'456'789ns);
  CHECK(duration("0.0000000005h") == 1800ns);
  CHECK(duration("0.00000000005m") == 3ns);
}

TEST_CASE("a duration that is not one is refused with what would work") {
  check_refused({{"20", "'20' has no unit", "write 20ms or 20s"},
                 {"0", "'0' has no unit", "write 0ms"},
                 {"1.5", "'1.5' has no unit", "write 1.5ms or 1.5s"},
                 {"1m30", "'30' in '1m30' has no unit", "write 1m30s"},
                 {"1h30", "'30' in '1h30' has no unit", "write 1h30m"},
                 {"1s250", "'250' in '1s250' has no unit", "write 1s250ms"},
                 {"1ns5", "'5' in '1ns5' has no unit", "write 1ns5ns"},
                 {"", "'' is not a duration", "250ms"},
                 {"fast", "'fast' is not a duration", "250ms"},
                 {"ms", "'ms' is not a duration", "250ms"},
                 {".", "'.' is not a duration", "250ms"},
                 {".s", "'.s' is not a duration", "250ms"},
                 {"1.2.3s", "'1.2.3s' is not a duration", "250ms"},
                 {"-5s", "'-5s' is negative", "250ms"},
                 {"+5s", "'+5s' is not a duration", "250ms"},
                 {"20 ms", "'20 ms' has white space inside", "250ms"},
                 {"20sec", "unknown unit 'sec' in '20sec'", "known: ns, us, ms, s, m, h"},
                 {"20S", "unknown unit 'S' in '20S'", "did you mean 's'?"},
                 {"2d", "unknown unit 'd'", "known: ns"},
                 {"1e3s", "unknown unit 'e'", "known: ns"},
                 {"20ms!", "unknown unit 'ms!'", "did you mean 'ms'?"},
                 {"0.5ns", "'0.5ns' is finer than a nanosecond", "whole nanoseconds"},
                 {"1.0000000001s", "is finer than a nanosecond", "whole nanoseconds"},
                 {"0.00000000000000000000000001s", "is finer than a nanosecond", "whole"},
                 {"10000.1h", "'10000.1h' is longer than 10000h", "10000h or less"},
                 {"10000h1ns", "is longer than 10000h", "10000h or less"},
                 {"99999999999999999999999999s", "is longer than 10000h", "10000h or less"}},
                parse_duration);
}

TEST_CASE("durations are written in the shortest exact way") {
  CHECK(format_duration(0ns) == "0ms");
  CHECK(format_duration(250ms) == "250ms");
  CHECK(format_duration(1500ms) == "1.5s");
  CHECK(format_duration(90s) == "1m30s");
  CHECK(format_duration(2h) == "2h");
  CHECK(format_duration(1h + 500ms) == "1h500ms");
  CHECK(format_duration(1h + 1ns) == "1h1ns");
  CHECK(format_duration(1500ns) == "1.5us");
  CHECK(format_duration(999ns) == "999ns");
  CHECK(format_duration(1'000'001ns) == "1.000001ms");
  CHECK(format_duration(-90s) == "-1m30s");
  CHECK_THAT(format_duration(Duration::min()), ContainsSubstring("-2562047h47m16.854775808s"));
}

TEST_CASE("every duration is read back as it was written") {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    auto ns = static_cast<Duration::rep>(any_double(random, 0, 16.5));
    if (i % 3 == 0) {
      ns -= ns % 1'000'000;  // round values take other paths
    }
    const auto text = format_duration(Duration(ns));
    CAPTURE(ns, text);
    REQUIRE(duration(text) == Duration(ns));
  }
}

TEST_CASE("a share is the double nearest to what was written") {
  CHECK(parse_share("5%")->value == 0.05);
  CHECK(parse_share("0.5%")->value == 0.005);
  CHECK(parse_share("7%")->value == 0.07);
  CHECK(parse_share("33.3%")->value == 0.333);
  CHECK(parse_share("0%")->value == 0.0);
  CHECK(parse_share("100%")->value == 1.0);
  CHECK(parse_share(" 2% ")->value == 0.02);
}

TEST_CASE("a share that is not one is refused with what would work") {
  check_refused({{"5", "'5' has no %", "write 5%"},
                 {"0", "'0' has no %", "write 0%"},
                 {"0.05", "'0.05' has no %", "write 5% (or 0.05% if you mean that)"},
                 {"1", "'1' has no %", "write 100% (or 1% if you mean that)"},
                 {"101%", "'101%' is more than 100%", "100% or less"},
                 {"100.0001%", "is more than 100%", "100% or less"},
                 {"-1%", "'-1%' is negative", "5%"},
                 {"", "'' is not a share", "5%"},
                 {"%", "'%' is not a share", "5%"},
                 {"5%%", "'5%%' is not a share", "5%"},
                 {"1e1%", "'1e1%' is not a share", "5%"},
                 {"5 %", "'5 %' has white space inside", "5%"},
                 {"nan%", "'nan%' is not a share", "5%"}},
                parse_share);
}

TEST_CASE("a share is written as it was read") {
  for (const auto* text : {"5%", "0.25%", "0%", "100%", "99.9%", "0.0001%", "12.345%", "50%"}) {
    CHECK(format_share(*parse_share(text)) == text);
  }
}

TEST_CASE("every share is read back as it was written") {
  Random random(2);
  for (int i = 0; i < 20'000; ++i) {
    const Share share{any_double(random, -12, 0)};
    CAPTURE(share.value, format_share(share));
    REQUIRE(parse_share(format_share(share)).value() == share);
  }
}

TEST_CASE("rates are read per second, minute or hour") {
  CHECK(parse_rate("200/s")->per_second == 200);
  CHECK(parse_rate("0.5/s")->per_second == 0.5);
  CHECK(parse_rate("12/m")->per_second == 0.2);
  CHECK(parse_rate("30/h")->per_second == 30.0 / 3600);
  CHECK(parse_rate("10000000/s")->per_second == 1e7);
}

TEST_CASE("a rate that is not one is refused with what would work") {
  check_refused({{"200", "'200' has no unit", "write 200/s"},
                 {"0/s", "'0/s' is too low", "the rate must be more than 0/s"},
                 {"-5/s", "'-5/s' is negative", "200/s"},
                 {"200rps", "unknown unit 'rps' in '200rps'", "write 200/s, 200/m or 200/h"},
                 {"200/ms", "unknown unit '/ms'", "write 200/s"},
                 {"200/", "unknown unit '/'", "write 200/s"},
                 {"/s", "'/s' is not a rate", "200/s"},
                 {"", "'' is not a rate", "200/s"},
                 {"10000001/s", "'10000001/s' is more than 10000000/s", "10000000/s or less"},
                 {"200 /s", "has white space inside", "200/s"}},
                parse_rate);
}

TEST_CASE("every rate is read back as it was written") {
  CHECK(format_rate({200}) == "200/s");
  CHECK(format_rate({0.2}) == "0.2/s");
  CHECK(format_rate({1e7}) == "10000000/s");
  CHECK(format_rate({1.0 / 3600}) == "1/h");
  CHECK(format_rate({7.0 / 60}) == "7/m");
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const Rate rate{any_double(random, -4, 7)};
    CAPTURE(rate.per_second, format_rate(rate));
    REQUIRE(parse_rate(format_rate(rate)).value() == rate);
  }
}

TEST_CASE("sizes are read in binary and decimal units") {
  CHECK(*parse_size("0B") == 0);
  CHECK(*parse_size("512B") == 512);
  CHECK(*parse_size("64KiB") == 65'536);
  CHECK(*parse_size("1MiB") == 1'048'576);
  CHECK(*parse_size("1GiB") == 1'073'741'824);
  CHECK(*parse_size("1KB") == 1'000);
  CHECK(*parse_size("1.5MB") == 1'500'000);
  CHECK(*parse_size("2GB") == 2'000'000'000);
  CHECK(*parse_size("18446744073709551615B") == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("a size that is not one is refused with what would work") {
  check_refused({{"512", "'512' has no unit", "write 512B or 512KiB"},
                 {"64kib", "unknown unit 'kib' in '64kib'", "did you mean 'KiB'?"},
                 {"64X", "unknown unit 'X'", "known: GiB"},
                 {"0.5B", "'0.5B' is not a whole number of bytes", "whole bytes"},
                 {"-1B", "'-1B' is negative", "512B"},
                 {"", "'' is not a size", "512B"},
                 {"18446744073709551616B", "is too large", "18446744073709551615B or less"},
                 {"17179869184GiB", "is too large", "or less"}},
                parse_size);
}

TEST_CASE("every size is read back as it was written") {
  CHECK(format_size(65'536) == "64KiB");
  CHECK(format_size(1'500'000) == "1500KB");
  CHECK(format_size(513) == "513B");
  Random random(4);
  for (int i = 0; i < 20'000; ++i) {
    const auto bytes = random.next() >> (random.next() % 64) << (random.next() % 24);
    CAPTURE(bytes);
    REQUIRE(*parse_size(format_size(bytes)) == bytes);
  }
}

TEST_CASE("a count is a whole number inside its range") {
  CHECK(*parse_count("1", 1, 100) == 1);
  CHECK(*parse_count(" 100 ", 1, 100) == 100);
  for (const auto* text : {"", "-1", "+1", "1.5", "1e3", "0x10", "1,000", "ten"}) {
    const auto result = parse_count(text, 1, 100);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message == "'" + std::string(text) + "' is not a whole number");
    CHECK(result.error().hint == "write a whole number from 1 to 100");
  }
}

TEST_CASE("a count out of range is refused and the range is said") {
  CHECK(parse_count("0", 1, 100).error().message == "'0' is less than 1");
  CHECK(parse_count("101", 1, 100).error().message == "'101' is more than 100");
  CHECK(parse_count("99999999999999999999", 1, 100).error().message ==
        "'99999999999999999999' is more than 100");
  CHECK(parse_count("0", 1, 100).error().hint == "write a whole number from 1 to 100");
}

TEST_CASE("durations are shown with three significant digits") {
  CHECK(show_duration(0ns) == "0ms");
  CHECK(show_duration(999ns) == "999ns");
  CHECK(show_duration(41'234ns) == "41.2us");
  CHECK(show_duration(1'234'567ns) == "1.23ms");
  CHECK(show_duration(20ms) == "20.0ms");
  CHECK(show_duration(123'456us) == "123ms");
  CHECK(show_duration(12'345ms) == "12.3s");
  CHECK(show_duration(90s) == "90.0s");
  CHECK(show_duration(600s) == "600s");
  CHECK(show_duration(1000s) == "16m40s");
  CHECK(show_duration(100min) == "1h40m");
  CHECK(show_duration(-1ns) == "-");
}

TEST_CASE("a shown duration that rounds up to the next unit is shown in it") {
  CHECK(show_duration(9'994ns) == "9.99us");
  CHECK(show_duration(9'995ns) == "10.0us");
  CHECK(show_duration(99'950ns) == "100us");
  CHECK(show_duration(999'499ns) == "999us");
  CHECK(show_duration(999'500ns) == "1.00ms");
  CHECK(show_duration(999'500us) == "1.00s");
  CHECK(show_duration(999'500ms) == "16m40s");
  CHECK_FALSE(show_duration(Duration::max()).empty());
}

TEST_CASE("shares are shown with one decimal and never rounded to none or all") {
  CHECK(show_share(0) == "0.0%");
  CHECK(show_share(0.1234) == "12.3%");
  CHECK(show_share(1) == "100.0%");
  CHECK(show_share(0.00001) == "<0.1%");
  CHECK(show_share(0.001) == "0.1%");
  CHECK(show_share(0.99999) == ">99.9%");
  CHECK(show_share(0.999) == "99.9%");
}

TEST_CASE("counts are shown with thousands apart") {
  CHECK(show_count(0) == "0");
  CHECK(show_count(999) == "999");
  CHECK(show_count(1'000) == "1,000");
  CHECK(show_count(72'804) == "72,804");
  CHECK(show_count(1'234'567) == "1,234,567");
}
