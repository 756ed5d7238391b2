#include "document/read.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using document::Node;
using document::read_json;

namespace {

Node only(const std::string& text) {
  const auto documents = read_json("f.json", text);
  INFO((documents ? "" : documents.error().message));
  REQUIRE(documents);
  REQUIRE(documents->size() == 1);
  return documents->front();
}

std::string mistake(const std::string& text) {
  const auto documents = read_json("f.json", text);
  REQUIRE_FALSE(documents);
  return documents.error().message;
}

}  // namespace

TEST_CASE("a JSON value knows where it and its key stand") {
  const auto map = only("{\"a\":[10 ,\n  -2.50e1,true,null,\n {\"b\" : \"x\"}]}");
  const auto* a = map.find("a");
  REQUIRE(a != nullptr);
  CHECK(map.at.text() == "f.json:1:1");
  CHECK(a->key_at.text() == "f.json:1:2");
  CHECK(a->at.text() == "f.json:1:6");
  REQUIRE(a->children.size() == 5);
  CHECK(a->children[0].at.text() == "f.json:1:7");
  CHECK(a->children[1].at.text() == "f.json:2:3");
  CHECK(a->children[2].at.text() == "f.json:2:11");
  CHECK(a->children[3].kind == Node::Kind::null);
  CHECK(a->children[3].at.text() == "f.json:2:16");
  const auto* b = a->children[4].find("b");
  REQUIRE(b != nullptr);
  CHECK(b->key_at.text() == "f.json:3:3");
  CHECK(b->at.text() == "f.json:3:9");
}

TEST_CASE("what stands behind a JSON block has its own place") {
  const auto map = only("{\"a\": {\"b\": [1, []]},\n \"c\": 2}");
  CHECK(map.find("c")->key_at.text() == "f.json:2:2");
  CHECK(map.find("a")->find("b")->children[1].at.text() == "f.json:1:17");
}

TEST_CASE("a JSON number keeps the text it was written with, whatever its size") {
  const auto list = only("[0.10, 1e3, 123456789012345678901234567890]");
  CHECK(list.children[0].text == "0.10");
  CHECK(list.children[1].text == "1e3");
  CHECK(list.children[2].text == "123456789012345678901234567890");
  CHECK_FALSE(list.children[0].quoted);
  CHECK(only("[\"0.10\"]").children[0].quoted);
}

TEST_CASE("columns of JSON count bytes") {
  CHECK(only("[\"\u00e9\u20ac\", 1]").children[1].at.text() == "f.json:1:11");
}

TEST_CASE("JSON may have comments and trailing commas, as .NET's, and they move nothing") {
  const auto map = only("// first\n{ /* a, } */ \"a\": 1, // x\n  \"b\": [1, 2, /**/ ],\n}");
  CHECK(map.find("a")->at.text() == "f.json:2:19");
  CHECK(map.find("b")->children.size() == 2);
  CHECK(only("[\"// no comment, ]\"]").children[0].text == "// no comment, ]");
  CHECK(only("[\"\\\"//\",]").children[0].text == "\"//");
}

TEST_CASE("a comma that follows nothing is still a mistake") {
  for (const auto* text : {"[,]", "[1,,2]", "[1,,]", "{,}", "{\"a\":,}", "[1],"}) {
    CAPTURE(text);
    CHECK_THAT(mistake(text), ContainsSubstring("not JSON"));
  }
}

TEST_CASE("what is not JSON is refused where it goes wrong") {
  CHECK_THAT(mistake("{\"a\": 1\n \"b\": 2}"),
             StartsWith("f.json:2:4: not JSON: unexpected string"));
  CHECK_THAT(mistake("{\"a\": tru}"), StartsWith("f.json:1:10: not JSON: invalid literal"));
  CHECK_THAT(mistake(""), StartsWith("f.json:1:1: not JSON: unexpected end of input"));
  CHECK_THAT(mistake("{\"a\": 1} x"), ContainsSubstring("not JSON"));
  CHECK_THAT(mistake("/* open"), ContainsSubstring("not JSON"));
  CHECK_THAT(mistake("[\"caf\xe9\"]"), StartsWith("f.json:1:6: byte 0xe9 is not UTF-8"));
}

TEST_CASE("a key that is given twice is refused at the second place, in JSON too") {
  CHECK(mistake("{\"a\": 1,\n \"a\": 2}") == "f.json:2:2: 'a' is given twice");
  CHECK(only("[{\"a\": 1}, {\"a\": 2}]").children.size() == 2);
}

TEST_CASE("JSON may be nested sixty-four deep and no deeper") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(read_json("f.json", nested(64)));
  CHECK(mistake(nested(65)) == "f.json:1:65: nested more than 64 deep");
  CHECK_THAT(mistake(nested(100'000)), ContainsSubstring("nested more than 64 deep"));
  std::string many = "[1";
  for (int i = 0; i < 100'000; ++i) {
    many += ",1";
  }
  CHECK_THAT(mistake(many + "]"), ContainsSubstring("more than 100000 values"));
}
