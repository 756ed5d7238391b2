// The page people look at: the HTML report, the dashboard while a run goes, and the control of an
// upstream. One page, so that what was watched and what was reported look the same.
//
// It is one file with everything in it and asks the network for nothing but, as a dashboard, its
// own server. Its policy lets a browser run the page's own scripts only, whatever a name in a run
// holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tripcurve::view {

enum class Use : std::uint8_t {
  report,   // `data` is a run as report::to_json() writes it
  live,     // `data` is {"live": {...}}: what the page needs to follow serve::Dashboard
  control,  // `data` is {"control": {...}}: what can be done through serve::Control
};

// `data` is JSON.
[[nodiscard]] std::string page(Use use, std::string_view data);

}  // namespace tripcurve::view
