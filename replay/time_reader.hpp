// The times in a trace's lines, as nanoseconds since 1970 (UTC).
//
//   iso       2026-11-24T10:00:00.123Z, 2026-11-24 11:00:00+01:00 (RFC 3339), with or without a
//             fraction and an offset
//   clf       24/Nov/2026:10:00:00 +0100, as access logs have it
//   epoch_s, epoch_ms, epoch_us, epoch_ns
//             a number since 1970, with or without a fraction
//
// A time without an offset needs a time zone. Where a local hour comes twice, the order of the
// lines decides which one it is. It allocates nothing per line but for the text of an error.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "replay/zone.hpp"

namespace tripcurve::replay {

inline constexpr std::int64_t ns_per_second = 1'000'000'000;

// Years from 1970 to 2261 fit into nanoseconds.
using EpochTime = std::int64_t;

enum class TimeForm : std::uint8_t { automatic, iso, clf, epoch_s, epoch_ms, epoch_us, epoch_ns };

// "iso", "clf", "epoch_ms" ...
[[nodiscard]] Result<TimeForm> parse_time_form(std::string_view text);
[[nodiscard]] std::span<const std::string_view> time_form_words();

class TimeReader {
 public:
  // `automatic`: as the first text looks, and all others like it.
  explicit TimeReader(TimeForm form = TimeForm::automatic, std::optional<Zone> zone = std::nullopt)
      : form_(form), zone_(std::move(zone)) {}

  // What is wrong with it, or nothing.
  [[nodiscard]] std::optional<std::string> read(std::string_view text, EpochTime& time);

  // How many times could have been two, because the clock was put back.
  [[nodiscard]] std::uint64_t ambiguous() const { return ambiguous_; }
  // A time had a fraction of a second.
  [[nodiscard]] bool has_fractions() const { return has_fractions_; }

 private:
  [[nodiscard]] std::optional<std::string> read_epoch(std::string_view text, EpochTime& time);
  [[nodiscard]] std::optional<std::string> read_iso(std::string_view text, EpochTime& time);
  [[nodiscard]] std::optional<std::string> read_clf(std::string_view text, EpochTime& time);
  [[nodiscard]] std::optional<std::string> resolve(std::string_view text, std::int64_t local,
                                                   std::int64_t fraction, std::string_view offset,
                                                   EpochTime& time);
  [[nodiscard]] bool find_day(std::string_view date, bool is_clf);

  TimeForm form_;
  std::optional<Zone> zone_;
  std::string date_;              // the latest, as it was written
  std::int64_t date_begins_ = 0;  // in seconds
  std::int64_t minute_ = -1;      // the latest that was looked up in the zone
  Zone::Moment moment_{};
  std::int64_t latest_ = 0;  // in seconds
  std::uint64_t ambiguous_ = 0;
  bool has_fractions_ = false;
};

// One time with its offset, as people type it: 2026-11-24T10:00:00Z, or without one in `zone`.
[[nodiscard]] Result<EpochTime> parse_time(std::string_view text, const std::optional<Zone>& zone);

// "2026-11-24T10:00:00Z", with milliseconds where it has a fraction; in `zone` with its offset.
[[nodiscard]] std::string format_time(EpochTime time, const std::optional<Zone>& zone);

}  // namespace tripcurve::replay
