// How the upstream speaks HTTP, and what it makes of those who do not.
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

#include "net/upstream.hpp"
#include "tests/net/served.hpp"
#include "tests/net/wire.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::always;
using testing::eventually;
using testing::last_get;
using testing::occurrences;
using testing::plain_get;
using testing::Served;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::StartsWith;

}  // namespace

TEST_CASE("the upstream serves any method and path and counts the requests from zero") {
  const Served served(always(""));
  auto http = served.client();

  const auto get = http.Get("/anything?at=all");
  const auto post = http.Post("/pay", "some body", "text/plain");
  const auto del = http.Delete("/");

  REQUIRE((get && post && del));
  CHECK(get->status == 200);
  CHECK(get->body == "ok\n");
  CHECK(get->get_header_value("Server") == "tripcurve");
  CHECK(get->get_header_value("Content-Type") == "text/plain");
  CHECK(get->get_header_value("X-Tripcurve-Request") == "0");
  CHECK(post->get_header_value("X-Tripcurve-Request") == "1");
  CHECK(del->get_header_value("X-Tripcurve-Request") == "2");
  CHECK(served.upstream.connections().accepted == 1);
  CHECK_FALSE(served.upstream.failure());
}

TEST_CASE("an ordinal that is not one whole number is refused with a reason") {
  const Served served(always(""));
  for (const std::string fields :
       {"X-Tripcurve-Request: x1", "X-Tripcurve-Request: -1",
        "X-Tripcurve-Request:", "X-Tripcurve-Request: 18446744073709551616",
        "X-Tripcurve-Request: 1.5", "X-Tripcurve-Request: 1\r\nX-Tripcurve-Request: 1"}) {
    CAPTURE(fields);
    const auto answer = served.exchange("GET / HTTP/1.1\r\n" + fields + "\r\n\r\n");
    CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    CHECK_THAT(answer.bytes, ContainsSubstring("takes one whole number below 2^64"));
  }
  CHECK(served.upstream.connections().bad_requests == 6);
  CHECK(served.first_phase().requests == 0);
}

TEST_CASE("an injected status has its reason phrase and says so in the body") {
  const auto answer = Served(always("errors=500:100%")).exchange(last_get);
  CHECK(answer.bytes ==
        "HTTP/1.1 500 Internal Server Error\r\nServer: tripcurve\r\nContent-Type: text/plain\r\n"
        "Content-Length: 13\r\nConnection: close\r\nX-Tripcurve-Request: 0\r\n\r\ninjected 500\n");
  CHECK_THAT(Served(always("errors=555:100%")).exchange(last_get).bytes,
             StartsWith("HTTP/1.1 555 Unknown\r\n"));
}

TEST_CASE("204 and 304 come without a body and without its length, 205 with a length of zero") {
  for (const std::string status : {"204 No Content", "304 Not Modified"}) {
    const auto answer =
        Served(always("errors=" + status.substr(0, 3) + ":100%")).exchange(last_get);
    CHECK(answer.bytes == "HTTP/1.1 " + status +
                              "\r\nServer: tripcurve\r\nConnection: close\r\n"
                              "X-Tripcurve-Request: 0\r\n\r\n");
  }
  CHECK_THAT(Served(always("errors=205:100%")).exchange(last_get).bytes,
             ContainsSubstring("Content-Length: 0\r\n"));
}

TEST_CASE("bodies are read, by their length and in chunks, before the request counts as arrived") {
  const Served served(always(""));
  auto http = served.client();
  const std::string body(1'000'000, 'b');

  const auto with_length = http.Post("/", body, "text/plain");
  const auto chunked = http.Post(
      "/",
      [&](std::size_t offset, httplib::DataSink& sink) {
        const auto piece = std::min<std::size_t>(body.size() - offset, 3001);
        sink.write(body.data() + offset, piece);
        if (offset + piece == body.size()) {
          sink.done();
        }
        return true;
      },
      "text/plain");

  REQUIRE((with_length && chunked));
  CHECK(with_length->status == 200);
  CHECK(chunked->status == 200);
  CHECK(served.upstream.connections().accepted == 1);
}

TEST_CASE("a request that comes one byte at a time is the same request") {
  const Served served(always(""));
  for (const std::string request :
       {"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Tripcurve-Request: z\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n"}) {
    CAPTURE(request);
    const auto before = served.first_phase().requests;
    auto connection = served.wire();
    for (const char& byte : request) {
      REQUIRE(connection.send({&byte, 1}));
    }
    CHECK_THAT(connection.receive(1), StartsWith("HTTP/1.1 200 OK"));
    CHECK(served.first_phase().requests == before + 1);
  }
}

TEST_CASE("a body above the limit is answered 413, by its length and in chunks, and not counted") {
  const Served served(always(""), {.body_limit = 10});
  for (const std::string rest :
       {"Content-Length: 11\r\n\r\nhello world",
        "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"}) {
    const auto answer = served.exchange("POST / HTTP/1.1\r\n" + rest);
    CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 413 Payload Too Large\r\n"));
    CHECK_THAT(answer.bytes, ContainsSubstring("Connection: close\r\n"));
    CHECK_FALSE(answer.error);
  }
  const auto within = served.exchange(
      "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789");
  CHECK_THAT(within.bytes, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(served.upstream.connections().bad_requests == 2);
  CHECK(served.first_phase().requests == 1);
}

TEST_CASE("what is not HTTP is answered 400 and closed") {
  const Served served(always(""));
  for (const std::string request :
       {"\x16\x03\x01 not http\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"}) {
    CAPTURE(request);
    const auto answer = served.exchange(request);
    CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(occurrences(answer.bytes, "HTTP/1.1 ") == 1);
    CHECK_FALSE(answer.error);
  }
  CHECK(served.upstream.connections().bad_requests == 7);
  CHECK(served.first_phase().requests == 0);
}

TEST_CASE("a head of 16 KiB is served, one byte more is answered 431, however it is split") {
  const Served served(always(""));
  const auto head = [](std::size_t size, const std::string& connection) {
    const auto start = "GET / HTTP/1.1\r\nConnection: " + connection + "\r\nX-Long: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  const auto status_after = [&](const std::string& before, const std::string& request) {
    const auto answers = served.exchange(before + request).bytes;
    const auto last = answers.rfind("HTTP/1.1 ");
    return last == std::string::npos ? "no answer" : answers.substr(last + 9, 3);
  };
  // A request before it moves the place where the upstream's 16 KiB of buffer end in this one:
  // before its first byte, within and just after its request line, within its fields.
  for (const std::size_t split : {0U, 10U, 16U, 100U, 16'000U}) {
    CAPTURE(split);
    const auto before = head(16'384 - split, "keep-alive");
    CHECK(status_after(before, head(16'384, "close")) == "200");
    CHECK(status_after(before, head(16'385, "close")) == "431");
  }
  CHECK(served.upstream.connections().bad_requests == 5);
}

TEST_CASE("trailers that do not end are answered 431") {
  const Served served(always(""));
  const auto answer =
      served.exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Long: " +
                      std::string(20'000, 'x'));
  CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 431 "));
}

TEST_CASE("HEAD gets the headers of GET and no body") {
  const auto answer =
      Served(always("")).exchange("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n").bytes;
  CHECK_THAT(answer, ContainsSubstring("Content-Length: 3\r\n"));
  CHECK_THAT(answer, tripcurve::testing::StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("HTTP/1.0 is closed after the answer unless it asks to be kept alive") {
  const Served served(always(""));
  CHECK_THAT(served.exchange("GET / HTTP/1.0\r\n\r\n").bytes,
             ContainsSubstring("Connection: close\r\n"));

  const auto kept =
      served.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
  CHECK(occurrences(kept.bytes, "HTTP/1.1 200 OK") == 2);
  CHECK(occurrences(kept.bytes, "Connection: keep-alive\r\n") == 1);
}

TEST_CASE("a client that asks first is told to go on, unless its body is too large anyway") {
  const Served served(always(""), {.body_limit = 10});
  const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\n";

  auto patient = served.wire();
  patient.send(head + "Content-Length: 5\r\n\r\n");
  CHECK(patient.receive(go_on.size()) == go_on);
  patient.send("hel");
  patient.send("lo");
  CHECK_THAT(patient.receive_to_end().bytes, StartsWith("HTTP/1.1 200 OK\r\n"));

  auto hopeful = served.wire();
  hopeful.send(head + "Content-Length: 11\r\n\r\n");
  CHECK_THAT(hopeful.receive_to_end().bytes, StartsWith("HTTP/1.1 413 "));
}

TEST_CASE("pipelined requests are answered in order") {
  const Served served(always(""));
  std::string requests;
  for (int i = 0; i < 49; ++i) {
    requests += plain_get;
  }
  const auto answers = served.exchange(requests + last_get).bytes;

  CHECK(occurrences(answers, "HTTP/1.1 200 OK\r\n") == 50);
  std::size_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const auto place = answers.find("X-Tripcurve-Request: " + std::to_string(i) + "\r\n");
    REQUIRE(place != std::string::npos);
    CHECK(place >= last);
    last = place;
  }
}

TEST_CASE("a client that pipelines without end and reads late gets every answer") {
  constexpr std::size_t total = 200'000;
  const std::string get = "GET / HTTP/1.1\r\nX-Tripcurve-Request: 1\r\n\r\n";
  const Served served(always("latency=1h on=/slow"));
  auto connection = served.wire();
  connection.send(get);
  const auto answer = connection.receive(1);
  std::atomic<std::size_t> sent = 0;
  std::thread sender([&] {
    for (; sent < total; ++sent) {
      connection.send(get);
    }
    connection.send("GET /slow HTTP/1.1\r\n\r\n");
  });
  // Reading begins only when the upstream cannot write any more, and for that has stopped to read.
  std::size_t seen = 0;
  auto changed = std::chrono::steady_clock::now();
  const bool stopped = eventually([&] {
    const auto now = std::chrono::steady_clock::now();
    if (const auto now_sent = sent.load(); now_sent != seen) {
      seen = now_sent;
      changed = now;
    }
    return seen == total || now - changed > 300ms;
  });
  const auto answers = connection.receive(total * answer.size());
  sender.join();

  CHECK(stopped);
  CHECK(seen < total);
  CHECK(answers.size() == total * answer.size());
  CHECK(occurrences(answers, answer) == total);
  CHECK(eventually([&] { return served.first_phase().requests == total + 2; }));
}

}  // namespace tripcurve::net
