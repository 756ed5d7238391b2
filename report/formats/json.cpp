#include "report/formats.hpp"
#include "report/json_values.hpp"
#include "report/result_record.hpp"

namespace tripcurve::report {

std::string to_json(const Summary& summary) { return render(Form<Summary>::write(summary), 2); }

}  // namespace tripcurve::report
