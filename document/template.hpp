// Files that are not what they will be: templates, which an engine renders before their library
// reads them.
#pragma once

#include <string_view>

namespace tripcurve::document {

// Whether a text has a mark of a template engine in it: {{ }} of Helm, Go and Jinja, {% %}, <%= %>,
// @project.version@ of Maven, #{TOKEN} of release tools. ${...} is none, for many libraries read
// it.
[[nodiscard]] bool is_template(std::string_view text);

// What to do about a line that its format's parser does not take, or "": render the template, fill
// in ${...}.
[[nodiscard]] std::string_view hint_for_line(std::string_view line);

// What to do about it, for hints.
inline constexpr std::string_view render_first =
    "this looks like a template: render it first, and import the result";

}  // namespace tripcurve::document
