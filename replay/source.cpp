#include "replay/source.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "core/ensure.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::size_t packed_piece = std::size_t{1} << 18U;
constexpr std::array<unsigned char, 2> gzip_magic{0x1f, 0x8b};
constexpr std::array<unsigned char, 4> zstd_magic{0x28, 0xb5, 0x2f, 0xfd};

Error cut_short(const char* format) {
  return {std::string("the ") + format + " data ends too early",
          "the file is not whole; copy it again, or unpack what there is of it and replay that"};
}

Error broken(const char* format, const char* why) {
  return {std::string("the ") + format + " data is broken: " + (why == nullptr ? "unknown" : why),
          "the file is damaged; copy it again"};
}

// What was read of a source already, and the rest.
class PackedBytes {
 public:
  explicit PackedBytes(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  // Makes bytes() not empty, unless it ends.
  [[nodiscard]] std::optional<Error> fill() {
    if (begin_ < end_ || is_over_) {
      return std::nullopt;
    }
    begin_ = end_ = 0;
    return more();
  }
  // One more piece behind what is there.
  [[nodiscard]] std::optional<Error> more() {
    const auto got = source_->read(std::span(buffer_).subspan(end_));
    if (!got) {
      return got.error();
    }
    end_ += *got;
    is_over_ = *got == 0;
    return std::nullopt;
  }

  // From the source itself, when there are no bytes().
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer) { return source_->read(buffer); }

  [[nodiscard]] std::span<char> bytes() {
    return std::span(buffer_).subspan(begin_, end_ - begin_);
  }
  void take(std::size_t count) { begin_ += count; }
  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  std::unique_ptr<Source> source_;
  std::vector<char> buffer_ = std::vector<char>(packed_piece);
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_over_ = false;
};

// Several members one after the other are one file, as `cat a.gz b.gz` makes it.
class Gzip final : public Source {
 public:
  explicit Gzip(PackedBytes packed) : packed_(std::move(packed)) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    ENSURE(inflateInit2(&stream_, gzip_only) == Z_OK);
  }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  Result<std::size_t> read(std::span<char> buffer) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(buffer.size());
    while (stream_.avail_out == buffer.size()) {
      if (const auto error = packed_.fill()) {
        return *error;
      }
      auto bytes = packed_.bytes();
      if (bytes.empty()) {
        return is_between_ ? Result<std::size_t>(0) : cut_short("gzip");
      }
      if (is_between_) {
        inflateReset(&stream_);
        is_between_ = false;
      }
      stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
      stream_.avail_in = static_cast<uInt>(bytes.size());
      const int how = inflate(&stream_, Z_NO_FLUSH);
      packed_.take(bytes.size() - stream_.avail_in);
      if (how == Z_STREAM_END) {
        is_between_ = true;
      } else if (how != Z_OK && how != Z_BUF_ERROR) {
        return broken("gzip", stream_.msg);
      }
    }
    return buffer.size() - stream_.avail_out;
  }

 private:
  PackedBytes packed_;
  z_stream stream_{};
  bool is_between_ = false;  // members
};

class Zstd final : public Source {
 public:
  explicit Zstd(PackedBytes packed) : packed_(std::move(packed)), stream_(ZSTD_createDStream()) {
    ENSURE(stream_ != nullptr);
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  Result<std::size_t> read(std::span<char> buffer) override {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos == 0) {
      if (const auto error = packed_.fill()) {
        return *error;
      }
      const auto bytes = packed_.bytes();
      if (bytes.empty() && is_between_) {
        return std::size_t{0};
      }
      ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
      const auto wants = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(wants) != 0) {
        return broken("zstd", ZSTD_getErrorName(wants));
      }
      if (bytes.empty() && out.pos == 0) {
        return cut_short("zstd");
      }
      packed_.take(in.pos);
      is_between_ = wants == 0;
    }
    return out.pos;
  }

 private:
  PackedBytes packed_;
  ZSTD_DStream* stream_;
  bool is_between_ = false;  // frames
};

class Plain final : public Source {
 public:
  explicit Plain(PackedBytes bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    const auto there = bytes_.bytes();
    if (there.empty()) {
      return bytes_.read(buffer);  // past what was looked at, without a copy
    }
    const auto count = std::min(there.size(), buffer.size());
    std::copy_n(there.begin(), count, buffer.begin());
    bytes_.take(count);
    return count;
  }

 private:
  PackedBytes bytes_;
};

// Looks at the first bytes when it is first read.
class Unpacked final : public Source {
 public:
  explicit Unpacked(std::unique_ptr<Source> packed) : packed_(std::move(packed)) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    if (!source_) {
      if (const auto error = look()) {
        return *error;
      }
    }
    return source_->read(buffer);
  }

 private:
  std::optional<Error> look() {
    PackedBytes bytes(std::move(packed_));
    while (bytes.bytes().size() < zstd_magic.size() && !bytes.is_over()) {
      if (auto error = bytes.more()) {
        return error;
      }
    }
    const auto begins_with = [&](const auto& magic) {
      return bytes.bytes().size() >= magic.size() &&
             std::memcmp(bytes.bytes().data(), magic.data(), magic.size()) == 0;
    };
    if (begins_with(gzip_magic)) {
      source_ = std::make_unique<Gzip>(std::move(bytes));
    } else if (begins_with(zstd_magic)) {
      source_ = std::make_unique<Zstd>(std::move(bytes));
    } else {
      source_ = std::make_unique<Plain>(std::move(bytes));
    }
    return std::nullopt;
  }

  std::unique_ptr<Source> packed_;
  std::unique_ptr<Source> source_;
};

}  // namespace

std::unique_ptr<Source> unpacked(std::unique_ptr<Source> packed) {
  return std::make_unique<Unpacked>(std::move(packed));
}

}  // namespace tripcurve::replay
