// JSON through nlohmann's SAX parser, which knows no places: an iterator counts what it has read,
// and the beginning of a value is found from the end of the one before it.
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include <iterator>
#include <unordered_set>

#include "core/text.hpp"
#include "document/limits.hpp"
#include "document/read.hpp"
#include "document/template.hpp"

namespace tripcurve::document {
namespace {

using nlohmann::json;

// The text with comments, and commas before a closing bracket, turned into spaces; nothing moves.
std::string plain_json(std::string_view text) {
  std::string plain(text);
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (; from < to; ++from) {
      if (plain[from] != '\n') {
        plain[from] = ' ';
      }
    }
  };
  constexpr auto none = std::string::npos;
  std::size_t comma = none;  // after a value, while nothing but white space followed it
  bool after_value = false;
  for (std::size_t i = 0; i < plain.size();) {
    auto end = i + 1;
    if (plain[i] == '"') {
      while (end < plain.size() && plain[end] != '"' && plain[end] != '\n') {
        end += plain[end] == '\\' ? std::size_t{2} : std::size_t{1};
      }
      end = std::min(end + 1, plain.size());
      comma = none;
      after_value = true;
    } else if (text.substr(i).starts_with("//")) {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (text.substr(i).starts_with("/*")) {
      const auto close = text.find("*/", i + 2);
      if (close == std::string_view::npos) {
        return plain;  // the parser refuses it
      }
      end = close + 2;
      blank(i, end);
    } else if (plain[i] == ',') {
      comma = after_value ? i : none;
      after_value = false;
    } else if (white_space.find(plain[i]) == std::string_view::npos) {
      const bool closes = plain[i] == '}' || plain[i] == ']';
      if (closes && comma != none) {
        plain[comma] = ' ';
      }
      comma = none;
      after_value = closes || (plain[i] != '{' && plain[i] != '[' && plain[i] != ':');
    }
    i = end;
  }
  return plain;
}

// Reads a text and counts how much of it.
class Counting {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Counting(const char* at, std::size_t& count) : at_(at), count_(&count) {}
  reference operator*() const { return *at_; }
  Counting& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  Counting operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Counting& a, const Counting& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  std::size_t* count_;
};

class JsonBuilder : public json::json_sax_t {
 public:
  JsonBuilder(const std::string& file, std::string_view text, Twice twice)
      : text_(text), twice_(twice), place_{std::make_shared<const std::string>(file)} {}

  std::size_t read = 0;  // of the text, by the parser
  Documents documents;
  std::optional<Error> error;

  bool null() override { return add({.at = begin()}); }
  bool boolean(bool value) override { return add_scalar(value ? "true" : "false"); }
  // A number keeps the text it was written with.
  bool number_integer(number_integer_t /*value*/) override { return add_number(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return add_number(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return add_number();
  }
  bool string(string_t& value) override {
    return add({.kind = Node::Kind::scalar, .text = value, .quoted = true, .at = begin()});
  }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override { return open(Node::Kind::map); }
  bool start_array(std::size_t /*size*/) override { return open(Node::Kind::list); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const auto at = begin();
    auto& map = open_.back();
    map.again = !map.keys.insert(name).second;
    if (map.again && twice_ == Twice::refused) {
      error = at.error(tripcurve::quoted(name) + " is given twice", "keep one of them");
      return false;
    }
    map.key = name;
    map.key_at = at;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& exception) override {
    const std::string_view what = exception.what();
    const auto detail = what.find(" - ");
    advance(std::max<std::size_t>(position, 1) - 1);
    error = place_.error(
        "not JSON: " +
            std::string(detail == std::string_view::npos ? what : what.substr(detail + 3)),
        std::string(hint_for_line(line_at(offset_))));
    return false;
  }

 private:
  struct Open {
    Node node;
    std::unordered_set<std::string> keys{};
    std::string key{};
    Place key_at{};
    bool again = false;  // of the key
  };

  // Moves place_ on to an offset of the text.
  void advance(std::size_t offset) {
    for (; offset_ < std::min(offset, text_.size()); ++offset_) {
      if (text_[offset_] == '\n') {
        ++place_.line;
        place_.column = 1;
      } else {
        ++place_.column;
      }
    }
  }

  [[nodiscard]] std::string_view line_at(std::size_t offset) const {
    const auto begin = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    const auto line = text_.substr(begin == std::string_view::npos ? 0 : begin + 1);
    return line.substr(0, line.find('\n'));
  }

  // Where the token begins that was read last.
  Place begin() {
    advance(text_.find_first_not_of(" \t\r\n,:", end_));
    end_ = read;
    return place_;
  }

  bool add_scalar(std::string text) {
    return add({.kind = Node::Kind::scalar, .text = std::move(text), .at = begin()});
  }
  bool add_number() {
    const auto at = begin();
    const auto written =
        text_.substr(offset_, text_.find_first_of(" \t\r\n,]}", offset_) - offset_);
    return add({.kind = Node::Kind::scalar, .text = std::string(written), .at = at});
  }

  bool open(Node::Kind kind) {
    Node node{.kind = kind, .at = begin()};
    error = budget_.take(node, open_.size() + 1);
    open_.push_back({std::move(node)});
    return !error;
  }
  bool close() {
    end_ = read;
    auto done = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(done));
    return true;
  }
  bool add(Node node) {
    error = budget_.take(node, open_.size() + 1);
    attach(std::move(node));
    return !error;
  }

  void attach(Node node) {
    node.key_at = node.at;
    if (open_.empty()) {
      documents.push_back(std::move(node));
      return;
    }
    auto& parent = open_.back();
    if (parent.node.is_map()) {
      node.key = parent.key;
      node.key_at = parent.key_at;
      node.again = parent.again;
    }
    parent.node.children.push_back(std::move(node));
  }

  std::string_view text_;
  Twice twice_;
  Place place_;             // of offset_
  std::size_t offset_ = 0;  // of the token that was read last, its beginning ...
  std::size_t end_ = 0;     // ... and its end
  std::vector<Open> open_;
  Budget budget_;
};

}  // namespace

Result<Documents> read_json(const std::string& file, std::string_view text, Twice twice) {
  if (const auto error = not_text({std::make_shared<const std::string>(file)}, text)) {
    return *error;
  }
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);  // the mark of UTF-8
  }
  const auto plain = plain_json(text);
  JsonBuilder builder(file, plain, twice);
  const char* const end = plain.data() + plain.size();
  json::sax_parse(Counting(plain.data(), builder.read), Counting(end, builder.read), &builder);
  if (builder.error) {
    return *builder.error;
  }
  return std::move(builder.documents);
}

}  // namespace tripcurve::document
