#include "serve/page_request.hpp"

#include <string>

#include "tests/support/catch.hpp"

namespace tripcurve::serve {
namespace {

using Progress = PageRequestReader::Progress;

// The status with which a request is refused; 0 when it is not.
int refusal_of(const std::string& bytes) {
  PageRequestReader reader;
  return reader.take(bytes) == Progress::refused ? reader.refusal().status : 0;
}

// How many bytes of an endless request are taken before it is refused.
std::size_t taken_of_endless(const std::string& beginning, const std::string& piece) {
  PageRequestReader reader;
  auto progress = reader.take(beginning);
  std::size_t taken = beginning.size();
  while (progress == Progress::needs_bytes && taken < 10 * PageRequestReader::longest_head) {
    progress = reader.take(piece);
    taken += piece.size();
  }
  return progress == Progress::refused ? taken : std::string::npos;
}

}  // namespace

TEST_CASE("a request is read alike in one piece and byte by byte") {
  const std::string bytes =
      "POST /change?now HTTP/1.1\r\nHost: h:1\r\nx-Token:  t \r\nContent-Length: 4\r\n\r\nbody";
  const auto check = [](const PageRequest& request) {
    CHECK(request.method == "POST");
    CHECK(request.path == "/change");
    CHECK(request.field("HOST") == "h:1");
    CHECK(request.field("X-Token") == "t");
    CHECK(request.field("Origin").empty());
    CHECK(request.body == "body");
  };
  PageRequestReader whole;
  REQUIRE(whole.take(bytes + "and more") == Progress::complete);
  check(whole.request());

  PageRequestReader slow;
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    REQUIRE(slow.take(bytes.substr(i, 1)) == Progress::needs_bytes);
  }
  REQUIRE(slow.take(bytes.substr(bytes.size() - 1)) == Progress::complete);
  check(slow.request());
}

TEST_CASE("a field that is there twice has no value") {
  PageRequestReader reader;
  REQUIRE(reader.take("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == Progress::complete);
  CHECK(reader.request().count("Host") == 2);
  CHECK(reader.request().field("Host").empty());
}

TEST_CASE("what is no request, or longer than ours are, is refused") {
  CHECK(refusal_of("\r\n\r\n") == 400);
  CHECK(refusal_of("hello\r\n\r\n") == 400);
  CHECK(refusal_of("GET / HTTP/2.0\r\n\r\n") == 400);
  CHECK(refusal_of("GET  / HTTP/1.1\r\n\r\n") == 400);
  CHECK(refusal_of("GET http://h/ HTTP/1.1\r\n\r\n") == 400);
  CHECK(refusal_of("GET / HTTP/1.1\r\nno colon\r\n\r\n") == 400);
  CHECK(refusal_of("GET / HTTP/1.1\r\nblank : x\r\n\r\n") == 400);
  CHECK(refusal_of("GET / HTTP/1.1\r\nx: a\x01\r\n\r\n") == 400);
  CHECK(refusal_of("POST / HTTP/1.1\r\nContent-Length: 4097\r\n\r\n") == 413);
  CHECK(refusal_of("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n") == 413);
  CHECK(refusal_of("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n") == 413);
  CHECK(refusal_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 411);
  CHECK(refusal_of("GET / HTTP/1.1\r\nHost: h\r\n\r\n") == 0);
}

TEST_CASE("an endless line, or fields without end, are refused at 16 KiB") {
  constexpr auto most = PageRequestReader::longest_head + 4096;
  const std::string head = "GET / HTTP/1.1\r\n";
  CHECK(taken_of_endless("GET /", std::string(4096, 'x')) <= most);
  CHECK(taken_of_endless("", std::string(4096, 'x')) <= most);
  CHECK(taken_of_endless(head + "Range: bytes=0-", ",0-1") < most);
  CHECK(taken_of_endless(head, "a:\r\n") < most);
  CHECK(taken_of_endless(head + "x: ", std::string(65536, 'x')) < 70'000);
  CHECK(refusal_of(head + std::string(1 << 20, 'x')) == 431);
}

TEST_CASE("who waits to be told to send the body is told once") {
  PageRequestReader reader;
  REQUIRE(reader.take("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n") ==
          Progress::needs_bytes);
  CHECK(reader.take_expectation());
  CHECK_FALSE(reader.take_expectation());
  CHECK(reader.take("ok") == Progress::complete);
}

}  // namespace tripcurve::serve
