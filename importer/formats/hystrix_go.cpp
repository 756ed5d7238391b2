// hystrix-go: a JSON map of commands, as hystrix.Configure takes it. 0 is the library's default.
#include <algorithm>
#include <array>

#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array hystrix_go_taken{
    Taken{"max_concurrent_requests", "max_concurrent_requests", as_number},
    Taken{"request_volume_threshold", "request_volume_threshold", as_number},
    Taken{"sleep_window", "sleep_window", as_number},
    Taken{"error_percent_threshold", "error_percent_threshold", as_number},
    Taken{"timeout", "timeout", as_number},
};

Result<Draft> read_go_command(const Node& map) {
  Draft draft{.dialect = "hystrix-go"};
  Fields fields(map, "a hystrix-go command");
  take(draft, fields, hystrix_go_taken);
  const auto timeout = read_value(fields, "timeout", whole_of).value_or(0);
  const auto* written = fields.take("timeout");
  if (auto error = fields.error()) {
    return *error;
  }
  // The library's DefaultTimeout, in settings.go.
  draft.timeout = Timeout{written == nullptr ? map.key_at : written->key_at,
                          std::chrono::milliseconds(timeout == 0 ? 1000 : timeout)};
  std::erase_if(draft.settings, [](const DraftSetting& setting) { return setting.value == "0"; });
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_hystrix_go(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto& map = *visit.map;
    const auto has = [&](const Taken& key) { return map.find(key.key) != nullptr; };
    if (map.find("dialect") == nullptr && map.find("command_name") == nullptr &&
        std::ranges::any_of(std::span(hystrix_go_taken).subspan(1, 3), has)) {
      found.push_back({map.key.empty() ? path_of(visit) : map.key, map.key_at,
                       [&map] { return read_go_command(map); }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
