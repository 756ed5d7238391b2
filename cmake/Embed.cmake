# Files that become part of the program.
#
# tripcurve_embed(<target> <name> <file>)
#
# Gives <target> the content of <file>, byte for byte, as a text that lives as long as the program:
#
#   #include "embedded/<name>.hpp"
#   std::string_view text = tripcurve::embedded::<name>;
#
# The file is looked at again whenever it changes. <name> is a C++ name and is used once per target.
function(tripcurve_embed target name file)
  set(source "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/embed-${target}")
  set(output "${folder}/embedded/${name}")
  add_custom_command(
    OUTPUT "${output}.cpp" "${output}.hpp"
    COMMAND "${CMAKE_COMMAND}" "-DNAME=${name}" "-DFILE=${source}" "-DOUTPUT=${output}"
      -P "${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake"
    DEPENDS "${source}" "${PROJECT_SOURCE_DIR}/cmake/EmbedFile.cmake"
    COMMENT "Embedding ${file}"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}.cpp" "${output}.hpp")
  target_include_directories(${target} PRIVATE "${folder}")
endfunction()
