// HAProxy's configuration as a tree.
#include "document/read.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::document;

TEST_CASE("a section of HAProxy is a map with its name, and its lines are keys with their words") {
  const auto documents = read("haproxy.cfg",
                              "# comment\n"
                              "global\n"
                              "  log /dev/log local0   # where\n"
                              "backend shop from fast\n"
                              "  http-request set-path \"/a b\"/c\\ d '#x' # y\n"
                              "  server s1   10.0.0.1:80 check\n");
  REQUIRE(documents);
  const auto& root = documents->front();
  CHECK(root.find("global")->find("log")->text == "/dev/log local0");
  const auto* shop = root.find("backend");
  REQUIRE(shop->is_map());
  CHECK(shop->text == "shop from fast");
  CHECK(shop->find("http-request")->text == "set-path /a b/c d    #x");
  CHECK(shop->find("server")->text == "s1   10.0.0.1:80 check");
  CHECK(shop->find("server")->at.text() == "haproxy.cfg:6:10");
}

TEST_CASE("a file is HAProxy's by a section that begins a line") {
  for (const auto* text : {"backend b\n server a h:1\n", "\tlisten web\n", "frontend f # x\n"}) {
    CAPTURE(text);
    const auto documents = read("site", text);
    REQUIRE(documents);
    CHECK(documents->front().children.front().is_map());
  }
  for (const auto* text : {"backend: b\n", "a=1\nbackend = b\n", "x: |\n  backend: {a: 1}\n"}) {
    CAPTURE(text);
    const auto documents = read("site", text);
    REQUIRE(documents);
    CHECK_FALSE(documents->front().children.front().is_map());
  }
  CHECK_FALSE(read("site", "server a h:80\nbackend b\n"));
}
