# jobgate_layer(NAME SOURCES … LINKS …): one folder, one static library. Links say which
# layers it may use; an include that goes the other way does not link.
function(jobgate_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;LINKS" ${ARGN})
  add_library(jobgate_${name} STATIC ${LAYER_SOURCES})
  target_link_libraries(jobgate_${name} PUBLIC jobgate_options ${LAYER_LINKS})
  if(name STREQUAL "base")
    target_precompile_headers(jobgate_base PRIVATE ${PROJECT_SOURCE_DIR}/src/precompiled.h)
  else()
    target_precompile_headers(jobgate_${name} REUSE_FROM jobgate_base)
  endif()
endfunction()
