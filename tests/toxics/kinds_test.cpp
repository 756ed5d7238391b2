// What each kind of toxic does to the bytes of one connection, in virtual time.
#include "tests/support/catch.hpp"

#include "tests/toxics/piped.hpp"

namespace tripcurve::toxics::testing {
namespace {

using Pieces = std::vector<Piece>;
using Ending = std::pair<End, TimePoint>;

TEST_CASE("latency delays every piece by the same time, and joins none") {
  Piped piped({"latency(latency=100ms)"});
  piped.put("a");
  piped.run_until(milliseconds(30));
  piped.put("b");
  piped.run_until(seconds(1));
  CHECK(piped.out == Pieces{{"a", at(milliseconds(100))}, {"b", at(milliseconds(130))}});
}

TEST_CASE("jitter spreads the delays evenly over the latency +- jitter, and none is early") {
  Piped piped({"latency(latency=100ms,jitter=40ms)"});
  constexpr int count = 2000;
  for (int i = 0; i < count; ++i) {
    piped.run_until(seconds(i));
    piped.put(".");
  }
  piped.run_until(seconds(count + 1));
  REQUIRE(piped.out.size() == count);
  double sum = 0;
  std::array<int, 8> tenths{};  // of 10 ms from 60 ms on
  for (std::size_t i = 0; i < count; ++i) {
    const auto delay = to_milliseconds(piped.out[i].when - at(seconds(i)));
    REQUIRE(delay >= 60);
    REQUIRE(delay < 140);
    sum += delay;
    ++tenths[static_cast<std::size_t>((delay - 60) / 10)];
  }
  // 3.29 standard errors of the mean of 2000 even draws from 80 ms, which are 23.1 ms wide; and of
  // a share of one eighth.
  CHECK(sum / count == Approx(100).margin(1.7));
  for (const auto n : tenths) {
    CHECK(n == Approx(count / 8).margin(3.29 * std::sqrt(count * 0.125 * 0.875)));
  }
}

TEST_CASE("a jitter larger than the latency never makes bytes early or out of order") {
  Piped piped({"latency(latency=10ms,jitter=500ms)"});
  std::string sent;
  for (int i = 0; i < 200; ++i) {
    piped.run_until(milliseconds(i));
    piped.put(std::string(1, static_cast<char>('a' + i % 26)));
    sent += static_cast<char>('a' + i % 26);
  }
  piped.run_until(seconds(10));
  CHECK(piped.bytes() == sent);
}

TEST_CASE("two latencies one after the other add up") {
  Piped piped;
  piped.add("latency(latency=500ms)", "first");
  piped.add("latency(latency=500ms)", "second");
  piped.put("a");
  piped.run_until(seconds(5));
  CHECK(piped.out == Pieces{{"a", at(seconds(1))}});
}

TEST_CASE("480 KB at 1000 KB/s take 480 ms, in pieces of a tenth of a second at most") {
  Piped piped({"bandwidth(rate=1000KB/s)"});
  for (int i = 0; i < 480; ++i) {
    piped.put(std::string(1000, 'x'));
  }
  piped.run_until(seconds(5));
  CHECK(piped.bytes().size() == 480'000);
  CHECK(piped.out.back().when == at(milliseconds(480)));
}

TEST_CASE("a big piece leaves a slow line in parts of 100 ms") {
  Piped piped({"bandwidth(rate=1KB/s)"});
  piped.put(std::string(250, 'x'));
  piped.run_until(seconds(5));
  REQUIRE(piped.out.size() == 3);
  CHECK(piped.out[0] == Piece{std::string(100, 'x'), at(milliseconds(100))});
  CHECK(piped.out[1] == Piece{std::string(100, 'x'), at(milliseconds(200))});
  CHECK(piped.out[2] == Piece{std::string(50, 'x'), at(milliseconds(250))});
}

TEST_CASE("a line that was not read for long does not make up for all of it") {
  Piped piped({"bandwidth(rate=100KB/s)"});
  piped.reads = false;
  piped.put(std::string(300'000, 'x'));  // 3 s, of which 64 KiB fit behind it
  piped.run_until(seconds(10));
  piped.reads = true;
  piped.run_until(seconds(10));
  CHECK(piped.bytes().size() <= 90'000);
  piped.run_until(seconds(12));
  CHECK(piped.bytes().size() < 300'000);
  piped.run_until(seconds(13));
  CHECK(piped.bytes().size() == 300'000);
}

TEST_CASE("a bandwidth of 0 holds everything until it is changed, and loses nothing") {
  Piped piped({"bandwidth(rate=0KB/s)"});
  piped.put("abc");
  piped.run_until(seconds(3600));
  CHECK(piped.out.empty());
  piped.change("bandwidth(rate=1000KB/s)");
  piped.run_until(seconds(3601));
  CHECK(piped.bytes() == "abc");
}

TEST_CASE("a slicer sends pieces within its bounds, a delay apart, and all bytes in order") {
  Piped piped({"slicer(average_size=10B,size_variation=4B,delay=50us)"});
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    sent += static_cast<char>('a' + i % 26);
  }
  piped.put(sent);
  piped.run_until(seconds(1));
  CHECK(piped.bytes() == sent);
  REQUIRE(piped.out.size() > 40);
  std::size_t shortest = 100;
  std::size_t longest = 0;
  for (std::size_t i = 0; i + 1 < piped.out.size(); ++i) {
    CHECK(piped.out[i].when == at(microseconds(50 * i)));
    shortest = std::min(shortest, piped.out[i].bytes.size());
    longest = std::max(longest, piped.out[i].bytes.size());
  }
  CHECK(shortest >= 6);
  CHECK(longest <= 14);
  CHECK(longest > shortest);
}

TEST_CASE("a slicer without variation cuts equal pieces") {
  Piped piped({"slicer(average_size=4B)"});
  piped.put("abcdefghij");
  piped.run_until(seconds(1));
  CHECK(piped.out == Pieces{{"abcd", at({})}, {"efgh", at({})}, {"ij", at({})}});
}

TEST_CASE("limit_data passes exactly its bytes, and then cuts the connection") {
  Piped piped({"limit_data(bytes=5B)"});
  piped.put("abc");
  CHECK_FALSE(piped.ending);
  piped.run_until(milliseconds(10));
  piped.put("defg");
  CHECK(piped.bytes() == "abcde");
  CHECK(piped.ending == Ending{End::cut, at(milliseconds(10))});
}

TEST_CASE("a limit that is reached exactly cuts the connection, one that is not does not") {
  Piped exactly({"limit_data(bytes=3B)"});
  exactly.put("abc");
  CHECK(exactly.bytes() == "abc");
  CHECK(exactly.ending);
  Piped not_yet({"limit_data(bytes=4B)"});
  not_yet.put("abc");
  not_yet.end();
  CHECK(not_yet.ending == Ending{End::closed, at({})});
}

TEST_CASE("a limit of nothing passes nothing, and cuts at the first byte") {
  Piped piped({"limit_data(bytes=0B)"});
  piped.run_until(seconds(1));
  CHECK_FALSE(piped.ending);
  piped.put("a");
  CHECK(piped.bytes().empty());
  CHECK(piped.ending == Ending{End::cut, at(seconds(1))});
}

TEST_CASE("a limit counts what passed before it was changed") {
  Piped piped({"limit_data(bytes=10B)"});
  piped.put("abcdef");
  piped.change("limit_data(bytes=8B)");
  piped.put("ghij");
  CHECK(piped.bytes() == "abcdefgh");
  CHECK(piped.ending);
}

TEST_CASE("what is past a limit is still delayed by what comes after it") {
  Piped piped({"limit_data(bytes=2B)", "latency(latency=1s)"});
  piped.put("abc");
  piped.run_until(seconds(5));
  CHECK(piped.out == Pieces{{"ab", at(seconds(1))}});
  CHECK(piped.ending == Ending{End::cut, at(seconds(1))});
}

TEST_CASE("timeout drops everything and cuts at its time") {
  Piped piped({"timeout(timeout=2s)"});
  piped.put("abc");
  piped.run_until(milliseconds(1999));
  CHECK_FALSE(piped.ending);
  piped.run_until(seconds(3));
  CHECK(piped.out.empty());
  CHECK(piped.ending == Ending{End::cut, at(seconds(2))});
}

TEST_CASE("bytes do not put the end of a timeout off") {
  Piped piped({"timeout(timeout=1s)"});
  for (int i = 0; i < 20; ++i) {
    piped.run_until(milliseconds(100 * i));
    piped.put("x");
  }
  CHECK(piped.ending == Ending{End::cut, at(seconds(1))});
}

TEST_CASE("a timeout of 0 lasts until it is removed, which cuts the connection") {
  Piped piped({"timeout"});
  piped.put("abc");
  piped.run_until(seconds(3600));
  CHECK_FALSE(piped.ending);
  piped.remove("timeout_downstream");
  CHECK(piped.out.empty());
  CHECK(piped.ending == Ending{End::cut, at(seconds(3600))});
}

TEST_CASE("reset_peer resets the connection its time after the first bytes") {
  Piped piped({"reset_peer(timeout=300ms)"});
  piped.run_until(seconds(1));
  CHECK_FALSE(piped.ending);
  piped.put("a");
  piped.run_until(milliseconds(1200));
  piped.put("b");
  piped.run_until(seconds(2));
  CHECK(piped.out.empty());
  CHECK(piped.ending == Ending{End::reset, at(milliseconds(1300))});
}

TEST_CASE("an end of the sender, too, sets a reset off") {
  Piped piped({"reset_peer"});
  piped.end();
  CHECK(piped.ending == Ending{End::reset, at({})});
}

TEST_CASE("slow_close holds back the end, and not the bytes") {
  Piped piped({"slow_close(delay=400ms)"});
  piped.put("abc");
  piped.end();
  CHECK(piped.bytes() == "abc");
  piped.run_until(milliseconds(399));
  CHECK_FALSE(piped.ending);
  piped.run_until(seconds(1));
  CHECK(piped.ending == Ending{End::closed, at(milliseconds(400))});
}

TEST_CASE("without toxics, and with noop, bytes and end go on at once") {
  for (const auto& toxics : {std::vector<std::string>{}, {"noop"}}) {
    Piped piped(toxics);
    piped.put("abc");
    piped.end();
    CHECK(piped.out == Pieces{{"abc", at({})}});
    CHECK(piped.ending == Ending{End::closed, at({})});
  }
}

}  // namespace
}  // namespace tripcurve::toxics::testing
