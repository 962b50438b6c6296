if(NOT TARGET vuicc-me)
  return()
endif()
vuicc_script_test(what_is_installed_serves_programs_outside_the_tree e2e
  /usr/bin/python3 ${VUICC_AREA_DIR}/consumer.py)

vuicc_script_test(the_session_of_the_readme_is_a_real_one e2e
  ${VUICC_AREA_DIR}/../e2e/with-pcscd.sh /usr/bin/python3 ${VUICC_AREA_DIR}/readme.py)
set_tests_properties(the_session_of_the_readme_is_a_real_one PROPERTIES SKIP_RETURN_CODE 77)

vuicc_script_test(manual_pages_and_completion_say_what_help_says unit
  /usr/bin/python3 ${VUICC_AREA_DIR}/manuals.py)
vuicc_script_test(examples_of_the_manual_pages_work e2e
  /usr/bin/python3 ${VUICC_AREA_DIR}/manuals.py --examples)
set_tests_properties(examples_of_the_manual_pages_work PROPERTIES SKIP_RETURN_CODE 77)

vuicc_script_test(the_debian_package_installs_works_and_goes e2e /usr/bin/python3 ${VUICC_AREA_DIR}/package.py)
set_tests_properties(the_debian_package_installs_works_and_goes PROPERTIES SKIP_RETURN_CODE 77)
