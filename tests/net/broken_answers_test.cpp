// What each way in which an answer can be broken counts as.
#include <optional>
#include <string>

#include "net/client.hpp"
#include "tests/net/load_run.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using Then = Reply::Then;

const std::string head_9 = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
const std::string head_chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string flood(std::size_t fields) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (std::size_t i = 0; i < fields; ++i) {
    head += "X-Field-" + std::to_string(i) + ": and so on and so on and so on\r\n";
  }
  return head + "Content-Length: 0\r\n\r\n";
}

// Five calls that all get the same reply.
load::Counts counted(const Reply& reply, std::optional<Duration> gap_timeout = {}) {
  const ScriptedServer server([&](const std::string&) { return reply; });
  auto plan = open_loop(5);
  plan.gap_timeout = gap_timeout;
  auto counts = Run(server.port(), plan).counts();
  REQUIRE(counts.sent == 5);
  return counts;
}

}  // namespace

TEST_CASE("each way in which an answer is broken ends the call in a way of its own") {
  struct Broken {
    std::string what;
    Reply reply;
    std::uint64_t load::Counts::* counted_as;
    bool cut = false;  // its head was one
  };
  const auto broken = GENERATE(values<Broken>({
      {"an empty reply", {{""}, Then::close}, &load::Counts::closed},
      {"a half-close without an answer", {{""}, Then::half}, &load::Counts::closed},
      {"a reset without an answer", {{}, Then::reset}, &load::Counts::resets},
      {"half a head", {{"HTTP/1.1 200 OK\r\nContent-"}, Then::close}, &load::Counts::closed},
      {"a head that is none", {{"HTTP/1.1 two hundred\r\n\r\n"}}, &load::Counts::bad_answers},
      {"a field without a colon",
       {{"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"}},
       &load::Counts::bad_answers},
      {"two lengths",
       {{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok\n"}},
       &load::Counts::bad_answers},
      {"garbage",
       {{std::string("\x16\x03\x01\x00\xff\x00garbage\r\n\r\n", 17)}},
       &load::Counts::bad_answers},
      {"a flood of fields", {{flood(20'000)}}, &load::Counts::bad_answers},
      {"a body that is cut off", {{head_9 + "half"}, Then::close}, &load::Counts::closed, true},
      {"a body that is half-closed", {{head_9 + "half"}, Then::half}, &load::Counts::closed, true},
      {"no body at all", {{head_9}, Then::close}, &load::Counts::closed, true},
      {"a chunk that is cut off",
       {{head_chunked + "9\r\nhalf"}, Then::close},
       &load::Counts::closed,
       true},
      {"chunks without the last",
       {{head_chunked + "4\r\nhalf\r\n"}, Then::close},
       &load::Counts::closed,
       true},
  }));
  INFO(broken.what);
  const auto counts = counted(broken.reply);
  CHECK(counts.*broken.counted_as == 5);
  CHECK(counts.failed() == 5);
  CHECK(counts.cut == (broken.cut ? 5 : 0));
}

TEST_CASE("a malformed chunk is a bad answer whose head had come") {
  // In one piece with its head or after it.
  const auto reply = GENERATE(values<Reply>({{{head_chunked + "xyz\r\nwhat\r\n"}},
                                             {{head_chunked, "xyz\r\nwhat\r\n"}},
                                             {{head_chunked + "2\r\ntoo long\r\n"}}}));
  const auto counts = counted(reply);
  CHECK(counts.bad_answers == 5);
  CHECK(counts.cut == 5);
}

TEST_CASE("fields of less than 64 KiB are no flood") { CHECK(counted({{flood(1000)}}).ok == 5); }

TEST_CASE("an answer that comes to a standstill is given up after the gap timeout") {
  const auto counts = counted({{head_9 + "half"}}, 30ms);
  CHECK(counts.timeouts == 5);
  CHECK(counts.cut == 5);
}

TEST_CASE("a stream that goes on is not given up, and one that dies midway is cut") {
  Reply stream{{head_chunked}};
  for (int i = 0; i < 40; ++i) {
    stream.pieces.push_back("9\r\ndata: x\n\n\r\n");
  }
  stream.then = Then::close;
  const auto dead = counted(stream, 5s);
  CHECK(dead.closed == 5);
  CHECK(dead.cut == 5);

  stream.pieces.emplace_back("0\r\n\r\n");
  stream.then = Then::keep;
  const auto whole = counted(stream, 5s);
  CHECK(whole.ok == 5);
  CHECK(whole.cut == 0);
}

TEST_CASE("the first byte of an answer in pieces comes before its end") {
  const ScriptedServer server([](const std::string&) { return Reply{{head_9, "part", " more"}}; });
  Run run(server.port(), closed_loop(2, 50ms));
  CHECK(run.counts().ok > 2);
  const auto& phase = run.client().tally().phases[0];
  CHECK(phase.first_byte().count() == phase.counts().ok);
  CHECK(phase.first_byte().max() <= phase.response().max());
}

}  // namespace tripcurve::net
