if(NOT TARGET vuicc_usim)
  return()
endif()

vuicc_test(test_bounded unit ${VUICC_AREA_DIR}/test_bounded.c LIBS vuicc::usim Threads::Threads)
