# Where secrets may be seen, and whether comparing them tells anything. Not under a sanitizer, which has a free() of
# its own.
vuicc_test(test_secrets secrets ${VUICC_AREA_DIR}/test_secrets.c ${VUICC_AREA_DIR}/needles.c
  ${VUICC_AREA_DIR}/../vectors/json.c
  ${CMAKE_SOURCE_DIR}/card/store/zero_free.c LIBS vuicc::perso vuicc::store PkgConfig::SQLITE)
target_compile_definitions(test_secrets PRIVATE VUICC_PERSO="$<TARGET_FILE:vuicc-perso>")
add_dependencies(test_secrets vuicc-perso)

vuicc_test(test_sqlite_memory secrets ${VUICC_AREA_DIR}/test_sqlite_memory.c ${VUICC_AREA_DIR}/needles.c
  LIBS vuicc::wire vuicc::sqlite_memory PkgConfig::SQLITE)

if(TARGET vuicc_me)
  vuicc_test(test_me_secrets secrets ${VUICC_AREA_DIR}/test_me_secrets.c ${VUICC_AREA_DIR}/needles.c
    ${VUICC_AREA_DIR}/../unit/mikey_fixture.c ${CMAKE_SOURCE_DIR}/card/store/zero_free.c LIBS vuicc::me)
endif()

vuicc_test(test_constant_time secrets ${VUICC_AREA_DIR}/test_constant_time.c LIBS card_fixture)
target_link_options(test_constant_time PRIVATE
  -Wl,--wrap=ct_eq,--wrap=aka_mac,--wrap=mikey_mac_ok,--wrap=prim_hmac_sha1)
set_tests_properties(test_constant_time PROPERTIES SKIP_RETURN_CODE 77)
