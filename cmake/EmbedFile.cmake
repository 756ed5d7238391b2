# Writes the sources of one embedded file: see Embed.cmake, which runs this while building.
file(READ "${FILE}" bytes HEX)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
string(REGEX REPLACE "(('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',)('[^']*',))"
  "\\1\n" bytes "${bytes}")
get_filename_component(from "${FILE}" NAME)

file(WRITE "${OUTPUT}.hpp" "// Made of ${from} by cmake/EmbedFile.cmake.
#pragma once

#include <string_view>

namespace tripcurve::embedded {
extern const std::string_view ${NAME};
}  // namespace tripcurve::embedded
")
# The zero behind the end is for a file that is empty: an array is not.
file(WRITE "${OUTPUT}.cpp" "// Made of ${from} by cmake/EmbedFile.cmake.
#include \"embedded/${NAME}.hpp\"

namespace tripcurve::embedded {
namespace {
constexpr char ${NAME}_bytes[] = {
${bytes}'\\0'};
}  // namespace
constinit const std::string_view ${NAME}{${NAME}_bytes, sizeof ${NAME}_bytes - 1};
}  // namespace tripcurve::embedded
")
