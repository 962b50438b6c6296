if(NOT TARGET vuicc-me)
  return()
endif()

# The card of vuicc-me has faults, or hangs; another program uses it, too.
foreach(part faults hang shared)
  vuicc_script_test(vuicc_me_${part} e2e
    ${VUICC_AREA_DIR}/with-pcscd.sh /usr/bin/python3 ${VUICC_AREA_DIR}/me_${part}.py)
  set_tests_properties(vuicc_me_${part} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()

vuicc_script_test(vuicc_me_swaps e2e ${VUICC_AREA_DIR}/with-pcscd.sh /usr/bin/python3 ${VUICC_AREA_DIR}/me_swaps.py)
set_tests_properties(vuicc_me_swaps PROPERTIES SKIP_RETURN_CODE 77
  ENVIRONMENT "VUICC_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};READER_SLOTS=2;READER_DRIVER=${CMAKE_BINARY_DIR}/lib/libifdvuicc.so")
