// tests/experiment/bad/*.yaml: files that are wrong, each with all that is said about it in front,
//
//   # expect: 12:5: message (hint)
//
// without the file's own name. UPDATE_GOLDEN=1 writes these lines anew; the diff is to be read.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "experiment/read.hpp"
#include "test_data.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::experiment {
namespace {

constexpr std::string_view mark = "# expect: ";

std::filesystem::path folder() {
  return std::filesystem::path(TRIPCURVE_TEST_DATA).parent_path() / "experiment/bad";
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> bad_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.is_regular_file()) {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

// What is said about a text, a line for each mistake.
std::vector<std::string> said_about(const std::string& name, const std::string& text) {
  const std::map<std::string, std::string> variables{{"TENANT", "gold"}, {"RATE", "200"}};
  const Surroundings surroundings{
      .file = [](const std::string& path) -> Result<std::string> {
        const auto file = folder() / path;
        return std::filesystem::exists(file) ? Result(text_of(file))
                                             : Error{"there is no file '" + path + "'", ""};
      },
      .variable = [&](const std::string& variable) -> std::optional<std::string> {
        const auto found = variables.find(variable);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      }};
  std::vector<std::string> lines;
  for (const auto& [message, hint] : read_experiment(name, text, surroundings).errors) {
    const bool own = message.starts_with(name + ":");
    lines.push_back(message.substr(own ? name.size() + 1 : 0) +
                    (hint.empty() ? "" : " (" + hint + ")"));
  }
  return lines;
}

// Takes the lines that say what is expected off the front of the text.
std::vector<std::string> take_expected(std::string& text) {
  std::vector<std::string> lines;
  while (text.starts_with(mark)) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(mark.size(), end - mark.size()));
    text.erase(0, end + 1);
  }
  return lines;
}

// A line more in front moves all others.
void update(const std::filesystem::path& path) {
  auto body = text_of(path);
  take_expected(body);
  auto whole = body;
  for (int pass = 0; pass < 2; ++pass) {
    std::string header;
    for (const auto& line : said_about(path.filename().string(), whole)) {
      header += std::string(mark) + line + "\n";
    }
    whole = header + body;
  }
  std::ofstream(path) << whole;
}

TEST_CASE("of a wrong file everything that is wrong is told, with its place and what would work") {
  const bool updating = std::getenv("UPDATE_GOLDEN") != nullptr;
  std::size_t seen = 0;
  for (const auto& path : bad_files()) {
    if (updating) {
      update(path);
    }
    const auto text = text_of(path);
    auto body = text;
    const auto expected = take_expected(body);
    INFO(path.filename().string());
    CHECK_FALSE(expected.empty());
    CHECK(said_about(path.filename().string(), text) == expected);
    ++seen;
  }
  CHECK(seen >= 60);
}

}  // namespace
}  // namespace tripcurve::experiment
