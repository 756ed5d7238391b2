#include <fmt/format.h>

#include "document/limits.hpp"
#include "document/read.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using document::Node;
using document::read_yaml;

namespace {

Node only(const std::string& text) {
  const auto documents = read_yaml("f.yml", text);
  INFO((documents ? "" : documents.error().message));
  REQUIRE(documents);
  REQUIRE(documents->size() == 1);
  return documents->front();
}

std::string mistake(std::string_view text) {
  const auto documents = read_yaml("f.yml", text);
  REQUIRE_FALSE(documents);
  return documents.error().message;
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) {
    text += part;
  }
  return text;
}

}  // namespace

TEST_CASE("a YAML value knows its text, whether it was in quotes, and where it and its key stand") {
  const auto map = only("a:\n  - 1\n  - b:   'x y'\n");
  const auto* a = map.find("a");
  REQUIRE(a != nullptr);
  CHECK(a->is_list());
  CHECK(a->key_at.text() == "f.yml:1:1");
  CHECK(a->at.text() == "f.yml:2:3");
  CHECK(a->children[0].text == "1");
  CHECK_FALSE(a->children[0].quoted);
  const auto* b = a->children[1].find("b");
  REQUIRE(b != nullptr);
  CHECK(b->text == "x y");
  CHECK(b->quoted);
  CHECK(b->key_at.text() == "f.yml:3:5");
  CHECK(b->at.text() == "f.yml:3:10");
}

TEST_CASE("columns of YAML count bytes") {
  CHECK(only("{\u00e9\u00e9: x}").children.front().at.text() == "f.yml:1:8");
}

TEST_CASE("null, a word in quotes and an empty text are three things") {
  const auto map = only("a: null\nb: 'null'\nc: ''\nd:\n");
  CHECK(map.find("a")->kind == Node::Kind::null);
  CHECK(map.find("b")->text == "null");
  CHECK(map.find("c")->is_scalar());
  CHECK(map.find("d")->kind == Node::Kind::null);
}

TEST_CASE("a file may have several YAML documents, and empty ones are left out") {
  const auto documents = read_yaml("f.yml", "a: 1\n---\n---\nb: 2\n");
  REQUIRE(documents);
  REQUIRE(documents->size() == 2);
  CHECK(documents->back().find("b")->at.line == 4);
  CHECK(read_yaml("f.yml", "")->empty());
}

TEST_CASE("an alias is what its anchor stands for, at the anchor's place") {
  const auto map = only("a: &x {k: 1}\nb: *x\n");
  REQUIRE(map.find("b")->find("k") != nullptr);
  CHECK(map.find("b")->find("k")->text == "1");
  CHECK(map.find("b")->key_at.line == 2);
  CHECK(map.find("b")->find("k")->at.line == 1);
}

TEST_CASE("a merged key gives way to the map's own, and to one that was merged earlier") {
  const auto map = only(
      "one: &one {a: 1, b: 1, c: 1}\ntwo: &two {b: 2, c: 2, d: 2}\n"
      "all:\n  <<: [*two, *one]\n  a: 3\n");
  const auto* all = map.find("all");
  CHECK(all->find("a")->text == "3");
  CHECK(all->find("b")->text == "2");
  CHECK(all->find("d")->text == "2");
  CHECK(all->children.size() == 4);
  CHECK_THAT(mistake("a:\n  <<: 5\n"), ContainsSubstring("f.yml:2:7: << merges a block of keys"));
  CHECK(only("'<<': 1").find("<<") != nullptr);
}

TEST_CASE("a key that is given twice stands beside the first one for who asks for that") {
  for (const auto* text : {"a: 1\nb: 2\na: {c: 3}\n", "{\"a\": 1, \"b\": 2, \"a\": {\"c\": 3}}"}) {
    const auto documents = document::read("f", text, document::Twice::kept);
    REQUIRE(documents);
    const auto& children = documents->front().children;
    REQUIRE(children.size() == 3);
    CHECK_FALSE(children[0].again);
    CHECK_FALSE(children[1].again);
    CHECK(children[2].again);
    CHECK_FALSE(children[2].children.front().again);
  }
}

TEST_CASE("a key that is given twice is refused at the second place") {
  CHECK(mistake("a:\n  b: 1\n  c: 2\n  b: 3\n") == "f.yml:4:3: 'b' is given twice");
}

TEST_CASE("what is not YAML is refused where it goes wrong") {
  CHECK_THAT(mistake("a: 1\nb: [1, 2\nc: 3\n"), StartsWith("f.yml:3:2: not YAML: "));
  CHECK_THAT(mistake("a: *nobody\n"), StartsWith("f.yml:1:4: not YAML: "));
  CHECK_THAT(mistake("a:\n\t- b\n"), ContainsSubstring("f.yml:2:"));
  CHECK_THAT(mistake("a: {{ .Values.b }}\n"),
             ContainsSubstring("a key must be a single value, but this is a block of keys"));
}

TEST_CASE("YAML that would grow without bounds is refused before it does") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i,
                        i - 1);
  }
  CHECK_THAT(mistake(bomb), ContainsSubstring("more than 100000 values, counting each use"));
  const auto text = "a: &a " + std::string(500'000, 'x') + "\nb: [" + repeated("*a, ", 20) + "]\n";
  CHECK_THAT(mistake(text), ContainsSubstring("more than 4MiB of text"));
  CHECK_THAT(mistake("a: &a [*a]\n"),
             ContainsSubstring("f.yml:1:8: an alias stands inside the value that it refers to"));
}

TEST_CASE("YAML may be nested sixty-four deep and no deeper") {
  const auto nested = [](std::size_t depth) { return repeated("[", depth) + repeated("]", depth); };
  CHECK(read_yaml("f.yml", nested(64)));
  CHECK(mistake(nested(65)) == "f.yml:1:65: nested more than 64 deep");
  CHECK_THAT(mistake(nested(100'000)), ContainsSubstring("nested more than 64 deep"));
  CHECK_THAT(mistake(repeated("- ", 100'000)), ContainsSubstring("nested more than 64 deep"));
}

TEST_CASE("a file that is too large is refused unread") {
  const std::string largest(document::most_bytes, ' ');
  CHECK(read_yaml("f.yml", largest));
  const auto refused = read_yaml("f.yml", largest + " ");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "f.yml: larger than 4MiB");
  CHECK_THAT(mistake("[" + repeated("a,", 300'000) + "]"),
             ContainsSubstring("more than 200000 brackets, commas and colons"));
  CHECK_THAT(mistake(repeated("- a\n", 100'001)), ContainsSubstring("more than 100000 values"));
}

TEST_CASE("what no value of YAML begins with is refused where it stands") {
  for (const auto* text : {", a", "]", "}", "---\n, a", "a: 1\n---\n}"}) {
    CAPTURE(text);
    CHECK_THAT(mistake(text), ContainsSubstring("not YAML"));
  }
  CHECK(mistake("# one\n, a") == "f.yml:2:1: not YAML: no value begins like this");
  CHECK(read_yaml("f.yml", "---\n---\n...\n---\n")->empty());
}

TEST_CASE("a mistake at the end of YAML is not said to stand behind it") {
  CHECK(mistake("a:\n\"\\u").starts_with("f.yml:2:4: "));
  CHECK(mistake("a: \"\\x").starts_with("f.yml:1:7: "));
}

TEST_CASE("text that is not UTF-8 is refused with its line") {
  CHECK(mistake("a: 1\nb: caf\xe9\n") == "f.yml:2:7: byte 0xe9 is not UTF-8");
  CHECK_THAT(mistake("\xff\xfe"
                     "a\0"),
             ContainsSubstring("this is UTF-16"));
  CHECK_THAT(mistake(std::string_view("a\0:\0 \0", 6)), ContainsSubstring("a zero byte"));
  CHECK_THAT(mistake("\xc0\xaf"), ContainsSubstring("not UTF-8"));      // an overlong form
  CHECK_THAT(mistake("\xed\xa0\x80"), ContainsSubstring("not UTF-8"));  // half a surrogate pair
  CHECK_THAT(mistake("\xf4\x90\x80\x80"), ContainsSubstring("not UTF-8"));
  CHECK_THAT(mistake("a: \xe2\x82"), ContainsSubstring("not UTF-8"));  // cut off
  CHECK(only("\xef\xbb\xbf"
             "a: \xe2\x82\xac \xf0\x9f\x98\x80")
            .find("a") != nullptr);
}
