// Envoy's default access log:
//
//   [%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%"
//   %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION%
//   %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%"
//   "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"
//
// and Istio's, which says more between the flags and the sizes: its lines have two words in quotes
// or without after the flags (details and transport failure), which no number begins.
#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "replay/formats/formats.hpp"
#include "replay/formats/tokens.hpp"
#include "replay/values.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::array<std::string_view, 1> envoy_options{"instance"};

struct Flag {
  std::string_view flag;
  CallEnd end;
};
// Response flags that say more than the status that Envoy made up for them.
constexpr std::array envoy_flags{
    Flag{"UF", {CallEnd::Kind::connect_failed, 0}}, Flag{"UH", {CallEnd::Kind::connect_failed, 0}},
    Flag{"UT", {CallEnd::Kind::timeout, 0}},        Flag{"SI", {CallEnd::Kind::timeout, 0}},
    Flag{"DC", {CallEnd::Kind::timeout, 0}},        Flag{"DT", {CallEnd::Kind::timeout, 0}},
    Flag{"UC", {CallEnd::Kind::closed, 0}},         Flag{"UR", {CallEnd::Kind::reset, 0}},
    Flag{"LR", {CallEnd::Kind::reset, 0}},          Flag{"UPE", {CallEnd::Kind::bad_answer, 0}},
};
// Upstream overflow: a limit that Envoy calls circuit breaking.
constexpr std::string_view overflow = "UO";

void heed_flags(std::string_view flags, Fields& fields) {
  while (!flags.empty()) {
    const auto flag = take_until(flags, ",");
    if (flag == overflow) {
      fields.is_rejected = true;
    }
    const auto found = std::ranges::find(envoy_flags, flag, &Flag::flag);
    if (found != envoy_flags.end()) {
      fields.end = found->end;
    }
  }
}

bool is_whole(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class EnvoyParser final : public LineParser {
 public:
  EnvoyParser(bool tells_instance, const std::optional<Zone>& zone)
      : tells_instance_(tells_instance), times_(TimeForm::iso, zone) {}

  std::optional<std::string> parse(std::string_view line, Fields& fields) override {
    constexpr const char* unlike =
        "it is no line like: [TIME] \"REQUEST\" STATUS FLAGS RECEIVED SENT DURATION ...";
    auto rest = line;
    const auto time = take_word(rest);
    const auto request = take_word(rest);
    const auto status = take_word(rest);
    const auto flags = take_word(rest);
    auto received = take_word(rest);
    for (int more = 0; received && !is_whole(*received) && more < 3; ++more) {
      received = take_word(rest);  // Istio's
    }
    const auto duration = take_words(rest, 2);
    if (!line.starts_with('[') || !time || !request || !status || !flags || !received ||
        !duration) {
      return unlike;
    }
    if (auto error = times_.read(*time, fields.time)) {
      return error;
    }
    if (auto error = read_latency(*duration, LatencyUnit::ms, fields.latency)) {
      return error;
    }
    if (auto error = read_end(*status, fields)) {
      return error;
    }
    heed_flags(*flags, fields);
    fields.endpoint = path_of_request(*request);
    fields.instance = {};
    if (tells_instance_) {
      const auto host = take_words(rest, 6);
      if (!host) {
        return unlike;
      }
      fields.instance = *host;
    }
    return std::nullopt;
  }

  [[nodiscard]] Stamp stamp() const override { return Stamp::begins; }
  [[nodiscard]] const TimeReader& times() const override { return times_; }
  [[nodiscard]] bool tells_latency() const override { return true; }
  [[nodiscard]] bool tells_endpoint() const override { return true; }
  [[nodiscard]] bool tells_instance() const override { return tells_instance_; }

 private:
  bool tells_instance_;
  TimeReader times_;
};

bool is_envoy(std::span<const std::string> lines) {
  return !lines.empty() && lines.front().starts_with("[2") &&
         lines.front().find("] \"") != std::string::npos;
}

Result<std::unique_ptr<LineParser>> make_envoy(const FormatOptions& options,
                                               const Beginning& beginning) {
  const auto instance = option(options, "instance");
  if (instance && *instance != "upstream_host") {
    return Error{"Envoy's log tells no " + tripcurve::quoted(*instance),
                 "write instance=upstream_host"};
  }
  return std::unique_ptr<LineParser>(
      std::make_unique<EnvoyParser>(instance.has_value(), beginning.zone));
}

}  // namespace

Format envoy_format() {
  return {"envoy", "Envoy's default access log, and Istio's", envoy_options, is_envoy, make_envoy};
}

}  // namespace tripcurve::replay
