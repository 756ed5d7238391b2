// The services of a topology on the panel.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "live/painter.hpp"
#include "live/text.hpp"

namespace tripcurve::live {

// A line for each service: how many of its workers are busy, how many calls wait for one, and how
// the breakers of its clients are.
Lines Panel::Painter::services(std::size_t rows) const {
  const auto& services = panel_.scene_.topology.services;
  const auto& now = panel_.latest_.services;
  if (services.empty() || now.size() != services.size() || width_ < width_of_services ||
      rows < std::min<std::size_t>(services.size() + 1, 4)) {
    return {};
  }
  int name_width = 7;
  for (const auto& service : services) {
    name_width = std::max(name_width, columns(printable(service.name, style_.unicode)));
  }
  const int bar_begin = margin + std::min(name_width, width_ / 4) + 2;
  const int bar_end = bar_begin + 20;
  const int busy_end = bar_end + 14;
  const int waiting_end = busy_end + 9;
  auto head = line();
  head.move_to(margin)
      .put("service", Ink::dim)
      .move_to(bar_begin)
      .put("busy workers", Ink::dim)
      .put_right("waiting", waiting_end, Ink::dim)
      .move_to(waiting_end + 2)
      .put("calls", Ink::dim);
  Lines all{head.text()};
  const std::size_t shown = services.size() < rows ? services.size() : rows - 2;
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& service = services[i];
    const auto& [busy, waiting, links] = now[i];
    const bool full = service.workers && busy >= *service.workers;
    auto row = line();
    row.move_to(margin).put(fit(service.name, bar_begin - margin - 2, style_.unicode));
    if (service.workers) {
      put_pool(row, static_cast<double>(busy) / *service.workers, bar_begin, bar_end);
    }
    row.put_right(
           service.workers ? fmt::format("{}/{}", busy, *service.workers) : std::to_string(busy),
           busy_end, full ? Ink::fault : Ink::plain)
        .put_right(std::to_string(waiting), waiting_end, waiting > 0 ? Ink::fault : Ink::plain)
        .move_to(waiting_end + 2);
    for (std::size_t link = 0; link < links.size(); ++link) {
      const auto [shape, word, ink] = look(links[link], style_);
      row.put(shape, ink)
          .put(" ")
          .put(panel_.scene_.topology.name(service.links[link].to), ink)
          .put("  ");
    }
    all.push_back(row.text());
  }
  if (shown < services.size()) {
    auto rest = line();
    rest.move_to(margin).put(fmt::format("+{} more", services.size() - shown), Ink::dim);
    all.push_back(rest.text());
  }
  return all;
}

// How full a pool is.
void Panel::Painter::put_pool(Line& line, double share, int begin, int end) const {
  const auto filled = static_cast<int>(std::ceil(std::clamp(share, 0.0, 1.0) * (end - begin)));
  line.move_to(begin);
  for (int cell = begin; cell < end; ++cell) {
    if (cell < begin + filled) {
      line.put(glyph("█", "#"), share >= 1 ? Ink::fault : Ink::plain);
    } else {
      line.put(glyph("░", "."), Ink::dim);
    }
  }
}

}  // namespace tripcurve::live
