#include "serve/address.hpp"

#include <string>

#include "tests/support/catch.hpp"

namespace tripcurve::serve {

TEST_CASE("a port alone is on loopback, and a host has to be written out") {
  CHECK(parse_address("9109").value() == Address{"127.0.0.1", 9109});
  CHECK(parse_address(":9109").value() == Address{"127.0.0.1", 9109});
  CHECK(parse_address("localhost:0").value() == Address{"127.0.0.1", 0});
  CHECK(parse_address("[::1]:65535").value() == Address{"::1", 65535});
  CHECK(parse_address("0.0.0.0:80").value() == Address{"0.0.0.0", 80});
  CHECK(parse_address("build-7.lan:80").value() == Address{"build-7.lan", 80});
}

TEST_CASE("what is no address is quoted, and one that would work is shown") {
  for (const std::string text : {"", ":", "127.0.0.1", "127.0.0.1:", "::1:80", "[::1]", "[::1:80",
                                 "[host]:80", "a b:80", "http://127.0.0.1:80", "1:2:3", "0x50"}) {
    CAPTURE(text);
    const auto address = parse_address(text);
    REQUIRE_FALSE(address);
    CHECK(address.error().message.find("'" + text + "'") != std::string::npos);
    CHECK(address.error().hint.find("9109") != std::string::npos);
  }
  CHECK_FALSE(parse_address("65536"));
  CHECK_FALSE(parse_address("localhost:-1"));
}

TEST_CASE("an address is written as a URL has it") {
  CHECK(Address{"127.0.0.1", 80}.text() == "127.0.0.1:80");
  CHECK(Address{"::1", 9109}.text() == "[::1]:9109");
}

TEST_CASE("a server on loopback is called by its address or localhost, and its port") {
  const Address own{"127.0.0.1", 9109};
  CHECK(is_own_name("127.0.0.1:9109", own));
  CHECK(is_own_name("localhost:9109", own));
  CHECK(is_own_name("LocalHost:9109", own));
  CHECK(is_own_name("[::1]:9109", Address{"::1", 9109}));
  CHECK(is_own_name("[0:0::1]:9109", Address{"::1", 9109}));
  CHECK(is_own_name("127.0.0.1", Address{"127.0.0.1", 80}));
  for (const std::string stranger :
       {"evil.example:9109", "127.0.0.1:9110", "127.0.0.1", "localhost", "localhost.:9109",
        "localhost.evil.example:9109", "127.0.0.1.evil.example:9109", "127.0.0.2:9109",
        "192.168.0.1:9109", "", ":9109", "[::1]x:9109", "127.0.0.1:9109:9109"}) {
    CAPTURE(stranger);
    CHECK_FALSE(is_own_name(stranger, own));
  }
}

TEST_CASE(
    "a server on all addresses is called by any address in numbers, but by no stranger's name") {
  for (const std::string host : {"0.0.0.0", "::"}) {
    const Address own{host, 9109};
    CHECK(is_own_name("192.168.0.7:9109", own));
    CHECK(is_own_name("[fe80::1]:9109", own));
    CHECK(is_own_name("localhost:9109", own));
    CHECK_FALSE(is_own_name("evil.example:9109", own));
  }
}

TEST_CASE("a server at a name is called by that name") {
  const Address own{"build-7.lan", 9109};
  CHECK(is_own_name("build-7.lan:9109", own));
  CHECK_FALSE(is_own_name("localhost:9109", own));
  CHECK_FALSE(is_own_name("10.0.0.1:9109", own));
}

}  // namespace tripcurve::serve
