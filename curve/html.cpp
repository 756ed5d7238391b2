#include "curve/html.hpp"

#include <fmt/format.h>

#include "curve/svg.hpp"
#include "curve/words.hpp"
#include "view/static_page.hpp"

namespace tripcurve::curve {
namespace {

using view::escaped;

std::string paragraph(std::string_view css, std::string_view text) {
  return text.empty() ? std::string() : fmt::format("<p class=\"{}\">{}</p>\n", css, escaped(text));
}

std::string section_of(const Plan& plan, const Curve& curve, std::size_t number,
                       const std::vector<Crossing>& crossings) {
  auto text =
      fmt::format("<section><h3>{}  {}</h3>\n", letter(number), escaped(curve.breaker.text()));
  for (const auto& crossing : crossings) {
    text += crossing.breaker == number ? paragraph("bad", crossing.text) : "";
  }
  text += paragraph("", everyday_trips(curve)) + paragraph("dim", early_runs(plan, curve)) +
          "<table>\n";
  const auto rows = table(plan, curve);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    text += view::table_row(rows[i], i == 0 ? "th" : "td");
  }
  return text + "</table></section>\n";
}

}  // namespace

std::string html(const std::vector<Curve>& curves, const Plan& plan, const Limits& limits,
                 const std::vector<Crossing>& crossings) {
  auto body = paragraph("dim", "tripcurve curve") +
              fmt::format("<h1>{}</h1>\n", escaped(heading(plan))) +
              paragraph(crossings.empty() ? "good" : "bad", verdict(limits, crossings)) +
              "<section>\n" + svg(curves, plan, limits) + "</section>\n";
  for (std::size_t i = 0; i < curves.size(); ++i) {
    body += section_of(plan, curves[i], i, crossings);
  }
  return view::static_page("tripcurve curve", "", body);
}

}  // namespace tripcurve::curve
