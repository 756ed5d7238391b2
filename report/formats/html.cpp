#include "report/formats.hpp"
#include "view/page.hpp"

namespace tripcurve::report {

std::string to_html(const Summary& summary) {
  return view::page(view::Use::report, to_json(summary));
}

}  // namespace tripcurve::report
