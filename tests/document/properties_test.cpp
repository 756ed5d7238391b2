#include "document/read.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using document::read_properties;

namespace {

// The value of a key in the only document.
std::string value(const std::string& text, const std::string& key) {
  const auto documents = read_properties("f.properties", text);
  REQUIRE(documents);
  REQUIRE(documents->size() == 1);
  const auto* node = documents->front().find(key);
  REQUIRE(node != nullptr);
  return node->text;
}

std::string mistake(const std::string& text) {
  const auto documents = read_properties("f.properties", text);
  REQUIRE_FALSE(documents);
  return documents.error().message;
}

}  // namespace

TEST_CASE("a property's name ends at the first =, : or blank") {
  CHECK(value("a.b=1", "a.b") == "1");
  CHECK(value("  a.b  :  1 2 ", "a.b") == "1 2 ");
  CHECK(value("a.b 1", "a.b") == "1");
  CHECK(value("a = = b", "a") == "= b");
  CHECK(value("a\\:b\\ c=1", "a:b c") == "1");
  CHECK(value("a", "a").empty());
  CHECK(value("a[0].b=1", "a[0].b") == "1");
}

TEST_CASE("comments and empty lines are no properties") {
  CHECK(value("# a=1\n! b=2\n\n   \nc=3\n", "c") == "3");
  CHECK(value("c=3 # not a comment", "c") == "3 # not a comment");
}

TEST_CASE("a line goes on after an odd number of backslashes, without the next one's indent") {
  CHECK(value("a=b,\\\n    c\\\n  d", "a") == "b,cd");
  CHECK(value("a=b\\\\\nc=d", "a") == "b\\");
  CHECK(value("a=\\\r\n  b\r\n", "a") == "b");
}

TEST_CASE("escapes of properties are characters") {
  CHECK(value("a=x\\ty\\nz\\u00e9\\u20AC\\q", "a") == "x\ty\nz\u00e9\u20acq");
  CHECK(mistake("a=1\nb=\\u12g4") ==
        "f.properties:2:1: \\u is not followed by the four hex digits of a character");
  CHECK(value("a=\\ud83d\\ude00", "a") == "\U0001f600");
  CHECK(value("a=\\ud83dx\\ude00", "a") == "\ufffdx\ufffd");
  CHECK_THAT(mistake("a=\\u00"), ContainsSubstring("\\u is not followed"));
}

TEST_CASE("a property knows its line, also after one that went on") {
  const auto documents = read_properties("f.properties", "a=1\\\n2\n\n  b=3\n");
  REQUIRE(documents);
  CHECK(documents->front().find("a")->at.text() == "f.properties:1:1");
  CHECK(documents->front().find("b")->at.text() == "f.properties:4:3");
}

TEST_CASE("of a property that is given twice in a document the last value counts") {
  const auto documents = read_properties("f.properties", "a=1\nb=2\na=3\n");
  REQUIRE(documents);
  REQUIRE(documents->front().children.size() == 2);
  const auto* a = documents->front().find("a");
  CHECK(a->text == "3");
  CHECK(a->at.line == 3);
  CHECK(a->again);
  CHECK_FALSE(documents->front().find("b")->again);
}

TEST_CASE("a property is text, whatever it looks like") {
  CHECK(read_properties("f.properties", "a=050\n")->front().find("a")->quoted);
}

TEST_CASE("a line #--- begins a new document of properties") {
  const auto documents = read_properties("f.properties", "a=1\n#---\na=2\n!---\n#---\n");
  REQUIRE(documents);
  REQUIRE(documents->size() == 2);
  CHECK(documents->back().find("a")->text == "2");
}

TEST_CASE("properties that are not UTF-8 are Latin-1, as in Java") {
  CHECK(value("a=1\nb=caf\xe9 \xa4\n", "b") == "caf\u00e9 \u00a4");
  CHECK(value("b=caf\u00e9\n", "b") == "caf\u00e9");
  CHECK_THAT(mistake(std::string("\xff\xfe", 2) + std::string("a\0=\0", 4)),
             ContainsSubstring("UTF-16"));
  CHECK(
      mistake(std::string("a=\xe9\n\xe9\xe9=\0", 8)).starts_with("f.properties:2:4: a zero byte"));
}

TEST_CASE("the kind of a file is known by its name, else by how it begins") {
  const auto key = [](const std::string& file, const std::string& text) {
    const auto documents = document::read(file, text);
    REQUIRE(documents);
    return documents->front().children.front().key;
  };
  CHECK(key("a.properties", "x: 1") == "x");
  CHECK(key("a.PROPERTIES", "x=1") == "x");
  CHECK(key("stdin", "# c\nx.y=1") == "x.y");
  CHECK(key("stdin", "\n{\"x\": 1,}") == "x");
  CHECK(key("stdin", "// c\n{\"x\": 1}") == "x");
  CHECK(key("stdin", "x: a=b") == "x");
  CHECK(key("a.yml", "{x: 1}") == "x");
  CHECK_FALSE(document::read("a.json", "x: 1"));
}
