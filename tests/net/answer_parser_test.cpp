#include "net/answer_parser.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using Progress = AnswerParser::Progress;

// An answer that comes in pieces: bytes that are not used yet are shown again with the next ones.
class Arrival {
 public:
  Arrival() { parser.start(); }

  Progress arrive(std::string_view piece) {
    waiting += piece;
    const auto step = parser.take(waiting);
    waiting.erase(0, step.used);
    return step.progress;
  }

  AnswerParser parser;
  std::string waiting;
};

Progress progress_of(std::string_view text) {
  Arrival arrival;
  return arrival.arrive(text);
}

const std::vector<std::string> complete_answers{
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Other: y\r\n\r\n",
    "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n"
    "Trailer: value\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 204\r\n\r\n",
    "HTTP/1.1 200\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
    "HTTP/1.1 100\r\n\r\nHTTP/1.1 503\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n",
};

}  // namespace

TEST_CASE("an answer is complete with its last byte wherever it is cut in two") {
  for (const auto& text : complete_answers) {
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      INFO(text.substr(0, cut) << "|" << text.substr(cut));
      Arrival arrival;
      REQUIRE(arrival.arrive(text.substr(0, cut)) == Progress::needs_bytes);
      REQUIRE(arrival.arrive(text.substr(cut)) == Progress::complete);
      REQUIRE(arrival.waiting.empty());
      REQUIRE(arrival.parser.keep_alive());
    }
  }
}

TEST_CASE("an answer is complete with its last byte when each comes alone") {
  for (const auto& text : complete_answers) {
    INFO(text);
    Arrival arrival;
    for (const char c : text.substr(0, text.size() - 1)) {
      REQUIRE(arrival.arrive({&c, 1}) == Progress::needs_bytes);
    }
    REQUIRE(arrival.arrive(text.substr(text.size() - 1)) == Progress::complete);
  }
}

TEST_CASE("an answer to HEAD ends with its head, whatever that says of a body") {
  for (const auto* length : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    const std::string head =
        std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") + length;
    Arrival arrival;
    arrival.parser.start(true);
    REQUIRE(arrival.arrive(head + "\r\n\r\n") == Progress::complete);
    CHECK(arrival.parser.keep_alive());
    arrival.parser.start();
    CHECK(arrival.arrive(head + "\r\n\r\n") == Progress::needs_bytes);
  }
}

TEST_CASE("bytes after an answer are left to whoever comes next") {
  Arrival arrival;
  CHECK(arrival.arrive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 5") ==
        Progress::complete);
  CHECK(arrival.waiting == "HTTP/1.1 5");
}

TEST_CASE("a parser reads one answer after another") {
  Arrival arrival;
  CHECK(arrival.arrive("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") ==
        Progress::complete);
  CHECK(arrival.parser.status() == 503);
  CHECK_FALSE(arrival.parser.keep_alive());

  arrival.parser.start();
  CHECK(arrival.arrive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == Progress::complete);
  CHECK(arrival.parser.status() == 200);
  CHECK(arrival.parser.keep_alive());
}

TEST_CASE("the status is that of the answer proper and not of an interim one") {
  Arrival arrival;
  CHECK(arrival.arrive("HTTP/1.1 102 Processing\r\n\r\n") == Progress::needs_bytes);
  CHECK(arrival.arrive("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n") == Progress::complete);
  CHECK(arrival.parser.status() == 500);
}

TEST_CASE("the end of the connection completes only an answer without a length of its own") {
  const auto completed = [](std::string_view text) {
    Arrival arrival;
    if (!text.empty()) {
      CHECK(arrival.arrive(text) == Progress::needs_bytes);
    }
    return arrival.parser.completed_by_end();
  };
  CHECK(completed("HTTP/1.1 200 OK\r\n\r\n"));
  CHECK(completed("HTTP/1.0 200 OK\r\n\r\nhello"));
  CHECK(completed("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello"));
  CHECK_FALSE(completed(""));
  CHECK_FALSE(completed("HTTP/1.1 200 OK\r\n"));
  CHECK_FALSE(completed("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"));
  CHECK_FALSE(completed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
  CHECK_FALSE(completed("HTTP/1.1 100 Continue\r\n\r\n"));
}

TEST_CASE("an answer of any length is read") {
  CHECK(progress_of("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n") ==
        Progress::needs_bytes);
}

TEST_CASE("a status without a space or a reason after it is a status") {
  Arrival arrival;
  CHECK(arrival.arrive("HTTP/1.0 503\r\nContent-Length: 2\r\n\r\nno and more") ==
        Progress::complete);
  CHECK(arrival.parser.status() == 503);
  CHECK(arrival.waiting == " and more");
}

TEST_CASE("a head of up to 64 KiB is read, in one piece and in many") {
  const std::string begin = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
  const auto answer =
      begin + std::string(AnswerParser::waiting_limit - begin.size() - 4, 'x') + "\r\n\r\n";
  CHECK(progress_of(answer) == Progress::complete);
  Arrival arrival;
  for (std::size_t i = 0; i + 1000 < answer.size(); i += 1000) {
    REQUIRE(arrival.arrive(answer.substr(i, 1000)) == Progress::needs_bytes);
  }
  CHECK(arrival.arrive(answer.substr(answer.size() / 1000 * 1000)) == Progress::complete);
}

TEST_CASE("what is not an answer is found out") {
  for (const std::string_view text : {
           "SSH-2.0-OpenSSH_9.2p1\r\n",
           "HTTP/2 200 OK\r\n\r\n",
           "HTTP/1.1 abc\r\n\r\n",
           "HTTP/1.1 20\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 200\rX\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 007 Bond\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
       }) {
    INFO(text);
    CHECK(progress_of(text) == Progress::bad);
  }
}

TEST_CASE("a head or a chunk's header that does not end is found out when it fills the buffer") {
  const std::string status_line = "HTTP/1.1 200 OK\r\n";
  for (const auto& [before, unended] : std::vector<std::pair<std::string, std::string>>{
           {"", "HTTP/1.1 200 "},
           {status_line, "X: "},
           {status_line + "Transfer-Encoding: chunked\r\n\r\n", "1;"},
       }) {
    Arrival arrival;
    if (!before.empty()) {
      CHECK(arrival.arrive(before) == Progress::needs_bytes);
    }
    const std::string filler(AnswerParser::waiting_limit - 1 - unended.size(), 'x');
    CHECK(arrival.arrive(unended + filler) == Progress::needs_bytes);
    CHECK(arrival.arrive("x") == Progress::bad);
  }
}

}  // namespace tripcurve::net
