# jobgate_embed(TARGET NAME FILES …): compiles text files into `TARGET` as
# `const jobgate::EmbeddedFile kNAME[]` with their names, in the given order.
function(jobgate_embed target name)
  cmake_parse_arguments(EMBED "" "" "FILES" ${ARGN})
  set(out ${PROJECT_BINARY_DIR}/embedded/${name}.cc)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAME=${name} "-DFILES=${EMBED_FILES}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${EMBED_FILES} ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
  set_source_files_properties(${out} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
