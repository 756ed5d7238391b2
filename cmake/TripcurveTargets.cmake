# Warnings and sanitizers, linked PRIVATE everywhere so that they are neither inherited nor exported.
add_library(tripcurve_options INTERFACE)
target_compile_options(tripcurve_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wsuggest-override -Wcast-align -Wformat=2 -Wundef
  # GCC 12 reports a false -Wrestrict on "x" + std::to_string(i) at -O3, and takes what an empty
  # std::optional holds for used. The sanitizers' builds are Clang's and see what is really unset.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-maybe-uninitialized>
  # The library of GCC 12 uses std::get_temporary_buffer, which it deprecates, in its own headers.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  # Arithmetic that decides must not depend on whether the compiler fuses a multiply and an add.
  -ffp-contract=off
  $<$<BOOL:${TRIPCURVE_WERROR}>:-Werror>)
if(CMAKE_UNITY_BUILD)
  # In a unit of several sources GCC takes them for headers, whose types must be known everywhere.
  target_compile_options(tripcurve_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>
    # What is local in one source shadows what is global in another, says clang. The builds of g++
    # look for what shadows within a source.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-shadow>)
endif()
if(TRIPCURVE_SANITIZE)
  target_compile_options(tripcurve_options INTERFACE
    -fsanitize=${TRIPCURVE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    # To look at an object's type the sanitizer opens a pipe, which it reports as a broken object in
    # the tests that run out of files on purpose.
    -fno-sanitize=vptr
    # Asking of every pointer whether it is null or crooked doubles the time to compile; the address
    # sanitizer stops at the use of a null pointer as well.
    -fno-sanitize=null,alignment,object-size
    # What a sanitizer adds makes GCC 12 take values of an optional for uninitialised; the other
    # builds look for real ones.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    # At -O0 the thread sanitizer hides from GCC 12 that a function ends with a throw.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-return-type>
    # Asio has memory fences, which GCC's thread sanitizer warns that it does not see; we have none.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_link_options(tripcurve_options INTERFACE -fsanitize=${TRIPCURVE_SANITIZE})
endif()
if(TRIPCURVE_BUILD_FUZZERS AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "TRIPCURVE_BUILD_FUZZERS needs clang; the presets asan and fuzz take clang++-19, "
    "which scripts/setup --tests installs")
endif()

# Decisions are spread over small files; the release build sees through them.
if(TRIPCURVE_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT ipo_supported OUTPUT ipo_reason LANGUAGES CXX)
  if(ipo_supported)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION_RELEASE ON)
  endif()
endif()

include(TripcurveProfile)

# tripcurve_library(<folder> [HOT] [TRAINED] SOURCES <file>... HEADERS <file>... [USES <folder>...]
#                   [LINK <target>...] [ALONE <regex>])
#
# The static library of one folder. USES names the folders of ours it may include (they are linked
# PUBLIC); LINK names libraries of others (PRIVATE). The sources that match ALONE are compiled alone in
# unity builds as well: those that take long, so that others compile beside them.
# HOT: tests run it millions of times, so that the sanitizers' builds optimise it a little, which costs
# more than twice the time to compile.
# TRAINED: a release is built with a profile of it (TripcurveProfile).
function(tripcurve_library name)
  cmake_parse_arguments(arg "HOT;TRAINED" "ALONE" "SOURCES;HEADERS;USES;LINK" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tripcurve_library(${name}): what is '${arg_UNPARSED_ARGUMENTS}'?")
  endif()
  add_library(tripcurve_${name} STATIC)
  add_library(tripcurve::${name} ALIAS tripcurve_${name})
  target_sources(tripcurve_${name} PRIVATE ${arg_SOURCES}
    PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${arg_HEADERS})
  if(arg_TRAINED)
    tripcurve_train(${name})
  endif()

  # Every header compiles alone. That of a source does because the source includes it first, which
  # scripts/check_layers.py sees to; the others are compiled for it (all_verify_interface_header_sets).
  list(TRANSFORM arg_SOURCES REPLACE "[.]cpp$" ".hpp" OUTPUT_VARIABLE of_sources)
  list(REMOVE_ITEM arg_HEADERS ${of_sources})
  if(arg_HEADERS)
    target_sources(tripcurve_${name}
      PUBLIC FILE_SET lonely TYPE HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${arg_HEADERS})
    set_target_properties(tripcurve_${name} PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY lonely)
  else()
    set_target_properties(tripcurve_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS OFF)
  endif()
  if(arg_ALONE)
    list(FILTER arg_SOURCES INCLUDE REGEX "${arg_ALONE}")
    set_source_files_properties(${arg_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  if(arg_HOT AND TRIPCURVE_SANITIZE)
    target_compile_options(tripcurve_${name} PRIVATE -O1)
  endif()
  if(TRIPCURVE_BUILD_FUZZERS)
    # The libraries tell libFuzzer where an input leads; the tests link the same ones.
    target_compile_options(tripcurve_${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  target_compile_features(tripcurve_${name} PUBLIC cxx_std_20)
  list(TRANSFORM arg_USES PREPEND tripcurve::)
  target_link_libraries(tripcurve_${name} PUBLIC ${arg_USES}
    PRIVATE $<BUILD_INTERFACE:tripcurve_options> ${arg_LINK})
endfunction()
