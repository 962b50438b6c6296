if(TARGET vuicc_script)
  vuicc_test(test_script unit ${VUICC_AREA_DIR}/test_script.c LIBS vuicc::script)
endif()
