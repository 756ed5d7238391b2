// nginx's configuration as a tree.
#include "document/read.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::document;

TEST_CASE("a directive of nginx is a key with its words, and a block a map") {
  const auto documents = read("nginx.conf",
                              "# comment; {\n"
                              "worker_processes  1;\n"
                              "http {\n"
                              "  log_format main '$a ; \"b\"' \"c\\\"d\";\n"
                              "  map $x ${y} { default 0; }\n"
                              "}\n");
  REQUIRE(documents);
  const auto& root = documents->front();
  CHECK(root.find("worker_processes")->text == "1");
  CHECK(root.find("worker_processes")->at.text() == "nginx.conf:2:19");
  const auto* http = root.find("http");
  REQUIRE(http->is_map());
  CHECK(http->find("log_format")->text == "main $a ; \"b\" c\"d");
  CHECK(http->find("map")->text == "$x ${y}");
  CHECK(http->find("map")->find("default")->text == "0");
}

TEST_CASE("a file is nginx's by a block that only nginx has, however its brace stands") {
  for (const auto* text : {"upstream b {\n server a;\n}\n", "upstream b { server a; server c; }\n",
                           "upstream b\n{\n server a;\n}\n", "upstream b { # two\n server a;\n}\n",
                           "http{\n include x;\n}\n", "server {listen 80;}\n"}) {
    CAPTURE(text);
    const auto documents = read("site", text);
    REQUIRE(documents);
    CHECK(documents->front().children.front().is_map());
    CHECK(documents->front().children.size() == 1);
    CHECK(documents->front().children.front().children.size() >= 1);
  }
  for (const auto* text : {"upstream: {a: 1}\n", "upstream = {}\n", "upstream={}\nb=1\n"}) {
    CAPTURE(text);
    const auto documents = read("site", text);
    REQUIRE(documents);
    CHECK(documents->front().children.front().key == "upstream");
    CHECK(documents->front().children.front().text != "=");
  }
}

TEST_CASE("Lua in nginx is passed over") {
  const auto documents = read_nginx("n.conf",
                                    "server {\n access_by_lua_block { if x then t = {'don'} "
                                    "end -- isn't\n }\n listen 80;\n}\n");
  REQUIRE(documents);
  CHECK(documents->front().find("server")->find("listen")->text == "80");
}

TEST_CASE("what is no configuration of nginx is refused at its place") {
  const auto refused = [](const std::string& text) {
    const auto documents = read_nginx("n.conf", text);
    REQUIRE_FALSE(documents);
    return documents.error().message;
  };
  CHECK(refused("http {\n") == "n.conf:1:1: the block of 'http' has no end");
  CHECK(refused("a 1\n") == "n.conf:1:1: 'a' has no end");
  CHECK(refused("a 1;\n}\n") == "n.conf:2:1: a } without a block");
  CHECK(refused("http { a 1 }\n") == "n.conf:1:12: a } before the end of 'a'");
  std::string deep;
  for (int i = 0; i < 70; ++i) {
    deep += "a {\n";
  }
  CHECK_THAT(refused(deep + std::string(70, '}')), ContainsSubstring("nested more than 64 deep"));
}
