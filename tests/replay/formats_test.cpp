#include "replay/format.hpp"

#include "tests/replay/texts.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using Kind = CallEnd::Kind;

namespace {

constexpr CallEnd answered(std::uint16_t status) { return {Kind::answer, status}; }

}  // namespace

TEST_CASE("CSV is recognised by the names of its columns") {
  const auto read = read_text(
      "timestamp,latency_ms,status,path\n"
      "2026-11-24T10:00:00Z,12.5,200,/pay\n"
      "2026-11-24T10:00:01Z,30,503,/pay\n");
  REQUIRE(read.calls.size() == 2);
  CHECK(read.calls[0].due == at(0s));
  CHECK(read.calls[0].latency == 12'500us);
  CHECK(read.calls[0].end == answered(200));
  CHECK(read.calls[1].due == at(1s));
  CHECK(read.calls[1].end == answered(503));
  CHECK(read.facts.format == "csv");
  CHECK(read.facts.reading ==
        "time of the begin: timestamp, latency: latency_ms (ms), status: status, endpoint: path");
}

TEST_CASE("the columns of CSV can be named, and the unit of the latency") {
  const auto read = read_text("when;took;code;a;b\n1795514400;0.25;ok;\"x;\"\"y\";z\n",
                              named("csv,time=when,latency=took,unit=s,status=code,endpoint=a,"
                                    "separator=;"));
  REQUIRE(read.calls.size() == 1);
  CHECK(read.calls[0].latency == 250ms);
  CHECK(read.calls[0].end == answered(200));
}

TEST_CASE("latencies may have their unit with them, and one without any is bad") {
  replay::TraceOptions options{.name = "trace"};
  options.most_bad = 1;
  const auto read = read_text(
      "ts,latency,status\n1795514400,13ms,200\n1795514401,1.5s,200\n1795514402,1m2s,200\n"
      "1795514403,13,200\n1795514404,13parsecs,200\n",
      options);
  REQUIRE(read.calls.size() == 3);
  CHECK(read.calls[0].latency == 13ms);
  CHECK(read.calls[1].latency == 1500ms);
  CHECK(read.calls[2].latency == 62s);
  CHECK(read.facts.reading.ends_with("latency: latency (with its unit), status: status"));
  REQUIRE(read.facts.bad.count == 2);
  CHECK(read.facts.bad.first[0].why ==
        "'13' is no latency, because it has no unit; say unit=ms, s, us or ns in --format");
  CHECK(read.facts.bad.first[1].why == "'13parsecs' is no latency");
  const auto other = read_text("ts,latency_ms,status\n1795514400,2s,200\n1795514401,7,200\n");
  REQUIRE(other.calls.size() == 2);
  CHECK(other.calls[0].latency == 2s);
  CHECK(other.calls[1].latency == 7ms);
}

TEST_CASE("CSV without names has columns by number") {
  const auto read = read_text("1795514400123456789,200,1000000\n1795514400123456790,500,1\n",
                              named("csv,header=no,time=1,status=2,latency=3,unit=ns"));
  REQUIRE(read.calls.size() == 2);
  CHECK(read.calls[0].latency == 1ms);
  CHECK(read.calls[1].due == at(1ns));
}

TEST_CASE("a time at which calls ended is counted back by their latency") {
  const auto read = read_text(
      "end_time,latency_ms,status\n2026-11-24T10:00:05Z,2000,200\n2026-11-24T10:00:06Z,4000,200\n");
  REQUIRE(read.calls.size() == 2);
  CHECK(read.calls[0].latency == 4s);  // it began first
  CHECK(read.calls[1].due == at(1s));
}

TEST_CASE("JSON lines have fields in others, numbers and texts") {
  const auto read = read_text(
      R"({"ts": 1795514400.5, "http": {"status": 503, "tags": [1, {"status": 2}]}, "took_ms": "7"})"
      "\n"
      R"({"took_ms": 1.25, "http": {"status": "timeout"}, "ts": 1795514401})"
      "\n",
      named("ndjson,status=http.status"));
  REQUIRE(read.calls.size() == 2);
  CHECK(read.calls[0].end == answered(503));
  CHECK(read.calls[0].latency == 7ms);
  CHECK(read.calls[1].due == at(500ms));
  CHECK(read.calls[1].end.kind() == Kind::timeout);
}

TEST_CASE("nginx's combined log with $request_time tells when requests ended") {
  const auto read = read_text(
      "10.0.0.1 - - [24/Nov/2026:11:00:02 +0100] \"GET /pay?id=7 HTTP/1.1\" 503 12 \"-\" "
      "\"curl/8 \\\"x\\\"\" 1.500\n"
      "10.0.0.2 - bob [24/Nov/2026:11:00:02 +0100] \"POST /pay HTTP/1.1\" 499 0 \"-\" \"-\" "
      "0.250\n");
  REQUIRE(read.calls.size() == 2);
  CHECK(read.facts.format == "combined");
  CHECK(read.facts.begin == 1'795'514'400'500'000'000);
  CHECK(read.calls[0].latency == 1500ms);
  CHECK(read.calls[1].due == at(1250ms));
  CHECK(read.calls[1].end.kind() == Kind::timeout);  // the client closed the connection
  CHECK_FALSE(read.facts.has_fractions);
}

TEST_CASE("Apache's common log with %D tells when requests began") {
  const auto read = read_text(
      "10.0.0.1 - - [24/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 12 250000\n"
      "10.0.0.1 - - [24/Nov/2026:10:00:01 +0000] \"GET / HTTP/1.1\" 200 - 1000\n");
  REQUIRE(read.calls.size() == 2);
  CHECK(read.facts.format == "common");
  CHECK(read.calls[0].latency == 250ms);
  CHECK(read.calls[1].due == at(1s));
}

TEST_CASE("an access log without a latency says so") {
  const auto read =
      read_text("10.0.0.1 - - [24/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 12\n");
  REQUIRE(read.calls.size() == 1);
  CHECK_FALSE(read.facts.tells_latency);
}

TEST_CASE("Envoy's flags say more than the status that it made up") {
  const std::string head = "[2026-11-24T10:00:00.250Z] \"GET /pay HTTP/1.1\" ";
  const std::string tail = " 0 91 1000 - \"-\" \"curl\" \"id\" \"pay\" \"10.0.0.9:80\"\n";
  const auto read = read_text(head + "200 -" + tail + head + "504 UT" + tail + head + "503 UF,URX" +
                                  tail + head + "503 UO" + tail + head + "0 DC" + tail,
                              named("envoy,instance=upstream_host"));
  REQUIRE(read.calls.size() == 4);
  CHECK(read.facts.rejected.count == 1);
  CHECK(read.facts.rejected.first[0].line == 4);
  CHECK(read.calls[0].end == answered(200));
  CHECK(read.calls[0].latency == 1s);
  CHECK(read.calls[1].end.kind() == Kind::timeout);
  CHECK(read.calls[2].end.kind() == Kind::connect_failed);
  CHECK(read.calls[3].end.kind() == Kind::timeout);
  CHECK(read.breakers == std::vector<std::string>{"10.0.0.9:80"});
}

TEST_CASE("Istio's lines are Envoy's with more words") {
  const auto read = read_text(
      "[2026-11-24T10:00:00.250Z] \"GET /pay HTTP/1.1\" 503 UC upstream_reset \"-\" 0 95 3 - \"-\" "
      "\"curl\" \"id\" \"pay\" \"10.0.0.9:80\" outbound\n");
  REQUIRE(read.calls.size() == 1);
  CHECK(read.facts.format == "envoy");
  CHECK(read.calls[0].latency == 3ms);
  CHECK(read.calls[0].end.kind() == Kind::closed);
}

TEST_CASE("an ALB's request that its target did not answer took as long as its times say") {
  const std::string tail =
      " 0 57 \"GET https://shop.example:443/pay?x=1 HTTP/1.1\" \"curl\" ECDHE TLSv1.2 arn \"Root\" "
      "\"shop\" \"arn\" 0 2026-11-24T10:00:00.000000Z \"forward\" \"-\" \"-\"\n";
  const auto read = read_text(
      "https 2026-11-24T10:00:01.000000Z app/lb 1.2.3.4:5 10.0.0.1:80 0.001 0.900 0.099 200 200" +
      tail + "https 2026-11-24T10:00:10.000000Z app/lb 1.2.3.4:5 10.0.0.1:80 -1 -1 -1 504 -" +
      tail);
  REQUIRE(read.calls.size() == 2);
  CHECK(read.facts.format == "alb");
  CHECK(read.calls[0].latency == 1s);
  CHECK(read.calls[1].latency == 10s);
  CHECK(read.calls[1].end.kind() == Kind::timeout);
  CHECK(read.calls[1].due == at(0s));
}

TEST_CASE("counters are as many calls as they grow by, and a reset is told with its line") {
  const std::string text =
      "ts,requests,errors\n1795514400,1000,10\n1795514410,1010,13\n1795514420,4,1\n"
      "1795514430,14,1\n";
  const auto read = read_text(text, named("counters,time=ts,calls=requests,failures=errors"));
  REQUIRE(read.calls.size() == 24);
  const auto failed = std::ranges::count(read.calls, answered(500), &sim::RecordedCall::end);
  CHECK(failed == 4);
  CHECK(read.facts.begin == 1'795'514'400'500'000'000);
  CHECK(read.calls[1].due == at(1s));
  REQUIRE(read.facts.resets.count == 1);
  CHECK(read.facts.resets.first[0].line == 4);
  const auto skipped =
      read_text(text, named("counters,time=ts,calls=requests,failures=errors,resets=skip"));
  CHECK(skipped.calls.size() == 20);
  CHECK(read_text(text, named("counters,time=ts,calls=requests")).error);
}

TEST_CASE("breakers per client and per endpoint are found by their columns") {
  const std::string text =
      "ts,status,path,host\n1795514400,200,/a,h1\n1795514400,200,/b,h1\n1795514400,200,/a,h2\n";
  auto options = named("csv");
  CHECK(read_text(text, options).breakers == std::vector<std::string>{"h1", "h2"});
  options.scope = load::BreakerScope::endpoint;
  CHECK(read_text(text, options).breakers == std::vector<std::string>{"h1 /a", "h1 /b", "h2 /a"});
  options.scope = load::BreakerScope::shared;
  CHECK(read_text(text, options).breakers == std::vector<std::string>{"all calls"});
  options.scope = load::BreakerScope::endpoint;
  options.most_breakers = 2;
  const auto read = read_text(text, options);
  REQUIRE(read.error);
  CHECK(read.error->message.find("trace:4: this call needs a breaker of its own") == 0);
  options.most_breakers = 10;
  options.endpoints = {"/a"};
  const auto some = read_text(text, options);
  CHECK(some.calls.size() == 2);
  CHECK(some.facts.others == 1);
}

TEST_CASE("a format that cannot be read is refused with what would work") {
  const auto refused = [](const std::string& text,
                          const replay::TraceOptions& options = {.name = "trace"}) {
    const auto read = read_text(text, options);
    REQUIRE(read.error);
    CHECK(!read.error->hint.empty());
    return read.error->message;
  };
  CHECK(refused("") == "trace is empty");
  CHECK(refused("\n\n") == "trace is empty");
  CHECK(refused("hello\nworld\n") ==
        "trace: the trace begins like no format that is known: 'hello'");
  CHECK(refused("a,b\n", named("csv")) == "trace: no column is known to be the time of a call");
  CHECK(refused("ts,b\n", named("csv")) == "trace: no column is known to say how a call ended");
  CHECK(refused("ts,code\n", named("csv,status=cod")) ==
        "trace: there is no column 'cod' for status");
  CHECK(replay::parse_format("cvs").error().hint == "did you mean 'csv'?");
  CHECK(replay::parse_format("csv,tme=x").error().hint == "did you mean 'time'?");
  CHECK(replay::parse_format("csv,time").error().hint == "write time=VALUE");
  CHECK_FALSE(replay::parse_format("csv,time=a,time=b").ok());
}
