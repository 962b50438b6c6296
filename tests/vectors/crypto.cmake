vuicc_test(test_milenage_vectors vectors
  ${VUICC_AREA_DIR}/test_milenage_vectors.c ${VUICC_AREA_DIR}/json.c LIBS vuicc::crypto PkgConfig::SQLITE)
vuicc_test(test_gba_mikey_vectors vectors
  ${VUICC_AREA_DIR}/test_gba_mikey_vectors.c ${VUICC_AREA_DIR}/json.c LIBS vuicc::crypto PkgConfig::SQLITE)
vuicc_test(test_tuak_vectors vectors
  ${VUICC_AREA_DIR}/test_tuak_vectors.c ${VUICC_AREA_DIR}/json.c LIBS vuicc::crypto PkgConfig::SQLITE)

# Random ones against other programs: aka_values says what ours are.
add_executable(aka_values ${VUICC_AREA_DIR}/aka_values.c)
vuicc_settings(aka_values)
target_include_directories(aka_values PRIVATE ${CMAKE_SOURCE_DIR})
target_link_libraries(aka_values PRIVATE vuicc::crypto)
vuicc_script_test(tuak_oracle_agrees_with_the_vectors vectors /usr/bin/python3 ${VUICC_AREA_DIR}/oracle_tuak.py)
vuicc_script_test(random_milenage_agrees_with_osmo_auc_gen vectors
  /usr/bin/python3 ${VUICC_AREA_DIR}/aka_random.py milenage)
vuicc_script_test(random_tuak_agrees_with_python vectors /usr/bin/python3 ${VUICC_AREA_DIR}/aka_random.py tuak)
set_tests_properties(random_milenage_agrees_with_osmo_auc_gen PROPERTIES SKIP_RETURN_CODE 77)
