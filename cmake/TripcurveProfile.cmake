# A release is laid out by what simulations really do. Its libraries that are marked TRAINED are built twice,
# at first in a build of its own in training/, with counters: sim/training.cpp runs with those, and what they
# have counted tells the compiler what is asked often, so that virtual time goes a tenth faster. What the
# training never does is compiled as without a profile.
#
# The training is the same each time, so that the same sources make the same program.
set(trains_by_default OFF)
if(TRIPCURVE_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release"
    AND NOT CMAKE_CROSSCOMPILING)
  set(trains_by_default ON)
endif()
option(TRIPCURVE_PROFILE "Train a release while it is built: faster, and a minute longer to build"
  ${trains_by_default})
set(TRIPCURVE_TRAINS "" CACHE PATH "Of the build that counts: the build that uses what it has counted")
mark_as_advanced(TRIPCURVE_TRAINS)
if(TRIPCURVE_PROFILE AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "TRIPCURVE_PROFILE is ON, but the compiler is ${CMAKE_CXX_COMPILER_ID}: a release is "
    "trained with g++ only; set -DTRIPCURVE_PROFILE=OFF, or CMAKE_CXX_COMPILER to a g++")
endif()

if(TRIPCURVE_PROFILE AND NOT TRIPCURVE_TRAINS)
  include(ExternalProject)
  set(same)
  foreach(name IN ITEMS CMAKE_BUILD_TYPE CMAKE_CXX_COMPILER CMAKE_CXX_FLAGS CMAKE_CXX_FLAGS_RELEASE
      CMAKE_UNITY_BUILD CMAKE_UNITY_BUILD_BATCH_SIZE CMAKE_PREFIX_PATH TRIPCURVE_LTO TRIPCURVE_WERROR)
    string(REPLACE ";" "|" value "${${name}}")
    list(APPEND same "-D${name}=${value}")
  endforeach()
  ExternalProject_Add(tripcurve_profile
    SOURCE_DIR "${PROJECT_SOURCE_DIR}" BINARY_DIR "${PROJECT_BINARY_DIR}/training"
    LIST_SEPARATOR "|"
    CMAKE_ARGS ${same} "-DTRIPCURVE_TRAINS=${PROJECT_BINARY_DIR}"
      -DTRIPCURVE_BUILD_TESTS=OFF -DTRIPCURVE_BUILD_BENCH=OFF
    BUILD_COMMAND "${CMAKE_COMMAND}" --build . --target tripcurve_trained
    BUILD_ALWAYS ON EXCLUDE_FROM_ALL ON
    INSTALL_COMMAND "")
endif()

# tripcurve_train(<folder>): counts what that folder's library does, or uses what was counted.
function(tripcurve_train name)
  if(TRIPCURVE_TRAINS)
    target_compile_options(tripcurve_${name} PRIVATE -fprofile-generate)
    target_link_options(tripcurve_${name} INTERFACE -fprofile-generate)
    set_property(GLOBAL APPEND PROPERTY tripcurve_trained ${name})
  elseif(TRIPCURVE_PROFILE)
    target_compile_options(tripcurve_${name} PRIVATE
      -fprofile-use -fprofile-partial-training
      # What was never called has no counts, of which it would warn, and a source without anything to
      # run has no profile.
      -fprofile-correction -Wno-missing-profile)
    add_dependencies(tripcurve_${name} tripcurve_profile)
    # A compiler cache that rewrites paths would make the two builds look as if of different sources.
    set_target_properties(tripcurve_${name} PROPERTIES CXX_COMPILER_LAUNCHER "")
  endif()
endfunction()

# tripcurve_training(<source> USES <folder>...): the program that does it, of the build that counts.
function(tripcurve_training source)
  if(NOT TRIPCURVE_TRAINS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "USES" ${ARGN})
  add_executable(tripcurve_training EXCLUDE_FROM_ALL ${source})
  list(TRANSFORM arg_USES PREPEND tripcurve::)
  target_link_libraries(tripcurve_training PRIVATE ${arg_USES} tripcurve_options)

  get_property(trained GLOBAL PROPERTY tripcurve_trained)
  add_custom_command(OUTPUT training.stamp
    COMMAND tripcurve_training
    COMMAND "${CMAKE_COMMAND}" -D "FROM=${PROJECT_BINARY_DIR}" -D "TO=${TRIPCURVE_TRAINS}" -D "TRAINED=${trained}"
      -P "${PROJECT_SOURCE_DIR}/cmake/TakeProfile.cmake"
    COMMAND "${CMAKE_COMMAND}" -E touch training.stamp
    DEPENDS tripcurve_training "${PROJECT_SOURCE_DIR}/cmake/TakeProfile.cmake"
    COMMENT "Training the release" VERBATIM)
  add_custom_target(tripcurve_trained DEPENDS training.stamp)
endfunction()
