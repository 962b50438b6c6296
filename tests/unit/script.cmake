if(TARGET vuicc_script)
  vuicc_test(test_script unit ${VUICC_AREA_DIR}/test_script.c LIBS vuicc::script)
  vuicc_test(test_script_run unit ${VUICC_AREA_DIR}/test_script_run.c LIBS vuicc::script)
endif()
