if(NOT TARGET vuicc_usim)
  return()
endif()

vuicc_test(test_bounded unit ${VUICC_AREA_DIR}/test_bounded.c LIBS vuicc::usim Threads::Threads)
vuicc_test(test_usim_faults unit ${VUICC_AREA_DIR}/test_usim_faults.c LIBS me_fixture)
