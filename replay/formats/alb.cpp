// The access log of AWS's Application Load Balancer:
//
//   type time elb client:port target:port request_processing_time target_processing_time
//   response_processing_time elb_status_code target_status_code received_bytes sent_bytes
//   "request" "user_agent" ssl_cipher ssl_protocol target_group_arn "trace_id" "domain_name"
//   "chosen_cert_arn" matched_rule_priority request_creation_time "actions_executed" ...
//
// `time` is when the answer was complete. Of a request whose target did not answer, the processing
// times are -1; how long it took is then told by the time at which it came.
#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "replay/formats/formats.hpp"
#include "replay/formats/tokens.hpp"
#include "replay/values.hpp"

namespace tripcurve::replay {
namespace {

constexpr std::array<std::string_view, 1> alb_options{"instance"};
constexpr std::array<std::string_view, 6> alb_types{"http", "https", "h2", "grpcs", "ws", "wss"};

// The client closed the connection before an answer came; what a timeout does.
constexpr std::uint16_t client_gave_up = 460;
// The target did not answer in time; the load balancer made this status up.
constexpr std::uint16_t target_timed_out = 504;

class AlbParser final : public LineParser {
 public:
  enum class Instance : std::uint8_t { none, client, target };

  AlbParser(Instance instance, const std::optional<Zone>& zone)
      : instance_(instance), times_(TimeForm::iso, zone), creations_(TimeForm::iso, zone) {}

  std::optional<std::string> parse(std::string_view line, Fields& fields) override {
    constexpr const char* unlike = "it is no line of an ALB: TYPE TIME ELB CLIENT TARGET ...";
    auto rest = line;
    const auto type = take_word(rest);
    const auto time = take_word(rest);
    const auto client = take_words(rest, 2);
    const auto target = take_word(rest);
    if (!type || !time || !client || !target) {
      return unlike;
    }
    Duration sum{};
    bool is_whole = true;
    for (int part = 0; part < 3; ++part) {
      const auto seconds = take_word(rest);
      if (!seconds) {
        return unlike;
      }
      Duration took{};
      if (*seconds == "-1" || *seconds == "-1.000") {
        is_whole = false;
      } else if (auto error = read_latency(*seconds, LatencyUnit::s, took)) {
        return error;
      }
      sum += took;
    }
    const auto status = take_word(rest);
    const auto target_status = take_word(rest);
    const auto request = take_words(rest, 3);
    const auto creation = take_words(rest, 9);
    if (!status || !target_status || !request) {
      return unlike;
    }
    if (auto error = times_.read(*time, fields.time)) {
      return error;
    }
    fields.latency = sum;
    if (!is_whole && creation) {
      EpochTime created = 0;
      if (auto error = creations_.read(*creation, created)) {
        return error;
      }
      fields.latency = Duration(std::max<std::int64_t>(fields.time - created, 0));
    }
    if (auto error = read_end(*status, fields)) {
      return error;
    }
    heed_target(*target_status, fields);
    fields.endpoint = path_of_request(*request);
    fields.instance = instance_ == Instance::client   ? host_of(*client)
                      : instance_ == Instance::target ? *target
                                                      : std::string_view();
    return std::nullopt;
  }

  [[nodiscard]] Stamp stamp() const override { return Stamp::ends; }
  [[nodiscard]] const TimeReader& times() const override { return times_; }
  [[nodiscard]] bool tells_latency() const override { return true; }
  [[nodiscard]] bool tells_endpoint() const override { return true; }
  [[nodiscard]] bool tells_instance() const override { return instance_ != Instance::none; }

 private:
  static std::string_view host_of(std::string_view address) {
    return address.substr(0, address.rfind(':'));
  }

  // What the load balancer's own statuses stand for.
  static void heed_target(std::string_view target_status, Fields& fields) {
    if (fields.end.status() == client_gave_up ||
        (fields.end.status() == target_timed_out && target_status == "-")) {
      fields.end = {CallEnd::Kind::timeout, 0};
    }
  }

  Instance instance_;
  TimeReader times_;
  TimeReader creations_;
};

bool is_alb(std::span<const std::string> lines) {
  if (lines.empty()) {
    return false;
  }
  std::string_view rest = lines.front();
  const auto type = take_word(rest);
  const auto time = take_word(rest);
  return type && time && std::ranges::find(alb_types, *type) != alb_types.end() &&
         time->size() >= 20 && (*time)[4] == '-' && (*time)[10] == 'T';
}

Result<std::unique_ptr<LineParser>> make_alb(const FormatOptions& options,
                                             const Beginning& beginning) {
  const auto given = option(options, "instance");
  if (given && *given != "client" && *given != "target") {
    return Error{"an ALB's log tells no " + tripcurve::quoted(*given),
                 "write instance=client or instance=target"};
  }
  const auto instance = !given               ? AlbParser::Instance::none
                        : *given == "client" ? AlbParser::Instance::client
                                             : AlbParser::Instance::target;
  return std::unique_ptr<LineParser>(std::make_unique<AlbParser>(instance, beginning.zone));
}

}  // namespace

Format alb_format() {
  return {"alb", "the access log of AWS's Application Load Balancer", alb_options, is_alb,
          make_alb};
}

}  // namespace tripcurve::replay
